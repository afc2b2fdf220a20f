/**
 * The restriction lists of an SMTP service (SMTPD_ACCESS_README, SMTPD_POLICY_README): which list is asked at which
 * command, what smtpd_delay_reject keeps for RCPT, and what one list's "defer if permit" means for the next.
 *
 * A list that can't be used (a restriction class without definition, a tempfail action that is none, a value that does not
 * fit its parameter) throws `ConfigError` in the original's words when this is made; smtpd must not start then, nor when
 * `relayProtectionFault` says so. Everything later is answered with a reply.
 */
import {ConfigError} from '../../base/errors.ts';
import type {Later} from '../../address/address-rewriter.ts';
import {run, type Steps} from '../../address/steps.ts';
import type {Config} from '../../config/config.ts';
import type {AccessControl, Verdict} from '../access-control.ts';
import {nameAndAddress, type SmtpdState} from '../smtpd-state.ts';
import {Check, type Memory, newMemory, type Question, type Status} from './check.ts';
import {
  NEWER_RELAY_RESTRICTIONS,
  oldDefaults,
  type OldDefaults,
  refusedFirst,
  relayedUnasked,
} from './compatibility.ts';
import {LookupFault} from './lookup-fault.ts';
import {RestrictionTools, type RestrictionSupplies} from './make-tools.ts';
import {namedIn, parseList} from './parse-list.ts';
import {relayProtectionFault, restrictionClasses} from './relay-protection.ts';
import type {Item} from './restriction.ts';
import {type Classes, runList} from './run-list.ts';
import {rejectUnlistedRecipient, rejectUnlistedSender} from './unlisted.ts';

const LISTS = {
  client: 'smtpd_client_restrictions',
  helo: 'smtpd_helo_restrictions',
  sender: 'smtpd_sender_restrictions',
  relay: 'smtpd_relay_restrictions',
  recipient: 'smtpd_recipient_restrictions',
  etrn: 'smtpd_etrn_restrictions',
  data: 'smtpd_data_restrictions',
  endOfData: 'smtpd_end_of_data_restrictions',
} as const;

type ListName = keyof typeof LISTS;

export class Restrictions implements AccessControl {
  readonly #config: Config;
  readonly #tools: RestrictionTools;
  readonly #lists: Readonly<Record<ListName, readonly Item[]>>;
  readonly #classes: Classes;
  readonly #delays: boolean;
  readonly #old: OldDefaults;
  readonly #memories = new WeakMap<SmtpdState, Memory>();
  /** Why smtpd must not start with these lists: the text behind `fatal: `. */
  readonly startFault: string | undefined;

  constructor(supplies: RestrictionSupplies) {
    const {config} = supplies;
    checkSettings(config);
    this.#config = config;
    this.#tools = new RestrictionTools(supplies, (check, names) => runList(check, parseList(names), this.#classes));
    this.#old = oldDefaults(config);
    const list = (name: ListName): readonly Item[] => this.#prepare(config.get(LISTS[name]));
    this.#lists = {
      client: list('client'),
      helo: list('helo'),
      sender: list('sender'),
      relay: this.#old.relaysUnasked ? this.#prepare(NEWER_RELAY_RESTRICTIONS) : list('relay'),
      recipient: list('recipient'),
      etrn: list('etrn'),
      data: list('data'),
      endOfData: list('endOfData'),
    };
    this.#classes = new Map(
      [...restrictionClasses(config)].map(([name, text]) => [name, this.#prepareClass(name, text)]),
    );
    this.#delays = config.get('smtpd_delay_reject');
    this.startFault = relayProtectionFault(config, text => supplies.log.warning(text));
  }

  connect(state: SmtpdState): Later<Verdict> {
    return this.#delays ? undefined : this.#answer(state, this.#client(state));
  }

  helo(state: SmtpdState, name: string): Later<Verdict> {
    return this.#delays ? undefined : this.#answer(state, this.#helo(state, name));
  }

  mail(state: SmtpdState): Later<Verdict> {
    return this.#delays ? undefined : this.#answer(state, this.#sender(state));
  }

  rcpt(state: SmtpdState): Later<Verdict> {
    // RFC 5321 section 4.5.1: postmaster without a domain is always taken.
    return state.recipient?.toLowerCase() === 'postmaster' ? undefined : this.#answer(state, this.#recipient(state));
  }

  etrn(state: SmtpdState, domain: string): Later<Verdict> {
    return this.#answer(state, this.#etrn(state, domain));
  }

  data(state: SmtpdState): Later<Verdict> {
    return this.#answer(state, this.#message(state, 'data', {replyName: 'DATA', replyClass: 'Data command'}));
  }

