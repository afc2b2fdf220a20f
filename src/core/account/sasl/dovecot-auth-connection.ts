/**
 * One connection to a Dovecot auth service: the handshake, then requests by number, many at a time.
 *
 * A connection that is refused, speaks another version, says too much or does not finish its handshake in time rejects
 * `handshake`; one that ends later answers what waits with undefined.
 */
import {connect, type Socket} from 'node:net';
import {mechanism} from './mechanisms.ts';
import type {SaslMechanism} from './sasl.ts';
import {splitAuthLine} from './dovecot-auth-lines.ts';

/** Postfix waits as long for the service, at any time (10 s). */
export const AUTH_TIMEOUT_MILLISECONDS = 10_000;
const MAX_LINE_BYTES = 65_536;
const MAX_MECHANISMS = 100;

export type AuthPlace = {readonly path: string} | {readonly host: string; readonly port: number};

const PROPERTIES = new Map([
  ['plaintext', 'isPlaintext'],
  ['anonymous', 'isAnonymous'],
  ['dictionary', 'isDictionaryProne'],
  ['active', 'isActiveProne'],
  ['forward-secrecy', 'hasForwardSecrecy'],
  ['mutual-auth', 'isMutual'],
] as const);

export class DovecotAuthConnection {
  readonly mechanisms: SaslMechanism[] = [];
  readonly handshake: Promise<void>;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (fields: readonly string[] | undefined) => void>();
  #settle: ((fault: Error | undefined) => void) | undefined;
  #lastId = 0;
  #rest = '';
  #isOpen = true;

  /** `timeout` in milliseconds. */
  constructor(place: AuthPlace, timeout = AUTH_TIMEOUT_MILLISECONDS) {
    this.#socket = connect(place);
    this.#socket.setEncoding('latin1');
    this.handshake = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(new Error('Connection timed out')), timeout);
      this.#settle = fault => {
        clearTimeout(timer);
        if (fault === undefined) resolve();
        else reject(fault);
      };
    });
    this.#socket.on('connect', () => this.#socket.write(`VERSION\t1\t0\nCPID\t${process.pid}\n`));
    this.#socket.on('data', (chunk: string) => this.#read(chunk));
    this.#socket.on('error', fault => this.#end(fault));
    this.#socket.on('close', () => this.#end(new Error('Connection lost to authentication server')));
    this.#socket.unref(); // idle, it keeps nobody from ending
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  newId(): number {
    return ++this.#lastId;
  }

  /** One line and its answer; undefined when the connection is lost or none comes in time. */
  ask(id: number, line: string, timeout = AUTH_TIMEOUT_MILLISECONDS): Promise<readonly string[] | undefined> {
    if (!this.#isOpen) return Promise.resolve(undefined);
    return new Promise(resolve => {
      const timer = setTimeout(() => this.#waiting.get(id)?.(undefined), timeout);
      this.#waiting.set(id, fields => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(fields);
      });
      this.#socket.write(line, 'latin1');
    });
  }

  /** Nobody waits for its answer any more. */
  cancel(id: number): void {
    if (this.#isOpen) this.#socket.write(`CANCEL\t${id}\n`);
    this.#waiting.get(id)?.(undefined);
  }

  close(): void {
    this.#end(new Error('closed'));
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_BYTES) return this.#end(new Error('the authentication server says too much'));
    for (const line of lines) if (this.#isOpen) this.#take(splitAuthLine(line));
  }

  /** What is not known is for newer clients (SPID, CUID, COOKIE...). */
  #take([command = '', first = '', ...rest]: readonly string[]): void {
    if (command === 'OK' || command === 'FAIL' || command === 'CONT')
      this.#waiting.get(Number(first))?.([command, ...rest]);
    else if (command === 'VERSION' && first !== '1')
      this.#end(new Error(`the authentication server speaks version ${first.slice(0, 10)} of the protocol`));
    else if (command === 'MECH' && this.mechanisms.length < MAX_MECHANISMS)
      this.mechanisms.push(mechanism(first.toUpperCase(), ...rest.flatMap(word => propertyOf(word))));
    else if (command === 'DONE') this.#settle?.(undefined);
  }

  #end(fault: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.destroy();
    this.#settle?.(fault);
    for (const answer of [...this.#waiting.values()]) answer(undefined);
  }
}

type Property = typeof PROPERTIES extends Map<string, infer Value> ? Value : never;

function propertyOf(word: string): Property[] {
  for (const [name, property] of PROPERTIES) if (name === word) return [property];
  return [];
}
