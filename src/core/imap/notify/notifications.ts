/**
 * When a session listens to what happens: during IDLE to the selected mailbox, with NOTIFY (RFC 5465) to what the client
 * asked for. Nobody listens otherwise, which costs nothing.
 */
import type {Mailbox} from '../../mailbox/mailbox.ts';
import type {MailSession} from '../mail-session.ts';

export class Notifications {
  readonly #session: MailSession;
  #stopWatching: (() => void) | undefined;

  constructor(session: MailSession) {
    this.#session = session;
  }

  /** NOTIFY is in force. */
  get isActive(): boolean {
    return false;
  }

  beginIdle(): void {
    const mailbox = this.#session.selected?.mailbox;
    if (mailbox !== undefined) this.#stopWatching ??= mailbox.watch(() => this.#session.line.wake());
  }

  endIdle(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  selected(_mailbox: Mailbox): void {
    this.endIdle();
  }

  /** Tells what happened. */
  async tell(): Promise<void> {
    await Promise.resolve();
  }

  stop(): void {
    this.endIdle();
  }
}
