/**
 * When a session listens to what happens: during IDLE to the selected mailbox, with NOTIFY (RFC 5465) to what the client
 * asked for. Nobody listens otherwise, which costs nothing.
 */
import type {Mailbox} from '../../mailbox/mailbox.ts';
import type {ListedMailbox} from '../../mailbox/mail-store.ts';
import {MailError} from '../../mailbox/mail-error.ts';
import type {FetchItem} from '../fetch/fetch-item.ts';
import {quoted} from '../imap-string.ts';
import {isInbox, storeName, wireName} from '../mailbox-name.ts';
import type {MailSession} from '../mail-session.ts';
import type {NotifyEvent, NotifyFilter, NotifyRequest} from './notify-filter.ts';
import {WatchedMailbox} from './watched-mailbox.ts';

/** More mailboxes than this are not watched. */
const MOST_WATCHED = 1000;

export class Notifications {
  readonly #session: MailSession;
  #stopSelected: (() => void) | undefined;
  #isIdling = false;
  #request: NotifyRequest | undefined;
  readonly #watched = new Map<string, WatchedMailbox>();
  /** Names as the client knows them. */
  #listed = new Map<string, ListedMailbox>();
  #stopList: (() => void) | undefined;

  constructor(session: MailSession) {
    this.#session = session;
  }

  /** NOTIFY is in force. */
  get isActive(): boolean {
    return this.#request !== undefined;
  }

  /** What new messages of the selected mailbox are answered with. */
  get newMessageItems(): readonly FetchItem[] {
    return this.#selectedFilter?.items ?? [];
  }

