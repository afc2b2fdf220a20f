/** The `MailStore` of one user over the namespaces of the configuration; formats are below it, protocols above. */
import {MailError} from './mail-error.ts';
import type {ListedMailbox, ListRequest, MailboxStatus, MailStore, QuotaRoot, SaveBatch} from './mail-store.ts';
import type {Mailbox, SavedUids} from './mailbox.ts';
import {flagBits} from './mailbox.ts';
import {listMailboxes} from './list-mailboxes.ts';
import {MaildirFolder} from './maildir/maildir-folder.ts';
import {forgetMailbox, holdMailbox, releaseMailbox} from './mailbox-registry.ts';
import {transfer} from './maildir/transfer.ts';
import type {NamespaceRoot} from './namespace-root.ts';
import type {SharedMailbox} from './shared-mailbox.ts';
import type {StoreSettings} from './store-settings.ts';
import {changeSubscription, readSubscriptions} from './subscriptions.ts';
import {nextUidValidity} from './uid-validity.ts';
import {MailboxView} from './view.ts';

const FILE_MODE = 0o600;

/** A mailbox by name: where it is looked for. */
interface Found {
  readonly root: NamespaceRoot;
  /** In the tree. */
  readonly name: string;
}

export class UserStore implements MailStore {
  readonly user: string;
  readonly #settings: StoreSettings;
  readonly #roots: readonly NamespaceRoot[];
  readonly #views = new Set<MailboxView>();

  constructor(settings: StoreSettings, roots: readonly NamespaceRoot[]) {
    this.user = settings.user;
    this.#settings = settings;
    this.#roots = roots;
  }

  get namespaces(): MailStore['namespaces'] {
    return this.#roots.map(root => root.describe());
  }

