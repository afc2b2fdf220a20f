/**
 * Sieve scripts that IMAP events start (RFC 6785, Pigeonhole's imap_sieve plugin): after messages were appended or copied,
 * or their flags changed, and before the client hears of it. Those of the administrator's rules run before and after the
 * one that the mailbox's (or the server's) annotation /shared/imapsieve/script names, where imapsieve_url allows that.
 *
 * Never rejects: what goes wrong is logged, and the message stays as it is.
 */
import {join} from 'node:path';
import {describe} from '../../base/errors.ts';
import {printRemark} from '../../filter/sieve/compile/report.ts';
import type {RunEnvironment} from '../../filter/sieve/run/environment.ts';
import {SeenFile} from '../../filter/sieve/seen-file.ts';
import {scriptPlaces} from '../../filter/sieve-scripts.ts';
import {MailError} from '../../mailbox/mail-error.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import type {Mailbox} from '../../mailbox/mailbox.ts';
import {SCRIPT_ENTRY} from '../../mailbox/store-metadata.ts';
import type {DeliveryUser} from './deliver.ts';
import {EventRun, type RunnableScript} from './event-run.ts';
import {type EventCause, type MailboxRule, mailboxRules} from './mailbox-rules.ts';
import {runEnvironment} from './run-environment.ts';
import {isFile, loadScript} from './scripts.ts';

export interface MailboxEvent {
  readonly cause: EventCause;
  readonly mailbox: string;
  /** Of a copy. */
  readonly from?: string | undefined;
  readonly uids: readonly number[];
  /** Of FLAG: names of the flags that changed, by UID. */
  readonly changes?: ReadonlyMap<number, readonly string[]> | undefined;
}

export class EventScripts {
  readonly #user: DeliveryUser;
  readonly #rules: readonly MailboxRule[];
  readonly #allowsOwn: boolean;

  constructor(user: DeliveryUser) {
    this.#user = user;
    this.#rules = mailboxRules(user.settings, user.log);
    this.#allowsOwn = isSieveUrl(user.settings.get('imapsieve_url'));
  }

  async happened(event: MailboxEvent): Promise<void> {
    try {
      const scripts = await this.#scriptsFor(event);
      if (scripts.length === 0) return;
      const {store} = this.#user;
      const mailbox = await store.open(event.mailbox, {isReadOnly: false, keepsRecent: true});
      try {
        for (const uid of event.uids) await this.#run(event, uid, mailbox, scripts);
      } finally {
        mailbox.close();
      }
    } catch (fault) {
      this.#user.log.error(`imapsieve: ${describe(fault)}`);
    }
  }

  async #run(event: MailboxEvent, uid: number, mailbox: Mailbox, scripts: readonly RunnableScript[]): Promise<void> {
    const sequence = mailbox.sequenceOf(uid);
    if (sequence === 0) return;
    const reader = await mailbox.open(sequence);
    if (reader === undefined) return;
    try {
      const environment = this.#environment(event, event.changes?.get(uid));
      const run = new EventRun(this.#user, {cause: event.cause, mailbox, sequence, reader, environment});
      await run.through(scripts);
    } finally {
      reader.close();
    }
  }

  #environment({cause, mailbox, from}: MailboxEvent, changedFlags: readonly string[] | undefined): RunEnvironment {
    const {username, home, now} = this.#user;
    const seen = new SeenFile(`${home}/.dovecot.lda-dupes.posthorn`, now);
    const email = this.#email;
    const envelope = {sender: email, recipient: email, originalRecipient: email};
    const items: [string, string][] = [
      ['imap.cause', cause],
      ['imap.user', username],
      ['imap.email', email],
      ['imap.mailbox', mailbox],
      ['vnd.dovecot.mailbox-from', from ?? mailbox],
      ['vnd.dovecot.mailbox-to', mailbox],
    ];
    if (changedFlags !== undefined) items.push(['imap.changedflags', changedFlags.join(' ')]);
    const user = {...this.#user, defaultMailbox: mailbox};
    return {...runEnvironment(user, envelope, seen), location: 'MS', phase: 'post', imap: new Map(items)};
  }

  /** Of the user, who sends what his scripts send: there is no envelope. */
  get #email(): string {
    const {username, settings, hostName} = this.#user;
    const given = settings.get('sieve_user_email');
    if (given !== undefined) return given;
    return username.includes('@') ? username : `${username}@${hostName.slice(hostName.indexOf('.') + 1)}`;
  }

  /** Up to the first that can't be compiled, which the log tells. */
  async #scriptsFor({cause, mailbox, from}: MailboxEvent): Promise<RunnableScript[]> {
    const rules = this.#rules.filter(rule => rule.matches(cause, mailbox, from));
    const files = [
      ...rules.map(({before}) => ({path: before, isPersonal: false})),
      {path: await this.#ownScript(mailbox), isPersonal: true},
      ...rules.map(({after}) => ({path: after, isPersonal: false})),
    ];
    const found: RunnableScript[] = [];
    for (const {path, isPersonal} of files) {
      if (path === undefined) continue;
      const file = this.#user.expand(path.replace(/^file:/, ''));
      if (!(await isFile(file))) continue;
      const script = await loadScript({file, isPersonal, hasNoEnvelope: true}, this.#user);
      for (const remark of script.remarks) this.#user.log.error(`sieve: ${printRemark(remark)}`);
      if (script.linked === undefined) {
        this.#user.log.error(`sieve: Failed to compile script \`${file}'`);
        break;
      }
      found.push({file, linked: script.linked});
    }
    return found;
  }

  async #ownScript(mailbox: string): Promise<string | undefined> {
    if (!this.#allowsOwn) return undefined;
    const {store, settings, home} = this.#user;
    const name = (await annotation(store, mailbox)) ?? (await annotation(store, '')) ?? '';
    const places = scriptPlaces(this.#user.expand(settings.get('sieve') ?? ''), home);
    if (places === undefined || name === '' || /[\0-\x1f/]/.test(name)) return undefined;
    return join(places.folder, `${name}.sieve`);
  }
}

/** Where there are no annotations, or none of this mailbox, no script is named. */
async function annotation(store: MailStore, mailbox: string): Promise<string | undefined> {
  try {
    return (await store.metadata(mailbox, SCRIPT_ENTRY))?.toString('latin1');
  } catch (fault) {
    if (fault instanceof MailError && fault.code !== 'temporary') return undefined;
    throw fault;
  }
}

/** imapsieve_url: what IMAPSIEVE= announces, and that users may have scripts of their own. */
export function isSieveUrl(url: string | undefined): url is string {
  return url !== undefined && url.toLowerCase().startsWith('sieve:');
}
