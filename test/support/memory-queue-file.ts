/** A queue file in memory, for tests of cleanup: its records can be read back one by one. */
import type {NewQueueFile} from '../../src/core/queue/agent.ts';

export class MemoryQueueFile implements NewQueueFile {
  readonly id: string;
  readonly createdSeconds: number;
  readonly #parts: Buffer[] = [];
  queue: string | undefined;
  isAborted = false;
  /** Set by a test: thrown by the next `write` or `finish`. */
  fault: Error | undefined;

  constructor(id = '91812252934', createdSeconds = 1795495445) {
    this.id = id;
    this.createdSeconds = createdSeconds;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  write(bytes: Buffer): undefined {
    if (this.fault !== undefined) throw this.fault;
    this.#parts.push(Buffer.from(bytes));
  }

  finish(sizeRecord: Buffer, queue: 'incoming' | 'hold'): Promise<string> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const whole = this.bytes;
    sizeRecord.copy(whole, 0);
    this.#parts.splice(0, Infinity, whole);
    this.queue = queue;
    return Promise.resolve(`/spool/${queue}/${this.id}`);
  }

  abort(): Promise<void> {
    this.isAborted = true;
    return Promise.resolve();
  }

  /** The records as `type payload`, one string each. */
  records(): string[] {
    return readRecords(this.bytes);
  }
}

export function readRecords(bytes: Buffer): string[] {
  const records: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const type = String.fromCharCode(bytes[at++] ?? 0);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    records.push(`${type} ${bytes.toString('latin1', at, at + length)}`);
    at += length;
  }
  return records;
}
