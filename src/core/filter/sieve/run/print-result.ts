/** The "Performed actions" of `sieve-test`, as the original prints them. */
import type {Action, NotifyAction, StoreAction, VacationAction} from './action.ts';
import {printable} from '../compile/report.ts';
import type {Result} from './result.ts';

/** One of several scripts only says `keep`; what that means is for the last one to say. */
export function printResult(result: Result, defaultMailbox: string, isOneOfMany = false): string {
  const print = (action: Action): string =>
    isOneOfMany && action.kind === 'store' && action.isKeep ? printKeep(action) : printAction(action);
  const performed = result.ownActions.map(print);
  const implicit = {
    mailbox: defaultMailbox,
    flags: result.keepFlags,
    create: false,
    copy: false,
    specialUse: undefined,
  };
  const keep = !result.keepsImplicitly ? [] : [isOneOfMany ? printKeep(implicit) : printStore(implicit)];
  return `\nPerformed actions:\n\n${section(performed)}\nImplicit keep:\n\n${section(keep)}\n`;
}

type Stored = Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'copy' | 'specialUse'>;

function section(items: readonly string[]): string {
  return items.length === 0 ? '  (none)\n' : items.join('');
}

function printAction(action: Action): string {
  switch (action.kind) {
    case 'store':
      return printStore(action);
    case 'redirect':
      return item(`redirect message to: <${action.address}>`, action.copy ? [COPY] : []);
    case 'reject':
      return item(`reject message with reason: ${printable(action.reason)}`);
    case 'discard':
      return item('discard');
    case 'mark':
      return item(
        `track${action.isLast ? ' last' : ''} duplicate${action.handle === undefined ? '' : ` with handle: ${action.handle}`}`,
      );
    case 'vacation':
      return printVacation(action);
    case 'notify':
      return action.isOld ? printOldNotify(action) : printNotify(action);
    case 'pipe':
      return `${item(`pipe message to external program '${action.program}':`)}    => try           : ${action.isTry ? 'yes' : 'no'}\n\n${action.copy ? `        + ${COPY}\n` : ''}`;
    case 'report':
      return item(`report incoming message as \`${action.feedback}' to: <${action.to}>`);
  }
}

const COPY = 'preserve implicit keep';

function item(text: string, effects: readonly string[] = []): string {
  return ` * ${text}\n${effects.map(effect => `        + ${effect}\n`).join('')}`;
}

function printStore(action: Stored): string {
  return item(`store message in folder: ${action.mailbox}`, effectsOf(action));
}

function printKeep(action: Stored): string {
  return item('keep', effectsOf(action));
}

function effectsOf({flags, create, copy, specialUse}: Stored): string[] {
  return [
    ...(specialUse === undefined ? [] : [`use mailbox with special-use flag \`${specialUse}' instead if accessible`]),
    ...(create ? ['create mailbox if it does not exist'] : []),
    ...(flags !== undefined && flags.length > 0 ? [`add IMAP flags:${printFlags(flags)}`] : []),
    ...(copy ? [COPY] : []),
  ];
}

/** System flags first, in an order of their own. */
const ORDER = ['\\flagged', '\\answered', '\\deleted', '\\seen', '\\draft'];

function printFlags(flags: readonly string[]): string {
  const lower = flags.map(flag => flag.toLowerCase());
  const system = ORDER.filter(flag => lower.includes(flag));
  const keywords = flags.filter(flag => !flag.startsWith('\\'));
  return [...system, ...keywords].map(flag => ` ${flag}`).join('');
}

function printVacation({seconds, subject, from, handle, message}: VacationAction): string {
  const lines = [
    `seconds : ${seconds}`,
    ...(subject === undefined ? [] : [`subject : ${subject}`]),
    ...(from === undefined ? [] : [`from    : ${from}`]),
    `handle  : ${handle}`,
  ];
  const details = lines.map(line => `    => ${line}\n`).join('');
  return `${item('send vacation message:')}${details}\nSTART MESSAGE\n${message}\nEND MESSAGE\n`;
}

function printNotify({method, importance, subject, from, to, cc, headers, body, message}: NotifyAction): string {
  if (to.length + cc.length === 0)
    return item(`send notification with method '${method}:':`) + '    => recipients   : NONE, action has no effect\n\n';
  let out = item(`send notification with method '${method}:':`);
  out += `    => importance   : ${importance}\n`;
  const shown = message ?? subject;
  if (shown !== undefined) out += `    => subject      : ${shown}\n`;
  if (from !== undefined) out += `    => from         : ${from}\n`;
  out += '    => recipients   :\n';
  out +=
    to.map(address => `       + To: ${address}\n`).join('') + cc.map(address => `       + Cc: ${address}\n`).join('');
  if (headers.length > 0)
    out += `    => headers      :\n${headers.map(([name, value]) => `       + ${name}: ${value}\n`).join('')}`;
  if (body !== undefined) out += `    => body         : \n--\n${body}\n--\n`;
  return `${out}\n`;
}

function printOldNotify({importance, message, id, to}: NotifyAction): string {
  let out = item("send (deprecated) notification with method 'mailto':");
  out += `    => importance    : ${importance}\n`;
  if (message !== undefined) out += `    => message       : ${message}\n`;
  if (id !== undefined) out += `    => id            : ${id} \n`;
  return `${out}    => recipients    :\n${to.map(address => `       + To: ${address}\n`).join('')}\n`;
}
