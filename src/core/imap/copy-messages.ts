/** COPY and MOVE share what they answer: COPYUID (RFC 4315 section 3), TRYCREATE. */
import {Refusal} from '../base/errors.ts';
import type {NumberRanges, SavedUids} from '../mailbox/mailbox.ts';
import {type Arguments, fail} from './argument.ts';
import {withExistenceCode} from './existence-code.ts';
import {storeName} from './mailbox-name.ts';
import type {MailSession} from './mail-session.ts';
import {countOf, INVALID_SET, messagesOf} from './message-set.ts';
import {parseSequenceSet, printRuns, type SequenceSet} from './sequence-set.ts';

export interface CopyCommand {
  readonly set: SequenceSet;
  readonly target: string;
}

export function parseCopy(args: Arguments): CopyCommand {
  const [set = '', target = ''] = args.expectStrings(2);
  return {set: parseSequenceSet(set) ?? fail(INVALID_SET), target};
}

/** undefined: there is no such message. */
export async function copyMessages(
  session: MailSession,
  {set, target}: CopyCommand,
  isUid: boolean,
  kind: 'copy' | 'move',
): Promise<SavedUids | undefined> {
  const selected = session.expectSelected();
  const {mailbox} = selected;
  const messages: NumberRanges = messagesOf(selected, set, isUid);
  if (messages.length === 0) return undefined;
  const name = storeName(session, target);
  const saved = await withExistenceCode('TRYCREATE', mailbox[kind](messages, name));
  if (saved.uids.length === 0) await refuseGone(session);
  await countTrashed(session, name, countOf(messages));
  const {scripts} = session;
  if (scripts !== undefined)
    await scripts.happened({cause: 'COPY', mailbox: name, from: mailbox.name, uids: saved.uids});
  return saved;
}

/** The client is told now which ones are gone, whatever numbers it used (seen). */
async function refuseGone(session: MailSession): Promise<never> {
  await session.sync(true);
  throw new Refusal('EXPUNGEISSUED', 'Some of the requested messages no longer exist');
}

/** `[COPYUID 17 1:2 5:6]`; undefined where nothing was copied. */
export function copyUidCode({uidValidity, uids, sourceUids}: SavedUids): string | undefined {
  if (uids.length === 0 || sourceUids === undefined) return undefined;
  return `[COPYUID ${uidValidity} ${printRuns(sourceUids)} ${printRuns(uids)}]`;
}

/** For imap_logout_format: copies to the mailbox for trash. */
async function countTrashed(session: MailSession, name: string, count: number): Promise<void> {
  session.trashNames ??= await trashNames(session);
  if (session.trashNames.has(name)) session.counters.trashed += count;
}

async function trashNames(session: MailSession): Promise<Set<string>> {
  const found = await session.store.list({patterns: ['*'], onlySpecialUse: true});
  return new Set(found.filter(({specialUse}) => specialUse.includes('\\Trash')).map(({name}) => name));
}
