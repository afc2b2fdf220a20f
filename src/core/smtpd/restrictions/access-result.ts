/**
 * What the answer of an access table or a policy service does (access(5)): an action word, with or without text; a reply
 * of the operator's own; nothing but digits, which permits; or else the names of restrictions, which are gone through.
 */
import {words} from '../../base/c-space.ts';
import type {Steps} from '../../address/steps.ts';
import type {Check, Outcome, ReplyClass, Status} from './check.ts';
import {fitStatus, splitStatus} from './enhanced-status.ts';
import {permit} from './permit.ts';

export interface AccessResult {
  /** The table's name, or the policy service's. */
  readonly table: string;
  readonly value: string;
  /** What was looked up, for warnings. */
  readonly datum: string;
  readonly replyName: string;
  readonly replyClass: ReplyClass;
}

/** A result with its action word taken off. */
interface ActionRequest extends AccessResult {
  readonly word: string;
  readonly text: string;
}

type Action = (check: Check, request: ActionRequest) => Status;

export function* applyResult(check: Check, result: AccessResult): Steps<Status> {
  const request = split(result);
  const action = ACTIONS.get(request.word.toUpperCase());
  if (action !== undefined) return action(check, request);
  if (/^\d+$/.test(result.value)) return yield* permitByTable(check, request);
  if (/^[45]\d\d$/.test(request.word) && request.text !== '')
    return refuse(check, request, Number(request.word), `${request.word.charAt(0)}.7.1`);
  if (PERMITTING.has(request.word.toUpperCase())) return yield* permitByTable(check, request);
  if (request.word.toUpperCase() === 'DISCARD') return yield* discard(check, request);
  return yield* evaluate(check, result);
}

/** A table could not be asked. */
export function faultResult(
  check: Check,
  table: string,
  datum: string,
  replyName: string,
  replyClass: ReplyClass,
): Steps<Status> {
  const value = '451 4.3.5 Server configuration error';
  return applyResult(check, {table, value, datum, replyName, replyClass});
}

function split(result: AccessResult): ActionRequest {
  const [word = ''] = /^[^ \t]*/.exec(result.value) ?? [];
  const text = result.value.slice(word.length).replace(/^[ \t\n\v\f\r]+/, '');
  return {...result, word, text};
}

const PERMITTING: ReadonlySet<string> = new Set(['OK', 'RELAY']);

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['DUNNO', () => 'dunno'],
  ['REJECT', (check, request) => refuse(check, request, check.tools.config.get('access_map_reject_code'), '5.7.1')],
  ['DEFER', (check, request) => refuse(check, request, check.tools.config.get('access_map_defer_code'), '4.7.1')],
  ['DEFER_IF_PERMIT', deferIfPermit],
  ['DEFER_IF_REJECT', deferIfReject],
  ['INFO', (check, {text}) => note(check, 'info', text)],
  ['WARN', (check, {text}) => note(check, 'warn', text)],
  ['FILTER', filter],
  ['HOLD', hold],
  ['REDIRECT', redirect],
  ['BCC', bcc],
  ['PREPEND', prepend],
]);

function note(check: Check, what: string, text: string): Status {
  check.log(what, text);
  return 'dunno';
}

function refuse(check: Check, request: ActionRequest, code: number, fallback: string): Status {
  const {status, text} = ownReply(check, request, fallback);
  return check.rejectNamed(code, status, request.replyName, request.replyClass, text || 'Access denied');
}

function ownReply(check: Check, request: ActionRequest, fallback: string): {status: string; text: string} {
  const {status, text} = splitStatus(request.text, fallback);
  return {status: fitStatus(status, request.replyClass, told => check.tools.log.info(told)), text};
}

function deferIfPermit(check: Check, request: ActionRequest): Status {
  const {status, text} = postponed(check, request);
  return check.deferOnPermit(check.tools.config.get('access_map_defer_code'), status, text);
}

function deferIfReject(check: Check, request: ActionRequest): Status {
  const {status, text} = postponed(check, request);
  return check.deferOnReject(check.tools.config.get('access_map_defer_code'), status, text);
}

function postponed(check: Check, request: ActionRequest): {status: string; text: string} {
  const {status, text} = ownReply(check, request, '4.7.1');
  const reason = text || 'Service unavailable';
  return {status, text: `<${request.replyName}>: ${request.replyClass} rejected: ${reason}`};
}

function filter(check: Check, request: ActionRequest): Status {
  if (!reachesCleanup(check, request, 'FILTER')) return 'dunno';
  const entry = `access table ${request.table} entry "${request.datum}"`;
  if (request.text === '') check.tools.log.warning(`${entry} has FILTER entry without value`);
  else if (!request.text.includes(':')) check.tools.log.warning(`${entry} requires transport:destination`);
  else {
    check.log('filter', `<${request.replyName}>: ${request.replyClass} triggers FILTER ${request.text}`);
    check.state.actions.filter = request.text;
  }
  return 'dunno';
}

