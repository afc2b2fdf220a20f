/**
 * What is known of addresses that were probed (verify(8)): in memory, and where address_verify_map names a place, in a
 * journal beside it, so that a restart remembers. The journal is ours (one line an entry, the last one of an address
 * counts), as the original's database files can't be updated in place here; a lost line costs one probe.
 */
import {appendFile, open, rename, unlink, writeFile, type FileHandle} from 'node:fs/promises';
import {setImmediate as yieldToOthers} from 'node:timers/promises';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import type {Log} from '../log/log.ts';

export type VerifyStatus = 'ok' | 'defer' | 'reject' | 'todo';

/** Times are seconds since 1970; 0: never. */
export interface VerifyEntry {
  readonly status: VerifyStatus;
  /** When a probe was sent whose result is not known yet. */
  readonly probed: number;
  readonly updated: number;
  readonly text: string;
}

/** The oldest go when there are more: an attacker may have any number of addresses asked for. */
const MAX_ENTRIES = 100_000;
const SLICE = 1000;
const CONTROLS = /[\x00-\x1f\x7f]/; // they would end a line, or a field
const STATUSES: readonly string[] = ['ok', 'defer', 'reject', 'todo'];
const MAX_LINE_BYTES = 4096;

export class VerifyCache {
  readonly #entries = new Map<string, VerifyEntry>();
  readonly #file: string | undefined;
  readonly #log: Log;
  #lines = 0;
  #pending: string[] = [];
  /** What is to be done with the journal, in turn. */
  #work: Promise<void> = Promise.resolve();
  #loading: Promise<void> | undefined;
  #isLoaded: boolean;
  /** The last complaint about the journal: not repeated with each line. */
  #complaint = '';

  /** `map`: address_verify_map. */
  constructor(map: string, log: Log) {
    this.#file = journalOf(map);
    this.#log = log;
    this.#isLoaded = this.#file === undefined;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined when everything is in memory already. */
  ready(): Promise<void> | undefined {
    if (this.#isLoaded) return undefined;
    return (this.#loading ??= this.#load());
  }

  get(address: string): VerifyEntry | undefined {
    return this.#entries.get(address);
  }

  put(address: string, entry: VerifyEntry): void {
    this.#entries.delete(address); // to the end: the youngest
    this.#entries.set(address, entry);
    if (this.#entries.size > MAX_ENTRIES) for (const oldest of this.#entries.keys()) return this.delete(oldest);
    this.#note(address, entry);
  }

  delete(address: string): void {
    if (this.#entries.delete(address)) this.#note(address, undefined);
  }

  /** Forgets what has expired, a few at a time. */
  async clean(isExpired: (entry: VerifyEntry) => boolean): Promise<{retained: number; dropped: number}> {
    await this.ready();
    let seen = 0;
    let dropped = 0;
    for (const [address, entry] of this.#entries) {
      if (isExpired(entry)) {
        this.delete(address);
        dropped++;
      }
      if (++seen % SLICE === 0) await yieldToOthers();
    }
    this.#compactIfWorth();
    return {retained: this.#entries.size, dropped};
  }

  /** Resolves when the journal has all there is. */
  async flushed(): Promise<void> {
    this.#write();
    await this.#work;
  }

  #note(address: string, entry: VerifyEntry | undefined): void {
    if (this.#file === undefined || CONTROLS.test(address)) return;
    if (this.#pending.push(lineOf(address, entry)) === 1) setImmediate(() => this.#write());
  }

  #write(): void {
    const file = this.#file;
    if (file === undefined || this.#pending.length === 0) return;
    const lines = this.#pending;
    this.#pending = [];
    this.#lines += lines.length;
    this.#queue(() => appendFile(toPath(file), lines.join(''), {encoding: 'latin1', mode: 0o600}));
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((fault: unknown) => {
      if (this.#complaint !== describe(fault)) this.#log.warning(`${this.#file ?? ''}: ${describe(fault)}`);
      this.#complaint = describe(fault);
    });
  }

  async #load(): Promise<void> {
    const file = this.#file ?? '';
    try {
      await this.#read(file);
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') this.#log.warning(`${file}: ${describe(fault)}`);
    }
    this.#isLoaded = true;
    this.#compactIfWorth();
  }

  async #read(file: string): Promise<void> {
    const handle = await open(toPath(file), 'r');
    try {
      let rest = '';
      for await (const chunk of handle.createReadStream({encoding: 'latin1', autoClose: false})) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_LINE_BYTES) rest = ''; // not ours
        for (const line of lines) this.#takeLine(line);
      }
    } finally {
      await handle.close();
    }
  }

  #takeLine(line: string): void {
    this.#lines++;
    const [status = '', probed, updated, address, text = ''] = line.split('\t');
    if (address === undefined || address === '') return;
    this.#entries.delete(address);
    if (!STATUSES.includes(status)) return;
    this.#entries.set(address, {
      status: status as VerifyStatus, // it is one of them
      probed: Number(probed) || 0,
      updated: Number(updated) || 0,
      text,
    });
  }

  #compactIfWorth(): void {
    const file = this.#file;
    if (file === undefined || this.#lines <= 2 * this.#entries.size + SLICE) return;
    this.#queue(() => this.#compact(file));
  }

  async #compact(file: string): Promise<void> {
    const temporary = toPath(`${file}.new`);
    await writeFile(temporary, '', {mode: 0o600});
    const handle = await open(temporary, 'a');
    let lines = 0;
    try {
      lines = await this.#writeAll(handle);
    } catch (fault) {
      await unlink(temporary);
      throw fault;
    } finally {
      await handle.close();
    }
    await rename(temporary, toPath(file));
    this.#lines = lines;
  }

  async #writeAll(handle: FileHandle): Promise<number> {
    let batch: string[] = [];
    let count = 0;
    for (const [address, entry] of this.#entries) {
      if (!CONTROLS.test(address)) batch.push(lineOf(address, entry));
      if (batch.length < SLICE) continue;
      count += batch.length;
      await handle.appendFile(batch.join(''), 'latin1');
      batch = [];
    }
    await handle.appendFile(batch.join(''), 'latin1');
    return count + batch.length;
  }
}

function lineOf(address: string, entry: VerifyEntry | undefined): string {
  if (entry === undefined) return `gone\t0\t0\t${address}\n`;
  const text = entry.text.replace(/[\t\r\n]/g, ' ').slice(0, MAX_LINE_BYTES / 2);
  return `${entry.status}\t${entry.probed}\t${entry.updated}\t${address}\t${text}\n`;
}

/** `btree:/var/lib/postfix/verify_cache` is kept in `/var/lib/postfix/verify_cache.journal`. */
function journalOf(map: string): string | undefined {
  const path = map.trim().replace(/^(?:[a-z]+:)+/, '');
  return path.startsWith('/') ? `${path}.journal` : undefined;
}
