/**
 * header_checks(5) and body_checks(5): the actions, what the log says of them, and what is wrong with a bad one. The
 * look-up is the caller's; nothing here fails.
 */
import {quoteAddress} from '../message/address-syntax.ts';
import {isHeader} from '../message/header-field.ts';
import {CONTENT_REJECTED, type Fault, type MessageState} from './cleanup-state.ts';

export type CheckedKind = 'header' | 'body' | 'content';

/** What becomes of the line that matched. */
export type Verdict =
  | {readonly kind: 'keep'}
  | {readonly kind: 'drop'}
  | {readonly kind: 'replace'; readonly text: string}
  | {readonly kind: 'prepend'; readonly text: string};

const KEEP: Verdict = {kind: 'keep'};
const DROP: Verdict = {kind: 'drop'};

/** Carries out `action`, the table's answer about `line`; `mapName` is the parameter the table stands in. */
export function applyCheck(
  state: MessageState,
  kind: CheckedKind,
  line: string,
  action: string,
  mapName: string,
): Verdict {
  const [, command = '', argument = ''] = /^([^ \t]*)\s*([\s\S]*)$/.exec(action) ?? [];
  const check = new Check(state, kind, line, argument, mapName);
  switch (command.toUpperCase()) {
    case 'REJECT':
      return check.reject();
    case 'WARN':
      return check.logged('warning');
    case 'INFO':
      return check.logged('info');
    case 'FILTER':
      return check.filter();
    case 'PASS':
      state.isChecked = false;
      return check.logged('pass');
    case 'DISCARD':
      state.isDiscarded = true;
      state.isChecked = false;
      return check.logged('discard');
    case 'HOLD':
      return check.hold();
    case 'PREPEND':
      return check.prepend();
    case 'REPLACE':
      return check.replace();
    case 'REDIRECT':
      return check.redirect();
    case 'BCC':
      return check.bcc();
    case 'STRIP':
      check.logged('strip');
      return DROP;
    case 'IGNORE':
      return DROP;
    case 'DUNNO':
    case 'OK':
      return KEEP;
    default:
      state.log.warning(`unknown command in ${mapName} map: ${action}`);
      return KEEP;
  }
}

class Check {
  readonly #state: MessageState;
  readonly #kind: CheckedKind;
  readonly #line: string;
  readonly #argument: string;
  readonly #mapName: string;

  constructor(state: MessageState, kind: CheckedKind, line: string, argument: string, mapName: string) {
    this.#state = state;
    this.#kind = kind;
    this.#line = line;
    this.#argument = argument;
    this.#mapName = mapName;
  }

  logged(action: string, text = this.#argument): Verdict {
    const {id, log, attributes, sender, lastRecipient} = this.#state;
    let line = `${id}: ${action}: ${this.#kind} ${this.#line.slice(0, MAX_LOGGED)}`;
    line += ` from ${attributes.get('log_message_origin') ?? 'local'}; from=<${quoteAddress(sender)}>`;
    if (lastRecipient !== undefined) line += ` to=<${quoteAddress(lastRecipient)}>`;
    const protocol = attributes.get('log_protocol_name');
    if (protocol !== undefined) line += ` proto=${protocol}`;
    const helo = attributes.get('log_helo_name');
    if (helo !== undefined) line += ` helo=<${helo}>`;
    log.info(text === '' ? line : `${line}: ${text}`);
    return KEEP;
  }

  reject(): Verdict {
    const fault = this.#argument === '' ? CONTENT_REJECTED : this.#rejection();
    this.#state.fail(fault);
    this.#state.isChecked = false;
    return this.logged('reject', `${fault.status} ${fault.text}`);
  }

  #rejection(): Fault {
    const [, status = '5.7.1', text = ''] =
      /^(?:([245]\.\d{1,3}\.\d{1,3})(?:\s+|$))?([\s\S]*)$/.exec(this.#argument) ?? [];
    if (!status.startsWith('2')) return {status, text};
    this.#state.log.warning(`bad DSN action in ${this.#argument} -- need 4.x.x or 5.x.x`);
    return {status: `4${status.slice(1)}`, text};
  }

  filter(): Verdict {
    if (this.#argument === '') return this.#bad(`missing FILTER command argument in ${this.#mapName} map`);
    if (!this.#argument.includes(':'))
      return this.#bad(`bad FILTER command ${this.#argument} in ${this.#mapName} -- need transport:destination`);
    this.#state.filter = this.#argument;
    return this.logged('filter');
  }

  hold(): Verdict {
    if (this.#state.isHeld || this.#state.isDiscarded) return KEEP;
    this.#state.isHeld = true;
    return this.logged('hold');
  }

  prepend(): Verdict {
    if (!this.#hasGoodText('PREPEND')) return KEEP;
    this.logged('prepend');
    return {kind: 'prepend', text: this.#argument};
  }

  replace(): Verdict {
    if (!this.#hasGoodText('REPLACE')) return KEEP;
    this.logged('replace');
    return {kind: 'replace', text: this.#argument};
  }

  #hasGoodText(command: string): boolean {
    const map = `${this.#mapName} map`;
    if (this.#argument === '') this.#bad(`${command} action without text in ${map}`);
    else if (this.#kind === 'header' && !isHeader(this.#argument))
      this.#bad(`bad ${command} header text "${this.#argument}" in ${map} -- need "headername: headervalue"`);
    else return true;
    return false;
  }

  redirect(): Verdict {
    if (!this.#argument.includes('@'))
      return this.#bad(`bad REDIRECT target "${this.#argument}" in ${this.#mapName} map -- need user@domain`);
    this.#state.redirect = this.#argument;
    this.#state.isChecked = false;
    return this.logged('redirect');
  }

  bcc(): Verdict {
    if (!this.#argument.includes('@'))
      return this.#bad(`bad BCC address "${this.#argument}" in ${this.#mapName} map -- need user@domain`);
    this.#state.bcc.push(this.#argument);
    return this.logged('bcc');
  }

  #bad(complaint: string): Verdict {
    this.#state.log.warning(complaint);
    return KEEP;
  }
}

/** Bytes of the line that the log shows. */
const MAX_LOGGED = 200;
