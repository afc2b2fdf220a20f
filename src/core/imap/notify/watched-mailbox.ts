/** A mailbox that is not selected and that NOTIFY watches: what its STATUS was when the client was last told. */
import {MailError} from '../../mailbox/mail-error.ts';
import type {Mailbox} from '../../mailbox/mailbox.ts';
import type {MailboxStatus} from '../../mailbox/mail-store.ts';
import type {MailSession} from '../mail-session.ts';
import {wireName} from '../mailbox-name.ts';
import {printStatus, type StatusItem} from '../status-items.ts';
import type {NotifyEvent} from './notify-filter.ts';

export class WatchedMailbox {
  readonly #session: MailSession;
  readonly #mailbox: Mailbox;
  readonly #events: ReadonlySet<NotifyEvent>;
  readonly #stop: () => void;
  #told: MailboxStatus;
  /** Something may have happened. */
  isDirty = false;

  constructor(session: MailSession, mailbox: Mailbox, events: ReadonlySet<NotifyEvent>, told: MailboxStatus) {
    this.#session = session;
    this.#mailbox = mailbox;
    this.#events = events;
    this.#told = told;
    this.#stop = mailbox.watch(() => {
      this.isDirty = true;
      session.line.wake();
    });
  }

  /** The whole STATUS, as NOTIFY SET STATUS wants it. */
  tellAll(): void {
    const items: StatusItem[] = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'];
    if (this.#session.hasCondstore) items.push('HIGHESTMODSEQ');
    this.#tell(items);
  }

  async tell(): Promise<void> {
    this.isDirty = false;
    const before = this.#told;
    const now = await statusOf(this.#session, this.#mailbox.name);
    if (now === undefined) return;
    this.#told = now;
    const hasNew = now.uidNext !== before.uidNext || now.messages !== before.messages;
    const hasFlags = now.unseen !== before.unseen || now.highestModSeq !== before.highestModSeq;
    const items: StatusItem[] = [];
    if (hasNew) items.push('MESSAGES');
    if (now.uidNext !== before.uidNext) items.push('UIDNEXT');
    if (hasNew || (hasFlags && this.#events.has('flag'))) items.push('UNSEEN');
    if (items.length === 0) return;
    if (this.#session.hasCondstore) items.push('HIGHESTMODSEQ');
    this.#tell(items);
  }

  stop(): void {
    this.#stop();
    this.#mailbox.close();
  }

  #tell(items: readonly StatusItem[]): void {
    this.#session.line.out.line(`* STATUS ${wireName(this.#mailbox.name)} (${printStatus(this.#told, items)})`);
  }
}

/** undefined: the mailbox is not there any more, which LIST tells. */
async function statusOf(session: MailSession, name: string): Promise<MailboxStatus | undefined> {
  try {
    return await session.store.status(name, false);
  } catch (fault) {
    if (fault instanceof MailError && fault.code !== 'temporary') return undefined;
    throw fault;
  }
}
