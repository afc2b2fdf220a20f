/** An SMTP session put to `Restrictions` without a server: settings as in main.cf, a DNS that knows what it is told. */
import {RecipientList} from '../../src/core/address/listed-recipient.ts';
import {openSupplies} from '../../src/core/address/open-supplies.ts';
import {Resolver} from '../../src/core/address/resolve.ts';
import type {Later} from '../../src/core/address/address-rewriter.ts';
import {configFromText} from '../../src/core/config/load-config.ts';
import {unquoteAddress} from '../../src/core/message/address-syntax.ts';
import {Log} from '../../src/core/log/log.ts';
import type {Dns, DnsAnswer, DnsRecord, DnsType, HostAnswer} from '../../src/core/net/dns.ts';
import type {RestrictionSupplies} from '../../src/core/smtpd/restrictions/make-tools.ts';
import {Restrictions} from '../../src/core/smtpd/restrictions/restrictions.ts';
import {newActions, type NameStatus, type SmtpdState} from '../../src/core/smtpd/smtpd-state.ts';

export interface Client {
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly reverseName?: string | undefined;
  readonly nameStatus?: NameStatus | undefined;
  readonly reverseNameStatus?: NameStatus | undefined;
}

/** For trivial-rewrite too: what addresses are resolved by. */
export const SETTINGS = `
compatibility_level = 3.6
myhostname = mail.example.com
mydestination = $myhostname, example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 192.0.2.0/24
relay_domains = relay.example
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_alias_domains = alias.example
virtual_mailbox_domains = box.example
relocated_maps = inline:{ {moved@example.com=m@example.net} }
transport_maps = inline:{ {err@example.com=error:5.2.1 closed}, {err2@example.com=error:closed}, {retry@example.com=retry:4.2.1 wait}, {retry2@example.com=retry:wait} }
smtpd_peername_lookup = no
`;

/** `example.org MX 10 mx.example.org`, a line each; `example.net MX temporary`, `host A none`. */
class ListedDns implements Dns {
  readonly queries: string[] = [];
  readonly #lines: readonly (readonly string[])[];

  constructor(zone = '') {
    this.#lines = zone
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(([name]) => name !== undefined && name !== '');
  }

  query(name: string, type: DnsType): Promise<DnsAnswer> {
    this.queries.push(`${name} ${type}`);
    const ofName = this.#lines.filter(([owner]) => owner === name);
    const lines = ofName.filter(([, kind]) => kind === type);
    const [, , state] = lines[0] ?? [];
    if (state === 'temporary') return Promise.resolve({kind: 'temporary', text: 'Host not found, try again'});
    if (state === 'malformed')
      return Promise.resolve({kind: 'failure', text: 'Malformed or unexpected name server reply'});
    const kind = ofName.length === 0 ? 'no-name' : 'no-record';
    if (lines.length === 0 || state === 'none') return Promise.resolve({kind, text: 'Host not found', isSecure: false});
    const records = lines.map(line => recordOf(name, type, line.slice(2)));
    return Promise.resolve({kind: 'found', records, isSecure: false, canonicalName: name});
  }

  async hostAddresses(name: string): Promise<HostAnswer> {
    const answer = await this.query(name, 'A');
    if (answer.kind === 'found') return {kind: 'found', addresses: answer.records.map(record => record.value)};
    return {kind: answer.kind === 'temporary' ? 'temporary' : 'none', text: 'Name or service not known'};
  }

  hostName(): Promise<{kind: 'none'; text: string}> {
    return Promise.resolve({kind: 'none', text: 'Host not found'});
  }
}

function recordOf(name: string, type: DnsType, rest: readonly string[]): DnsRecord {
  const [first = '', second] = rest;
  if (type === 'MX') return {name, type, ttl: 60, value: second ?? '', preference: Number(first)};
  return {name, type, ttl: 60, value: type === 'TXT' ? rest.join(' ') : first, preference: 0};
}

export class RestrictionBench {
  readonly lines: string[] = [];
  readonly dns: ListedDns;
  readonly restrictions: Restrictions;
  state: SmtpdState;

  constructor(settings: string, given: {zone?: string; more?: Partial<RestrictionSupplies>; base?: string} = {}) {
    const write = ({severity, text}: {severity: string; text: string}): void =>
      void this.lines.push(severity === 'info' ? text : `${severity}: ${text}`);
    const log = new Log('smtpd', {write});
    const config = configFromText(`${given.base ?? SETTINGS}${settings}`, {root: '/', hostName: 'mail.example.com'});
    const supplies = openSupplies(config, log);
    this.dns = new ListedDns(given.zone);
    this.restrictions = new Restrictions({
      config,
      log,
      supplies,
      resolver: new Resolver(supplies),
      listing: new RecipientList(supplies),
      dns: this.dns,
      clock: {now: () => 0},
      pause: () => Promise.resolve(),
      ...given.more,
    });
    this.state = newState();
  }

