/** What scripts ask of a user's mailboxes, and how what they say of flags and targets is meant there. */
import type {StoreAction} from '../../filter/sieve/run/action.ts';
import type {RunEnvironment} from '../../filter/sieve/run/environment.ts';
import {flagBits} from '../../mailbox/mailbox.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';

/** INBOX always does. */
export async function mailboxExists(store: MailStore, name: string): Promise<boolean> {
  if (isSame(name, 'INBOX')) return true;
  return (await store.list({patterns: [name]})).some(box => box.name === name && box.exists);
}

export function mailboxTests(
  store: MailStore,
): Pick<RunEnvironment, 'mailboxExists' | 'specialUseExists' | 'metadata'> {
  return {
    mailboxExists: name => mailboxExists(store, name),
    specialUseExists: async (mailbox, flag) => {
      const boxes = await store.list({patterns: [mailbox ?? '*']});
      return boxes.some(({specialUse}) => specialUse.some(one => isSame(one, flag)));
    },
    metadata: async (mailbox, annotation) => (await store.metadata(mailbox ?? '', annotation))?.toString('latin1'),
  };
}

/** The mailbox of a special use (RFC 8579) where there is one, else that of the action. */
export async function targetMailbox(
  store: MailStore,
  {specialUse, mailbox}: Pick<StoreAction, 'specialUse' | 'mailbox'>,
): Promise<string> {
  if (specialUse === undefined) return mailbox;
  const boxes = await store.list({patterns: ['*']});
  return boxes.find(box => box.specialUse.some(one => isSame(one, specialUse)))?.name ?? mailbox;
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
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

export function saveFlags(names: readonly string[] | undefined): {flags: number; keywords: string[]} {
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
export function flagNames(flags: number, keywords: readonly string[]): string[] {
  return [...SYSTEM_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name), ...keywords];
}
