/** The `MailStore` of one user over the namespaces of the configuration; formats are below it, protocols above. */
import {listMailboxes} from './list-mailboxes.ts';
import {MailError} from './mail-error.ts';
import type {ListedMailbox, ListRequest, MailboxStatus, MailStore, QuotaRoot, SaveBatch} from './mail-store.ts';
import type {Mailbox, SavedUids} from './mailbox.ts';
import {forgetMailbox, mailboxesAtRest} from './mailbox-registry.ts';
import type {NamespaceRoot} from './namespace-root.ts';
import type {QuotaKeeper} from './quota/quota-keeper.ts';
import type {SharedMailbox} from './shared-mailbox.ts';
import {statusOf} from './status.ts';
import {StoreMetadata} from './store-metadata.ts';
import {FILE_MODE, type Found, StorePlaces} from './store-places.ts';
import {openQuota} from './store-quota.ts';
import type {StoreSettings} from './store-settings.ts';
import {changeSubscription, readSubscriptions} from './subscriptions.ts';
import {transfer} from './transfer.ts';
import {MailboxView} from './view.ts';

type OpenOptions = Parameters<MailStore['open']>[1];

export class UserStore implements MailStore {
  readonly user: string;
  readonly #settings: StoreSettings;
  readonly #places: StorePlaces;
  readonly #quota: QuotaKeeper;
  readonly #metadata: StoreMetadata | undefined;
  readonly #views = new Set<MailboxView>();

  constructor(settings: StoreSettings, roots: readonly NamespaceRoot[]) {
    this.user = settings.user;
    this.#settings = settings;
    this.#places = new StorePlaces(settings, roots);
    this.#quota = openQuota(settings.quotas, this.#places);
    if (settings.quotas.length > 0) this.#places.space = this.#quota;
    if (settings.attributeFile !== undefined)
      this.#metadata = new StoreMetadata(settings.attributeFile, settings.hostName, this.#places);
  }

  get namespaces(): MailStore['namespaces'] {
    return this.#places.roots.map(root => root.describe());
  }

