/** Does what local-walk.ts decided: writes mailboxes and files, runs commands, sends on, hands to other transports. */
import type {Account} from '../account/accounts.ts';
import type {Config} from '../config/config.ts';
import type {StoreResult} from '../mailbox/store-result.ts';
import type {DeliveryRequest, Outcome, Recipient} from '../queue/agent.ts';
import {failureOf} from './command-output.ts';
import type {DeliveryContext} from './context.ts';
import {ForwardedMail} from './forwarded-mail.ts';
import {ownRights} from './include-file.ts';
import type {Attempt} from './local-attempt.ts';
import {runLocalCommand} from './local-command.ts';
import {mboxOf} from './local-mailbox.ts';
import type {LocalSettings} from './local-settings.ts';
import type {Fate, Performer} from './local-walk.ts';
import {mailboxPlace} from './mailbox-place.ts';
import {passToTransport} from './pass-transport.ts';
import {formatHead} from './message-head.ts';
import {agree, type ReportSink} from './report-sink.ts';
import {storeOutcome} from './store-outcome.ts';
import type {MessageToStore, Rights} from './user-files.ts';

const SENT = {kind: 'sent', status: '2.0.0'} as const;

export class LocalDelivery implements Performer {
  readonly #context: DeliveryContext;
  readonly #config: Config;
  readonly #settings: LocalSettings;
  readonly #request: DeliveryRequest;
  readonly #sink: ReportSink;
  #forwarded: ForwardedMail | undefined;

  constructor(context: DeliveryContext, settings: LocalSettings, request: DeliveryRequest, sink: ReportSink) {
    this.#context = context;
    this.#config = context.config;
    this.#settings = settings;
    this.#request = request;
    this.#sink = sink;
  }

