/**
 * The way of a local recipient (local(8)): aliases, .forward, mailbox, or unknown. Decides, and asks a `Performer` to do
 * what it came to; the agent's performer delivers, `posthorn explain`'s only listens. Nothing is decided elsewhere.
 *
 * What fails is the performer's to report; the walk goes on with the other members of a list and answers `deferred` when
 * anything is to be tried again.
 */
import type {Account} from '../account/accounts.ts';
import type {Recorder} from '../log/decisions.ts';
import {NOTIFY_NEVER, NOTIFY_SUCCESS, type Envelope, type Outcome, type Recipient} from '../queue/agent.ts';
import {TableError} from '../table/table.ts';
import {type Attempt, firstAttempt, splitAttempt, takeOver} from './local-attempt.ts';
import type {DeliveredTo} from './delivered-to.ts';
import {forwardFileOf} from './forward-file.ts';
import {openIncludeFile} from './include-file.ts';
import {memberLists} from './list-members.ts';
import {localValue} from './local-names.ts';
import type {LocalSettings} from './local-settings.ts';
import {expandTemplate} from './template.ts';

export type Fate = 'done' | 'deferred';

/** What a way can lead to. Each answers whether that is settled or to be tried again. */
export interface Performer {
  mailbox(attempt: Attempt, account: Account): Promise<Fate>;
  command(attempt: Attempt, command: string): Promise<Fate>;
  file(attempt: Attempt, path: string): Promise<Fate>;
  /** To be sent on as a new message. */
  forward(attempt: Attempt): Promise<Fate>;
  /** To be left to another transport, `transport:nexthop`. */
  pass(attempt: Attempt, transport: string): Promise<Fate>;
  /** The way ends here, without a delivery. */
  finish(attempt: Attempt, outcome: Outcome): Fate;
  /** For the success report: the list was expanded; a list with an owner counts as delivered (RFC 3461 section 6.2.7). */
  expanded(attempt: Attempt, action: 'expanded' | 'delivered'): void;
}

/** More aliases in a row than this go round in a circle. seen: Postfix 3.7 gives up at the 26th. */
const MAX_DEPTH = 25;

export class LocalWalk {
  readonly #settings: LocalSettings;
  readonly #performer: Performer;
  readonly #envelope: Envelope;
  readonly #loop: DeliveredTo;
  readonly #recorder: Recorder | undefined;
  readonly #done = new Set<string>();

  constructor(
    settings: LocalSettings,
    performer: Performer,
    envelope: Envelope,
    loop: DeliveredTo,
    recorder: Recorder | undefined,
  ) {
    this.#settings = settings;
    this.#performer = performer;
    this.#envelope = envelope;
    this.#loop = loop;
    this.#recorder = recorder;
  }

  async start(recipient: Recipient): Promise<Fate> {
    return await this.#recipient(firstAttempt(recipient, this.#envelope));
  }

