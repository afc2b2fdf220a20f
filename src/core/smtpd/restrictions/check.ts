/**
 * One question put to the restriction lists: whom it is about, with what it is answered, and what was found so far.
 * Restrictions end it by `reject`, or put off a decision (`deferIfPermit`, `deferIfReject`, SMTPD_ACCESS_README).
 *
 * A refusal is logged here, where it is made. One that is only warned about (warn_if_reject) counts as no decision;
 * a fault of the configuration or of a table is never only warned about.
 */
import type {SmtpdState} from '../smtpd-state.ts';
import {nameAndAddress} from '../smtpd-state.ts';
import type {Resolution} from '../../address/resolve.ts';
import type {Steps} from '../../address/steps.ts';
import {printable} from '../../log/maillog-line.ts';
import {quoteAddress} from '../../message/address-syntax.ts';
import {isEnhancedStatus} from './enhanced-status.ts';
import type {Tools} from './tools.ts';

export type Status = 'permit' | 'dunno' | 'reject';
/** Most restrictions know at once; those that ask tables or the network answer steps. */
export type Outcome = Status | Steps<Status>;

/** What notices to the postmaster go by (postconf(5) notify_classes). */
export type ErrorClass = 'policy' | 'protocol' | 'resource' | 'software' | 'bounce' | 'data';

/** What is refused, as replies say it. */
export type ReplyClass =
  | 'Client host'
  | 'Unverified Client host'
  | 'Client certificate'
  | 'SASL login name'
  | 'Helo command'
  | 'Sender address'
  | 'Recipient address'
  | 'Etrn command'
  | 'Data command'
  | 'End-of-data';

export interface Refusal {
  readonly errorClass: ErrorClass;
  readonly code: number;
  readonly status: string;
  readonly text: string;
}

/** What a session keeps from one command to the next. */
export interface Memory {
  /** In force now, and as it was when the list of a stage had been gone through. */
  deferIfPermit: Refusal | undefined;
  afterClient: Refusal | undefined;
  afterHelo: Refusal | undefined;
  afterSender: Refusal | undefined;
  senderIsChecked: boolean;
  recipientIsChecked: boolean;
  /** Addresses as they were resolved for the command at hand: several restrictions ask for the same. */
  readonly resolved: Map<string, Resolution>;
  /** While ETRN is asked about. */
  etrnDomain: string | undefined;
}

export function newMemory(): Memory {
  return {
    deferIfPermit: undefined,
    afterClient: undefined,
    afterHelo: undefined,
    afterSender: undefined,
    senderIsChecked: false,
    recipientIsChecked: false,
    resolved: new Map(),
    etrnDomain: undefined,
  };
}

/** The list that is gone through. */
export interface Question {
  /** The parameter's name. */
  readonly list: string;
  readonly replyName: string;
  readonly replyClass: ReplyClass;
  /** What a table without a restriction before it is taken for; undefined: it must have one. */
  readonly tableCheck?: string | undefined;
}

/** Where a table's answer stands, for the explanation. */
export interface Hit {
  readonly table: string;
  readonly key: string;
  readonly value: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

const UNAVAILABLE = '450 4.7.1 Service unavailable';

export class Check {
  readonly tools: Tools;
  readonly state: SmtpdState;
  readonly memory: Memory;
  question: Question;
  /** The reply of the last refusal. */
  verdict = '';
  /** Lists inside lists. */
  depth = 0;
  /** The depth at which warn_if_reject was met, 0: it was not. */
  warnDepth = 0;
  deferIfReject: Refusal | undefined;
  hit: Hit | undefined;
  /** A policy service has failed, and what stands in for its answer is at work. */
  isInDefaultAction = false;

  constructor(tools: Tools, state: SmtpdState, memory: Memory, question: Question) {
    this.tools = tools;
    this.state = state;
    this.memory = memory;
    this.question = question;
  }