  get #selectedFilter(): NotifyFilter | undefined {
    return this.#request?.filters.find(({kind}) => kind.startsWith('selected'));
  }

  beginIdle(): void {
    this.#isIdling = true;
    this.#watchSelected();
  }

  endIdle(): void {
    this.#isIdling = false;
    if (!this.#listensToSelected) this.#unwatchSelected();
  }

  selected(mailbox: Mailbox): void {
    this.#unwatchSelected();
    this.#watched.get(mailbox.name)?.stop();
    this.#watched.delete(mailbox.name);
    if (this.#listensToSelected) this.#watchSelected();
  }

  /** NOTIFY; undefined ends it. */
  async set(request: NotifyRequest | undefined): Promise<void> {
    this.stop();
    this.#request = request;
    if (request === undefined) return;
    if (this.#listensToSelected) this.#watchSelected();
    if (request.filters.every(({kind}) => kind.startsWith('selected'))) return;
    this.#stopList = this.#session.store.watchList?.(() => this.#session.line.wake());
    await this.#watchAll(request.wantsStatus);
  }

  /** Tells what happened; of the selected mailbox too when NOTIFY or IDLE wants it at once. */
  async tell(): Promise<void> {
    if (this.#isIdling) await this.#session.sync(true, {isAsked: true});
    else if (this.#listensToSelected) await this.#session.sync(this.#selectedFilter?.kind === 'selected');
    await this.tellOthers();
  }

  /** What happened elsewhere. */
  async tellOthers(): Promise<void> {
    if (this.#request === undefined) return;
    for (const watched of this.#watched.values()) if (watched.isDirty) await watched.tell();
    if (this.#wantsNames) await this.#tellNames();
  }

  stop(): void {
    this.#request = undefined;
    this.#unwatchSelected();
    this.#stopList?.();
    this.#stopList = undefined;
    for (const watched of this.#watched.values()) watched.stop();
    this.#watched.clear();
    this.#listed = new Map();
  }

  get #listensToSelected(): boolean {
    return (this.#selectedFilter?.events.size ?? 0) > 0;
  }

  get #wantsNames(): boolean {
    const filters = this.#request?.filters ?? [];
    return filters.some(({events}) => events.has('name') || events.has('subscription'));
  }

  #watchSelected(): void {
    const mailbox = this.#session.selected?.mailbox;
    if (mailbox !== undefined) this.#stopSelected ??= mailbox.watch(() => this.#session.line.wake());
  }

  #unwatchSelected(): void {
    this.#stopSelected?.();
    this.#stopSelected = undefined;
  }

  async #watchAll(wantsStatus: boolean): Promise<void> {
    const mailboxes = await this.#session.store.list({patterns: ['*']});
    this.#listed = new Map(mailboxes.map(mailbox => [mailbox.name, mailbox]));
    for (const mailbox of mailboxes) {
      if (!mailbox.isSelectable || !mailbox.exists || mailbox.name === this.#session.selected?.mailbox.name) continue;
      const events = this.#eventsOf(mailbox);
      if (!events.has('message') || this.#watched.size >= MOST_WATCHED) continue;
      const watched = await this.#watch(mailbox.name, events);
      if (wantsStatus) watched?.tellAll();
      const pause = this.#session.line.breathe();
      if (pause !== undefined) await pause;
    }
  }

  async #watch(name: string, events: ReadonlySet<NotifyEvent>): Promise<WatchedMailbox | undefined> {
    const {store} = this.#session;
    try {
      const mailbox = await store.open(name, {isReadOnly: true, keepsRecent: true});
      const watched = new WatchedMailbox(this.#session, mailbox, events, await store.status(name, false));
      this.#watched.set(name, watched);
      return watched;
    } catch (fault) {
      if (fault instanceof MailError) return undefined; // gone meanwhile, or not for us
      throw fault;
    }
  }

  /** The first filter that fits decides (RFC 5465 section 3.1). */
  #eventsOf(mailbox: ListedMailbox): ReadonlySet<NotifyEvent> {
    const filter = this.#request?.filters.find(one => this.#fits(one, mailbox));
    return filter?.events ?? NO_EVENTS;
  }

  #fits({kind, names}: NotifyFilter, {name, separator, isSubscribed}: ListedMailbox): boolean {
    switch (kind) {
      case 'selected':
      case 'selected-delayed':
        return false;
      case 'inboxes':
        return isInbox(name);
      case 'personal':
        return true;
      case 'subscribed':
        return isSubscribed;
      case 'mailboxes':
        return names.some(one => storeName(this.#session, one) === name);
      case 'subtree':
        return names
          .map(one => storeName(this.#session, one))
          .some(one => name === one || name.startsWith(one + separator));
    }
  }

  /** Mailboxes that came, went, were subscribed to or not any more. */
  async #tellNames(): Promise<void> {
    const before = this.#listed;
    const mailboxes = await this.#session.store.list({patterns: ['*']});
    this.#listed = new Map(mailboxes.map(mailbox => [mailbox.name, mailbox]));
    for (const mailbox of mailboxes) await this.#tellName(before.get(mailbox.name), mailbox);
    for (const old of before.values()) if (!this.#listed.has(old.name)) this.#tellGone(old);
  }

  async #tellName(old: ListedMailbox | undefined, now: ListedMailbox): Promise<void> {
    const events = this.#eventsOf(now);
    const isNew = events.has('name') && old?.exists !== now.exists;
    const isChanged = events.has('subscription') && (old?.isSubscribed ?? false) !== now.isSubscribed;
    if (isNew || isChanged)
      this.#line(now, [...(now.isSubscribed && isChanged ? ['\\Subscribed'] : []), ...existence(now)]);
    if (old === undefined && events.has('message') && now.isSelectable && now.exists) {
      const watched = await this.#watch(now.name, events);
      if (watched !== undefined) await watched.tell();
    }
  }

  #tellGone(old: ListedMailbox): void {
    this.#watched.get(old.name)?.stop();
    this.#watched.delete(old.name);
    if (this.#eventsOf(old).has('name')) this.#line(old, ['\\NonExistent']);
  }

  #line(mailbox: ListedMailbox, attributes: readonly string[]): void {
    const {out} = this.#session.line;
    out.line(`* LIST (${attributes.join(' ')}) ${quoted(mailbox.separator)} ${wireName(mailbox.name)}`);
  }
}

const NO_EVENTS: ReadonlySet<NotifyEvent> = new Set();

function existence({exists}: ListedMailbox): string[] {
  return exists ? [] : ['\\NonExistent'];
}
