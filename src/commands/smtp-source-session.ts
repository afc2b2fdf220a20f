/**
 * One session of smtp-source: greeting, HELO, and for each message MAIL, RCPT, DATA, the message; one step for each reply,
 * never two commands at once. A reply that isn't the expected ends the program, or with -A the message.
 */
import {connect, type Socket} from 'node:net';
import {describe} from '../core/base/errors.ts';
import {messageHeaders} from './smtp-source-message.ts';
import type {SourceOptions} from './smtp-source-options.ts';
import {ReplyReader, type Reply} from './smtp-source-replies.ts';
import {setWindowSize} from './tcp-window.ts';

/** What a session asks of the program it is part of. */
export interface SourceHost {
  readonly options: SourceOptions;
  /** Where to connect, one of the addresses. */
  readonly target: {readonly host: string; readonly port: number} | {readonly path: string};
  readonly text: Buffer;
  /** How many messages are still to be begun; below 0 once there are none (it is part of Message-Id). */
  readonly remaining: number;
  /** The next number for -N. */
  nextNumber(): number;
  /** A message was sent, or with -A given up; true when this session is to send another. */
  takeNext(): boolean;
  countMessage(): void;
  sessionEnded(): void;
  verbose(text: string): void;
  warn(text: string): void;
  /** Ends the program. */
  fail(text: string): void;
}

/** What the next reply answers, in the words of the original's complaints. */
type Step = 'greeting' | 'helo' | 'mail' | 'rcpt' | 'data' | 'end' | 'rset' | 'quit';

const TIMEOUT_MILLISECONDS = 300_000;
/** Before connecting once more (-C). */
const RETRY_MILLISECONDS = 10;
const READ_BYTES = 4096;
/** A message up to this size is sent in one piece with its headers. */
const SMALL = 0x1_0000;

