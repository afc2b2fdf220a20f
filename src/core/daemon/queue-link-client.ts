/**
 * The link from the SMTP server's process to the queue's: a socket in `private/`, connected again whenever it breaks. What
 * could not be told while it was broken, or while the other side was behind, is found by a scan that is asked for then.
 */
import {createConnection, type Socket} from 'node:net';
import type {Envelope, Recipient} from '../queue/agent.ts';
import type {FlushAnswer} from '../queue/flush-logs.ts';
import type {VerifyAnswer} from '../queue/verifier.ts';
import {flatten, frame, FrameReader, LINK_SOCKET, type LinkHead, type QueueLink} from './queue-link.ts';
import {socketPath} from '../base/socket-path.ts';

const RETRY_MILLISECONDS = 200;
/** With so much under way, messages are not told of any more: they wait on disk just as well. */
const BEHIND_BYTES = 1 << 24;

export class RemoteQueueLink implements QueueLink {
  readonly #folder: string;
  #socket: Socket | undefined;
  #isConnected = false;
  #hasMissed = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #calls = 0;
  readonly #answers = new Map<number, (answer: unknown) => void>();

  /** `folder`: `private/` below the queue directory. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#connect();
  }

  queued(envelope: Envelope, records: Buffer | undefined, expanded: readonly Recipient[]): void {
    const socket = this.#socket;
    if (!this.#isConnected || socket === undefined || socket.writableLength > BEHIND_BYTES) {
      this.#hasMissed = true;
      return;
    }
    const head: LinkHead = {op: 'queued', envelope: flatten(envelope), expanded, hasRecords: records !== undefined};
    if (socket.writableCorked === 0) {
      socket.cork(); // what is queued in one turn of the event loop goes out in one write
      setImmediate(() => socket.uncork());
    }
    socket.write(frame(head, records));
  }

  async flushSite(site: string): Promise<FlushAnswer> {
    const answer = await this.#ask(call => ({op: 'flush-site', site, call}));
    return (answer as FlushAnswer | undefined) ?? 'failed'; // our own process answers
  }

  async verify(address: string): Promise<VerifyAnswer | undefined> {
    return (await this.#ask(call => ({op: 'verify', address, call}))) as VerifyAnswer | undefined; // as above
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.end();
  }

  /** undefined: there is nobody to ask. */
  #ask(question: (call: number) => LinkHead): Promise<unknown> {
    const socket = this.#socket;
    if (!this.#isConnected || socket === undefined) return Promise.resolve(undefined);
    const call = ++this.#calls;
    return new Promise(resolve => {
      this.#answers.set(call, resolve);
      socket.write(frame(question(call)));
    });
  }

  #connect(): void {
    const socket = createConnection(socketPath(this.#folder, LINK_SOCKET));
    const reader = new FrameReader(head => this.#receive(head));
    this.#socket = socket;
    socket.on('data', chunk => reader.push(chunk as Buffer)); // no encoding is set
    socket.on('error', () => undefined); // `close` follows
    socket.on('connect', () => {
      this.#isConnected = true;
      this.#catchUp();
    });
    socket.on('drain', () => this.#catchUp());
    socket.on('close', () => this.#lost());
  }

  #catchUp(): void {
    if (!this.#hasMissed) return;
    this.#hasMissed = false;
    this.#socket?.write(frame({op: 'scan'}));
  }

  #lost(): void {
    this.#isConnected = false;
    this.#hasMissed = true; // whether the last ones arrived is not known
    for (const resolve of this.#answers.values()) resolve(undefined);
    this.#answers.clear();
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#connect(), RETRY_MILLISECONDS);
    this.#timer.unref();
  }

  #receive(head: LinkHead): void {
    if (head.op !== 'answer') return;
    this.#answers.get(head.call)?.(head.answer);
    this.#answers.delete(head.call);
  }
}