  async #recipient(given: Attempt): Promise<Fate> {
    if (this.#isRepeated(`recipient ${given.depth} ${given.address.toLowerCase()}`)) return 'done';
    if (this.#loop.has(given.address)) return this.#bounce(given, '5.4.6', `mail forwarding loop for ${given.address}`);
    const {attempt, isIllegal} = splitAttempt(given, this.#settings.extension);
    if (isIllegal) this.#settings.log.warning(`${this.#envelope.id}: address with illegal extension: ${attempt.local}`);
    if (attempt.user === '') return this.#bounce(attempt, '5.1.3', `null username in "${attempt.address}"`);
    return await this.#choose(attempt);
  }

  /** aliases > forwarding > .forward > mailbox > nobody (local(8) DELIVERY METHOD CONTROLS). */
  async #choose(attempt: Attempt): Promise<Fate> {
    const viaAlias =
      (await this.#alias({...attempt, unmatched: ''}, attempt.local)) ?? (await this.#aliasWithoutExtension(attempt));
    if (viaAlias !== undefined) return viaAlias;
    // Each member of a list with an owner, and of an :include: file, is to have its own line in a queue file.
    const {owner} = attempt;
    const isForwarded = owner !== '' && owner.toLowerCase() !== attempt.user;
    if (isForwarded || attempt.listedIn === 'include') return await this.#forward(attempt);
    return await this.#user(attempt);
  }

  async #aliasWithoutExtension(attempt: Attempt): Promise<Fate | undefined> {
    if (attempt.extension === '') return undefined;
    const unmatched = this.#settings.propagates('alias') ? attempt.extension : '';
    return await this.#alias({...attempt, unmatched}, attempt.user);
  }

  async #user(attempt: Attempt): Promise<Fate> {
    const account = this.#settings.accounts.lookup(attempt.user);
    if (account === undefined) return (await this.#delegated(attempt)) ?? (await this.#unknown(attempt));
    if (this.#settings.requiresHome) {
      const looked = await this.#settings.files.as(account).status(account.home, true);
      if ('failure' in looked)
        return this.#defer(attempt, '4.3.0', `cannot access home directory ${account.home}: ${looked.failure.text}`);
    }
    return (await this.#dotForward(attempt, account)) ?? (await this.#mailbox(attempt, account));
  }

  async #alias(given: Attempt, name: string): Promise<Fate | undefined> {
    if (given.expandedFrom === name) return undefined; // a list that names itself means the user
    let hit;
    try {
      hit = await this.#settings.findAlias(name);
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#settings.log.warning(`${fault.table}: lookup of '${name}' failed`);
      return this.#defer(given, '4.3.0', 'alias database unavailable');
    }
    if (hit === undefined) return undefined;
    const {value, table, file, line} = hit;
    this.#recorder?.decided({step: 'aliases', subject: name, result: value, source: table.name, file, line});
    if (given.depth >= MAX_DEPTH) {
      this.#settings.log.warning(`alias database loop for ${name}`);
      return this.#bounce(given, '5.4.6', `alias database loop for ${name}`);
    }
    const rights = await this.#settings.rightsOf(table);
    if (rights === 'unknown') return this.#defer(given, '4.3.0', 'cannot find alias database owner');
    const listed: Attempt = {...given, listedIn: 'alias', expandedFrom: given.local, rights, depth: given.depth + 1};
    const owner = await this.#settings.ownerOf(name);
    const attempt = owner === undefined ? this.#withoutOwner(listed) : takeOver(listed, owner);
    if (owner !== undefined)
      this.#recorder?.decided({step: 'owner alias', subject: name, result: owner, source: table.name});
    const wishes = given.recipient.notify;
    const fate = await this.#list(this.#thawed({...attempt, recipient: withoutSuccess(attempt.recipient)}), value);
    if (fate === 'done' && (wishes & NOTIFY_SUCCESS) !== 0)
      this.#performer.expanded({...listed, recipient: given.recipient}, owner === undefined ? 'expanded' : 'delivered');
    return fate;
  }

  #withoutOwner(attempt: Attempt): Attempt {
    return this.#settings.resetsOwner ? {...attempt, owner: ''} : attempt;
  }