function hold(check: Check, request: ActionRequest): Status {
  if (!reachesCleanup(check, request, 'HOLD') || check.state.actions.hold) return 'dunno';
  const text = request.text || 'triggers HOLD action';
  check.log('hold', `<${request.replyName}>: ${request.replyClass} ${text}`);
  check.state.actions.hold = true;
  return 'dunno';
}

function* discard(check: Check, request: ActionRequest): Steps<Status> {
  if (!reachesCleanup(check, request, 'DISCARD')) return 'dunno';
  const text = request.text || 'triggers DISCARD action';
  check.log('discard', `<${request.replyName}>: ${request.replyClass} ${text}`);
  check.state.actions.discard = true;
  return yield* permitByTable(check, request);
}

function redirect(check: Check, request: ActionRequest): Status {
  if (!namesMailbox(check, request, 'REDIRECT')) return 'dunno';
  check.log('redirect', `<${request.replyName}>: ${request.replyClass} triggers REDIRECT ${request.text}`);
  check.state.actions.redirect = request.text;
  return 'dunno';
}

function bcc(check: Check, request: ActionRequest): Status {
  if (!namesMailbox(check, request, 'BCC')) return 'dunno';
  check.log('bcc', `<${request.replyName}>: ${request.replyClass} triggers BCC ${request.text}`);
  check.state.actions.bcc.push(request.text);
  return 'dunno';
}

function namesMailbox(check: Check, request: ActionRequest, action: string): boolean {
  if (!reachesCleanup(check, request, action)) return false;
  if (request.text.includes('@')) return true;
  check.tools.log.warning(`access table ${request.table} entry "${request.datum}" requires user@domain target`);
  return false;
}

/** RFC 5322 section 2.2, with white space before the colon as Postfix takes it. */
const HEADER = /^[!-9;-~]+[ \t]*:/;

function prepend(check: Check, request: ActionRequest): Status {
  if (!isInMail(check, request, 'PREPEND')) return 'dunno';
  const {log} = check.tools;
  if (check.state.stage === 'END-OF-MESSAGE')
    log.warning(`access table ${request.table}: action PREPEND must be used before smtpd_end_of_data_restrictions`);
  else if (!HEADER.test(request.text))
    log.warning(`access table ${request.table} entry "${request.datum}" requires header: text`);
  else check.state.actions.prepend.push(request.text);
  return 'dunno';
}

/** Can the message be told of, and not only the client? */
function reachesCleanup(check: Check, request: ActionRequest, action: string): boolean {
  const {log, usesProxyFilter} = check.tools;
  if (usesProxyFilter) {
    log.warning(`access table ${request.table}: with smtpd_proxy_filter specified, action ${action} is unavailable`);
    return false;
  }
  if (check.state.stage === 'ETRN') {
    log.warning(`access table ${request.table}: action ${action} is unavailable in smtpd_etrn_restrictions`);
    return false;
  }
  return isInMail(check, request, action);
}

/** Without smtpd_delay_reject, client and HELO restrictions are asked before there is any mail. */
function isInMail(check: Check, request: ActionRequest, action: string): boolean {
  if (check.state.sender !== undefined) return true;
  check.tools.log.warning(
    `access table ${request.table}: with smtpd_delay_reject=no, action ${action} is always skipped ` +
      'in Client host or Helo command restrictions',
  );
  return false;
}

function permitByTable(check: Check, request: ActionRequest): Steps<Status> {
  return permit(check, request.word, request.replyClass, request.replyName, `from ${request.table}`);
}

/** Restrictions that name each other without end. */
const MAX_DEPTH = 100;

function* evaluate(check: Check, result: AccessResult): Steps<Status> {
  const {table, value} = result;
  const {log} = check.tools;
  if (value.includes(':')) {
    log.warning(`access table ${table} has entry with lookup table: ${value}`);
    log.warning('do not specify lookup tables inside SMTPD access maps');
    log.warning('define a restriction class and specify its name instead.');
    return check.serverError();
  }
  if (check.depth > MAX_DEPTH) {
    log.warning(`access table ${table} entry ${value} causes unreasonable recursion`);
    return check.serverError();
  }
  if (words(value.replaceAll(',', ' ')).length === 0) {
    log.warning(`access table ${table} entry ${value} has empty value`);
    return 'permit';
  }
  return yield* evaluateFor(check, result);
}

/** What the names refuse is what was looked up, not what the list is about. */
function* evaluateFor(check: Check, {value, replyName, replyClass}: AccessResult): Steps<Status> {
  const {question} = check;
  check.question = {...question, replyName, replyClass};
  const status = yield* check.tools.evaluate(check, value);
  check.question = question;
  return status;
}

/** Looked up by a restriction that must not permit: what comes from the client's own name servers is in its hands. */
export function* forbidPermit(check: Check, outcome: Outcome, name: string, target: string): Steps<Status> {
  const status = typeof outcome === 'string' ? outcome : yield* outcome;
  if (status !== 'permit' || check.state.actions.discard) return status;
  check.tools.log.warning(`restriction ${name} returns OK for ${target}`);
  check.tools.log.warning('this is not allowed for security reasons');
  check.tools.log.warning('use DUNNO instead of OK if you want to make an exception');
  return check.serverError();
}