  /** `status` is an enhanced status code; its class follows the reply code's. */
  reject(errorClass: ErrorClass, code: number, status: string, text: string): Status {
    const onlyWarns = this.warnDepth > 0 && !NEVER_A_WARNING.has(errorClass);
    this.state.errorClasses?.add(errorClass);
    const reply = this.#reply(code, status, text);
    const earlier = this.deferIfReject;
    if (!onlyWarns && earlier !== undefined && reply.startsWith('5')) {
      this.deferIfReject = undefined;
      this.warnDepth = 0;
      return this.refuse(earlier);
    }
    const digit = this.tools.config.get('soft_bounce') && reply.startsWith('5') ? '4' : reply.charAt(0);
    this.verdict = `${digit}${reply.slice(1, 4)}${digit}${reply.slice(5)}`;
    this.log(onlyWarns ? 'reject_warning' : 'reject', this.verdict);
    return onlyWarns ? 'dunno' : 'reject';
  }

  refuse({errorClass, code, status, text}: Refusal): Status {
    return this.reject(errorClass, code, status, text);
  }

  /** The usual form: `<name>: Sender address rejected: reason`. */
  rejectNamed(code: number, status: string, name: string, replyClass: ReplyClass, reason: string): Status {
    return this.reject('policy', code, status, `<${name}>: ${replyClass} rejected: ${reason}`);
  }

  serverError(): Status {
    return this.reject('software', 451, '4.3.5', 'Server configuration error');
  }

  lookupFailure(name: string): Status {
    return this.reject('data', 451, '4.3.0', `<${name}>: Temporary lookup failure`);
  }

  /** Permission becomes this refusal in the end; the first reason is kept. At once under warn_if_reject, or if `isFinal`. */
  deferOnPermit(code: number, status: string, text: string, isFinal = false): Status {
    if (this.warnDepth > 0 || isFinal) return this.reject('policy', code, status, text);
    this.memory.deferIfPermit ??= {errorClass: 'policy', code, status, text};
    return 'dunno';
  }

  /** A refusal for good becomes this one; the first reason is kept. */
  deferOnReject(code: number, status: string, text: string): Status {
    this.deferIfReject ??= {errorClass: 'policy', code, status, text};
    return 'dunno';
  }

  /** An address resolved with the other side of the envelope. Throws `LookupFault`. */
  *resolve(address: string, counterpart: string | undefined): Steps<Resolution> {
    const key = `${address}\0${counterpart ?? ''}`;
    const known = this.memory.resolved.get(key);
    if (known !== undefined) return known;
    const resolution = yield* this.tools.resolve(address, counterpart);
    this.memory.resolved.set(key, resolution);
    return resolution;
  }

  /** With everything that is known of the request. */
  log(what: string, text: string): void {
    const {queueId, stage, client, sender, recipient, protocol, heloName} = this.state;
    let line = `${queueId ?? 'NOQUEUE'}: ${what}: ${stage} from ${nameAndAddress(client)}: ${text};`;
    if (sender !== undefined) line += ` from=<${quoteAddress(sender)}>`;
    if (recipient !== undefined) line += ` to=<${quoteAddress(recipient)}>`;
    line += ` proto=${protocol}`;
    if (heloName !== undefined) line += ` helo=<${heloName}>`;
    this.tools.log.info(line);
  }

  #reply(code: number, status: string, text: string): string {
    let reply = `${code} ${status} ${text}`;
    if (code < 400 || code > 599) {
      this.tools.log.warning(`SMTP reply code configuration error: ${reply}`);
      reply = UNAVAILABLE;
    }
    if (!isEnhancedStatus(reply.slice(4))) {
      this.tools.log.warning(`DSN detail code configuration error: ${reply}`);
      reply = UNAVAILABLE;
    }
    return printable(reply, ' ');
  }
}

const NEVER_A_WARNING: ReadonlySet<ErrorClass> = new Set(['software', 'resource', 'data']);