  /** The members of an alias or of one line of a file. What one of them comes to does not keep the others. */
  async #list(attempt: Attempt, text: string): Promise<Fate> {
    let fate: Fate = 'done';
    for (const members of memberLists(text, this.#settings.lineLimit))
      for (const member of members) if ((await this.#member(attempt, member)) === 'deferred') fate = 'deferred';
    return fate;
  }

  async #member(attempt: Attempt, member: string): Promise<Fate> {
    if (member.startsWith('/')) return await this.#file(attempt, member);
    if (member.startsWith('~')) return await this.#homeFile(attempt, member);
    if (member.startsWith('|')) return await this.#command(attempt, member.slice(1));
    const include = /^:include:/i.exec(member)?.[0];
    if (include !== undefined) return await this.#include(attempt, member.slice(include.length));
    return await this.#address(attempt, member);
  }

  async #homeFile(attempt: Attempt, member: string): Promise<Fate> {
    const home = attempt.rights?.home;
    if (member.startsWith('~/') && home !== undefined)
      return await this.#file(attempt, home === '/' ? member.slice(1) : home + member.slice(1));
    const what = member.startsWith('~/') ? 'unknown home directory' : 'bad home directory syntax';
    this.#settings.log.warning(`${what} for: ${member}`);
    return this.#bounce(attempt, '5.3.5', 'mail system configuration error');
  }

  async #file(attempt: Attempt, path: string): Promise<Fate> {
    if (this.#isRepeated(`file ${attempt.rights?.uid ?? 0} ${path}`)) return 'done';
    if (!this.#settings.allowsFile(attempt.listedIn))
      return this.#bounce(attempt, '5.7.1', 'mail to file is restricted');
    this.#recorder?.decided({step: 'file', subject: attempt.address, result: path});
    return await this.#performer.file(attempt, path);
  }

  async #command(attempt: Attempt, command: string): Promise<Fate> {
    if (this.#isRepeated(`command ${attempt.rights?.uid ?? 0} ${command}`)) return 'done';
    if (!this.#settings.allowsCommand(attempt.listedIn))
      return this.#bounce(attempt, '5.7.1', 'mail to command is restricted');
    this.#recorder?.decided({step: 'command', subject: attempt.address, result: command});
    return await this.#performer.command(attempt, command);
  }

  async #include(given: Attempt, path: string): Promise<Fate> {
    if (this.#isRepeated(`include ${given.rights?.uid ?? 0} ${path}`)) return 'done';
    const opened = await openIncludeFile(path, given, this.#settings);
    if (opened.kind === 'refused') {
      for (const warning of opened.warnings) this.#settings.log.warning(warning);
      const text = 'mail system configuration error';
      return opened.isTemporary ? this.#defer(given, '4.3.5', text) : this.#bounce(given, '5.3.5', text);
    }
    this.#recorder?.decided({step: ':include:', subject: given.address, result: opened.text.trimEnd(), file: path});
    return await this.#list(
      {
        ...given,
        listedIn: 'include',
        expandedFrom: given.local,
        owner: given.owner === '' ? given.address : given.owner,
        unmatched: this.#settings.propagates('include') ? given.unmatched : '',
        rights: opened.rights,
      },
      opened.text,
    );
  }

  /** A member that is an address: rewritten and resolved as cleanup and the queue manager do. */
  async #address(attempt: Attempt, member: string): Promise<Fate> {
    const {resolver} = this.#settings;
    const resolved = await resolver.resolve(await this.#settings.rewrite(member), attempt.sender, this.#recorder);
    if (resolved.problem === 'failure') return this.#defer(attempt, '4.3.0', 'address resolver failure');
    if (resolved.problem === 'syntax')
      return this.#bounce(attempt, '5.1.3', `bad recipient address syntax: ${resolved.recipient}`);
    const address = this.#extended(resolved.recipient, attempt.unmatched);
    if (resolved.transport === this.#settings.service) return await this.#recipient({...attempt, address});
    return await this.#forward({...attempt, address});
  }

  /** Puts the extension that the alias did not have behind the member's user name. */
  #extended(address: string, extension: string): string {
    if (extension === '') return address;
    const at = address.lastIndexOf('@');
    const suffix = this.#settings.extension.delimiters.charAt(0) + extension;
    return at < 0 ? address + suffix : address.slice(0, at) + suffix + address.slice(at);
  }

  async #forward(attempt: Attempt): Promise<Fate> {
    if (this.#isRepeated(`indirect ${attempt.address.toLowerCase()}`)) return 'done';
    this.#recorder?.decided({step: 'forward', subject: attempt.address, result: 'sent on as a new message'});
    return await this.#performer.forward(attempt);
  }

  async #dotForward(given: Attempt, account: Account): Promise<Fate | undefined> {
    const attempt: Attempt = this.#thawed({...given, rights: account, listedIn: 'forward', owner: given.user});
    const found = await forwardFileOf(attempt, account, this.#settings);
    if (found === undefined) return undefined;
    const {path} = found;
    if (this.#isRepeated(`forward ${path}`)) return this.#done.has(`forward-done ${path}`) ? 'done' : undefined;
    if (found.kind === 'refused') {
      this.#settings.log.warning(found.warning);
      this.#recorder?.decided({
        step: '.forward',
        subject: given.user,
        result: `not used: ${found.warning}`,
        file: path,
      });
      return undefined;
    }
    if (!hasMembers(found.text, this.#settings.lineLimit)) return undefined; // an empty file forwards nothing
    this.#recorder?.decided({step: '.forward', subject: given.user, result: found.text.trimEnd(), file: path});
    const fate = await this.#list(
      {
        ...attempt,
        expandedFrom: given.local,
        unmatched: found.keepsExtension ? given.extension : '',
        recipient: withoutSuccess(given.recipient),
        depth: given.depth + 1,
      },
      found.text,
    );
    this.#done.add(`forward-done ${path}`);
    if (fate === 'done' && (given.recipient.notify & NOTIFY_SUCCESS) !== 0)
      this.#performer.expanded(attempt, 'expanded');
    return fate;
  }

  /** Another transport is to do what the mailbox would. */
  async #delegated(attempt: Attempt): Promise<Fate | undefined> {
    if (this.#isRepeated(`mailbox ${attempt.local}`)) return 'done';
    const found = await this.#mapped(attempt, 'mailbox_transport_maps', 'mailbox_transport');
    return found === undefined || typeof found === 'object' ? found?.fate : await this.#performer.pass(attempt, found);
  }

  async #mailbox(attempt: Attempt, account: Account): Promise<Fate> {
    const delegated = await this.#delegated(attempt);
    if (delegated !== undefined) return delegated;
    const own = this.#thawed({...attempt, rights: account});
    const command = await this.#mapped(own, 'mailbox_command_maps', 'mailbox_command');
    if (command === undefined) return await this.#performer.mailbox(own, account);
    if (typeof command === 'object') return command.fate;
    if (this.#isRepeated(`command ${account.uid} ${command}`)) return 'done';
    return await this.#performer.command(own, command);
  }

  async #unknown(attempt: Attempt): Promise<Fate> {
    if (this.#isRepeated(`unknown ${attempt.local}`)) return 'done';
    const fallback = await this.#mapped(attempt, 'fallback_transport_maps', 'fallback_transport');
    if (typeof fallback === 'object') return fallback.fate;
    if (fallback !== undefined) return await this.#performer.pass(attempt, fallback);
    const {luserRelay} = this.#settings;
    if (luserRelay !== '') return await this.#luserRelay(attempt, luserRelay);
    if (attempt.user === 'mailer-daemon' || attempt.user === 'postmaster') {
      this.#settings.log.warning(`required alias not found: ${attempt.user}`);
      return this.#performer.finish(attempt, {kind: 'sent', status: '2.0.0', text: 'discarded'});
    }
    return this.#bounce(attempt, '5.1.1', `unknown user: "${attempt.user}"`);
  }

  /** The catch-all: an address only, not `|command` or `/file`. */
  async #luserRelay(attempt: Attempt, template: string): Promise<Fate> {
    const {text} = expandTemplate(template, {value: name => localValue(name, attempt, this.#settings)});
    const origin = this.#settings.origin('luser_relay');
    this.#recorder?.decided({
      step: 'luser_relay',
      subject: attempt.user,
      result: text,
      source: 'luser_relay',
      ...origin,
    });
    return await this.#address({...attempt, unmatched: ''}, text);
  }

  /** A table by user name, else the parameter for all. */
  async #mapped(
    attempt: Attempt,
    maps: 'mailbox_transport_maps' | 'mailbox_command_maps' | 'fallback_transport_maps',
    parameter: 'mailbox_transport' | 'mailbox_command' | 'fallback_transport',
  ): Promise<string | {readonly fate: Fate} | undefined> {
    try {
      const hit = await this.#settings.findMapped(maps, attempt.user);
      if (hit !== undefined) {
        const {value: result, table, file, line} = hit;
        this.#recorder?.decided({step: maps, subject: attempt.user, result, source: table.name, file, line});
        return result;
      }
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#settings.log.warning(`${fault.table}: lookup of '${attempt.user}' failed`);
      return {fate: this.#defer(attempt, '4.3.0', 'table lookup failure')};
    }
    const result = this.#settings.text(parameter);
    if (result === '') return undefined;
    const origin = this.#settings.origin(parameter);
    this.#recorder?.decided({step: parameter, subject: attempt.user, result, source: parameter, ...origin});
    return result;
  }

  #thawed(attempt: Attempt): Attempt {
    return this.#settings.freezesDelivered ? attempt : {...attempt, delivered: attempt.address};
  }

  /** Has this been done for this recipient? Beyond duplicate_filter_limit nothing more is remembered. */
  #isRepeated(what: string): boolean {
    if (this.#done.has(what)) return true;
    if (this.#settings.duplicateLimit === 0 || this.#done.size < this.#settings.duplicateLimit) this.#done.add(what);
    return false;
  }

  #bounce(attempt: Attempt, status: string, text: string): Fate {
    return this.#performer.finish(attempt, {kind: 'bounced', status, text});
  }

  #defer(attempt: Attempt, status: string, text: string): Fate {
    return this.#performer.finish(attempt, {kind: 'deferred', status, text});
  }
}

/** RFC 3461 section 6.2.7.1: members get the sender's NOTIFY without SUCCESS. */
function withoutSuccess(recipient: Recipient): Recipient {
  if ((recipient.notify & NOTIFY_SUCCESS) === 0) return recipient;
  const rest = recipient.notify & ~NOTIFY_SUCCESS;
  return {...recipient, notify: rest === 0 ? NOTIFY_NEVER : rest};
}

function hasMembers(text: string, lineLimit: number): boolean {
  for (const members of memberLists(text, lineLimit)) if (members.length > 0) return true;
  return false;
}
