/** Stores what scripts want stored: the mailbox made where it may be, the message whole on disk or not at all. */
import {MailError} from '../../mailbox/mail-error.ts';
import type {MailStore, SaveBatch} from '../../mailbox/mail-store.ts';
import {saveFlags} from './mailboxes.ts';

export interface SaveTarget {
  readonly mailbox: string;
  readonly mayCreate: boolean;
  readonly autosubscribes: boolean;
}

export interface SaveOrder {
  readonly content: AsyncIterable<Buffer> | readonly Buffer[];
  readonly flags: readonly string[] | undefined;
  /** INTERNALDATE, milliseconds since 1970; default: now. */
  readonly received?: number | undefined;
}

/** A mailbox that is not there is made where it may be. Throws `MailError`. */
export async function openForSaving(store: MailStore, target: SaveTarget): Promise<SaveBatch> {
  const {mailbox, mayCreate, autosubscribes} = target;
  try {
    return await store.save(mailbox);
  } catch (fault) {
    if (!mayCreate || !(fault instanceof MailError) || fault.code !== 'nonexistent') throw fault;
  }
  await store.create(mailbox).catch((fault: unknown) => {
    if (!(fault instanceof MailError) || fault.code !== 'exists') throw fault;
  });
  if (autosubscribes) await store.subscribe(mailbox);
  return store.save(mailbox);
}

/** Throws `MailError`. */
export async function saveInto(batch: SaveBatch, {content, flags, received}: SaveOrder): Promise<void> {
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
