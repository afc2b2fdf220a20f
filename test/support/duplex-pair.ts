/** Two ends of a connection within the process. */
import {Duplex} from 'node:stream';

export function duplexPair(): readonly [Duplex, Duplex] {
  const [first, second] = [new End(), new End()];
  first.other = second;
  second.other = first;
  return [first, second];
}

class End extends Duplex {
  other: End | undefined;
  #written: (() => void) | undefined;

  /** The other end has room again. */
  override _read(): void {
    const written = this.other?.takeWritten();
    if (written !== undefined) process.nextTick(written);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#written = done;
    process.nextTick(() => {
      if (this.other?.push(chunk) !== false) this.takeWritten()?.();
    });
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(fault: Error | null, done: (fault: Error | null) => void): void {
    const {other} = this;
    process.nextTick(() => other?.push(null));
    done(fault);
  }

  takeWritten(): (() => void) | undefined {
    const done = this.#written;
    this.#written = undefined;
    return done;
  }
}
