/**
 * Carries out what scripts have decided: asks the memory, decides about replies, composes mails, and calls the one who
 * stores and sends. The order is the original's: what was seen before is asked first, then all is done, then what is to
 * be remembered is marked. An action that fails makes the message be kept.
 */
import type {Action, Fcc, StoreAction} from '../run/action.ts';
import type {SeenBefore} from '../run/environment.ts';
import type {Result} from '../run/result.ts';
import type {Correspondence, OutgoingMail} from './correspondence.ts';
import {REDIRECT_SECONDS, redirectId, redirectLoop, redirectMail} from './redirect.ts';
import {notifyMail, rejectMail, reportMail} from './reports.ts';
import {refusesMessage, refusesSender, vacationId, vacationReply} from './vacation-reply.ts';

export interface Performer {
  readonly mail: Correspondence;
  readonly seen: SeenBefore | undefined;
  readonly defaultMailbox: string;
  store(action: Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse' | 'mailboxId'>): Promise<void>;
  send(mail: OutgoingMail): Promise<void>;
  /** RFC 8580: a copy of what was sent. */
  storeCopy?(mail: OutgoingMail, fcc: Fcc): Promise<void>;
  pipe(program: string, args: readonly string[]): Promise<boolean>;
  /** `vacation action: sent vacation response to <a@b>`. */
  log(text: string): void;
}

/** Throws what the performer throws: the caller keeps the message then. */
export async function performResult(result: Result, performer: Performer): Promise<void> {
  const prepared: Prepared[] = [];
  for (const action of result.actions) prepared.push({action, isKnown: await isKnown(action, performer)});
  let keeps = result.keepsImplicitly;
  for (const one of prepared) keeps = (await perform(one, performer)) && keeps;
  if (!keeps) return;
  const {defaultMailbox: mailbox} = performer;
  if (isStored(result, mailbox)) return;
  await performer.store({mailbox, flags: result.keepFlags, create: false, specialUse: undefined});
  performer.log(`stored mail into mailbox '${mailbox}'`);
}

interface Prepared {
  readonly action: Action;
  readonly isKnown: boolean;
}

function isStored({actions}: Result, mailbox: string): boolean {
  return actions.some(action => action.kind === 'store' && action.mailbox === mailbox);
}

async function isKnown(action: Action, {mail, seen}: Performer): Promise<boolean> {
  if (action.kind === 'vacation' && refusesSender(action, mail) === undefined)
    return (await seen?.has(vacationId(action, mail.envelope.from))) ?? false;
  if (action.kind !== 'redirect') return false;
  const id = redirectId(action, mail);
  return id === undefined ? false : ((await seen?.has(id)) ?? false);
}

/** False when the implicit keep is not to be done because of this action. */
async function perform({action, isKnown: known}: Prepared, performer: Performer): Promise<boolean> {
  const {mail, seen} = performer;
  switch (action.kind) {
    case 'store':
      await performer.store(action);
      performer.log(`stored mail into mailbox '${action.mailbox}'`);
      return true;
    case 'redirect': {
      const loop = redirectLoop(action, mail);
      if (known) performer.log(`redirect action: discarded duplicate forward to <${action.address}>`);
      else if (loop !== undefined) performer.log(`redirect action: ${loop}`);
      else {
        await performer.send(redirectMail(action, mail));
        const id = redirectId(action, mail);
        if (id !== undefined) await seen?.mark(id, REDIRECT_SECONDS);
        performer.log(`redirect action: forwarded to <${action.address}>`);
      }
      return true;
    }
    case 'reject': {
      const letter = rejectMail(action, mail);
      if (letter === undefined) performer.log('reject action: not sending reject message to <>');
      else {
        await performer.send(letter);
        performer.log(
          `reject action: rejected message from <${mail.envelope.from}> (${action.isExtended ? 'ereject' : 'reject'})`,
        );
      }
      return true;
    }
    case 'discard':
      performer.log('discard action: Marked message to be discarded if not explicitly delivered (discard action)');
      return true;
    case 'vacation':
      await performVacation(action, known, performer);
      return true;
    case 'notify': {
      const letter = notifyMail(action, mail);
      if (letter === undefined) return true;
      await performer.send(letter);
      if (action.fcc !== undefined) await performer.storeCopy?.(letter, action.fcc);
      performer.log(
        `notify action: sent mail notification to ${letter.recipients.map(address => `<${address}>`).join(', ')}`,
      );
      return true;
    }
    case 'report':
      await performer.send(await reportMail(action, mail));
      performer.log(`report action: sent \`${action.feedback}' report to <${action.to}>`);
      return true;
    case 'mark':
      await seen?.mark(action.id, action.seconds);
      return true;
    case 'pipe': {
      const isTaken = await performer.pipe(action.program, action.args);
      if (isTaken) performer.log(`pipe action: piped message to program \`${action.program}'`);
      return !isTaken || action.copy;
    }
  }
}

async function performVacation(
  action: Extract<Action, {kind: 'vacation'}>,
  known: boolean,
  performer: Performer,
): Promise<void> {
  const {mail, seen} = performer;
  const {from: sender} = mail.envelope;
  const refusal =
    refusesSender(action, mail) ??
    (known ? `discarded duplicate vacation response to <${sender}>` : refusesMessage(action, mail));
  if (refusal !== undefined) return performer.log(`vacation action: ${refusal}`);
  const reply = vacationReply(action, mail);
  await performer.send(reply);
  performer.log(`vacation action: sent vacation response to <${sender}>`);
  await seen?.mark(vacationId(action, sender), action.seconds);
  if (action.fcc !== undefined) await performer.storeCopy?.(reply, action.fcc);
}