  endOfData(state: SmtpdState): Later<Verdict> {
    return this.#answer(
      state,
      this.#message(state, 'endOfData', {replyName: 'END-OF-MESSAGE', replyClass: 'End-of-data'}),
    );
  }

  forgetMessage(state: SmtpdState): void {
    const memory = this.#memory(state);
    memory.afterSender = undefined;
    memory.senderIsChecked = false;
    memory.recipientIsChecked = false;
  }

  forgetHelo(state: SmtpdState): void {
    this.#memory(state).afterHelo = undefined;
  }

  /** Tables and connections to policy servers. */
  close(): void {
    this.#tools.close();
  }

  #answer(state: SmtpdState, steps: Steps<Verdict>): Later<Verdict> {
    this.#memory(state).resolved.clear();
    return run(steps);
  }

  *#client(state: SmtpdState): Steps<Verdict> {
    const memory = this.#memory(state);
    memory.deferIfPermit = undefined;
    memory.afterClient = undefined;
    if (this.#lists.client.length === 0) return undefined;
    const replyName = nameAndAddress(state.client);
    const check = this.#check(state, 'client', {
      replyName,
      replyClass: 'Client host',
      tableCheck: 'check_client_access',
    });
    const status = yield* this.#ask(check, 'client');
    memory.afterClient = memory.deferIfPermit;
    return verdictOf(check, status);
  }

  *#helo(state: SmtpdState, name: string): Steps<Verdict> {
    const memory = this.#memory(state);
    const known = state.heloName;
    memory.deferIfPermit = memory.afterClient;
    memory.afterHelo = memory.afterClient;
    if (this.#lists.helo.length === 0) return undefined;
    state.heloName = name; // for the log and for tables; the server keeps it when it is accepted
    const check = this.#check(state, 'helo', {
      replyName: name,
      replyClass: 'Helo command',
      tableCheck: 'check_helo_access',
    });
    try {
      return verdictOf(check, yield* this.#ask(check, 'helo'));
    } finally {
      state.heloName = known;
      memory.afterHelo = memory.deferIfPermit;
    }
  }

  *#sender(state: SmtpdState): Steps<Verdict> {
    const {sender} = state;
    if (sender === undefined) return undefined;
    const memory = this.#memory(state);
    memory.deferIfPermit = memory.afterClient ?? memory.afterHelo;
    memory.senderIsChecked = false;
    memory.afterSender = memory.deferIfPermit;
    const asksTables = this.#config.get('smtpd_reject_unlisted_sender') && sender !== '';
    if (this.#lists.sender.length === 0 && !asksTables) return undefined;
    const question = {replyName: sender, replyClass: 'Sender address', tableCheck: 'check_sender_access'} as const;
    const check = this.#check(state, 'sender', question);
    let status = yield* this.#ask(check, 'sender');
    memory.afterSender = memory.deferIfPermit;
    if (asksTables && status !== 'reject' && !memory.senderIsChecked && !state.actions.discard)
      status = yield* guarded(check, rejectUnlistedSender(check, sender));
    return verdictOf(check, status);
  }

  *#recipient(state: SmtpdState): Steps<Verdict> {
    const {recipient} = state;
    if (recipient === undefined) return undefined;
    const memory = this.#memory(state);
    memory.recipientIsChecked = false;
    const delayed = this.#delays ? yield* this.#delayed(state, true) : undefined;
    if (delayed !== undefined) return delayed;
    memory.deferIfPermit = memory.afterSender;
    const check = this.#check(state, 'recipient', {
      replyName: recipient,
      replyClass: 'Recipient address',
      tableCheck: 'check_recipient_access',
    });
    let status = yield* this.#askBoth(check);
    status = confirm(check, status);
    const asksTables = this.#config.get('smtpd_reject_unlisted_recipient');
    if (asksTables && status !== 'reject' && !memory.recipientIsChecked && !state.actions.discard)
      status = yield* guarded(check, rejectUnlistedRecipient(check, recipient));
    return verdictOf(check, status);
  }

  /** Relay restrictions and recipient restrictions must both agree. */
  *#askBoth(check: Check): Steps<Status> {
    const {relaysUnasked, asksRecipientFirst} = this.#old;
    const isRelayFirst = this.#config.get('smtpd_relay_before_recipient_restrictions') && !relaysUnasked;
    const [first, second] = isRelayFirst ? (['relay', 'recipient'] as const) : (['recipient', 'relay'] as const);
    const status = yield* this.#askAbout(check, first);
    if (status !== 'reject') return yield* this.#askAbout(check, second);
    if (asksRecipientFirst) this.#tools.log.info(refusedFirst(...partiesOf(check)));
    return status;
  }

  *#askAbout(check: Check, name: 'relay' | 'recipient'): Steps<Status> {
    check.question = {...check.question, list: LISTS[name]};
    const status = yield* this.#ask(check, name);
    const isUnasked = name === 'relay' && this.#old.relaysUnasked && status === 'dunno';
    if (isUnasked) this.#tools.log.info(relayedUnasked(...partiesOf(check)));
    return status;
  }

  *#etrn(state: SmtpdState, domain: string): Steps<Verdict> {
    const memory = this.#memory(state);
    memory.etrnDomain = domain;
    const verdict =
      (this.#delays ? yield* this.#delayed(state, false) : undefined) ?? (yield* this.#etrnList(state, domain));
    memory.etrnDomain = undefined;
    return verdict;
  }

  *#etrnList(state: SmtpdState, domain: string): Steps<Verdict> {
    const memory = this.#memory(state);
    memory.deferIfPermit = memory.afterClient ?? memory.afterHelo;
    const question = {replyName: domain, replyClass: 'Etrn command', tableCheck: 'check_etrn_access'} as const;
    const check = this.#check(state, 'etrn', question);
    return verdictOf(check, confirm(check, yield* this.#ask(check, 'etrn')));
  }

  /** About all recipients at once: none is named when there are several. */
  *#message(state: SmtpdState, name: 'data' | 'endOfData', question: Omit<Question, 'list'>): Steps<Verdict> {
    const memory = this.#memory(state);
    const {recipient} = state;
    if (this.#lists[name].length === 0) return undefined;
    if (state.recipientCount > 1) state.recipient = undefined;
    memory.deferIfPermit = undefined;
    const check = this.#check(state, name, question);
    try {
      return verdictOf(check, confirm(check, yield* this.#ask(check, name)));
    } finally {
      state.recipient = recipient;
    }
  }

  /** What smtpd_delay_reject has put off. */
  *#delayed(state: SmtpdState, withSender: boolean): Steps<Verdict> {
    const client = yield* this.#client(state);
    if (client !== undefined) return client;
    const helo = state.heloName === undefined ? undefined : yield* this.#helo(state, state.heloName);
    if (helo !== undefined || !withSender) return helo;
    return yield* this.#sender(state);
  }

  #check(state: SmtpdState, name: ListName, question: Omit<Question, 'list'>): Check {
    return new Check(this.#tools, state, this.#memory(state), {...question, list: LISTS[name]});
  }

  *#ask(check: Check, name: ListName): Steps<Status> {
    const list = this.#lists[name];
    if (list.length === 0) return 'dunno';
    return yield* guarded(check, runList(check, list, this.#classes));
  }

  #memory(state: SmtpdState): Memory {
    let memory = this.#memories.get(state);
    if (memory === undefined) this.#memories.set(state, (memory = newMemory()));
    return memory;
  }

  #prepareClass(name: string, text: string): readonly Item[] {
    if (text === '') throw new ConfigError(`restriction class \`${name}' needs a definition`);
    return this.#prepare(text);
  }

  /** Opens what the list names, so that faults are told at the start. */
  #prepare(text: string): readonly Item[] {
    const {tables, services} = namedIn(text);
    for (const table of tables) this.#tools.certificateSearch(table);
    for (const service of services) this.#tools.policyService(service);
    return parseList(text);
  }
}

