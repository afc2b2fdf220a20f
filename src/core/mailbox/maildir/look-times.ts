/**
 * Whether a look into a Maildir folder is worth while: new/ and cur/ have the times they had when they were last looked
 * at, and those times are old enough to mean something. A change within the same tick of the file system's clock as the
 * last look, or beside one of our own, leaves no other time behind, so after such a one comes another look, later.
 */
import {systemCode} from '../../base/errors.ts';
import {type FolderTimes, folderTimes} from './scan.ts';

/** Times of folders are this coarse (a jiffy, with room); on file systems that keep whole seconds, the other. */
const COARSE_MS = 50;
const COARSEST_MS = 1100;
/** Of the time, at most one part in so many goes into looking again after changes of our own. */
const LOOK_SHARE = 20;

export type LookVerdict = 'news' | 'none' | 'later' | 'lost';

export class LookTimes {
  #times: FolderTimes | undefined;
  /** 0: no need. */
  #againAt = 0;
  #lookMs = 0;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get isLooked(): boolean {
    return this.#times !== undefined;
  }

  get againInMs(): number {
    return Math.max(1, this.#againAt - Date.now());
  }

  judge(): LookVerdict {
    const now = this.#now();
    if (now === undefined) return 'lost';
    if (this.#times === undefined || !isSame(now, this.#times)) return 'news';
    if (this.#againAt === 0) return 'none';
    return Date.now() >= this.#againAt ? 'news' : 'later';
  }

  /** undefined: there is no such folder any more. */
  #now(): FolderTimes | undefined {
    try {
      return folderTimes(this.#directory);
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return undefined;
      throw fault;
    }
  }

  forget(): void {
    this.#times = undefined;
    this.#againAt = 0;
  }

  noteLook(times: FolderTimes, begunAt: number, tookMs: number): void {
    this.#times = times;
    this.#lookMs = tookMs;
    const last = Math.max(inMs(times.newTime), inMs(times.curTime));
    const coarse = isWholeSecond(times) ? COARSEST_MS : COARSE_MS;
    this.#againAt = begunAt - last < coarse ? last + coarse : 0;
  }

  /** Changes names in the folders; the times it leaves stand for no news, as far as one can tell. */
  async change<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#now();
    try {
      return await work();
    } finally {
      const after = this.#now();
      if (before !== undefined && after !== undefined && this.#times !== undefined && isSame(before, this.#times)) {
        this.#times = after;
        if (this.#againAt <= Date.now()) this.#againAt = Date.now() + Math.max(COARSE_MS, this.#lookMs * LOOK_SHARE);
      }
    }
  }

  /** For the index; undefined while nothing was looked at. */
  toHead(): readonly string[] | undefined {
    if (this.#times === undefined) return undefined;
    return [String(this.#times.newTime), String(this.#times.curTime), String(this.#againAt)];
  }

  fromHead(head: unknown): void {
    if (!Array.isArray(head) || head.length !== 3) return;
    const [newTime, curTime, againAt] = head.map(part =>
      /^\d{1,20}$/.test(String(part)) ? BigInt(String(part)) : -1n,
    );
    if (newTime === undefined || curTime === undefined || againAt === undefined) return;
    if (newTime < 0n || curTime < 0n || againAt < 0n) return;
    this.#times = {newTime, curTime};
    this.#againAt = Number(againAt);
  }
}

function inMs(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1_000_000;
}

function isWholeSecond({newTime, curTime}: FolderTimes): boolean {
  return newTime % 1_000_000_000n === 0n && curTime % 1_000_000_000n === 0n;
}

function isSame(a: FolderTimes, b: FolderTimes): boolean {
  return a.newTime === b.newTime && a.curTime === b.curTime;
}
