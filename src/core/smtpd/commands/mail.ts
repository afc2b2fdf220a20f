/** MAIL (RFC 5321 section 4.1.1.2), with SIZE (RFC 1870), 8BITMIME (6152), SMTPUTF8 (6531), DSN (3461), AUTH (4954), REQUIRETLS (8689), XVERP. */
import type {Later} from '../../address/address-rewriter.ts';
import {isAscii} from '../../base/bytes.ts';
import type {PathParameter} from '../../smtp/command-line.ts';
import {parsePathArgument, type PathArgument} from '../../smtp/path-argument.ts';
import {decodeXtext} from '../../smtp/xtext.ts';
import type {SmtpdMachine} from '../machine.ts';
import {NOT_DECLARED, refusalReply, type Sender} from '../transaction.ts';
import type {SmtpdCommand} from './registry.ts';

type Draft = {-readonly [Key in keyof Sender]: Sender[Key]};

export const mail: SmtpdCommand = {
  name: 'MAIL',
  counter: 'mail',
  run(machine, argument) {
    const {settings} = machine.service;
    const complaint =
      settings.requiresHelo && machine.state.heloName === undefined
        ? '503 5.5.1 Error: send HELO/EHLO first'
        : machine.transaction.isOpen
          ? '503 5.5.1 Error: nested MAIL command'
          : machine.isChunking
            ? '503 5.5.1 Error: MAIL after BDAT'
            : undefined;
    if (complaint !== undefined) return no(machine, complaint);
    const path = parsePathArgument('FROM:', argument, settings.isStrict);
    if (path === undefined) return no(machine, '501 5.5.4 Syntax: MAIL FROM:<address>');
    const {messageRate} = settings.limits;
    const counted = machine.service.limits.happened(machine.limitKey, 'message');
    if (messageRate === 0 || counted <= messageRate) return checkAddress(machine, path);
    return machine.isExcepted().then(isExcepted => {
      if (isExcepted) return checkAddress(machine, path);
      machine.warnOfRate('Message delivery request', counted);
      return no(machine, `450 4.7.1 Error: too much mail from ${machine.state.client.address}`);
    });
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function checkAddress(machine: SmtpdMachine, path: PathArgument): Later<boolean> {
  const {address} = path;
  if (address === undefined) return badSender(machine, path);
  const draft: Draft = {address, sizeBytes: 0, isUtf8: false, ret: 0, envelopeId: ''};
  const seen = new Set<string>();
  for (const parameter of path.parameters) {
    const complaint = takeParameter(machine, draft, parameter, seen);
    if (complaint !== undefined) return no(machine, complaint);
  }
  const {isUtf8, isStrictUtf8} = machine.service.settings;
  if (isStrictUtf8 && isUtf8 && !draft.isUtf8 && !isAscii(address)) return no(machine, NOT_DECLARED);
  const valid = machine.isValidAddress(address, draft.isUtf8);
  if (valid instanceof Promise)
    return valid.then(isValid => (isValid ? judge(machine, draft) : badSender(machine, path)));
  return valid ? judge(machine, draft) : badSender(machine, path);
}

function badSender(machine: SmtpdMachine, path: PathArgument): false {
  if (path.written !== undefined) machine.warnOfSyntax('MAIL', path.written);
  return no(machine, '501 5.1.7 Bad sender address syntax');
}

/** The complaint about a parameter that can't be used. */
function takeParameter(
  machine: SmtpdMachine,
  draft: Draft,
  {name, value, whole}: PathParameter,
  seen: Set<string>,
): string | undefined {
  const {settings} = machine.service;
  const {discarded} = machine;
  const isRepeated = seen.has(name);
  seen.add(name);
  if (name === 'SIZE' && value !== undefined) return takeSize(machine, draft, value);
  if (name === 'BODY' && value !== undefined) {
    const word = value.toUpperCase();
    if (word === '8BITMIME') draft.encoding = '8bit';
    else if (word === '7BIT') draft.encoding = '7bit';
    else return `555 5.5.4 Unsupported option: ${whole}`;
    return undefined;
  }
  if (name === 'SMTPUTF8' && value === undefined && settings.isUtf8 && !discarded.has('SMTPUTF8')) {
    draft.isUtf8 = true;
    return undefined;
  }
  if (name === 'REQUIRETLS' && value === undefined && machine.mayRequireTls && !discarded.has('REQUIRETLS')) {
    draft.requiresTls = true;
    return undefined;
  }
  if (name === 'AUTH' && value !== undefined) return isRepeated ? MANY_AUTH : takeAuth(machine, value);
  if ((name === 'RET' || name === 'ENVID') && value !== undefined && discarded.has('DSN')) return NO_DSN;
  if (name === 'RET' && value !== undefined) {
    const word = value.toUpperCase();
    if (isRepeated || (word !== 'FULL' && word !== 'HDRS')) return '501 5.5.4 Bad RET parameter syntax';
    draft.ret = word === 'FULL' ? 1 : 2;
    return undefined;
  }
  if (name === 'ENVID' && value !== undefined) {
    const decoded = decodeXtext(value)?.replace(/\0[^]*$/, ''); // as the original's strings end
    if (isRepeated || decoded === undefined || value === '' || /[^ -~]/.test(decoded))
      return '501 5.5.4 Bad ENVID parameter syntax';
    draft.envelopeId = decoded;
    return undefined;
  }
  if (name === 'XVERP' && machine.mayVerp) return takeVerp(machine, draft, value);
  return `555 5.5.4 Unsupported option: ${whole}`;
}

function takeSize(machine: SmtpdMachine, draft: Draft, value: string): string | undefined {
  if (!/^\d+$/.test(value)) return '501 5.5.4 Bad message size syntax';
  const size = Number(value);
  if (BigInt(value) > MAX_OFFSET) return '552 5.3.4 Message size exceeds file system imposed limit';
  const {messageLimit} = machine.service.settings;
  if (messageLimit > 0 && size > messageLimit) {
    machine.state.sender = draft.address;
    machine.logRejected('552 5.3.4 Message size exceeds fixed limit');
    machine.state.sender = undefined;
    return '552 5.3.4 Message size exceeds fixed limit';
  }
  draft.sizeBytes = size;
  return undefined;
}

/** RFC 4954 section 5: what a trusted client says of who submitted the message to it. */
function takeAuth(machine: SmtpdMachine, value: string): string | undefined {
  const decoded = decodeXtext(value) ?? value;
  if (machine.state.login !== undefined && decoded !== '<>')
    machine.state.login = {...machine.state.login, sender: decoded};
  return undefined;
}

function takeVerp(machine: SmtpdMachine, draft: Draft, value: string | undefined): string | undefined {
  const {verpDelimiters} = machine.service.settings;
  if (value !== undefined && !/^[-=+]{2}$/.test(value)) return '501 5.5.4 Error: XVERP needs two characters from -=+';
  draft.verp = value ?? verpDelimiters;
  return undefined;
}

const NO_DSN = '501 5.7.1 DSN support is disabled';
const MANY_AUTH = '503 5.5.4 Error: multiple AUTH= options';
/** Of a file: what off_t holds. */
const MAX_OFFSET = 0x7fff_ffff_ffff_ffffn;

/** Restrictions, then room on the disk, then yes. */
function judge(machine: SmtpdMachine, draft: Draft): Later<boolean> {
  const {state, service} = machine;
  state.sender = draft.address;
  state.messageSize = draft.sizeBytes;
  state.isUtf8 = draft.isUtf8;
  if (service.settings.delaysReject) return finish(machine, draft, undefined);
  const verdict = service.access.mail(state);
  if (verdict instanceof Promise) return verdict.then(refused => finish(machine, draft, refused));
  return finish(machine, draft, verdict);
}

function finish(machine: SmtpdMachine, draft: Draft, refused: string | undefined): Later<boolean> {
  if (refused !== undefined) {
    machine.state.sender = undefined;
    return machine.refuse(refused);
  }
  if (machine.service.settings.minFreeBytes === 0) return accept(machine, draft);
  return machine.lacksRoom(draft.sizeBytes).then(lacksRoom => {
    if (!lacksRoom) return accept(machine, draft);
    machine.state.sender = undefined;
    return no(machine, '452 4.3.1 Insufficient system storage');
  });
}

function accept(machine: SmtpdMachine, draft: Draft): Later<boolean> {
  machine.transaction.begin(draft);
  if (!machine.service.settings.opensLate) return openAndAccept(machine);
  machine.say('250 2.1.0 Ok');
  return true;
}

async function openAndAccept(machine: SmtpdMachine): Promise<boolean> {
  try {
    await machine.transaction.open();
  } catch (fault) {
    machine.transaction.reset();
    return no(machine, refusalReply(fault));
  }
  machine.say('250 2.1.0 Ok');
  return true;
}
