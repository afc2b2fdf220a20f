/** What `sieve-test` and `sieve-filter` make up around a message: the envelope from its options or its header, and an environment. */
import {hostname, userInfo} from 'node:os';
import type {Stdio} from '../core/base/tool.ts';
import {headerAddresses} from '../core/filter/sieve/message/header-address.ts';
import type {Correspondence} from '../core/filter/sieve/outgoing/correspondence.ts';
import type {SieveMessage} from '../core/filter/sieve/message/message.ts';
import type {Envelope, RunEnvironment, SeenBefore} from '../core/filter/sieve/run/environment.ts';
import {SieveFatal} from './sieve-options.ts';
import {runProgram} from '../core/delivery/sieve/programs.ts';
import {runLimits, type SieveSettings} from '../core/filter/sieve/sieve-settings.ts';

/** The first address of the first of these fields that is there. */
function addressIn(message: SieveMessage, names: readonly string[]): string | undefined {
  for (const name of names) {
    const [value] = message.rawValues(name);
    const [address] = value === undefined ? [] : headerAddresses(value);
    if (address !== undefined) return address.text;
  }
  return undefined;
}

/** RFC 5321 section 4.1.2, in Dovecot's words; undefined when it is an address. Recipients may lack the domain. */
function mailboxFault(text: string, needsDomain: boolean): string | undefined {
  const [localPart = ''] = /^(?:"(?:[^"\\]|\\[^])*"|[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+)/.exec(text) ?? [];
  if (localPart === '') return 'Invalid character in localpart';
  const rest = text.slice(localPart.length);
  if (rest === '') return needsDomain ? 'Missing domain' : undefined;
  if (!rest.startsWith('@')) return 'Invalid character in localpart';
  if (rest === '@') return "Missing domain after '@'";
  return /^@(?:\[[^\]]*\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)$/.test(rest) ? undefined : 'Invalid character in mailbox';
}

export function envelopeOf(message: SieveMessage, value: (letter: string) => string | undefined): Envelope {
  const given = (letter: string): string | undefined => {
    const text = value(letter);
    if (text === undefined) return undefined;
    const fault = mailboxFault(text, letter === 'f');
    if (fault !== undefined) throw new SieveFatal(`Invalid -${letter} parameter: ${fault}`);
    return text;
  };
  const originalTo = given('a') ?? addressIn(message, ['Envelope-To', 'To']) ?? 'recipient@example.com';
  return {
    from: given('f') ?? addressIn(message, ['Return-Path', 'Sender', 'From']) ?? 'sender@example.com',
    to: given('r') ?? originalTo,
    originalTo,
    auth: userInfo().username,
  };
}

export function environmentOf(
  settings: SieveSettings,
  defaultMailbox: string,
  envelope: Envelope,
  tool: string,
  stdio: Stdio,
): RunEnvironment {
  const hostName = hostname(); // seen: the tool does not ask for the setting
  const dot = hostName.indexOf('.');
  return {
    envelope,
    user: userInfo().username,
    userEmail: settings.get('sieve_user_email'),
    hostName,
    domain: dot < 0 ? hostName : hostName.slice(dot + 1),
    now: () => Date.now(),
    defaultMailbox,
    location: 'MS',
    phase: 'post',
    ...runLimits(settings),
    mailboxExists: () => false,
    seen: forgetful(stdio),
    run: request =>
      runProgram(request, {
        settings,
        env: new Map(),
        directory: '/',
        rights: undefined,
        log: (severity, text) =>
          void stdio.stderr.write(`${tool}: ${severity === 'info' ? 'Info' : 'Error'}: ${text}\n`),
        complained: text => void stdio.stderr.write(text),
      }),
    setting: name => settings.get(name),
  };
}

/** A test run knows of no message, and says when it was asked. */
function forgetful(stdio: Stdio): SeenBefore {
  const {username} = userInfo();
  return {
    has() {
      stdio.stderr.write(`sieve-test: Info: checked duplicate for user ${username}.\n\n`);
      return false;
    },
    mark: () => void stdio.stderr.write(`sieve-test: Info: marked duplicate for user ${username}.\n\n`),
  };
}

/** What letters would be made from. */
export function correspondence(message: SieveMessage, environment: RunEnvironment): Correspondence {
  const {envelope, hostName, userEmail} = environment;
  let count = 0;
  const began = environment.now();
  return {
    message,
    envelope,
    hostName,
    userEmail,
    postmaster: environment.setting('postmaster_address') ?? `postmaster@${environment.domain}`,
    now: () => environment.now(),
    uniqueId: () => `${Math.floor(began / 1000)}-${Math.floor((began % 1000) * 1000)}-${count++}`,
    setting: name => environment.setting(name),
  };
}