/** A table that could not be asked ends the list. */
function* guarded(check: Check, steps: Steps<Status>): Steps<Status> {
  try {
    return yield* steps;
  } catch (fault) {
    if (!(fault instanceof LookupFault)) throw fault;
    return fault.isConfiguration ? check.serverError() : check.lookupFailure(fault.subject);
  }
}

/** An earlier temporary fault may have kept us from refusing: permission becomes that fault. */
function confirm(check: Check, status: Status): Status {
  const earlier = check.memory.deferIfPermit;
  return status !== 'reject' && earlier !== undefined ? check.refuse(earlier) : status;
}

function partiesOf({state}: Check): [recipient: string, client: string] {
  return [state.recipient ?? '', nameAndAddress(state.client)];
}

function verdictOf(check: Check, status: Status): Verdict {
  return status === 'reject' ? check.verdict : undefined;
}

const TEMPFAIL_ACTIONS = [
  'unknown_helo_hostname_tempfail_action',
  'unknown_address_tempfail_action',
  'unverified_recipient_tempfail_action',
  'unverified_sender_tempfail_action',
] as const;

function checkSettings(config: Config): void {
  for (const name of TEMPFAIL_ACTIONS) {
    const value = config.get(name);
    if (!/^(defer|defer_if_permit)$/i.test(value)) throw new ConfigError(`bad configuration: ${name} = ${value}`);
  }
}
