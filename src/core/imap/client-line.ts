/**
 * Both halves of the conversation with one client, and the waiting in it: for input, for a slow reader, for events, for
 * too long. Before and after the login alike.
 */
import {ClientInput} from './client-input.ts';
import {ReplyWriter} from './reply-writer.ts';
import {SessionEnd} from './session-end.ts';
import {sharedSlice} from './time-slice.ts';
import type {ClientWire} from '../net/stream-wire.ts';

export type Woken = 'input' | 'ended' | 'event' | 'timeout';

export class ClientLine {
  #wire: ClientWire;
  readonly input: ClientInput;
  readonly out: ReplyWriter;
  /** A read that is under way while an event was served. */
  #reading: Promise<boolean> | undefined;
  #wake: ((woken: Woken) => void) | undefined;
  #hasEvent = false;
  /** Milliseconds spent on waiting for the client, for the times in replies. */
  waitedMilliseconds = 0;
  #end: SessionEnd | undefined;

  constructor(wire: ClientWire) {
    this.#wire = wire;
    this.input = new ClientInput(wire);
    this.out = new ReplyWriter(wire);
    this.#follow(wire);
  }

  get isClosed(): boolean {
    return this.#wire.isClosed;
  }

  /** Wakes who waits in `wait`; one who does not wait yet is woken at once when he does. */
  wake(): void {
    if (this.#wake === undefined) this.#hasEvent = true;
    else this.#wake('event');
  }

  /** The service ends the session: thrown in whoever waits next. */
  finish(end: SessionEnd): void {
    this.#end ??= end;
    this.wake();
  }

  /** Sends all replies, and waits for input, an event or the end of patience (0: for ever). */
  async wait(milliseconds: number): Promise<Woken> {
    this.out.flush();
    this.#throwIfEnded();
    if (this.#hasEvent) {
      this.#hasEvent = false;
      return 'event';
    }
    const began = performance.now();
    this.#reading ??= this.input.more();
    const reading = this.#reading;
    const woken = await new Promise<Woken>((resolve, reject) => {
      const timer = milliseconds > 0 ? setTimeout(() => resolve('timeout'), milliseconds) : undefined;
      const done = (how: Woken): void => {
        clearTimeout(timer);
        resolve(how);
      };
      this.#wake = done;
      reading.then(hasMore => done(hasMore ? 'input' : 'ended'), reject);
    });
    this.#wake = undefined;
    if (woken === 'input' || woken === 'ended') this.#reading = undefined;
    this.waitedMilliseconds += performance.now() - began;
    this.#throwIfEnded();
    return woken;
  }

  /** Waits for input alone; throws SessionEnd when the client is gone or silent for too long. */
  async waitForInput(milliseconds: number, timeoutBye: string): Promise<void> {
    for (;;) {
      const woken = await this.wait(milliseconds);
      if (woken === 'input') return;
      if (woken === 'ended') throw new SessionEnd('Connection closed');
      if (woken === 'timeout') throw new SessionEnd('Inactivity', timeoutBye);
    }
  }

  /** Between pieces of long work: a promise when others have to get their turn, or the client has to read. */
  breathe(): Promise<void> | undefined {
    this.#throwIfEnded();
    if (this.#wire.isClosed) throw new SessionEnd('Connection closed');
    const slow = this.out.full();
    return slow === undefined ? sharedSlice.pause() : this.#waitFor(slow);
  }

  /** Goes on with another wire (TLS, DEFLATE). */
  restart(wire: ClientWire): void {
    this.#wire = wire;
    this.#reading = undefined;
    this.input.restart(wire);
    this.out.restart(wire);
    this.#follow(wire);
  }

  get wire(): ClientWire {
    return this.#wire;
  }

  async #waitFor(slow: Promise<void>): Promise<void> {
    const began = performance.now();
    await slow;
    this.waitedMilliseconds += performance.now() - began;
    if (this.#wire.isClosed) throw new SessionEnd('Connection closed');
  }

  #follow(wire: ClientWire): void {
    wire.onClose(() => this.#wake?.('event'));
  }

  #throwIfEnded(): void {
    if (this.#end !== undefined) throw this.#end;
  }
}
