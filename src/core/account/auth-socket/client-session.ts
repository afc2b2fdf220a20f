/**
 * The server's side of Dovecot's auth protocol, version 1.2: who may log in, asked by an smtpd (Postfix's `smtpd_sasl_type = dovecot`) or
 * another program that has clients. Many requests at a time, by number.
 *
 * A client that breaks the protocol is told of in the log, in the original's words, and its connection ends.
 */
import {randomBytes} from 'node:crypto';
import type {AuthLog} from '../auth/auth-log.ts';
import {describe} from '../../base/errors.ts';
import {escapeAuthField, splitAuthLine} from '../sasl/dovecot-auth-lines.ts';
import type {SaslExchange, SaslMechanism, SaslServer, SaslStep} from '../sasl/sasl.ts';
import {readAuthParameters} from './auth-parameters.ts';
import {type LineSession, printableLine} from './auth-lines.ts';

export interface AuthClientOptions {
  readonly sasl: SaslServer;
  readonly log: AuthLog;
  /** auth_debug: the lines themselves are logged, without their secrets. */
  readonly isDebug: boolean;
  readonly processId: number;
  /** Of this connection among all. */
  readonly connectionId: number;
  readonly random?: (bytes: number) => Buffer;
}

const PROPERTIES = [
  ['isPlaintext', 'plaintext'],
  ['isAnonymous', 'anonymous'],
  ['isDictionaryProne', 'dictionary'],
  ['isActiveProne', 'active'],
  ['hasForwardSecrecy', 'forward-secrecy'],
  ['isMutual', 'mutual-auth'],
] as const satisfies readonly (readonly [keyof SaslMechanism, string])[];
const MAX_REQUESTS = 10_000;

export class AuthClientSession implements LineSession {
  readonly #options: AuthClientOptions;
  readonly #write: (text: string) => void;
  readonly #exchanges = new Map<string, SaslExchange>();
  #hasVersion = false;
  #clientPid = '';

  constructor(options: AuthClientOptions, write: (text: string) => void) {
    this.#options = options;
    this.#write = write;
    const {sasl, processId, connectionId, random = randomBytes} = options;
    const mechanisms = sasl.mechanisms(true).map(mechanismLine);
    const cookie = random(16).toString('hex');
    write(`VERSION\t1\t2\n${mechanisms.join('')}SPID\t${processId}\nCUID\t${connectionId}\nCOOKIE\t${cookie}\nDONE\n`);
  }

  takeLine(line: string): boolean {
    const [command = '', ...fields] = splitAuthLine(line);
    if (!this.#hasVersion) return this.#takeVersion(command, fields);
    if (command === 'CPID' && this.#clientPid === '') return this.#takeClientPid(fields);
    if (command === 'AUTH') return this.#begin(line, fields);
    if (command === 'CONT') return this.#continue(fields);
    if (command === 'CANCEL') return this.#cancel(fields);
    return this.#bug(`BUG: Authentication client sent unknown command: ${printableLine(line)}`);
  }

  close(): void {
    const waiting = this.#exchanges.size;
    if (waiting > 0)
      this.#options.log.error(
        `auth client ${this.#clientPid || '0'} disconnected with ${waiting} pending requests: EOF`,
      );
    for (const exchange of this.#exchanges.values()) exchange.cancel();
    this.#exchanges.clear();
  }

  #takeVersion(command: string, [major = '']: readonly string[]): boolean {
    this.#hasVersion = command === 'VERSION' && major === '1';
    return (
      this.#hasVersion ||
      this.#bug('Authentication client not compatible with this server (mixed old and new binaries?)')
    );
  }

  #takeClientPid([pid = '']: readonly string[]): boolean {
    if (!isId(pid)) return this.#bug('BUG: Authentication client sent broken handshake');
    this.#clientPid = pid;
    this.#debug(`auth client connected (pid=${pid})`);
    return true;
  }

