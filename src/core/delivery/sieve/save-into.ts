/** Stores what scripts want stored: the mailbox made where it may be, the message whole on disk or not at all. */
import {MailError} from '../../mailbox/mail-error.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {mailboxExists, saveFlags} from './mailboxes.ts';

export interface SaveOrder {
  readonly mailbox: string;
  readonly content: AsyncIterable<Buffer> | readonly Buffer[];
  readonly flags: readonly string[] | undefined;
  readonly mayCreate: boolean;
  readonly autosubscribes: boolean;
  /** INTERNALDATE, milliseconds since 1970; default: now. */
  readonly received?: number | undefined;
}

/** Throws `MailError`. */
export async function saveInto(store: MailStore, order: SaveOrder): Promise<void> {
  const {mailbox, content, flags, mayCreate, autosubscribes, received} = order;
  if (mayCreate && !(await mailboxExists(store, mailbox))) {
    await store.create(mailbox).catch((fault: unknown) => {
      if (!(fault instanceof MailError) || fault.code !== 'exists') throw fault;
    });
    if (autosubscribes) await store.subscribe(mailbox);
  }
  const batch = await store.save(mailbox);
  try {
    const sink = await batch.add({...saveFlags(flags), received});
    for await (const piece of content) await sink.write(piece);
    await sink.finish();
  } catch (fault) {
    await batch.abort();
    throw fault;
  }
  await batch.commit();
}
