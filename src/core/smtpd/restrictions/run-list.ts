/**
 * Goes through a restriction list: the first that decides ends it, and so does an earlier "defer if permit" together with
 * a "defer if reject". Answers 'dunno' when nothing decides.
 */
import type {Steps} from '../../address/steps.ts';
import type {Check, Status} from './check.ts';
import {restrictions} from './registry.ts';
import type {Item, Restriction} from './restriction.ts';

export type Classes = ReadonlyMap<string, readonly Item[]>;

export function* runList(check: Check, items: readonly Item[], classes: Classes): Steps<Status> {
  const outerDepth = check.depth++;
  let status: Status = 'dunno';
  for (const item of items) {
    if (check.state.actions.discard) break;
    if (item.kind === 'warn') {
      if (check.warnDepth === 0) check.warnDepth = check.depth;
      continue;
    }
    status = yield* runItem(check, item, classes);
    if (check.warnDepth >= check.depth) check.warnDepth = 0;
    if (status !== 'dunno') break;
    if (check.memory.deferIfPermit !== undefined && check.deferIfReject !== undefined) break;
  }
  check.depth = outerDepth;
  if (check.warnDepth >= check.depth) check.warnDepth = 0; // warn_if_reject at the end of the list
  return status;
}

type Decider = Exclude<Item, {kind: 'warn'}>;

function* runItem(check: Check, item: Decider, classes: Classes): Steps<Status> {
  switch (item.kind) {
    case 'restriction':
      return yield* runRestriction(check, item.restriction, item);
    case 'table':
      return yield* runTable(check, item.name);
    case 'other': {
      const list = classes.get(item.name);
      if (list !== undefined) return yield* runClass(check, item.name, list, classes);
      check.tools.log.warning(`unknown smtpd restriction: "${item.name}"`);
      return check.serverError();
    }
  }
}

/** Classes that name each other without end: the original runs out of memory. */
const MAX_DEPTH = 100;

function* runClass(check: Check, name: string, list: readonly Item[], classes: Classes): Steps<Status> {
  if (check.depth <= MAX_DEPTH) return yield* runList(check, list, classes);
  check.tools.log.warning(`restriction class ${name} causes unreasonable recursion`);
  return check.serverError();
}

interface Use {
  readonly name: string;
  readonly argument: string | undefined;
  readonly after?: string | undefined;
}

function* runRestriction(check: Check, restriction: Restriction, use: Use): Steps<Status> {
  const fault = argumentFault(restriction, use);
  if (fault !== undefined) {
    check.tools.log.warning(fault);
    return restriction.takes === 'zone' ? 'dunno' : check.serverError();
  }
  check.hit = undefined;
  const isWarned = check.warnDepth > 0;
  const outcome = restriction.check(check, use.argument ?? '', use.name);
  const status = typeof outcome === 'string' ? outcome : yield* outcome;
  if (restriction.endsList === true && use.after !== undefined && (!isWarned || restriction.name === 'permit'))
    check.tools.log.warning(`restriction \`${use.after}' after \`${restriction.name}' is ignored`);
  if (check.state.recorder !== undefined) record(check, restriction, use, status);
  return status;
}

/** What the original warns of; undefined when the argument will do. */
function argumentFault({name: known, takes}: Restriction, {name, argument}: Use): string | undefined {
  switch (takes) {
    case 'table':
      if (argument?.includes(':') === true) return undefined;
      return `restriction ${known}: bad argument "${argument ?? name}": need maptype:mapname`;
    case 'service':
      return argument?.includes(':') === true ? undefined : `restriction ${known} must be followed by transport:server`;
    case 'zone':
      return argument === undefined ? `restriction ${name} requires domain name argument` : undefined;
    case 'seconds':
      return /^\d+$/.test(argument ?? '') ? undefined : `restriction ${known} must be followed by number`;
    case undefined:
      return undefined;
  }
}

/** A table by itself is for what the list is about. */
function* runTable(check: Check, name: string): Steps<Status> {
  const {tableCheck, replyClass} = check.question;
  const restriction = tableCheck === undefined ? undefined : restrictions.get(tableCheck);
  if (restriction !== undefined) return yield* runRestriction(check, restriction, {name, argument: name});
  check.tools.log.warning(`specify one of (${TABLE_CHECKS}) before ${replyClass} restriction "${name}"`);
  return check.serverError();
}

const TABLE_CHECKS = [
  'check_client_access',
  'check_reverse_client_hostname_access',
  'check_helo_access',
  'check_sender_access',
  'check_recipient_access',
  'check_etrn_access',
].join(', ');

function record(check: Check, restriction: Restriction, {argument}: Use, status: Status): void {
  const {question, hit, state, tools} = check;
  const step = argument === undefined ? restriction.name : `${restriction.name} ${argument}`;
  const answer = hit === undefined ? '' : ` (${hit.value})`;
  const result = `${status === 'reject' ? check.verdict : RESULTS[status]}${answer}`;
  const place = hit?.file === undefined ? tools.config.origin(question.list) : {file: hit.file, line: hit.line};
  const source = hit === undefined ? question.list : hit.table;
  state.recorder?.decided({step, subject: hit?.key ?? question.replyName, result, source, ...place});
}

const RESULTS = {permit: 'permit', dunno: 'no decision'} as const;
