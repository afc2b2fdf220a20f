/**
 * A whole SMTP session as the server would go it, without a network: the live machine with its real lists and tables is
 * told that a client came, and what it said; each decision is recorded. Nothing is queued and nothing is logged.
 */
import {openDns} from '../address/open-dns.ts';
import {systemClock} from '../base/clock.ts';
import type {Config} from '../config/config.ts';
import type {Decision} from '../log/decisions.ts';
import {Log} from '../log/log.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import type {Dns} from '../net/dns.ts';
import {ClientParser} from '../smtp/client-parser.ts';
import {ClientLimits} from '../smtpd/client-limits.ts';
import {lookUpClient} from '../smtpd/client-names.ts';
import type {MessageDoor} from '../smtpd/incoming-message.ts';
import {SmtpdMachine, type SmtpdWire} from '../smtpd/machine.ts';
import type {SmtpdService} from '../smtpd/smtpd-service.ts';
import type {SmtpdClient} from '../smtpd/smtpd-state.ts';
import {openSmtpdServices} from './smtpd-services.ts';

/** Who comes, and what they say. All byte strings, addresses in internal form. */
export interface SessionQuestion {
  readonly clientAddress: string;
  /** Verified name; looked up when it is not given. */
  readonly clientName?: string | undefined;
  readonly helo: string;
  readonly sender: string;
  readonly recipient: string;
  /** Logged in as this user. */
  readonly login?: string | undefined;
  readonly isEncrypted?: boolean | undefined;
}

/** A command, its reply, and what was decided in between. */
export interface SessionStep {
  /** `connect`, `EHLO h`, `MAIL FROM:<s>`. */
  readonly said: string;
  readonly reply: string;
  readonly decisions: readonly Decision[];
}

export interface SessionExplanation {
  readonly service: string;
  readonly client: string;
  readonly steps: readonly SessionStep[];
  /** The recipient was accepted. */
  readonly isAccepted: boolean;
}

/** The smtpd services of an instance, as simulations use them. */
export interface SimulatedServices {
  readonly services: readonly SmtpdService[];
  readonly dns: Dns;
  /** What kept a service from starting: its relay would be open. */
  readonly faults: readonly string[];
  close(): void;
}

export function openSimulatedServices(config: Config): SimulatedServices {
  const faults: string[] = [];
  const log = new Log('smtpd', {
    write: ({severity, text}) => void (severity === 'fatal' && faults.push(text)),
  });
  const dns = openDns(config, text => log.warning(text));
  const limits = new ClientLimits({clock: systemClock, log, rateSeconds: 60, reportSeconds: 86_400});
  const link = {
    queued: () => undefined,
    flushSite: () => Promise.resolve('failed' as const),
    verify: () => Promise.resolve(undefined),
    close: () => undefined,
  };
  const opened = openSmtpdServices({config, log, clock: systemClock, link, limits, dns});
  const services = opened.map(({service}) => ({...service, limits, door: NO_DOOR, notices: undefined}));
  return {services, dns, faults, close: () => limits.close()};
}

export async function explainSession(
  service: SmtpdService,
  dns: Dns,
  question: SessionQuestion,
): Promise<SessionExplanation> {
  const client = await clientOf(service, dns, question);
  const replies: string[] = [];
  let decisions: Decision[] = [];
  const machine = new SmtpdMachine(service, recordingWire(replies), client);
  machine.state.recorder = {decided: decision => void decisions.push(decision)};
  if (question.isEncrypted === true) machine.state.tls = PRETENDED_TLS;
  const steps: SessionStep[] = [];
  const finish = (said: string): void => {
    steps.push({said, reply: replies.join('').trimEnd(), decisions});
    replies.length = 0;
    decisions = [];
  };
  await machine.start();
  finish('connect');
  const sender = quoteAddress(question.sender);
  for (const line of [
    `EHLO ${question.helo}`,
    `MAIL FROM:<${sender}>`,
    `RCPT TO:<${quoteAddress(question.recipient)}>`,
  ]) {
    if (machine.isOver) break;
    if (line.startsWith('MAIL') && question.login !== undefined)
      machine.state.login = {method: 'PLAIN', username: question.login};
    await machine.command(line, false);
    finish(line);
  }
  const isAccepted = steps.length === 4 && steps.at(-1)?.reply.startsWith('250') === true;
  machine.ended(undefined);
  return {service: service.name, client: `${client.name}[${client.address}]`, steps, isAccepted};
}

async function clientOf(service: SmtpdService, dns: Dns, question: SessionQuestion): Promise<SmtpdClient> {
  const {clientAddress: address, clientName} = question;
  const rest = {address, port: '50000', serverAddress: '127.0.0.1', serverPort: '25'};
  if (clientName !== undefined)
    return {name: clientName, nameStatus: 'ok', reverseName: clientName, reverseNameStatus: 'ok', ...rest};
  return {...(await lookUpClient(address, service.settings.looksUpNames ? dns : undefined, service.log)), ...rest};
}

function recordingWire(replies: string[]): SmtpdWire {
  const nothing = (): undefined => undefined;
  return {
    parser: new ClientParser({lineLimit: 1, command: nothing, drained: nothing, finished: nothing, failed: nothing}),
    write: text => void replies.push(text),
    flush: nothing,
    startTls: () => Promise.resolve(undefined),
    end: nothing,
  };
}

const PRETENDED_TLS = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  cipherBits: 256,
  algorithmBits: 256,
  peerHasCertificate: false,
  peerIsTrusted: false,
  peerIsMatched: false,
  peerSubject: '',
  peerIssuer: '',
  peerFingerprint: '',
  peerKeyFingerprint: '',
  details: '',
};

/** Messages get an id, and go nowhere. */
const NO_DOOR: MessageDoor = {
  open() {
    const nothing = (): Promise<never> => Promise.reject(new Error('nothing is queued in a simulation'));
    const abort = (): Promise<void> => Promise.resolve();
    return Promise.resolve({id: 'NOQUEUE', createdSeconds: 0, write: () => undefined, finish: nothing, abort});
  },
  submit: () => Promise.reject(new Error('nothing is queued in a simulation')),
};