  list(request: ListRequest): Promise<ListedMailbox[]> {
    return listMailboxes(this.#places.roots, request, {
      subscriptions: () => this.#subscriptions(),
      madeUses: () => this.#madeUses(),
      isMarked: name => this.#isMarked(name),
    });
  }

  /** Special uses that CREATE set, by name. */
  async #madeUses(): Promise<ReadonlyMap<string, readonly string[]>> {
    const byGuid = (await this.#metadata?.specialUses()) ?? new Map<string, readonly string[]>();
    const byName = new Map<string, readonly string[]>();
    if (byGuid.size === 0) return byName;
    for (const root of this.#places.roots)
      for (const {name, isSelectable} of await root.tree.boxes()) {
        const client = root.toClient(name);
        const uses = isSelectable ? byGuid.get((await this.#metadata?.guidOf(client)) ?? '') : undefined;
        if (uses !== undefined) byName.set(client, uses);
      }
    return byName;
  }

  async #isMarked(name: string): Promise<boolean | undefined> {
    return (await this.status(name, false)).recent > 0;
  }

  async open(name: string, {isReadOnly, keepsRecent = false}: OpenOptions): Promise<Mailbox> {
    const found = this.#places.find(name);
    const shared = await this.#places.hold(found);
    try {
      await shared.refresh(false); // the view is of this UIDVALIDITY
    } catch (fault) {
      this.#places.release(found, shared);
      throw fault;
    }
    const view = this.#view(found, shared, isReadOnly, keepsRecent);
    try {
      await view.sync(true);
      return view;
    } catch (fault) {
      view.close();
      throw fault;
    }
  }

  #view(found: Found, shared: SharedMailbox, isReadOnly: boolean, keepsRecent: boolean): MailboxView {
    const view = new MailboxView(
      found.root.toClient(found.name),
      shared,
      {isReadOnly, keepsRecent},
      {
        copy: (from, uids, target) => this.#copy(from, uids, target, false),
        move: (from, uids, target) => this.#copy(from, uids, target, true),
        closed: closed => {
          this.#views.delete(closed);
          this.#places.release(found, shared);
        },
      },
    );
    this.#views.add(view);
    return view;
  }

  status(name: string, withSize: boolean): Promise<MailboxStatus> {
    return this.#places.using(this.#places.find(name), shared => statusOf(shared, withSize));
  }

  async create(name: string, specialUse: readonly string[] = []): Promise<void> {
    const isParent = this.#isParentOnly(name);
    const found = this.#places.find(isParent ? name.slice(0, -1) : name, true);
    const {tree} = found.root;
    if (this.#places.isInbox(found) || (await tree.isThere(found.name)))
      throw new MailError('exists', 'Mailbox already exists');
    if (isParent && tree.location.layout === 'fs') return await tree.makeFolder(found.name);
    await tree.make(found.name);
    await this.#places.using(found, shared => shared.refresh(false)); // gives it its UIDVALIDITY
    if (specialUse.length === 0) return;
    if (this.#metadata === undefined) throw new MailError('cannot', 'Mailbox attributes not enabled');
    await this.#metadata.setSpecialUse(name, specialUse);
  }

  /** A separator at the end announces children (RFC 3501 section 6.3.3). */
  #isParentOnly(name: string): boolean {
    const root = this.#places.rootOf(name);
    return root !== undefined && name.length > 1 && name.endsWith(root.separator) && name !== root.prefix;
  }

  async delete(name: string): Promise<void> {
    const found = this.#places.find(name);
    const {tree} = found.root;
    if (this.#places.isInbox(found)) throw new MailError('cannot', "INBOX can't be deleted");
    if (!(await tree.isThere(found.name))) {
      if (tree.location.layout !== 'fs' || !(await tree.hasFolder(found.name))) throw this.#places.missing(found);
      return await tree.removeFolder(found.name);
    }
    const totals = await this.#totalsForQuota(found);
    await tree.remove(found.name);
    forgetMailbox(tree.place(found.name).mailbox);
    await this.#quota.changed(name, -totals.messages, -totals.physicalBytes);
  }

  async #totalsForQuota(found: Found): Promise<{messages: number; physicalBytes: number}> {
    if (this.#settings.quotas.length === 0) return {messages: 0, physicalBytes: 0};
    return await this.#places.using(found, shared => shared.totals());
  }

  async rename(from: string, to: string): Promise<void> {
    const old = this.#places.find(from);
    const next = this.#places.find(to, true);
    const {tree} = old.root;
    if (old.root !== next.root) throw new MailError('unsupported', "Can't rename mailboxes across specified storages.");
    if (this.#places.isInbox(old) && tree.location.driver === 'maildir')
      throw new MailError('cannot', "Renaming INBOX isn't supported.");
    if (next.name.startsWith(`${old.name}/`))
      throw new MailError('unsupported', "Can't rename mailbox under its own child.");
    const names = (await tree.boxes()).map(box => box.name);
    const moved = names.filter(name => name === old.name || name.startsWith(`${old.name}/`));
    const hasFolder = tree.location.layout === 'fs' && (await tree.hasFolder(old.name));
    if (moved.length === 0 && !hasFolder) throw this.#places.missing(old);
    const isTaken = names.some(name => name === next.name || name.startsWith(`${next.name}/`));
    if (isTaken || (await tree.isThere(next.name))) throw new MailError('exists', 'Target mailbox already exists');
    for (const name of moved) forgetMailbox(tree.place(name).mailbox);
    if (tree.location.layout === 'fs') return await tree.rename(old.name, next.name);
    for (const name of moved) await tree.rename(name, next.name + name.slice(old.name.length));
  }

  async subscribe(name: string): Promise<void> {
    const found = this.#places.find(name);
    if (!(await this.#places.exists(found))) throw this.#places.missing(found);
    await this.#setSubscription(found, true);
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#setSubscription(this.#places.find(name), false);
  }

  async #setSubscription(found: Found, isSubscribed: boolean): Promise<void> {
    const keeper = this.#subscriptionRoot(found.root);
    const client = found.root.toClient(found.name);
    const {separator} = found.root;
    const own = found.root === keeper ? found.name : client.slice(keeper.prefix.length).replaceAll(separator, '/');
    await changeSubscription(subscriptionsPath(keeper), own, isSubscribed, {
      hostName: this.#settings.hostName,
      layoutSeparator: layoutSeparator(keeper),
      fileMode: FILE_MODE,
    });
  }

  /** subscriptions = no: the namespace whose prefix is the longest that leads to it keeps them. */
  #subscriptionRoot(root: NamespaceRoot): NamespaceRoot {
    if (root.settings.subscriptions) return root;
    const keepers = this.#places.roots.filter(
      other => other.settings.subscriptions && root.prefix.startsWith(other.prefix),
    );
    keepers.sort((a, b) => b.prefix.length - a.prefix.length);
    const [keeper] = keepers;
    if (keeper === undefined) throw new MailError('cannot', 'No subscriptions in this namespace');
    return keeper;
  }

  /** Names as clients know them; those of auto = subscribe among them. */
  async #subscriptions(): Promise<Set<string>> {
    const names = new Set<string>();
    for (const root of this.#places.roots) {
      if (root.settings.subscriptions)
        for (const name of await readSubscriptions(subscriptionsPath(root), layoutSeparator(root)))
          names.add(root.toClient(name === 'inbox' ? 'INBOX' : name));
      for (const box of root.settings.mailboxes)
        if (box.auto === 'subscribe') names.add(root.toClient(box.name.replaceAll(root.separator, '/')));
    }
    return names;
  }

  async save(name: string): Promise<SaveBatch> {
    const found = this.#places.find(name);
    const shared = await this.#places.hold(found);
    const batch = shared.beginSave();
    const release = (): void => this.#places.release(found, shared);
    return {
      add: options => batch.add(options),
      commit: () => batch.commit().finally(release),
      abort: () => batch.abort().finally(release),
    };
  }

  #copy(from: SharedMailbox, uids: readonly number[], target: string, isMove: boolean): Promise<SavedUids> {
    return this.#places.using(this.#places.find(target), to => transfer(from, to, uids, isMove));
  }

  quota(name: string): Promise<readonly QuotaRoot[]> {
    return this.#quota.describe(name);
  }

  recalculateQuota(): Promise<void> {
    return this.#quota.recount();
  }

  async metadata(name: string, entry: string): Promise<Buffer | undefined> {
    return await this.#metadataOrFault().get(name, entry);
  }

  async metadataEntries(name: string): Promise<readonly string[]> {
    return await this.#metadataOrFault().entries(name);
  }

  async setMetadata(name: string, entry: string, value: Buffer | undefined): Promise<void> {
    await this.#metadataOrFault().set(name, entry, value);
  }

  #metadataOrFault(): StoreMetadata {
    if (this.#metadata === undefined) throw new MailError('unsupported', 'Mailbox attributes not enabled');
    return this.#metadata;
  }

  resync(name: string): Promise<void> {
    return this.#places.using(this.#places.find(name), shared => shared.resync());
  }

  index(name: string, onProgress?: (done: number, total: number) => void): Promise<number> {
    return this.#places.using(this.#places.find(name), shared => shared.fillIndex(onProgress));
  }

  path(name: string, kind: Parameters<MailStore['path']>[1]): string | undefined {
    const {root, name: inTree} = this.#places.find(name);
    if (kind === 'mailbox' || kind === 'control' || kind === 'index') return root.tree.place(inTree)[kind];
    return kind === 'list-index' ? (root.tree.location.index ?? root.tree.location.root) : undefined;
  }

  async close(): Promise<void> {
    for (const view of [...this.#views]) view.close();
    await mailboxesAtRest();
  }
}

function subscriptionsPath(root: NamespaceRoot): string {
  return `${root.tree.controlRoot}/${root.tree.location.subscriptions}`;
}

function layoutSeparator(root: NamespaceRoot): string {
  return root.tree.location.layout === 'fs' ? '/' : '.';
}