export class SourceSession {
  readonly #host: SourceHost;
  readonly #options: SourceOptions;
  /** Takes the place of the original's descriptor in Message-Id. */
  readonly #slot: string;
  readonly #smallText: string | undefined;
  #socket: Socket | undefined;
  #replies = new ReplyReader();
  #step: Step = 'greeting';
  #tries = 0;
  #recipientsLeft = 0;
  #accepted = 0;
  #repliesDue = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(host: SourceHost, slot: number) {
    this.#host = host;
    this.#options = host.options;
    this.#slot = slot.toString(16).padStart(4, '0');
    this.#smallText = host.text.length <= SMALL ? host.text.toString('latin1') : undefined;
  }

  /** Begins the first message, after the pause of -w or -R. */
  start(): void {
    this.#pause(() => this.#connect());
  }

  /** The program ends: nothing is sent or begun any more. */
  destroy(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket?.connecting === true) socket.destroy();
    else socket?.resetAndDestroy();
  }

  #pause(then: () => void): void {
    const {fixedDelay, randomDelay} = this.#options;
    const seconds = randomDelay > 0 ? Math.floor(Math.random() * (randomDelay + 1)) : fixedDelay;
    if (this.#isOver) return;
    if (seconds === 0) then();
    else this.#timer = setTimeout(then, seconds * 1000);
  }

  #connect(): void {
    this.#step = 'greeting';
    const {isVerbose} = this.#options;
    const replies = new ReplyReader(isVerbose ? line => this.#host.verbose(`<<< ${printable(line)}`) : undefined);
    this.#replies = replies;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const socket = connect({
      ...this.#host.target,
      noDelay: true,
      onread: {
        buffer,
        callback: length => {
          if (this.#socket !== socket) return false;
          replies.push(buffer.toString('latin1', 0, length));
          for (let reply = replies.next(); reply !== undefined; reply = replies.next()) this.#take(reply);
          return true;
        },
      },
    });
    this.#socket = socket;
    if (this.#options.windowSize > 0) process.nextTick(() => this.#setWindow(socket)); // when it has a descriptor
    this.#watch(socket);
  }

  #setWindow(socket: Socket): void {
    setWindowSize(socket, this.#options.windowSize, text => this.#host.warn(text));
  }

  #watch(socket: Socket): void {
    const guard = (act: () => void) => (): void => {
      if (this.#socket === socket) act();
    };
    let isConnected = false;
    socket.once('connect', () => (isConnected = true));
    socket.on('error', fault =>
      guard(() => (isConnected ? this.#lost('lost connection') : this.#notConnected(fault)))(),
    );
    const lost = guard(() => this.#lost('lost connection'));
    socket.on('end', lost);
    socket.on('close', lost);
    socket.setTimeout(
      TIMEOUT_MILLISECONDS,
      guard(() => this.#lost('timeout')),
    );
  }

  #notConnected(fault: Error): void {
    const text = `connect: ${describe(fault)}`;
    if (++this.#tries >= this.#options.connectTries) return this.#host.fail(text);
    this.#host.warn(text);
    this.#socket = undefined;
    this.#timer = setTimeout(() => this.#connect(), RETRY_MILLISECONDS);
  }

  #lost(what: 'lost connection' | 'timeout'): void {
    const doing = this.#step === 'greeting' ? 'reading server greeting' : `sending ${SENDING[this.#step]}`;
    this.#host.fail(`${what} while ${doing}`);
  }

  #send(command: string): void {
    if (this.#isOver) return;
    if (this.#options.isVerbose) this.#host.verbose(command);
    this.#socket?.write(`${command}\r\n`, 'latin1');
  }

  /** One reply; each case ends in the next step. */
  #take(reply: Reply): void {
    switch (this.#step) {
      case 'greeting':
        this.#check(reply, 2, 'rejected at server banner');
        this.#tries = 0;
        return this.#options.isOld ? this.#mail() : this.#helo();
      case 'helo':
        this.#check(reply, 2, `${this.#options.isLmtp ? 'LHLO' : 'HELO'} rejected`);
        return this.#mail();
      case 'mail':
        return this.#check(reply, 2, 'sender rejected') ? this.#rcpt() : this.#rset();
      case 'rcpt':
        if (this.#check(reply, 2, 'recipient rejected')) this.#accepted++;
        if (this.#recipientsLeft > 0) return this.#rcpt();
        return this.#accepted > 0 ? this.#data() : this.#rset();
      case 'data':
        return this.#check(reply, 3, 'data rejected') ? this.#message() : this.#rset();
      case 'end':
        return this.#messageEnd(reply);
      case 'rset':
        this.#check(reply, 2, 'rset rejected');
        return this.#next();
      case 'quit':
        return this.#finish();
    }
  }

  /** False when the server refused and the program goes on. */
  #check({code, text}: Reply, expected: number, complaint: string): boolean {
    if (Math.floor(code / 100) === expected) return true;
    const words = `${complaint}: ${code} ${printable(text)}`;
    if (this.#options.allowsReject) this.#host.warn(words);
    else this.#host.fail(words);
    return false;
  }

  #helo(): void {
    this.#step = 'helo';
    this.#send(`${this.#options.isLmtp ? 'LHLO' : 'HELO'} ${this.#options.hostname}`);
  }

  #mail(): void {
    this.#step = 'mail';
    this.#recipientsLeft = this.#options.recipients;
    this.#accepted = 0;
    this.#send(`MAIL FROM:<${this.#options.sender}>`);
  }

  /** Seen: without -N numbers go down, and the last recipient has none. */
  #rcpt(): void {
    this.#step = 'rcpt';
    const number = this.#recipientsLeft--;
    const {numbersRecipients, recipient} = this.#options;
    const prefix = numbersRecipients ? this.#host.nextNumber() : number > 1 ? number : '';
    this.#send(`RCPT TO:<${prefix}${recipient}>`);
  }

  #data(): void {
    this.#step = 'data';
    this.#send('DATA');
  }

  #message(): void {
    this.#step = 'end';
    this.#repliesDue = this.#options.isLmtp ? this.#options.recipients : 1;
    const serial = (this.#host.remaining >>> 0).toString(16).padStart(4, '0');
    const id = `${process.pid.toString(16).padStart(4, '0')}.${this.#slot}.${serial}`;
    const headers = messageHeaders(this.#options, id);
    if (this.#options.isVerbose) this.#host.verbose('.');
    if (this.#smallText !== undefined) return void this.#socket?.write(headers + this.#smallText, 'latin1');
    if (headers !== '') this.#socket?.write(headers, 'latin1');
    this.#socket?.write(this.#host.text);
  }

  #messageEnd(reply: Reply): void {
    if (this.#repliesDue === this.#expectedReplies()) this.#host.countMessage();
    this.#check(reply, 2, 'end of data rejected');
    if (--this.#repliesDue === 0) this.#next();
  }

  /** Seen: with LMTP one for each recipient asked for, refused ones as well. */
  #expectedReplies(): number {
    return this.#options.isLmtp ? this.#options.recipients : 1;
  }

  #rset(): void {
    this.#step = 'rset';
    this.#send('RSET');
  }

  /** The next message over this connection, or the end of it. */
  #next(): void {
    if (!this.#options.keepsConnection) return this.#quit();
    if (this.#host.takeNext()) this.#pause(() => this.#mail());
    else this.#quit();
  }

  #quit(): void {
    this.#step = 'quit';
    this.#send('QUIT');
  }

  /** The original cuts off a connection that it is through with. */
  #finish(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.resetAndDestroy();
    if (!this.#options.keepsConnection && this.#host.takeNext()) this.#pause(() => this.#connect());
    else this.#host.sessionEnded();
  }
}

/** Seen: a connection lost in QUIT is told as lost with the message. */
const SENDING: Readonly<Record<Exclude<Step, 'greeting'>, string>> = {
  helo: 'HELO',
  mail: 'sender',
  rcpt: 'recipient',
  data: 'DATA command',
  end: 'message',
  rset: 'RSET',
  quit: 'message',
};

/** As Postfix prints what came from the net. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