  list(request: ListRequest): Promise<ListedMailbox[]> {
    return listMailboxes(this.#roots, request, {
      subscriptions: () => this.#subscriptions(),
    });
  }

  async open(name: string, options: {readonly isReadOnly: boolean; readonly keepsRecent?: boolean}): Promise<Mailbox> {
    const found = this.#find(name, false);
    const shared = await this.#hold(found);
    try {
      await shared.refresh(false); // the view is of this UIDVALIDITY
    } catch (fault) {
      this.#release(found, shared);
      throw fault;
    }
    const view = new MailboxView(
      found.root.toClient(found.name),
      shared,
      {isReadOnly: options.isReadOnly, keepsRecent: options.keepsRecent === true},
      {
        copy: (from, uids, target) => this.#copy(from, uids, target, false),
        move: (from, uids, target) => this.#copy(from, uids, target, true),
        closed: closed => {
          this.#views.delete(closed);
          this.#release(found, shared);
        },
      },
    );
    this.#views.add(view);
    try {
      await view.sync(true);
    } catch (fault) {
      view.close();
      throw fault;
    }
    return view;
  }

  async status(name: string, withSize: boolean): Promise<MailboxStatus> {
    const found = this.#find(name, false);
    const shared = await this.#hold(found);
    try {
      return await statusOf(shared, withSize);
    } finally {
      this.#release(found, shared);
    }
  }

  async create(name: string, specialUse: readonly string[] = []): Promise<void> {
    const isParent = this.#isParentOnly(name);
    const found = this.#find(isParent ? name.slice(0, -1) : name, true);
    void specialUse;
    const {tree} = found.root;
    if (await tree.isThere(found.name)) throw new MailError('exists', 'Mailbox already exists');
    if (found.name === 'INBOX' && found.root.settings.inbox) throw new MailError('exists', 'Mailbox already exists');
    if (isParent && tree.location.layout === 'fs') return await tree.makeFolder(found.name);
    await this.#make(found);
  }

  /** A separator at the end announces children (RFC 3501 section 6.3.3). */
  #isParentOnly(name: string): boolean {
    const root = this.#rootOf(name);
    return root !== undefined && name.length > 1 && name.endsWith(root.separator) && name !== root.prefix;
  }

  async #make(found: Found): Promise<void> {
    await found.root.tree.makeMaildir(found.name);
    const shared = await this.#hold(found);
    try {
      await shared.refresh(false); // gives it its UIDVALIDITY
    } finally {
      this.#release(found, shared);
    }
  }

  async delete(name: string): Promise<void> {
    const found = this.#find(name, false);
    const {tree} = found.root;
    if (found.name === 'INBOX' && found.root.settings.inbox) throw new MailError('cannot', "INBOX can't be deleted");
    if (await tree.isThere(found.name)) {
      await tree.remove(found.name);
      return forgetMailbox(tree.place(found.name).mailbox);
    }
    if (tree.location.layout !== 'fs' || !(await tree.hasFolder(found.name))) throw this.#missing(name);
    await tree.removeFolder(found.name);
  }

  async rename(from: string, to: string): Promise<void> {
    const old = this.#find(from, false);
    const next = this.#find(to, true);
    if (old.root !== next.root) throw new MailError('unsupported', "Can't rename mailboxes across specified storages.");
    const {tree} = old.root;
    if (old.name === 'INBOX' && old.root.settings.inbox)
      throw new MailError('cannot', "Renaming INBOX isn't supported.");
    if (next.name.startsWith(`${old.name}/`))
      throw new MailError('unsupported', "Can't rename mailbox under its own child.");
    const names = (await tree.boxes()).map(box => box.name);
    const moved = names.filter(name => name === old.name || name.startsWith(`${old.name}/`));
    const hasFolder = tree.location.layout === 'fs' && (await tree.hasFolder(old.name));
    if (moved.length === 0 && !hasFolder) throw this.#missing(from);
    const isTaken = names.some(name => name === next.name || name.startsWith(`${next.name}/`));
    if (isTaken || (await tree.isThere(next.name))) throw new MailError('exists', 'Target mailbox already exists');
    for (const name of moved) forgetMailbox(tree.place(name).mailbox);
    if (tree.location.layout === 'fs') return await tree.rename(old.name, next.name);
    for (const name of moved) await tree.rename(name, next.name + name.slice(old.name.length));
  }

  async subscribe(name: string): Promise<void> {
    const found = this.#find(name, false);
    if (!(await this.#exists(found))) throw this.#missing(name);
    await this.#setSubscription(found, true);
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#setSubscription(this.#find(name, false), false);
  }

  async #exists(found: Found): Promise<boolean> {
    if (found.name === 'INBOX' && found.root.settings.inbox) return true;
    return this.#autoOf(found) !== 'no' || (await found.root.tree.isThere(found.name));
  }

  async #setSubscription(found: Found, isSubscribed: boolean): Promise<void> {
    const keeper = this.#subscriptionRoot(found.root);
    const client = found.root.toClient(found.name);
    const own =
      found.root === keeper ? found.name : client.slice(keeper.prefix.length).replaceAll(found.root.separator, '/');
    await changeSubscription(subscriptionsPath(keeper), own, isSubscribed, {
      hostName: this.#settings.hostName,
      layoutSeparator: layoutSeparator(keeper),
      fileMode: FILE_MODE,
    });
  }

  /** subscriptions = no: the namespace whose prefix is the longest that leads to it keeps them. */
  #subscriptionRoot(root: NamespaceRoot): NamespaceRoot {
    if (root.settings.subscriptions) return root;
    const keepers = this.#roots.filter(other => other.settings.subscriptions && root.prefix.startsWith(other.prefix));
    keepers.sort((a, b) => b.prefix.length - a.prefix.length);
    const [keeper] = keepers;
    if (keeper === undefined) throw new MailError('cannot', 'No subscriptions in this namespace');
    return keeper;
  }

  /** Names as clients know them. */
  async #subscriptions(): Promise<Set<string>> {
    const names = new Set<string>();
    for (const root of this.#roots) {
      if (!root.settings.subscriptions) continue;
      const found = await readSubscriptions(subscriptionsPath(root), layoutSeparator(root));
      for (const name of found) names.add(root.toClient(name === 'inbox' ? 'INBOX' : name));
    }
    return names;
  }

  async save(name: string): Promise<SaveBatch> {
    const found = this.#find(name, false);
    const shared = await this.#hold(found);
    const batch = shared.beginSave();
    const release = (): void => this.#release(found, shared);
    return {
      add: options => batch.add(options),
      commit: () => batch.commit().finally(release),
      abort: () => batch.abort().finally(release),
    };
  }

  async #copy(from: SharedMailbox, uids: readonly number[], target: string, isMove: boolean): Promise<SavedUids> {
    const found = this.#find(target, false);
    const shared = await this.#hold(found);
    try {
      return await transfer(from, shared, uids, isMove);
    } finally {
      this.#release(found, shared);
    }
  }

  quota(name: string): Promise<readonly QuotaRoot[]> {
    void name;
    return Promise.resolve([]);
  }

  async recalculateQuota(): Promise<void> {
    await Promise.resolve();
  }

  metadata(): Promise<Buffer | undefined> {
    return Promise.resolve(undefined);
  }

  metadataEntries(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  setMetadata(): Promise<void> {
    throw new MailError('unsupported', 'METADATA is not there yet');
  }

  async resync(name: string): Promise<void> {
    const found = this.#find(name, false);
    const shared = await this.#hold(found);
    try {
      await shared.resync();
    } finally {
      this.#release(found, shared);
    }
  }

  async index(name: string): Promise<number> {
    return (await this.status(name, true)).messages;
  }

  path(name: string, kind: Parameters<MailStore['path']>[1]): string | undefined {
    const found = this.#find(name, false);
    const place = found.root.tree.place(found.name);
    if (kind === 'mailbox' || kind === 'control' || kind === 'index') return place[kind];
    return undefined;
  }

  async close(): Promise<void> {
    for (const view of [...this.#views]) view.close();
    await Promise.resolve();
  }

  /** The namespace with the longest prefix of the name; INBOX is the inbox's. */
  #rootOf(name: string): NamespaceRoot | undefined {
    if (name.toUpperCase() === 'INBOX') return this.#roots.find(root => root.settings.inbox);
    let best: NamespaceRoot | undefined;
    for (const root of this.#roots) {
      const isIn = name.startsWith(root.prefix) || name + root.separator === root.prefix;
      if (isIn && (best === undefined || root.prefix.length > best.prefix.length)) best = root;
    }
    return best;
  }

  #find(name: string, isNew: boolean): Found {
    const root = this.#rootOf(name);
    if (root !== undefined) return {root, name: root.inTree(name, isNew)};
    const inbox = this.#roots.find(other => other.settings.inbox);
    const hint = inbox === undefined ? '' : ` (Mailbox name should probably be prefixed with: ${inbox.prefix})`;
    throw new MailError('unsupported', `Client tried to access nonexistent namespace.${hint}`);
  }

  /** The shared mailbox, made where it may be; throws `MailError` nonexistent. */
  async #hold(found: Found): Promise<SharedMailbox> {
    const {tree} = found.root;
    const isThere = await tree.isThere(found.name);
    if (!isThere) {
      const isInbox = found.name === 'INBOX' && found.root.settings.inbox;
      const auto = this.#autoOf(found);
      if (!isInbox && auto === 'no' && !(await tree.hasFolder(found.name)))
        throw this.#missing(found.root.toClient(found.name));
      if (!isInbox && auto === 'no' && tree.location.layout === 'fs')
        throw this.#missing(found.root.toClient(found.name));
      await tree.makeMaildir(found.name);
      if (auto === 'subscribe') await this.#setSubscription(found, true);
    }
    return holdMailbox(tree.place(found.name).mailbox, () => this.#folder(found));
  }

  #autoOf(found: Found): 'no' | 'create' | 'subscribe' {
    const box = found.root.settings.mailboxes.find(({name}) => name === found.name);
    return box?.auto ?? 'no';
  }

  #release(found: Found, shared: SharedMailbox): void {
    releaseMailbox(found.root.tree.place(found.name).mailbox, shared);
  }

  #folder(found: Found): SharedMailbox {
    const {hostName, clock, saveCrlf, fsync} = this.#settings;
    const place = found.root.tree.place(found.name);
    const {controlRoot} = found.root.tree;
    return new MaildirFolder(
      {directory: place.mailbox, control: place.control, index: place.index},
      {
        hostName,
        fileMode: FILE_MODE,
        copiesByLink: this.#settings.maildir.copyWithHardlinks,
        nextUidValidity: () => nextUidValidity(controlRoot, clock.now(), FILE_MODE),
        save: {
          hostName,
          now: () => clock.now(),
          fileMode: FILE_MODE,
          saveCrlf,
          syncs: fsync !== 'never',
          allow: () => Promise.resolve(),
          stored: () => Promise.resolve(),
        },
      },
    );
  }

  #missing(name: string): MailError {
    return new MailError('nonexistent', `Mailbox doesn't exist: ${name}`);
  }
}

function subscriptionsPath(root: NamespaceRoot): string {
  return `${root.tree.controlRoot}/${root.tree.location.subscriptions}`;
}

function layoutSeparator(root: NamespaceRoot): string {
  return root.tree.location.layout === 'fs' ? '/' : '.';
}

async function statusOf(shared: SharedMailbox, withSize: boolean): Promise<MailboxStatus> {
  await shared.refresh(false);
  const {columns, count} = shared.table;
  let unseen = 0;
  let deleted = 0;
  let recent = 0;
  for (let position = 0; position < count; position++) {
    const flags = columns.flags[position] ?? 0;
    if ((flags & flagBits.seen) === 0) unseen++;
    if ((flags & flagBits.deleted) !== 0) deleted++;
    if ((columns.uids[position] ?? 0) >= shared.firstRecent) recent++;
  }
  const status = {
    messages: count,
    recent,
    unseen,
    deleted,
    uidNext: shared.nextUid,
    uidValidity: shared.uidValidity,
    highestModSeq: shared.highestModSeq,
    guid: shared.guid,
  };
  return withSize ? {...status, sizeBytes: await shared.totalSize()} : status;
}