  #begin(line: string, [id = '', mechanism = '', ...rest]: readonly string[]): boolean {
    this.#debug(`client in: ${line.replace(/\tresp=.*/s, '\tresp=<hidden>')}`);
    if (!isId(id) || mechanism === '')
      return this.#bug(`BUG: Authentication client ${this.#pid} sent broken AUTH request`);
    if (this.#exchanges.has(id) || this.#exchanges.size >= MAX_REQUESTS)
      return this.#bug(`BUG: Authentication client ${this.#pid} sent a duplicate ID ${id}`);
    const {connection, response, isBroken} = readAuthParameters(rest);
    if (connection.service === '')
      return this.#bug(`BUG: Authentication client ${this.#pid} didn't specify service in request`);
    const exchange = this.#options.sasl.begin(mechanism, connection);
    if (exchange === undefined)
      return this.#bug(
        `BUG: Authentication client ${this.#pid} requested unsupported authentication mechanism ${printableLine(mechanism)}`,
      );
    this.#exchanges.set(id, exchange);
    if (isBroken) this.#fail(id, 'Invalid base64 data in initial response');
    else void this.#step(id, exchange, response);
    return true;
  }

  #continue([id = '', encoded]: readonly string[]): boolean {
    this.#debug('client in: CONT<hidden>');
    if (!isId(id) || encoded === undefined) return this.#bug('BUG: Authentication client sent broken CONT request');
    const exchange = this.#exchanges.get(id);
    const response = decodeBase64(encoded);
    if (exchange === undefined) this.#out(`FAIL\t${id}\treason=Authentication request timed out`);
    else if (response === undefined) this.#fail(id, 'Invalid base64 data in continued response');
    else void this.#step(id, exchange, response);
    return true;
  }

  #cancel([id = '']: readonly string[]): boolean {
    if (!isId(id)) return this.#bug('BUG: Authentication client sent broken CANCEL request');
    this.#exchanges.get(id)?.cancel();
    this.#exchanges.delete(id);
    return true;
  }

  async #step(id: string, exchange: SaslExchange, response: Buffer | undefined): Promise<void> {
    const step = await this.#stepOf(exchange, response);
    if (this.#exchanges.get(id) !== exchange) return; // given up meanwhile
    if (step.kind !== 'continue') this.#exchanges.delete(id);
    this.#out(answerLine(id, step));
  }

  /** A defect of ours is trouble for now to the client. */
  async #stepOf(exchange: SaslExchange, response: Buffer | undefined): Promise<SaslStep> {
    try {
      return await exchange.step(response);
    } catch (fault) {
      this.#options.log.error(`auth: ${describe(fault)}`);
      return {kind: 'failed', reason: '', isTemporary: true, code: 'temp_fail'};
    }
  }

  #fail(id: string, reason: string): void {
    this.#exchanges.get(id)?.cancel();
    this.#exchanges.delete(id);
    this.#out(`FAIL\t${id}\tcode=invalid_base64\treason=${reason}`);
  }

  get #pid(): string {
    return this.#clientPid || '0';
  }

  #out(line: string): void {
    this.#debug(`client passdb out: ${line}`);
    this.#write(`${line}\n`);
  }

  #debug(text: string): void {
    if (this.#options.isDebug) this.#options.log.debug?.(text);
  }

  #bug(text: string): false {
    this.#options.log.error(text);
    return false;
  }
}

function mechanismLine(mechanism: SaslMechanism): string {
  const words = PROPERTIES.filter(([property]) => mechanism[property]).map(([, word]) => `\t${word}`);
  return `MECH\t${mechanism.name}${words.join('')}\n`;
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

function answerLine(id: string, step: SaslStep): string {
  if (step.kind === 'continue') return `CONT\t${id}\t${step.challenge.toString('base64')}`;
  const fields = step.kind === 'done' ? (step.login?.fields ?? new Map()) : (step.fields ?? new Map());
  const words = [
    ...(step.username === undefined ? [] : [`user=${escapeAuthField(step.username)}`]),
    ...(step.kind === 'failed' && step.code !== undefined ? [`code=${step.code}`] : []),
    ...(step.kind === 'done' && step.final !== undefined ? [`resp=${step.final.toString('base64')}`] : []),
    ...[...fields].map(([name, value]) => fieldWord(name, value)),
  ];
  return [step.kind === 'done' ? 'OK' : 'FAIL', id, ...words].join('\t');
}

/** Flags go without value. */
function fieldWord(name: string, value: string): string {
  const isFlag = (value === '' && name !== 'original_user') || name === 'nologin' || name === 'proxy';
  return isFlag ? escapeAuthField(name) : `${escapeAuthField(name)}=${escapeAuthField(value)}`;
}

function decodeBase64(text: string): Buffer | undefined {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
