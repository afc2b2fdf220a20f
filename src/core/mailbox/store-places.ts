/**
 * From names to mailboxes: which namespace a name belongs to, where it lies, and the shared mailbox there, made where the
 * configuration says so (auto = create, INBOX).
 */
import {MaildirFolder} from './maildir/maildir-folder.ts';
import {MboxFolder} from './mbox/mbox-folder.ts';
import type {MboxSaveRules} from './mbox/mbox-save.ts';
import {MailError} from './mail-error.ts';
import {holdMailbox, releaseMailbox} from './mailbox-registry.ts';
import type {NamespaceRoot} from './namespace-root.ts';
import type {SharedMailbox} from './shared-mailbox.ts';
import type {StoreSettings} from './store-settings.ts';
import {nextUidValidity} from './uid-validity.ts';

export const FILE_MODE = 0o600;

/** A mailbox by name: where it is looked for. */
export interface Found {
  readonly root: NamespaceRoot;
  /** In the tree. */
  readonly name: string;
}

type Space = Pick<MboxSaveRules, 'allow' | 'changed'>;

/** Asked before something comes, told after it came or went (negative numbers). */
export interface SpaceRules {
  allow(mailbox: string, messages: number, bytes: number): Promise<void>;
  changed(mailbox: string, messages: number, bytes: number): Promise<void>;
}

export class StorePlaces {
  readonly roots: readonly NamespaceRoot[];
  readonly #settings: StoreSettings;
  /** Set by the store once it has counted what there is. */
  space: SpaceRules | undefined;

  constructor(settings: StoreSettings, roots: readonly NamespaceRoot[]) {
    this.#settings = settings;
    this.roots = roots;
  }

  get inboxRoot(): NamespaceRoot | undefined {
    return this.roots.find(root => root.settings.inbox);
  }

  /** The namespace with the longest prefix of the name; INBOX is the inbox's. */
  rootOf(name: string): NamespaceRoot | undefined {
    if (name.toUpperCase() === 'INBOX') return this.inboxRoot;
    let best: NamespaceRoot | undefined;
    for (const root of this.roots) {
      const isIn = name.startsWith(root.prefix) || name + root.separator === root.prefix;
      if (isIn && (best === undefined || root.prefix.length > best.prefix.length)) best = root;
    }
    return best;
  }

  /** Throws `MailError` for what can't be a mailbox. */
  find(name: string, isNew = false): Found {
    const root = this.rootOf(name);
    if (root !== undefined) return {root, name: root.inTree(name, isNew)};
    const {inboxRoot} = this;
    const hint = inboxRoot === undefined ? '' : ` (Mailbox name should probably be prefixed with: ${inboxRoot.prefix})`;
    throw new MailError('unsupported', `Client tried to access nonexistent namespace.${hint}`);
  }

  isInbox(found: Found): boolean {
    return found.name === 'INBOX' && found.root.settings.inbox;
  }

  autoOf(found: Found): 'no' | 'create' | 'subscribe' {
    const client = found.root.toClient(found.name);
    const box = found.root.settings.mailboxes.find(({name}) => name === client || found.root.prefix + name === client);
    return box?.auto ?? 'no';
  }

  async exists(found: Found): Promise<boolean> {
    return this.isInbox(found) || this.autoOf(found) !== 'no' || (await found.root.tree.isThere(found.name));
  }

  missing(found: Found): MailError {
    return new MailError('nonexistent', `Mailbox doesn't exist: ${found.root.toClient(found.name)}`);
  }

  /** Runs something with the shared mailbox of a name. */
  async using<T>(found: Found, run: (mailbox: SharedMailbox) => Promise<T>): Promise<T> {
    const mailbox = await this.hold(found);
    try {
      return await run(mailbox);
    } finally {
      this.release(found, mailbox);
    }
  }

  /** The shared mailbox, made where it may be; throws `MailError` nonexistent. To be released. */
  async hold(found: Found): Promise<SharedMailbox> {
    const {tree} = found.root;
    if (!(await tree.isThere(found.name))) {
      const mayMake = this.isInbox(found) || this.autoOf(found) !== 'no' || (await tree.hasLooseFolder(found.name));
      if (!mayMake) throw this.missing(found);
      await tree.make(found.name);
    }
    return holdMailbox(tree.place(found.name).mailbox, () => this.#open(found));
  }

  release(found: Found, mailbox: SharedMailbox): void {
    releaseMailbox(found.root.tree.place(found.name).mailbox, mailbox);
  }

  #open(found: Found): SharedMailbox {
    const {hostName, clock, saveCrlf, fsync, maildir, maxKeywordLength} = this.#settings;
    const {mailbox, control, index} = found.root.tree.place(found.name);
    const client = found.root.toClient(found.name);
    const {controlRoot, location} = found.root.tree;
    const space = {
      allow: async (messages: number, bytes: number) => this.space?.allow(client, messages, bytes),
      changed: async (messages: number, bytes: number) => this.space?.changed(client, messages, bytes),
    };
    if (location.driver === 'mbox') return this.#openMbox(mailbox, index, controlRoot, space);
    return new MaildirFolder(
      {directory: mailbox, control, index},
      {
        hostName,
        fileMode: FILE_MODE,
        maxKeywordLength,
        syncsAlways: fsync === 'always',
        copiesByLink: maildir.copyWithHardlinks,
        emptiesNew: maildir.emptyNew,
        distrustsSizes: maildir.brokenFilenameSizes,
        nextUidValidity: () => nextUidValidity(controlRoot, clock.now(), FILE_MODE),
        save: {
          hostName,
          now: () => clock.now(),
          fileMode: FILE_MODE,
          saveCrlf,
          syncs: fsync !== 'never',
          ...space,
        },
      },
    );
  }

  #openMbox(file: string, index: string, controlRoot: string, space: Space): SharedMailbox {
    const {hostName, clock, saveCrlf, user, mbox, maxKeywordLength} = this.#settings;
    const locks = {
      styles: mbox.writeLocks,
      timeoutSeconds: mbox.lockTimeoutSeconds,
      staleSeconds: mbox.dotlockChangeTimeoutSeconds,
    };
    const sender = user.includes('@') ? user : `${user}@${hostName}`;
    return new MboxFolder(
      {file, index},
      {
        fileMode: FILE_MODE,
        maxKeywordLength,
        locks,
        nextUidValidity: () => nextUidValidity(`${controlRoot}/.imap`, clock.now(), FILE_MODE),
        save: {now: () => clock.now(), sender, saveCrlf, ...space},
      },
    );
  }
}