  async mailbox(attempt: Attempt, account: Account): Promise<Fate> {
    const place = mailboxPlace(attempt.user, account, this.#config);
    this.#request.recorder?.decided({
      step: 'mailbox',
      subject: attempt.user,
      result: place.path,
      source: place.parameter,
      ...this.#settings.origin(place.parameter),
    });
    if (place.kind === 'maildir') return await this.#maildir(attempt, account, place.path);
    if (this.#request.verifyOnly) return this.finish(attempt, {...SENT, text: 'delivers to mailbox'});
    const mailbox = await mboxOf(place, account, this.#context);
    const result = await this.#context.files
      .as(mailbox.rights)
      .mbox(mailbox.job, this.#mboxMessage(attempt, this.#settings.marks('file')));
    this.#warn(result);
    if (result.kind === 'stored') return this.finish(attempt, {...SENT, text: 'delivered to mailbox'});
    const text = `cannot update mailbox ${place.path} for user ${attempt.user}. ${result.text}`;
    return this.finish(attempt, storeOutcome(result, '5.2.0', text));
  }

  async file(attempt: Attempt, path: string): Promise<Fate> {
    const rights = this.#destinationRights(attempt);
    if (rights === undefined) return this.#noDefaultPrivileges(attempt);
    if (path.endsWith('/')) return await this.#maildir(attempt, rights, path);
    if (this.#request.verifyOnly) return this.finish(attempt, {...SENT, text: `delivers to file: ${path}`});
    const job = {
      path,
      locks: this.#config.list('mailbox_delivery_lock'),
      patience: this.#settings.patience,
      dotLockMayFail: true,
      sizeLimit: this.#config.get('mailbox_size_limit'),
    };
    const message = this.#mboxMessage(attempt, this.#settings.marks('file'));
    const result = await this.#context.files.as(rights).mbox(job, message);
    this.#warn(result);
    if (result.kind === 'stored') return this.finish(attempt, {...SENT, text: `delivered to file: ${path}`});
    const text = `cannot append message to file ${path}: ${result.text}`;
    return this.#finishForOwner(attempt, storeOutcome(result, '5.2.0', text));
  }

  async command(attempt: Attempt, command: string): Promise<Fate> {
    if (this.#request.verifyOnly) return this.finish(attempt, {...SENT, text: `delivers to command: ${command}`});
    const rights = this.#destinationRights(attempt);
    if (rights === undefined) return this.#noDefaultPrivileges(attempt);
    const message: MessageToStore = {
      head: this.#head(attempt, {fromLine: true, deliveredTo: this.#settings.marks('command')}),
      content: this.#request.content,
      rules: {},
      endsWithBlank: false,
    };
    const run = await runLocalCommand(command, attempt, message, rights, this.#request.envelope, this.#settings);
    if ('outcome' in run) return this.finish(attempt, run.outcome);
    const failure = failureOf(run.end, command);
    if (failure === undefined) return this.finish(attempt, {...SENT, text: `delivered to command: ${command}`});
    const kind = failure.status.startsWith('4') ? 'deferred' : 'bounced';
    return this.#finishForOwner(attempt, {kind, ...failure});
  }

  async forward(attempt: Attempt): Promise<Fate> {
    if (this.#request.verifyOnly) return this.finish(attempt, {...SENT, text: `forwards to ${attempt.address}`});
    this.#forwarded ??= new ForwardedMail(this.#context, this.#request);
    this.#forwarded.add(attempt);
    return 'done';
  }

  async pass(attempt: Attempt, transport: string): Promise<Fate> {
    return await passToTransport(transport, attempt, this.#request, this.#context, this.#sink);
  }

  finish(attempt: Attempt, outcome: Outcome): Fate {
    const agreed = agree(outcome, this.#settings.log);
    const {recipient, address} = attempt;
    this.#sink.add(agreed, {recipient, ...(address === recipient.address ? {} : {address})});
    return agreed.kind === 'deferred' ? 'deferred' : 'done';
  }

  expanded(attempt: Attempt, action: 'expanded' | 'delivered'): void {
    const outcome: Outcome = {...SENT, text: 'alias expanded', action};
    this.#sink.add(outcome, {recipient: attempt.recipient, address: attempt.address, unlogged: true});
  }

  /** What is to be sent on goes when all else is settled; with a member that waits, it waits too. */
  async finishForwarding(recipient: Recipient): Promise<void> {
    if (this.#forwarded === undefined || this.#sink.hasDeferred) return;
    for (const id of await this.#forwarded.send()) {
      const outcome: Outcome =
        id === undefined
          ? {kind: 'deferred', status: '4.3.0', text: 'unable to forward message'}
          : {...SENT, text: `forwarded as ${id}`, action: 'relayed'};
      this.#sink.add(outcome, {recipient});
    }
  }

  async #maildir(attempt: Attempt, rights: Rights, path: string): Promise<Fate> {
    if (this.#request.verifyOnly) return this.finish(attempt, {...SENT, text: 'delivers to maildir'});
    const {clock, hostName} = this.#context;
    if (attempt.depth === 0) this.#request.release?.(); // nothing else follows, and a Maildir takes many at a time
    const job = {path, now: clock.now(), hostName, sizeLimit: this.#config.get('mailbox_size_limit')};
    const message: MessageToStore = {
      head: this.#head(attempt, {fromLine: false, deliveredTo: this.#settings.marks('file')}),
      content: this.#request.content,
      rules: {},
      endsWithBlank: false,
    };
    const result = await this.#context.files.as(rights).maildir(job, message);
    if (result.kind === 'stored') return this.finish(attempt, {...SENT, text: 'delivered to maildir'});
    if (result.code === 'EACCES') {
      this.#settings.log.warning(`maildir access problem for UID/GID=${rights.uid}/${rights.gid}: ${result.text}`);
      this.#settings.log.warning('perhaps you need to create the maildirs in advance');
    }
    return this.finish(attempt, storeOutcome(result, '5.2.0', `maildir delivery failed: ${result.text}`));
  }

  #mboxMessage(attempt: Attempt, deliveredTo: boolean): MessageToStore {
    return {
      head: this.#head(attempt, {fromLine: true, deliveredTo}),
      content: this.#request.content,
      rules: {quoteFrom: true},
      endsWithBlank: true,
    };
  }

  #head(attempt: Attempt, lines: {fromLine: boolean; deliveredTo: boolean}): string {
    return formatHead({
      sender: attempt.sender,
      fromLine: lines.fromLine,
      returnPath: true,
      originalTo: attempt.recipient.original,
      deliveredTo: lines.deliveredTo ? attempt.delivered : undefined,
      seconds: Math.floor(this.#context.clock.now() / 1000),
    });
  }

  /** Commands and files never have root's rights: those of default_privs instead. */
  #destinationRights(attempt: Attempt): Rights | undefined {
    const {rights} = attempt;
    if (!this.#settings.switchesUsers) return rights ?? ownRights();
    if (rights !== undefined && rights.uid !== 0 && rights.gid !== 0) return rights;
    return this.#settings.accounts.systemUser(this.#config.get('default_privs'));
  }

  #noDefaultPrivileges(attempt: Attempt): Fate {
    const file = `${this.#config.directory}/main.cf`;
    const name = this.#config.get('default_privs');
    this.#settings.log.fatal(`file ${file}: parameter default_privs: unknown user name value: ${name}`);
    return this.finish(attempt, {kind: 'deferred', status: '4.3.0', text: 'unknown mail transport error'});
  }

  /** A list's owner, not the sender, is told that its command or file failed. */
  #finishForOwner(attempt: Attempt, outcome: Outcome): Fate {
    if (!attempt.hasOwnerSender || outcome.kind !== 'bounced') return this.finish(attempt, outcome);
    const agreed = agree(outcome, this.#settings.log);
    this.#sink.add(agreed, {recipient: attempt.recipient, address: attempt.address, returnTo: attempt.sender});
    return 'done';
  }

  #warn(result: StoreResult): void {
    if (result.kind === 'failed') for (const warning of result.warnings ?? []) this.#settings.log.warning(warning);
  }
}
