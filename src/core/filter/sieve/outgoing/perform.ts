/**
 * Carries out what scripts have decided: asks the memory, decides about replies, composes mails, and calls the one who
 * stores and sends. The order is the original's: what was seen before is asked first; then mailboxes get their copies, all
 * of them or none; then the rest is done, until something fails. Whatever failed, the message is kept.
 */
import type {Action, Fcc, StoreAction} from '../run/action.ts';
import type {SeenBefore} from '../run/environment.ts';
import type {Result} from '../run/result.ts';
import type {Correspondence, OutgoingMail} from './correspondence.ts';
import {redirectId, redirectLoop, redirectMail, redirectSeconds} from './redirect.ts';
import {notifyMail, rejectMail, reportMail} from './reports.ts';
import {refusesMessage, refusesSender, vacationId, vacationReply} from './vacation-reply.ts';

export interface Performer {
  readonly mail: Correspondence;
  readonly seen: SeenBefore | undefined;
  readonly defaultMailbox: string;
  /** Why nothing can be stored there; undefined: it can. Asked of all before any is stored. */
  storeFault?(target: Target): Promise<string | undefined>;
  store(target: Target): Promise<void>;
  send(mail: OutgoingMail): Promise<void>;
  /** RFC 8580: a copy of what was sent. */
  storeCopy?(mail: OutgoingMail, fcc: Fcc): Promise<void>;
  /** Answers why the program has not taken it; undefined: it has. */
  pipe(program: string, args: readonly string[]): Promise<string | undefined>;
  /** `vacation action: sent vacation response to <a@b>`. */
  log(text: string): void;
  /** What the owner of the script should know. */
  error(text: string): void;
}

export type Target = Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse' | 'mailboxId'>;

/** `mayKeep`: whether the implicit keep counts. False when something failed, and the message was kept for it. */
export async function performResult(
  result: Result,
  performer: Performer,
  mayKeep = result.keepsImplicitly,
): Promise<boolean> {
  const prepared: Prepared[] = [];
  for (const action of result.actions) prepared.push({action, isKnown: await isKnown(action, performer)});
  if (result.actions.some(({kind}) => kind === 'discard')) performer.log(DISCARDED);
  const {defaultMailbox: mailbox} = performer;
  const stores = result.actions.filter((action): action is StoreAction => action.kind === 'store' && !action.isKeep);
  const keep = result.actions.find((action): action is StoreAction => action.kind === 'store' && action.isKeep);
  let isFine = await storeAll(stores, performer);
  const isStored = isFine && stores.some(store => isSameMailbox(store.mailbox, mailbox));
  let keeps = mayKeep || keep !== undefined;
  for (const one of isFine ? prepared : []) {
    const done = isFine ? await perform(one, performer) : 'done';
    if (done === 'failed') isFine = false;
    if (done === 'taken') keeps = keep !== undefined;
  }
  if ((isFine && !keeps) || isStored) return isFine;
  await performer.store(keep ?? {mailbox, flags: result.keepFlags, create: false, specialUse: undefined});
  performer.log(`stored mail into mailbox ${shownMailbox(mailbox)}`);
  return isFine;
}

export const DISCARDED = 'discard action: Marked message to be discarded if not explicitly delivered (discard action)';

interface Prepared {
  readonly action: Action;
  readonly isKnown: boolean;
}

async function storeAll(stores: readonly StoreAction[], performer: Performer): Promise<boolean> {
  const faults: (string | undefined)[] = [];
  for (const store of stores) faults.push(await performer.storeFault?.(store));
  const isFine = faults.every(fault => fault === undefined);
  for (const [index, store] of stores.entries()) {
    const shown = shownMailbox(store.mailbox);
    const fault = faults[index];
    if (fault !== undefined) performer.error(`fileinto action: failed to store into mailbox ${shown}: ${fault}`);
    else if (!isFine) performer.log(`fileinto action: store into mailbox ${shown} aborted`);
    else {
      await performer.store(store);
      performer.log(`fileinto action: stored mail into mailbox ${shown}`);
    }
  }
  return isFine;
}

/** INBOX in any case is INBOX, and so is ''. */
export function realMailbox(name: string): string {
  return name === '' || name.toUpperCase() === 'INBOX' ? 'INBOX' : name;
}

function isSameMailbox(a: string, b: string): boolean {
  return realMailbox(a) === realMailbox(b);
}

/** As logs name it. */
export function shownMailbox(name: string): string {
  const real = realMailbox(name);
  return real === name ? `'${name}'` : `'${name}' (${real})`;
}

/** `taken`: a program has the message, and the implicit keep is off. */
type Done = 'done' | 'taken' | 'failed';

async function perform({action, isKnown: known}: Prepared, performer: Performer): Promise<Done> {
  const {mail, seen} = performer;
  switch (action.kind) {
    case 'store':
    case 'discard':
      return 'done'; // before all others
    case 'redirect': {
      const loop = redirectLoop(action, mail);
      if (known) performer.log(`redirect action: discarded duplicate forward to <${action.address}>`);
      else if (loop !== undefined) performer.log(`redirect action: ${loop}`);
      else {
        await performer.send(redirectMail(action, mail));
        const id = redirectId(action, mail);
        if (id !== undefined) await seen?.mark(id, redirectSeconds(mail));
        performer.log(`redirect action: forwarded to <${action.address}>`);
      }
      return 'done';
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
      return 'done';
    }
    case 'vacation':
      await performVacation(action, known, performer);
      return 'done';
    case 'notify': {
      const letter = notifyMail(action, mail);
      if (letter === undefined) return 'done';
      await performer.send(letter);
      if (action.fcc !== undefined) await performer.storeCopy?.(letter, action.fcc);
      performer.log(
        `notify action: sent mail notification to ${letter.recipients.map(address => `<${address}>`).join(', ')}`,
      );
      return 'done';
    }
    case 'report':
      await performer.send(await reportMail(action, mail));
      performer.log(`report action: sent \`${action.feedback}' report to <${action.to}>`);
      return 'done';
    case 'mark':
      await seen?.mark(action.id, action.seconds);
      return 'done';
    case 'pipe':
      return performPipe(action, performer);
  }
}

/** The original drops a message whose program could only be tried (`:try`); here it is kept. */
async function performPipe(action: Extract<Action, {kind: 'pipe'}>, performer: Performer): Promise<Done> {
  const fault = await performer.pipe(action.program, action.args);
  if (fault !== undefined) {
    performer.error(fault);
    return action.isTry ? 'done' : 'failed';
  }
  performer.log(`pipe action: piped message to program \`${action.program}'`);
  return action.copy ? 'done' : 'taken';
}

async function isKnown(action: Action, {mail, seen}: Performer): Promise<boolean> {
  if (action.kind === 'vacation' && refusesSender(action, mail) === undefined)
    return (await seen?.has(vacationId(action, mail.envelope.from))) ?? false;
  if (action.kind !== 'redirect') return false;
  const id = redirectId(action, mail);
  return id === undefined ? false : ((await seen?.has(id)) ?? false);
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
