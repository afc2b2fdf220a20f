/** Stores what scripts want stored: the mailbox made where it may be, the message whole on disk or not at all. */
import {MailError} from '../../mailbox/mail-error.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {flagBits} from '../../mailbox/mailbox.ts';
import {exists, isSame} from './run-environment.ts';

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
  if (mayCreate && !(await exists(store, mailbox))) {
    await store.create(mailbox).catch((fault: unknown) => {
      if (!(fault instanceof MailError) || fault.code !== 'exists') throw fault;
    });
    if (autosubscribes) await store.subscribe(mailbox);
  }
  const batch = await store.save(mailbox);
  try {
    const sink = await batch.add({...flagsNamed(flags), received});
    for await (const piece of content) await sink.write(piece);
    await sink.finish();
  } catch (fault) {
    await batch.abort();
    throw fault;
  }
  await batch.commit();
}

/** The mailbox with a special use (`\\Junk`), where there is one. */
export async function mailboxForUse(store: MailStore, flag: string, otherwise: string): Promise<string> {
  const boxes = await store.list({patterns: ['*']});
  return boxes.find(box => box.specialUse.some(one => isSame(one, flag)))?.name ?? otherwise;
}

const SYSTEM_NAMES: readonly (readonly [number, string])[] = [
  [flagBits.answered, '\\Answered'],
  [flagBits.flagged, '\\Flagged'],
  [flagBits.deleted, '\\Deleted'],
  [flagBits.seen, '\\Seen'],
  [flagBits.draft, '\\Draft'],
];

const SYSTEM_FLAGS: ReadonlyMap<string, number> = new Map(SYSTEM_NAMES.map(([bit, name]) => [name.toLowerCase(), bit]));

/** Of names: `\\Seen` and its like in any case, the others are keywords. */
export function flagsNamed(names: readonly string[] | undefined): {flags: number; keywords: string[]} {
  let flags = 0;
  const keywords: string[] = [];
  for (const name of names ?? []) {
    const bit = SYSTEM_FLAGS.get(name.toLowerCase());
    if (bit === undefined) keywords.push(name);
    else flags |= bit;
  }
  return {flags, keywords};
}

/** The other way round, without \\Recent. */
export function flagNames(bits: number, keywords: readonly string[]): string[] {
  return [...SYSTEM_NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name), ...keywords];
}
