/**
 * Where the mailboxes of one namespace lie, and which there are: Maildir++ (`.A.B` beside the inbox) and fs (`A/B`),
 * names in modified UTF-7. Names here have `/` between their parts; INBOX is `INBOX`.
 */
import {mkdir, readdir, rename, rm, rmdir, stat, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {makeFolder, syncFolder} from './flush.ts';
import {MailError} from './mail-error.ts';
import type {MailLocation} from './mail-location.ts';
import {fromMutf7, toMutf7} from './mutf7.ts';

export interface FoundBox {
  readonly name: string;
  readonly isSelectable: boolean;
}

/** Directories of one mailbox. */
export interface BoxPlace {
  /** Maildir: the folder of cur, new and tmp; mbox: the file. */
  readonly mailbox: string;
  readonly control: string;
  readonly index: string;
}

export const FOLDER_MODE = 0o700;
/** Listing goes no deeper: nobody has such a tree, but links may make one. */
const DEEPEST = 40;

export class FolderTree {
  readonly location: MailLocation;
  /** Maildir++ keeps the namespace's INBOX in its root; others in INBOX=, or a folder of this name. */
  readonly #hasInbox: boolean;

  constructor(location: MailLocation, hasInbox: boolean) {
    this.location = location;
    this.#hasInbox = hasInbox;
  }

  get root(): string {
    return this.location.root;
  }

  /** Where files about the whole tree lie (subscriptions, dovecot-uidvalidity). */
  get controlRoot(): string {
    return this.location.control ?? this.location.root;
  }

  place(name: string): BoxPlace {
    const {location} = this;
    const below = this.#below(name);
    if (location.driver === 'mbox') return this.#mboxPlace(name, below);
    const isInbox = name === 'INBOX' && this.#hasInbox;
    const mailbox = isInbox ? (location.inbox ?? location.root) : join(location.root, below);
    const beside = (root: string | undefined): string => (root === undefined ? mailbox : join(root, below));
    return {mailbox, control: beside(location.control), index: beside(location.index)};
  }

  /** mbox keeps control files and indexes in `.imap/NAME` beside the mailbox's file. */
  #mboxPlace(name: string, below: string): BoxPlace {
    const {location} = this;
    const isInbox = name === 'INBOX' && this.#hasInbox;
    const mailbox = isInbox ? (location.inbox ?? join(location.root, 'inbox')) : join(location.root, below);
    const beside = (root: string | undefined): string => {
      const at = below.lastIndexOf('/');
      const folder = at < 0 ? '' : below.slice(0, at);
      return join(root ?? location.root, join(folder, `.imap/${below.slice(at + 1)}`).replace(/^\//, ''));
    };
    return {mailbox, control: beside(location.control), index: beside(location.index)};
  }

  #below(name: string): string {
    const parts = name.split('/').map(part => toMutf7(part) ?? part);
    return this.location.layout === 'fs' ? parts.join('/') : `.${parts.join('.')}`;
  }

  /** In no order; without parents that are only names, in Maildir++. */
  async boxes(): Promise<FoundBox[]> {
    const found = this.location.layout === 'fs' ? await this.#walk('', '', 0) : await this.#dottedBoxes();
    const others = found.filter(box => box.name !== 'INBOX' || !this.#hasInbox);
    return this.#hasInbox ? [{name: 'INBOX', isSelectable: true}, ...others] : others;
  }

  async #dottedBoxes(): Promise<FoundBox[]> {
    const boxes: FoundBox[] = [];
    for (const entry of await entriesOf(this.root)) {
      if (!entry.name.startsWith('.') || entry.name.length < 2 || entry.name.startsWith('..')) continue;
      const name = nameOnDisk(entry.name.slice(1).split('.'));
      if (name !== undefined && (await isFolder(entry, this.root))) boxes.push({name, isSelectable: true});
    }
    return boxes;
  }

  async #walk(folder: string, above: string, depth: number): Promise<FoundBox[]> {
    const boxes: FoundBox[] = [];
    const path = join(this.root, folder);
    for (const entry of await entriesOf(path)) {
      if (entry.name.startsWith('.') || this.#isOurs(entry.name, above)) continue;
      const part = nameOnDisk([entry.name]);
      if (part === undefined) continue;
      const name = above === '' ? part : `${above}/${part}`;
      const box = await this.#boxAt(entry, path, name);
      if (box !== undefined) boxes.push(box);
      const below = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (depth < DEEPEST && box?.hasChildren === true) boxes.push(...(await this.#walk(below, name, depth + 1)));
    }
    return boxes;
  }

  async #boxAt(entry: Entry, path: string, name: string): Promise<(FoundBox & {hasChildren: boolean}) | undefined> {
    const isDirectory = await isFolder(entry, path);
    if (this.location.driver === 'mbox') return {name, isSelectable: !isDirectory, hasChildren: isDirectory};
    if (!isDirectory) return undefined;
    const isSelectable = await isThere(join(path, `${entry.name}/cur`));
    return {name, isSelectable, hasChildren: true};
  }

  /** Files of the tree that are no mailboxes. */
  #isOurs(entry: string, above: string): boolean {
    if (this.location.driver === 'maildir') return entry === 'cur' || entry === 'new' || entry === 'tmp';
    if (above !== '') return entry.endsWith('.lock');
    const {inbox} = this.location;
    if (inbox !== undefined && inbox === join(this.root, entry)) return true;
    if (inbox === undefined && entry === 'inbox' && this.#hasInbox) return true;
    return (
      entry === this.location.subscriptions ||
      entry.startsWith('dovecot') ||
      entry.endsWith('.lock') ||
      entry.startsWith('posthorn.')
    );
  }

  async isThere(name: string): Promise<boolean> {
    const {mailbox} = this.place(name);
    return await isThere(this.location.driver === 'maildir' ? `${mailbox}/cur` : mailbox);
  }

  /** A directory, with or without mail in it. */
  async hasFolder(name: string): Promise<boolean> {
    const status = await statIfThere(this.place(name).mailbox);
    return status?.isDirectory() === true;
  }

  /** A Maildir whose cur/ is missing: the original makes it when it is opened. */
  async hasLooseFolder(name: string): Promise<boolean> {
    return this.location.layout === 'maildir++' && (await this.hasFolder(name));
  }

  /** Makes what is missing of a mailbox. */
  async make(name: string): Promise<void> {
    const {mailbox, control, index} = this.place(name);
    if (this.location.driver === 'mbox') {
      for (const folder of new Set([dirname(mailbox), control, index])) await makeFolder(folder, FOLDER_MODE);
      await writeFile(toPath(mailbox), '', {flag: 'a', mode: 0o600});
      return;
    }
    for (const part of ['tmp', 'new', 'cur']) await makeFolder(`${mailbox}/${part}`, FOLDER_MODE);
    for (const folder of new Set([control, index])) if (folder !== mailbox) await makeFolder(folder, FOLDER_MODE);
    if (this.location.layout === 'maildir++')
      await writeFile(toPath(`${mailbox}/maildirfolder`), '', {flag: 'a', mode: 0o600});
  }

  async makeFolder(name: string): Promise<void> {
    await makeFolder(this.place(name).mailbox, FOLDER_MODE);
  }

  /** Takes the mailbox out of sight at once, and then removes it. */
  async remove(name: string): Promise<void> {
    const {mailbox, control, index} = this.place(name);
    const aside = join(this.root, `..DOVECOT-TRASHED-${process.pid}-${Date.now()}`);
    if (this.location.layout === 'maildir++') {
      await rename(toPath(mailbox), toPath(aside));
      await syncFolder(dirname(mailbox));
      await rm(toPath(aside), {recursive: true, force: true});
    } else await this.#removeParts(mailbox);
    for (const folder of new Set([control, index]))
      if (folder !== mailbox) await rm(toPath(folder), {recursive: true, force: true});
  }

  /** In fs layout children lie in the same folder, which stays while there are any. */
  async #removeParts(mailbox: string): Promise<void> {
    const parts = this.location.driver === 'mbox' ? [mailbox] : ['cur', 'new', 'tmp'].map(part => `${mailbox}/${part}`);
    for (const part of parts) await rm(toPath(part), {recursive: true, force: true});
    if (this.location.driver === 'maildir')
      for (const entry of await entriesOf(mailbox))
        if (entry.isFile()) await rm(toPath(join(mailbox, entry.name)), {force: true});
    await rmdir(toPath(mailbox)).catch(() => undefined); // has children, or is no folder
    await syncFolder(dirname(mailbox));
  }

  /** A name without mail: in fs layout a folder, in Maildir++ nothing on disk. */
  async removeFolder(name: string): Promise<void> {
    try {
      await rmdir(toPath(this.place(name).mailbox));
    } catch (fault) {
      if (systemCode(fault) === 'ENOTEMPTY') throw new MailError('exists', 'Mailbox has children, delete them first');
      throw fault;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const old = this.place(from);
    const target = this.place(to);
    await makeFolder(dirname(target.mailbox), FOLDER_MODE);
    await rename(toPath(old.mailbox), toPath(target.mailbox));
    for (const kind of ['control', 'index'] as const) {
      if (old[kind] === old.mailbox || (kind === 'index' && old.index === old.control)) continue;
      await mkdir(toPath(dirname(target[kind])), {recursive: true, mode: FOLDER_MODE});
      await rename(toPath(old[kind]), toPath(target[kind])).catch((fault: unknown) => {
        if (systemCode(fault) !== 'ENOENT') throw fault;
      });
    }
    await syncFolder(dirname(target.mailbox));
    if (dirname(old.mailbox) !== dirname(target.mailbox)) await syncFolder(dirname(old.mailbox));
  }
}

interface Entry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Of a folder that is not there: none. */
async function entriesOf(directory: string): Promise<Entry[]> {
  try {
    const entries = await readdir(toPath(directory), {withFileTypes: true, encoding: 'buffer'});
    return entries.map(entry => ({
      name: entry.name.toString('latin1'),
      isFile: () => entry.isFile(),
      isDirectory: () => entry.isDirectory(),
      isSymbolicLink: () => entry.isSymbolicLink(),
    }));
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fault;
  }
}

async function isFolder(entry: Entry, directory: string): Promise<boolean> {
  if (entry.isDirectory()) return true;
  if (entry.isFile()) return false;
  return (await statIfThere(join(directory, entry.name)))?.isDirectory() === true;
}

async function isThere(path: string): Promise<boolean> {
  return (await statIfThere(path)) !== undefined;
}

async function statIfThere(path: string): Promise<{isDirectory(): boolean} | undefined> {
  try {
    return await stat(toPath(path));
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw fault;
  }
}

/** undefined: no name that we would have made. */
function nameOnDisk(parts: readonly string[]): string | undefined {
  const names = parts.map(part => (part === '' ? undefined : fromMutf7(part)));
  return names.includes(undefined) ? undefined : names.join('/');
}

function join(directory: string, name: string): string {
  return name === '' ? directory : `${directory}/${name}`;
}