  client(client: Client): this {
    this.state.client = {...this.state.client, ...defined(client)};
    return this;
  }

  /** A new session. */
  begin(client: Client, login?: string): void {
    this.state = newState();
    const {name, reverseName = name} = client;
    const address = client.address?.replace(/^IPV6:/, '');
    this.client({...client, address, reverseName, ...statuses(name, reverseName)});
    if (name?.startsWith('[') === true) this.client({name: 'unknown'});
    if (reverseName?.startsWith('[') === true) this.client({reverseName: 'unknown'});
    if (login !== undefined) this.state.login = {method: 'XCLIENT', username: login};
  }

  /** One line of a dialogue; the reply when it refuses. What needs no restriction is accepted. */
  async command(line: string): Promise<string | undefined> {
    const [verb = ''] = line.split(/[ :]/);
    const address = unquoteAddress(/<(?:@[^:>]*:)?(.*)>/.exec(line)?.[1] ?? '');
    switch (verb) {
      case 'XCLIENT':
        return await this.connect();
      case 'EHLO':
        return line === 'EHLO first.example' ? undefined : await this.helo(neuter(line.slice(5)));
      case 'ETRN':
        return await this.etrn(line.slice(5));
      case 'MAIL':
        return await this.from(address);
      case 'RCPT':
        return await this.rcpt(address);
      case 'DATA':
        return await this.data();
      default:
        return await this.endOfData();
    }
  }

  /** CONNECT, EHLO, MAIL and RCPT until one is refused; that reply, or undefined. */
  async mail(sender: string, recipient: string, helo = 'client.example'): Promise<string | undefined> {
    return (
      (await this.connect()) ?? (await this.helo(helo)) ?? (await this.from(sender)) ?? (await this.rcpt(recipient))
    );
  }

  connect(): Later<string | undefined> {
    this.state.stage = 'CONNECT';
    return this.restrictions.connect(this.state);
  }

  async helo(name: string): Promise<string | undefined> {
    this.state.stage = 'EHLO';
    this.restrictions.forgetHelo(this.state);
    const reply = await this.restrictions.helo(this.state, name);
    if (reply !== undefined) return reply;
    this.state.heloName = name;
    this.state.protocol = 'ESMTP';
    return undefined;
  }

  from(sender: string): Later<string | undefined> {
    this.state.stage = 'MAIL';
    this.state.sender = sender;
    return this.restrictions.mail(this.state);
  }

  async rcpt(recipient: string): Promise<string | undefined> {
    this.state.stage = 'RCPT';
    this.state.recipient = recipient;
    const reply = await this.restrictions.rcpt(this.state);
    if (reply === undefined) {
      this.state.recipientCount++;
      this.state.queueId = 'QUEUEID';
    } else this.state.recipient = undefined;
    return reply;
  }

  data(): Later<string | undefined> {
    this.state.stage = 'DATA';
    return this.restrictions.data(this.state);
  }

  endOfData(): Later<string | undefined> {
    this.state.stage = 'END-OF-MESSAGE';
    return this.restrictions.endOfData(this.state);
  }

  etrn(domain: string): Later<string | undefined> {
    this.state.stage = 'ETRN';
    return this.restrictions.etrn(this.state, domain);
  }
}

/** What smtpd keeps of a HELO name. */
function neuter(name: string): string {
  return name.replace(/[ <>()\\";@]/g, '?');
}

function newState(): SmtpdState {
  return {
    client: {
      name: 'client.example.org',
      nameStatus: 'ok',
      reverseName: 'client.example.org',
      reverseNameStatus: 'ok',
      address: '198.51.100.5',
      port: '4711',
      serverAddress: '203.0.113.1',
      serverPort: '25',
    },
    service: 'smtp',
    protocol: 'SMTP',
    stage: 'CONNECT',
    heloName: undefined,
    sender: undefined,
    recipient: undefined,
    recipientCount: 0,
    messageSize: 0,
    isUtf8: false,
    queueId: undefined,
    tls: undefined,
    login: undefined,
    actions: newActions(),
    instance: '1.2.3.0',
  };
}

function statuses(name: string | undefined, reverseName: string | undefined): Partial<Client> {
  const of = (text: string | undefined): NameStatus =>
    text === '[UNAVAILABLE]' ? 'none' : text === '[TEMPUNAVAIL]' ? 'temporary' : 'ok';
  return {nameStatus: of(name), reverseNameStatus: of(reverseName)};
}

function defined<T extends object>(given: T): {[K in keyof T]: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never; // just filtered
}
