/**
 * pickup(8): takes what sendmail(1) and postdrop(1) left in the maildrop queue and hands it to cleanup. A file is removed
 * only when its message is safely in the incoming queue, or when it can't be a message; what could not be queued now
 * stays for the next scan.
 */
import {open, opendir, unlink, type FileHandle} from 'node:fs/promises';
import type {Stats} from 'node:fs';
import type {Clock} from '../base/clock.ts';
import {describe, Refusal, systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import {formatReceived} from '../message/received.ts';
import type {Submission, Submitter} from './agent.ts';
import {MaildropError, readMaildrop, type MaildropMessage} from './maildrop-reader.ts';

export interface PickupSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly submitter: Submitter;
  /** Owner of the queue: files of theirs that others can't read were requeued by postsuper(1). */
  readonly ownerUid: number;
}

export class Pickup {
  readonly #supplies: PickupSupplies;
  readonly #log: Log;
  readonly #directory: string;
  #scanning: Promise<void> | undefined;
  #again = false;

  constructor(supplies: PickupSupplies) {
    this.#supplies = supplies;
    this.#log = supplies.log.as('pickup');
    this.#directory = `${supplies.config.get('queue_directory')}/maildrop`;
  }

  /** Scans, or, when a scan is under way, once more after it. Resolves when nothing more can be taken. */
  scan(): Promise<void> {
    if (this.#scanning !== undefined) this.#again = true;
    this.#scanning ??= this.#scanUntilQuiet().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #scanUntilQuiet(): Promise<void> {
    do {
      this.#again = false;
      if ((await this.#scanOnce()) > 0) this.#again = true;
    } while (this.#again);
  }

  /** Answers how many files were done with. */
  async #scanOnce(): Promise<number> {
    let done = 0;
    const working = new Set<Promise<void>>();
    for await (const entry of await this.#open()) {
      if (!entry.isFile()) continue;
      const work: Promise<void> = this.#take(entry.name).then(isDone => {
        if (isDone) done++;
        working.delete(work);
      });
      working.add(work);
      if (working.size >= AT_ONCE) await Promise.race(working);
    }
    await Promise.all(working);
    return done;
  }

  async #open(): Promise<AsyncIterable<{name: string; isFile(): boolean}>> {
    try {
      return await opendir(this.#directory);
    } catch (fault) {
      this.#log.warning(`open directory maildrop: ${describe(fault)}`);
      return {async *[Symbol.asyncIterator]() {}};
    }
  }

  /** True when the file is gone. Never throws: one bad file must not stop the others. */
  async #take(name: string): Promise<boolean> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(`${this.#directory}/${name}`, 'r');
      const stats = await handle.stat();
      if ((stats.mode & OWNER_EXECUTE) === 0) return false; // still being written
      if (!(await this.#submit(name, handle, stats))) return false;
      await unlink(`${this.#directory}/${name}`);
      return true;
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') this.#log.warning(`maildrop/${name}: ${describe(fault)}`);
      return false;
    } finally {
      await handle?.close();
    }
  }

  /** True when the file is to be removed. */
  async #submit(name: string, handle: FileHandle, stats: Stats): Promise<boolean> {
    const {uid, size} = stats;
    const lineLimit = this.#supplies.config.get('line_length_limit');
    let id = 'queue file';
    try {
      const message = await readMaildrop({handle, name: `maildrop/${name}`, uid, sizeBytes: size, lineLimit});
      const submission = this.#submission(name, message, stats, queueId => (id = queueId));
      await this.#supplies.submitter.submit(submission);
      return true;
    } catch (fault) {
      if (fault instanceof MaildropError) return this.#complain(fault);
      if (!(fault instanceof Refusal)) throw fault;
      if (fault.code.startsWith('4')) return false;
      this.#log.warning(`maildrop/${name}: error writing ${id}: ${fault.message}`);
      return true;
    }
  }

  #complain(fault: MaildropError): true {
    for (const warning of fault.warnings) this.#log.warning(warning);
    return true;
  }

  #submission(name: string, message: MaildropMessage, stats: Stats, tellId: (id: string) => void): Submission {
    const {config} = this.#supplies;
    const {uid} = stats;
    const isRequeued = uid === this.#supplies.ownerUid && (stats.mode & OTHERS_READ) === 0;
    const filter = config.get('content_filter');
    const overrides = config.list('receive_override_options');
    const now = Math.floor(this.#supplies.clock.now() / 1000);
    const written = Math.floor(stats.mtimeMs / 1000);
    const seconds = written > now + MAX_AHEAD_SECONDS ? now : written;
    const names = {hostName: config.get('myhostname'), mailName: config.get('mail_name')};
    return {
      ...message,
      contentFilter: filter === '' ? undefined : filter,
      returnsRefused: true,
      skipsChecks: overrides.includes('no_header_body_checks'),
      skipsMapping: overrides.includes('no_address_mappings'),
      received: queueId => formatReceived({...names, queueId, seconds, uid}),
      announce: queueId => {
        tellId(queueId);
        this.#warnOfTime(queueId, written, now);
        const sender = quoteAddress(message.sender);
        this.#log.event('pickup', {queueId, uid, sender, originalId: isRequeued ? name : undefined});
      },
    };
  }

  #warnOfTime(queueId: string, written: number, now: number): void {
    if (written > now + MAX_AHEAD_SECONDS)
      this.#log.warning(`${queueId}: message dated ${written - now} seconds into the future`);
    else if (written < now - DAY_SECONDS)
      this.#log.warning(`${queueId}: message has been queued for ${Math.floor((now - written) / DAY_SECONDS)} days`);
  }
}

const OWNER_EXECUTE = 0o100;
const OTHERS_READ = 0o004;
const DAY_SECONDS = 86_400;
/** Clocks of other hosts may be wrong by this much. */
const MAX_AHEAD_SECONDS = 7200;
/** Files under way together, so that they share the disk's flushes. */
const AT_ONCE = 20;
