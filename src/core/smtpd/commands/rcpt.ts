/** RCPT (RFC 5321 section 4.1.1.3), with DSN's NOTIFY and ORCPT (RFC 3461 sections 4.1 and 4.2). */
import type {Later} from '../../address/address-rewriter.ts';
import {isAscii} from '../../base/bytes.ts';
import {NOTIFY_DELAY, NOTIFY_FAILURE, NOTIFY_NEVER, NOTIFY_SUCCESS, type NewRecipient} from '../../queue/agent.ts';
import type {PathParameter} from '../../smtp/command-line.ts';
import {parsePathArgument, type PathArgument} from '../../smtp/path-argument.ts';
import {decodeUtf8Xtext, decodeXtext} from '../../smtp/xtext.ts';
import type {SmtpdMachine} from '../machine.ts';
import {NOT_DECLARED, originalRecipient, refusalReply} from '../transaction.ts';
import type {SmtpdCommand} from './registry.ts';

type Draft = {-readonly [Key in keyof NewRecipient]: NewRecipient[Key]};

export const rcpt: SmtpdCommand = {
  name: 'RCPT',
  counter: 'rcpt',
  run(machine, argument) {
    const {transaction, service} = machine;
    if (!transaction.isOpen) return no(machine, '503 5.5.1 Error: need MAIL command');
    if (machine.isChunking) return no(machine, '503 5.5.1 Error: RCPT after BDAT');
    const path = parsePathArgument('TO:', argument, service.settings.isStrict);
    if (path === undefined) return no(machine, '501 5.5.4 Syntax: RCPT TO:<address>');
    const {recipientRate} = service.settings.limits;
    const counted = service.limits.happened(machine.limitKey, 'recipient');
    if (recipientRate === 0 || counted <= recipientRate) return checkAddress(machine, path);
    return machine.isExcepted().then(isExcepted => {
      if (isExcepted) return checkAddress(machine, path);
      machine.warnOfRate('Recipient address', counted);
      return no(machine, `450 4.7.1 Error: too many recipients from ${machine.state.client.address}`);
    });
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function checkAddress(machine: SmtpdMachine, path: PathArgument): Later<boolean> {
  const {address} = path;
  if (address === undefined || address === '') return badRecipient(machine, path);
  const isUtf8 = machine.state.isUtf8;
  const draft: Draft = {address, original: address};
  for (const parameter of path.parameters) {
    const complaint = takeParameter(machine, draft, parameter);
    if (complaint !== undefined) return no(machine, complaint);
  }
  draft.dsnOriginal ??= originalRecipient(path.written ?? address, isUtf8);
  const {isStrictUtf8, isUtf8: isUtf8Enabled} = machine.service.settings;
  if (isStrictUtf8 && isUtf8Enabled && !isUtf8 && !isAscii(address)) return no(machine, NOT_DECLARED);
  const valid = machine.isValidAddress(address, isUtf8);
  if (valid instanceof Promise)
    return valid.then(isValid => (isValid ? judge(machine, draft) : badRecipient(machine, path)));
  return valid ? judge(machine, draft) : badRecipient(machine, path);
}

function badRecipient(machine: SmtpdMachine, path: PathArgument): false {
  if (path.written !== undefined) machine.warnOfSyntax('RCPT', path.written);
  return no(machine, '501 5.1.3 Bad recipient address syntax');
}

function takeParameter(machine: SmtpdMachine, draft: Draft, {name, value, whole}: PathParameter): string | undefined {
  if ((name === 'NOTIFY' || name === 'ORCPT') && value !== undefined && machine.discarded.has('DSN'))
    return '501 5.7.1 DSN support is disabled';
  if (name === 'NOTIFY' && value !== undefined) {
    const notify = notifyBits(value);
    if (notify === 0 || draft.notify !== undefined) return '501 5.5.4 Error: Bad NOTIFY parameter syntax';
    draft.notify = notify;
    return undefined;
  }
  if (name === 'ORCPT' && value !== undefined) {
    const decoded = originalOf(value);
    if (decoded === undefined || draft.dsnOriginal !== undefined) return '501 5.5.4 Error: Bad ORCPT parameter syntax';
    draft.dsnOriginal = decoded;
    return undefined;
  }
  return `555 5.5.4 Unsupported option: ${whole}`;
}

const NOTIFY_WORDS: ReadonlyMap<string, number> = new Map([
  ['NEVER', NOTIFY_NEVER],
  ['SUCCESS', NOTIFY_SUCCESS],
  ['FAILURE', NOTIFY_FAILURE],
  ['DELAY', NOTIFY_DELAY],
]);

/** 0: malformed. NEVER stands alone (RFC 3461 section 4.1). */
function notifyBits(value: string): number {
  let bits = 0;
  for (const word of value.toUpperCase().split(',')) {
    if (word === '') continue; // seen: `SUCCESS,` and `,SUCCESS` are taken
    const bit = NOTIFY_WORDS.get(word);
    if (bit === undefined) return 0;
    bits |= bit;
  }
  return (bits & NOTIFY_NEVER) !== 0 && bits !== NOTIFY_NEVER ? 0 : bits;
}

/** `rfc822;user+40example.com` decoded; undefined when malformed. */
function originalOf(value: string): string | undefined {
  const semicolon = value.indexOf(';');
  if (semicolon <= 0) return undefined;
  const decode = /^utf-8;/i.test(value) ? decodeUtf8Xtext : decodeXtext;
  const decoded = decode(value.slice(semicolon + 1));
  return decoded === undefined ? undefined : `${value.slice(0, semicolon)};${decoded}`;
}

function judge(machine: SmtpdMachine, draft: Draft): Later<boolean> {
  const {state, service, transaction} = machine;
  const {recipientLimit, recipientOvershoot} = service.settings;
  if (transaction.recipients.length >= recipientLimit) {
    machine.say('452 4.5.3 Error: too many recipients');
    return transaction.overshoot++ < recipientOvershoot; // some clients don't know better: no error yet
  }
  state.recipient = draft.address;
  const verdict = service.access.rcpt(state);
  if (verdict instanceof Promise) return verdict.then(refused => finish(machine, draft, refused));
  return finish(machine, draft, verdict);
}

function finish(machine: SmtpdMachine, draft: Draft, refused: string | undefined): Later<boolean> {
  if (refused !== undefined) {
    const {recipients} = machine.transaction;
    machine.state.recipient = recipients.length === 1 ? recipients[0]?.address : undefined;
    return machine.refuse(refused);
  }
  if (machine.transaction.message !== undefined) return accept(machine, draft);
  return machine.transaction.open().then(
    () => accept(machine, draft),
    (fault: unknown) => no(machine, refusalReply(fault)),
  );
}

function accept(machine: SmtpdMachine, draft: Draft): boolean {
  machine.transaction.addRecipient(draft);
  machine.state.recipient = machine.transaction.recipients.length === 1 ? draft.address : undefined;
  machine.say('250 2.1.5 Ok');
  return true;
}
