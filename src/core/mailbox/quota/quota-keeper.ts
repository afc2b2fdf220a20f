/** The quota roots of one user: what is used, and whether something more may come. */
import {MailError} from '../mail-error.ts';
import type {QuotaRoot} from '../mail-store.ts';
import type {QuotaSettings} from '../store-settings.ts';
import {limitsFor} from './quota-rules.ts';

export interface QuotaUse {
  readonly bytes: number;
  readonly messages: number;
}

/** How a root is counted. */
export interface QuotaCounter {
  used(): Promise<QuotaUse>;
  recount(): Promise<QuotaUse>;
  add(messages: number, bytes: number): Promise<void>;
}

const KIBIBYTE = 1024;
/** quota_exceeded_message */
const EXCEEDED = 'Quota exceeded (mailbox for user is full)';

interface Root {
  readonly settings: QuotaSettings;
  readonly counter: QuotaCounter;
}

export class QuotaKeeper {
  readonly #roots: readonly Root[];

  constructor(roots: readonly Root[]) {
    this.#roots = roots;
  }

  /** Throws `MailError` quota. The last message may go beyond the limit by the grace. */
  async allow(mailbox: string, messages: number, bytes: number): Promise<void> {
    for (const {settings, counter} of this.#roots) {
      const limits = limitsFor(settings, mailbox);
      if (!limits.isCounted || messages === 0 || (limits.bytes === undefined && limits.messages === undefined))
        continue;
      const used = await counter.used();
      const grace = messages === 1 && used.bytes <= (limits.bytes ?? Infinity) ? settings.graceBytes : 0;
      const isOver =
        used.bytes + bytes > (limits.bytes ?? Infinity) + grace ||
        used.messages + messages > (limits.messages ?? Infinity);
      if (isOver) throw new MailError('quota', EXCEEDED);
    }
  }

  /** Negative numbers for what went. */
  async changed(mailbox: string, messages: number, bytes: number): Promise<void> {
    for (const {settings, counter} of this.#roots)
      if (limitsFor(settings, mailbox).isCounted) await counter.add(messages, bytes);
  }

  async describe(mailbox: string): Promise<QuotaRoot[]> {
    const roots: QuotaRoot[] = [];
    for (const {settings, counter} of this.#roots) {
      const limits = limitsFor(settings, mailbox);
      const used = await counter.used();
      const limit = limits.bytes === undefined ? undefined : Math.floor(limits.bytes / KIBIBYTE);
      roots.push({
        name: settings.name,
        storage: {used: Math.ceil(used.bytes / KIBIBYTE), limit},
        messages: {used: used.messages, limit: limits.messages},
      });
    }
    return roots;
  }

  async recount(): Promise<void> {
    for (const {counter} of this.#roots) await counter.recount();
  }

  /** Of the counting by mailboxes: which of them count. */
  static isCounted(settings: QuotaSettings, mailbox: string): boolean {
    return limitsFor(settings, mailbox).isCounted;
  }
}
