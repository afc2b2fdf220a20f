/**
 * One connection to a policy server: attributes out, attributes back, one request at a time. A request that is not
 * answered in time, or with what is no answer, fails with the reason, and the connection is no good any more.
 */
import {connect, type Socket} from 'node:net';

/** An answer is one short line; a server that sends more than this is broken. */
const MAX_ANSWER = 64 * 1024;

export type PolicyEndpoint = {readonly path: string} | {readonly host: string; readonly port: number};

export class PolicyConnection {
  readonly openedAt: number;
  idleSince: number;
  requestCount = 0;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #received = '';
  #isOpen = true;
  #waiting: {resolve(answer: string): void; reject(fault: Error): void} | undefined;

  private constructor(socket: Socket, timeoutMs: number, now: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.openedAt = now;
    this.idleSince = now;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', fault => this.#fail(fault));
    socket.on('close', () => this.#fail(new PolicyFault('end')));
    socket.on('timeout', () => this.#fail(new PolicyFault('timeout')));
  }

  static open(endpoint: PolicyEndpoint, timeoutMs: number, now: number): Promise<PolicyConnection> {
    return new Promise((resolve, reject) => {
      const socket = 'path' in endpoint ? connect(endpoint.path) : connect(endpoint.port, endpoint.host);
      const give = (fault: Error): void => {
        socket.destroy();
        reject(fault);
      };
      socket.setTimeout(timeoutMs, () => give(new PolicyFault('timeout')));
      socket.once('error', give);
      socket.once('connect', () => {
        socket.removeAllListeners();
        socket.setTimeout(0);
        socket.setNoDelay(true);
        resolve(new PolicyConnection(socket, timeoutMs, now));
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The answer's lines. */
  ask(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) return reject(new PolicyFault('end'));
      this.#waiting = {resolve, reject};
      this.#received = '';
      this.#socket.ref();
      this.#socket.setTimeout(this.#timeoutMs);
      this.#socket.write(request, 'latin1');
      this.requestCount++;
    });
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    if (this.#waiting === undefined) return this.#fail(new PolicyFault('unasked'));
    const isEmpty = this.#received.startsWith('\n');
    const end = isEmpty ? 0 : this.#received.indexOf('\n\n');
    if (end < 0) {
      if (this.#received.length > MAX_ANSWER) this.#fail(new PolicyFault('too long'));
      return;
    }
    const {resolve} = this.#waiting;
    this.#waiting = undefined;
    this.#socket.setTimeout(0);
    this.#socket.unref(); // an idle connection keeps no process alive
    if (end + (isEmpty ? 1 : 2) < this.#received.length) this.close(); // more than was asked for
    resolve(this.#received.slice(0, end));
  }

  #fail(fault: Error): void {
    this.close();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(fault);
  }
}

/** The server is to blame, not the system. */
export class PolicyFault extends Error {
  override readonly name = 'PolicyFault';
}
