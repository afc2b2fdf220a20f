/** Messages from one store into another: read and saved, with their flags and times; all of them or none. */
import type {Mailbox, NumberRanges} from '../../core/mailbox/mailbox.ts';
import type {MailStore, SaveBatch} from '../../core/mailbox/mail-store.ts';
import {flagBits} from '../../core/mailbox/mailbox.ts';
import {eachOf} from './messages.ts';

export async function copyMessages(
  mailbox: Mailbox,
  sequences: NumberRanges,
  store: MailStore,
  target: string,
): Promise<void> {
  const batch = await store.save(target);
  try {
    for (const sequence of eachOf(sequences)) await copyMessage(mailbox, sequence, batch);
    await batch.commit();
  } catch (fault) {
    await batch.abort();
    throw fault;
  }
}

async function copyMessage(mailbox: Mailbox, sequence: number, batch: SaveBatch): Promise<void> {
  const reader = await mailbox.open(sequence);
  if (reader === undefined) return;
  try {
    let received: number | undefined;
    await mailbox.items([[sequence, sequence]], {received: true}, (_sequence, items) => {
      received = items?.received;
    });
    const flags = mailbox.flags(sequence) & ~flagBits.recent;
    const sink = await batch.add({flags, keywords: mailbox.keywordsOf(sequence), received});
    for await (const piece of reader.stream()) await sink.write(piece);
    await sink.finish();
  } finally {
    reader.close();
  }
}
