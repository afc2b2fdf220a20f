/**
 * What a user's filters would do with a message, and why: what `posthorn explain --message` asks. The way of his address
 * (.forward among it), his Sieve scripts and his .procmailrc, each by the engine's own interpreter; nothing is stored, sent
 * or run.
 */
import {accessSync, constants, readFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {resolve} from 'node:path';
import {toByteString} from '../core/base/bytes.ts';
import {describe, FatalError} from '../core/base/errors.ts';
import {EX_NOINPUT, EX_NOUSER, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE} from '../core/base/exit-status.ts';
import type {UserRecord} from '../core/account/sasl/sasl.ts';
import {deliveryUser} from '../core/daemon/access/delivery-user.ts';
import type {MailAccess} from '../core/daemon/access/mail-access.ts';
import {type Explanation, explainAddress, explanationStatus} from '../core/daemon/explain-address.ts';
import {instanceEnvironment} from '../core/config/instance.ts';
import {openExplainParts} from '../core/daemon/explain-parts.ts';
import {explainScripts, type ScriptsExplanation} from '../core/delivery/sieve/explain-scripts.ts';
import {openIdentities} from '../core/filter/procmail/identity.ts';
import {type Rehearsal, rehearse} from '../core/filter/procmail/rehearsal.ts';
import {Log} from '../core/log/log.ts';
import {openAccess} from './open-access.ts';

export interface FilterQuestion {
  /** File of the message; `-` is standard input. */
  readonly message: string;
  readonly user: string;
  /** As it would stand in the envelope; default: the user. */
  readonly recipient: string | undefined;
  readonly sender: string | undefined;
  /** Only this script; only this rc file. */
  readonly script: string | undefined;
  readonly rc: string | undefined;
  /** Directory of main.cf. */
  readonly config: string | undefined;
}

export interface FilterExplanation {
  readonly user: string;
  readonly sender: string;
  readonly sizeBytes: number;
  /** What becomes of the address: aliases, .forward, mailbox. */
  readonly way?: Explanation | undefined;
  readonly sieve?: (ScriptsExplanation & {readonly isEnabled: boolean}) | undefined;
  readonly procmail?: (Rehearsal & {readonly isReached: boolean}) | undefined;
  /** Nobody is called so. */
  readonly isUnknown: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `FatalError` (66) when the message, the script or the rc file can't be read. */
export async function explainFilters(question: FilterQuestion, given: Environment): Promise<FilterExplanation> {
  const env = instanceEnvironment(question.config, given);
  const bytes = readMessage(question.message);
  const sender = question.sender ?? returnPath(bytes) ?? '';
  const asksAll = question.script === undefined && question.rc === undefined;
  const way = asksAll ? await wayOf(question, sender, env) : undefined;
  const sieve = question.rc === undefined ? await sieveOf(question, sender, bytes, env) : undefined;
  const procmail = question.script === undefined ? await procmailOf(question, sender, bytes, env, way) : undefined;
  const isUnknown = sieve === 'unknown user' || procmail === 'unknown user';
  return {
    user: question.user,
    sender,
    sizeBytes: bytes.length,
    way,
    sieve: sieve === 'unknown user' ? undefined : sieve,
    procmail: procmail === 'unknown user' ? undefined : procmail,
    isUnknown: isUnknown && !(asksAll && (typeof sieve === 'object' || typeof procmail === 'object')),
  };
}

/** 0: it would be delivered; 67: no such user; 69: it would be returned; 75: it would wait. */
export function filtersStatus({way, sieve, procmail, isUnknown}: FilterExplanation): number {
  if (isUnknown) return EX_NOUSER;
  const ofWay = way === undefined ? EX_OK : explanationStatus(way);
  if (ofWay !== EX_OK) return ofWay;
  if (sieve?.actions.some(({kind}) => kind === 'reject') === true) return EX_UNAVAILABLE;
  const code = procmail?.exitCode ?? 0;
  return code === 0 || code === EX_NOUSER || code === EX_TEMPFAIL ? code : EX_UNAVAILABLE;
}

function readMessage(file: string): Buffer {
  try {
    const bytes = readFileSync(file === '-' ? 0 : file);
    return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  } catch (fault) {
    throw new FatalError(`open ${file}: ${describe(fault)}`, EX_NOINPUT, {cause: fault});
  }
}

function returnPath(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, Math.max(bytes.indexOf('\n\n'), 0));
  return /^From (\S+) /.exec(head)?.[1] ?? /^return-path:[ \t]*<?([^>\n]*)>?/im.exec(head)?.[1];
}

async function wayOf(
  {recipient, user, config}: FilterQuestion,
  sender: string,
  env: Environment,
): Promise<Explanation> {
  const parts = openExplainParts(config, env);
  try {
    return await explainAddress(recipient ?? user, sender, parts);
  } finally {
    await parts.close();
  }
}

async function sieveOf(
  question: FilterQuestion,
  sender: string,
  bytes: Buffer,
  env: Environment,
): Promise<FilterExplanation['sieve'] | 'unknown user'> {
  const access = openAccess({configFile: undefined, overrides: [], env});
  try {
    const caller = toByteString(userInfo().username);
    const found = await access.lookupUserOrCaller(question.user, {service: 'lda'}, caller);
    if (found.kind === 'unknown') return 'unknown user';
    if (found.kind === 'broken') throw new FatalError(`user ${question.user}: he can't be looked up`, EX_TEMPFAIL);
    return await scriptsOf(access, found.user, question, sender, bytes);
  } finally {
    access.accounts.close();
  }
}

async function scriptsOf(
  access: MailAccess,
  record: UserRecord,
  {recipient, script}: FilterQuestion,
  sender: string,
  bytes: Buffer,
): Promise<FilterExplanation['sieve']> {
  const enabled = ['lmtp', 'lda'].find(name =>
    access.settingsFor(name).get('mail_plugins').split(' ').includes('sieve'),
  );
  const protocol = enabled ?? 'lda';
  const store = await access.openStoreOf(record, protocol);
  const {username} = record;
  const address = recipient ?? (username.includes('@') ? username : `${username}@${access.hostName}`);
  const envelope = {sender, recipient: address, originalRecipient: address};
  try {
    const user = deliveryUser({access, record, store, protocol, log: NO_LOG, defaultMailbox: 'INBOX'});
    const file = script === undefined ? undefined : readable(script);
    const withoutLine = /^From [^\n]*\n/.exec(bytes.toString('latin1', 0, 1000))?.[0].length ?? 0;
    const explained = await explainScripts(user, envelope, bytes.subarray(withoutLine), file);
    return script === undefined && explained.scripts.length === 0
      ? undefined
      : {...explained, isEnabled: script !== undefined || enabled !== undefined};
  } finally {
    await store.close();
  }
}

const NO_LOG = new Log('explain', {write() {}});

async function procmailOf(
  {user, rc}: FilterQuestion,
  sender: string,
  message: Buffer,
  env: Environment,
  way: Explanation | undefined,
): Promise<FilterExplanation['procmail'] | 'unknown user'> {
  const identities = openIdentities(env);
  const who = identities.named(user);
  if (who === undefined) return 'unknown user';
  const rcFile = rc === undefined ? undefined : readable(rc);
  const rehearsal = await rehearse({who, identities, env, sender, message, rcFile, now: new Date()});
  if (rehearsal === undefined) return undefined;
  return {...rehearsal, isReached: rc !== undefined || (way !== undefined && runsProcmail(way))};
}

/** mailbox_command, an alias or .forward hands the mail to procmail. */
function runsProcmail({recipients}: Explanation): boolean {
  const texts = recipients.flatMap(({steps, ends}) => [
    ...steps.map(({result}) => result),
    ...ends.map(({outcome}) => outcome.text),
  ]);
  return texts.some(text => /\bprocmail\b/.test(text)) || recipients.some(one => one.forwarded.some(runsProcmail));
}

/** As a byte string, from wherever procmail or a script may be working. Throws `FatalError`. */
function readable(file: string): string {
  try {
    accessSync(file, constants.R_OK);
  } catch (fault) {
    throw new FatalError(`open ${file}: ${describe(fault)}`, EX_NOINPUT, {cause: fault});
  }
  return toByteString(resolve(file));
}
