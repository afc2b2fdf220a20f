/**
 * virtual(8): mailboxes of domains without system users, found by whole address in virtual_mailbox_maps, owned as
 * virtual_uid_maps and virtual_gid_maps say. No aliases, no .forward, no commands.
 */
import {extensionRules, splitExtension, type ExtensionRules} from '../address/extension.ts';
import type {Log} from '../log/log.ts';
import type {Agent, DeliveryRequest, Outcome, Recipient, Report} from '../queue/agent.ts';
import {type Found, type Table, TableError} from '../table/table.ts';
import type {AgentService, DeliveryContext} from './context.ts';
import {foldAscii} from './local-attempt.ts';
import {lockPatience} from './lock-patience.ts';
import {formatHead} from './message-head.ts';
import {agree} from './report-sink.ts';
import {storeOutcome} from './store-outcome.ts';
import {effectiveUid, type MessageToStore, type Rights} from './user-files.ts';

type Maps = 'virtual_mailbox_maps' | 'virtual_uid_maps' | 'virtual_gid_maps';

const SENT = {kind: 'sent', status: '2.0.0'} as const;
const MISCONFIGURED: Outcome = {kind: 'deferred', status: '4.3.5', text: 'mail system configuration error'};

export function virtualAgent(context: DeliveryContext, service: AgentService): Agent {
  return new VirtualAgent(context, service);
}

class VirtualAgent implements Agent {
  readonly #context: DeliveryContext;
  readonly #service: AgentService;
  readonly #log: Log;
  readonly #extension: ExtensionRules;
  readonly #tables: Readonly<Record<Maps, readonly Table[]>>;

