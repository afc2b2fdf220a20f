/** FETCH and UID FETCH (RFC 3501 section 6.4.5), CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4, 3.2.6). */
import {describe, ParseError, Refusal} from '../../base/errors.ts';
import type {NumberRanges} from '../../mailbox/mailbox.ts';
import {type Arguments, fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {expectFetchItems, type FetchItem} from '../fetch/fetch-item.ts';
import {planFetch} from '../fetch/fetch-plan.ts';
import {FetchRun} from '../fetch/fetch-run.ts';
import type {MailSession} from '../mail-session.ts';
import {expectSet, messagesOf} from '../message-set.ts';
import {vanishedUids} from '../select-mailbox.ts';
import type {Selected} from '../selected.ts';
import {SessionEnd} from '../session-end.ts';
import {internalError} from '../tagged-reply.ts';
import {printRanges, resolveSet, type SequenceSet} from '../sequence-set.ts';

export const fetch = imapCommand({
  name: 'FETCH',
  uid: 'too',
  needsMailbox: true,
  parse(args, {isUid}) {
    const set = expectSet(args);
    const items = expectFetchItems(args);
    const modifiers = args.takeList();
    if (!args.isAtEnd) fail('Invalid arguments.');
    return {set, items, ...parseModifiers(modifiers, isUid)};
  },
  async run(session, {set, items, changedSince, wantsVanished}, {isUid}) {
    const selected = session.expectSelected();
    if (wantsVanished && !session.hasQresync) fail('QRESYNC not enabled');
    if (wantsVanished && changedSince === undefined) fail('VANISHED used without CHANGEDSINCE');
    const messages = messagesOf(selected, set, isUid);
    const asked = completeItems(items, isUid, changedSince !== undefined);
    if (changedSince !== undefined || hasItem(items, 'MODSEQ')) session.enableCondstore();
    if (wantsVanished) await tellVanished(session, selected, set, changedSince ?? 0);
    const run = new FetchRun(session, selected, planFetch(asked), {isUid, changedSince});
    await runFetch(session, run, messages);
    await session.sync(isUid, {withUid: isUid, knownFlags: run.knownFlags});
    if (run.hasFailed) return failedReply(session);
    return run.hasGone ? 'OK [EXPUNGEISSUED] Some messages were already expunged.' : 'OK Fetch completed.';
  },
});

/** Clients take a NO for many things; by default Dovecot leaves rather than say it (imap_fetch_failure). */
async function runFetch(session: MailSession, run: FetchRun, messages: NumberRanges): Promise<void> {
  try {
    await run.run(messages);
  } catch (fault) {
    if (fault instanceof SessionEnd || fault instanceof ParseError || fault instanceof Refusal) throw fault;
    session.log.error(`FETCH: ${describe(fault)}`);
    throw new SessionEnd('FETCH failed', fetchFailed(session));
  }
}

function failedReply(session: MailSession): string {
  if (session.settings.fetchFailure === 'no-after') return internalError(session.clock.now());
  throw new SessionEnd('FETCH failed', fetchFailed(session));
}

function fetchFailed(session: MailSession): string {
  return `FETCH failed: ${internalError(session.clock.now()).replace(/^NO \[SERVERBUG\] /, '')}`;
}

function parseModifiers(
  modifiers: Arguments | undefined,
  isUid: boolean,
): {changedSince: number | undefined; wantsVanished: boolean} {
  let changedSince: number | undefined;
  let wantsVanished = false;
  while (modifiers !== undefined && !modifiers.isAtEnd) {
    if (modifiers.takeWord('CHANGEDSINCE')) {
      const text = modifiers.takeAtom() ?? '';
      if (!/^\d{1,19}$/.test(text)) fail('Invalid CHANGEDSINCE modseq.');
      changedSince = Number(text);
    } else if (isUid && modifiers.takeWord('VANISHED')) wantsVanished = true;
    else fail('Unknown FETCH modifier');
  }
  return {changedSince, wantsVanished};
}

/** UID FETCH answers UIDs first, CHANGEDSINCE modification sequences last, whether asked for or not. */
function completeItems(items: readonly FetchItem[], isUid: boolean, isChanged: boolean): FetchItem[] {
  const complete: FetchItem[] = [...items];
  if (isUid && !hasItem(items, 'UID')) complete.unshift({kind: 'plain', name: 'UID'});
  if (isChanged && !hasItem(items, 'MODSEQ')) complete.push({kind: 'plain', name: 'MODSEQ'});
  return complete;
}

function hasItem(items: readonly FetchItem[], name: 'UID' | 'MODSEQ'): boolean {
  return items.some(item => item.kind === 'plain' && item.name === name);
}

async function tellVanished(session: MailSession, selected: Selected, set: SequenceSet, since: number): Promise<void> {
  const {mailbox} = selected;
  const uids = set.isSaved ? selected.savedResult : resolveSet(set, mailbox.uidNext - 1);
  const vanished = await vanishedUids(mailbox, since, uids);
  if (vanished.length > 0) session.line.out.line(`* VANISHED (EARLIER) ${printRanges(vanished)}`);
}
