/** The reply to who is on a DNS list: rbl_reply_maps for its zone, else default_rbl_reply (postconf(5)). */
import type {Steps} from '../../address/steps.ts';
import {expandTemplate} from '../../delivery/template.ts';
import {TableError} from '../../table/table.ts';
import type {Check, ReplyClass, Status} from './check.ts';
import type {Listed} from './dns-lists.ts';
import {fitStatus, splitStatus} from './enhanced-status.ts';
import {sessionMacro} from './session-macros.ts';

export function* rejectListed(
  check: Check,
  listed: Listed,
  zone: string,
  what: string,
  replyClass: ReplyClass,
): Steps<Status> {
  const own = yield* findTemplate(check, zone);
  if (own === 'fault') return check.serverError();
  const values = valuesFor(check, listed, zone, what, replyClass);
  const reply = own === undefined ? undefined : fill(check, own, values);
  if (own !== undefined && reply === undefined)
    check.tools.log.warning(`rbl_reject_reply: bad rbl reply template for domain ${zone}: ${own}`);
  return rejectWith(check, reply ?? fillDefault(check, values), replyClass);
}

type Values = ReadonlyMap<string, string>;

function valuesFor(check: Check, listed: Listed, zone: string, what: string, replyClass: ReplyClass): Values {
  return new Map([
    ['rbl_code', String(check.tools.config.get('maps_rbl_reject_code'))],
    ['rbl_domain', zone.replace(/=.*$/s, '')],
    ['rbl_reason', listed.text],
    ['rbl_txt', listed.text],
    ['rbl_what', what],
    ['rbl_class', replyClass],
  ]);
}

function* findTemplate(check: Check, zone: string): Steps<string | 'fault' | undefined> {
  try {
    return (yield* check.tools.replyMaps.lookup(zone, true))?.value;
  } catch (fault) {
    if (fault instanceof TableError) return 'fault';
    throw fault;
  }
}

function fillDefault(check: Check, values: Values): string {
  const template = check.tools.config.raw?.('default_rbl_reply') ?? check.tools.config.get('default_rbl_reply');
  const reply = fill(check, template, values);
  if (reply !== undefined) return reply;
  check.tools.log.warning(`rbl_reject_reply: bad default rbl reply template: ${template}`);
  return '';
}

/** Undefined when the template can't be filled, after a warning. */
function fill(check: Check, template: string, values: Values): string | undefined {
  let isKnown = true;
  const value = (name: string): string | undefined => {
    const found = values.get(name) ?? sessionMacro(name, check.state);
    if (found !== undefined) return found;
    isKnown = false;
    check.tools.log.warning(`unknown macro name "${name}" in expansion request`);
    return undefined;
  };
  const {text, problem} = expandTemplate(template, {value, allowed: check.tools.expansionFilter});
  if (problem !== undefined) check.tools.log.warning(problem);
  return isKnown && problem === undefined ? text : undefined;
}

function rejectWith(check: Check, reply: string, replyClass: ReplyClass): Status {
  if (!/^[45]\d\d /.test(reply)) {
    check.tools.log.warning(`rbl response code configuration error: ${reply}`);
    return check.reject('policy', 450, '4.7.1', 'Service unavailable');
  }
  const {status, text} = splitStatus(reply.slice(4), '4.7.1');
  const fitting = fitStatus(status, replyClass, told => check.tools.log.info(told));
  return check.reject('policy', Number(reply.slice(0, 3)), fitting, text || 'Service unavailable');
}