  constructor(context: DeliveryContext, service: AgentService) {
    this.#context = context;
    this.#service = service;
    this.#log = context.log.as(service.command);
    this.#extension = extensionRules(context.config);
    const open = (name: Maps): readonly Table[] => {
      const list = context.config.get(name);
      return list.trim() === '' ? [] : context.openTables(list);
    };
    this.#tables = {
      virtual_mailbox_maps: open('virtual_mailbox_maps'),
      virtual_uid_maps: open('virtual_uid_maps'),
      virtual_gid_maps: open('virtual_gid_maps'),
    };
  }

  async deliver(request: DeliveryRequest, report: (report: Report) => void): Promise<void> {
    const frame = {relay: this.#service.name, program: this.#service.command, startedAt: this.#context.clock.now()};
    const seen = new Set<string>();
    for (const recipient of request.recipients) {
      const address = foldAscii(recipient.address);
      if (seen.has(address)) {
        const outcome: Outcome = {...SENT, text: 'delivered with the same address before'};
        report({recipient, outcome, ...frame, unlogged: true});
        continue;
      }
      seen.add(address);
      const outcome = agree(await this.#deliverTo(recipient, address, request), this.#log);
      report({recipient, outcome, ...frame});
    }
  }

  async #deliverTo(recipient: Recipient, address: string, request: DeliveryRequest): Promise<Outcome> {
    let mailbox: Found | undefined;
    try {
      mailbox = await this.#find('virtual_mailbox_maps', address);
      if (mailbox === undefined) return {kind: 'bounced', status: '5.1.1', text: `unknown user: "${address}"`};
      const rights = await this.#rights(address);
      if (rights === undefined) return MISCONFIGURED;
      const path = this.#path(mailbox.value);
      const {value: result, file, line} = mailbox;
      request.recorder?.decided({step: 'virtual_mailbox_maps', subject: address, result, file, line});
      return await (path.endsWith('/')
        ? this.#maildir(recipient, request, path, rights)
        : this.#mbox(recipient, request, path, rights));
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#log.warning(`recipient ${address}: lookup failure in table ${fault.table}`);
      const text = mailbox === undefined ? 'mail system configuration error' : 'table lookup failure';
      return {kind: 'deferred', status: mailbox === undefined ? '4.3.5' : '4.3.0', text};
    }
  }

  #path(entry: string): string {
    const base = this.#context.config.get('virtual_mailbox_base');
    return base === '' ? entry : `${base}/${entry}`;
  }

  /** Whole address, without extension, then the domain (virtual(8) TABLE SEARCH ORDER). Pattern tables: the whole only. */
  async #find(maps: Maps, address: string): Promise<Found | undefined> {
    const at = address.lastIndexOf('@');
    const [local, domain] = at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at)];
    const split = this.#extension.delimiters === '' ? undefined : splitExtension(local, this.#extension);
    const keys = [address, ...(split === undefined ? [] : [split.user + domain]), ...(at < 0 ? [] : [domain])];
    for (const [index, key] of keys.entries())
      for (const table of this.#tables[maps]) {
        if (table.isPattern && index > 0) continue;
        const found = await table.lookup(key);
        if (found !== undefined) return found;
      }
    return undefined;
  }

  async #rights(address: string): Promise<Rights | undefined> {
    const minimum = this.#context.config.get('virtual_minimum_uid');
    const uid = await this.#id('virtual_uid_maps', 'uid', address, minimum);
    if (uid === undefined) return undefined;
    const gid = await this.#id('virtual_gid_maps', 'gid', address, 1);
    return gid === undefined ? undefined : {uid, gid};
  }

  async #id(maps: Maps, what: 'uid' | 'gid', address: string, minimum: number): Promise<number | undefined> {
    const found = await this.#find(maps, address);
    const id = found === undefined ? NaN : Number.parseInt(found.value, 10);
    if (id >= minimum) return id;
    const why = found === undefined ? `not found in ${maps}` : `bad ${what} ${found.value} in ${maps}`;
    this.#log.warning(`recipient ${address}: ${why}`);
    return undefined;
  }

  async #maildir(recipient: Recipient, request: DeliveryRequest, path: string, rights: Rights): Promise<Outcome> {
    if (request.verifyOnly) return {...SENT, text: 'delivers to maildir'};
    const {clock, config, hostName, files} = this.#context;
    const job = {path, now: clock.now(), hostName, sizeLimit: config.get('virtual_mailbox_limit')};
    const result = await files.as(rights).maildir(job, this.#message(recipient, request, false));
    if (result.kind === 'stored') return {...SENT, text: 'delivered to maildir'};
    if (result.code === 'EACCES') {
      this.#log.warning(`maildir access problem for UID/GID=${rights.uid}/${rights.gid}: ${result.text}`);
      this.#log.warning('perhaps you need to create the maildirs in advance');
    }
    return storeOutcome(result, '4.2.0', `maildir delivery failed: ${result.text}`);
  }

  async #mbox(recipient: Recipient, request: DeliveryRequest, path: string, rights: Rights): Promise<Outcome> {
    if (request.verifyOnly) return {...SENT, text: 'delivers to mailbox'};
    const {config, files} = this.#context;
    const job = {
      path,
      locks: config.list('virtual_mailbox_lock'),
      patience: lockPatience(config),
      mustBeRegular: true,
      ...(config.get('strict_mailbox_ownership') ? {requiredOwner: effectiveUid(rights)} : {}),
      sizeLimit: config.get('virtual_mailbox_limit'),
    };
    const result = await files.as(rights).mbox(job, this.#message(recipient, request, true));
    if (result.kind === 'stored') return {...SENT, text: 'delivered to mailbox'};
    for (const warning of result.warnings ?? []) this.#log.warning(warning);
    return storeOutcome(result, '4.2.0', `delivery failed to mailbox ${path}: ${result.text}`);
  }

  #message(recipient: Recipient, request: DeliveryRequest, isMbox: boolean): MessageToStore {
    const head = formatHead({
      sender: request.envelope.sender,
      fromLine: isMbox,
      returnPath: true,
      originalTo: recipient.original,
      deliveredTo: recipient.address,
      seconds: Math.floor(this.#context.clock.now() / 1000),
    });
    return {head, content: request.content, rules: {quoteFrom: isMbox}, endsWithBlank: isMbox};
  }
}
