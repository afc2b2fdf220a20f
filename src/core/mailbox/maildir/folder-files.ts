/**
 * The files of a Maildir folder, named after what the table says: renamed and removed, many at once. A message whose file
 * is not there under its name is answered, not thrown: somebody else renamed or removed it.
 */
import {renameSync, unlinkSync} from 'node:fs';
import {rename, unlink} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {eachFile, type FileStep} from '../each-file.ts';
import type {MarkChange} from '../transaction.ts';
import {MARKS, type MessageTable} from '../table.ts';
import {infoKeeping, infoOf, marksOf, NAMED_KEYWORDS} from './file-name.ts';

export const NAMED_MASK = 2 ** NAMED_KEYWORDS - 1;
/** Of the flags column: where and how a file lies. */
export const PLACE_MARKS = MARKS.inNew | MARKS.odd;

export class FolderFiles {
  readonly #directory: string;
  readonly #table: MessageTable;

  constructor(directory: string, table: MessageTable) {
    this.#directory = directory;
    this.#table = table;
  }

  /** `cur/BASE:2,S`. */
  name(position: number): string {
    const folder = (this.#flags(position) & MARKS.inNew) === 0 ? 'cur' : 'new';
    return `${folder}/${this.#table.name(position)}${this.#info(position)}`;
  }

  path(position: number): string {
    return `${this.#directory}/${this.name(position)}`;
  }

  #flags(position: number): number {
    return this.#table.columns.flags[position] ?? 0;
  }

  #info(position: number): string {
    const flags = this.#flags(position);
    if ((flags & MARKS.odd) !== 0) return this.#table.info(position);
    return (flags & MARKS.inNew) === 0 ? infoOf(flags, this.#table.keywordWord(position, 0) & NAMED_MASK) : '';
  }

  /** Marks of where a file lies that has this name. */
  static marksFor(info: string, inNew: boolean, flags: number, keywords: number): number {
    const isOdd = inNew ? info !== '' : info !== infoOf(flags, keywords & NAMED_MASK);
    return (inNew ? MARKS.inNew : 0) | (isOdd ? MARKS.odd : 0);
  }

  isInNew(position: number): boolean {
    return (this.#flags(position) & MARKS.inNew) !== 0;
  }

  countInNew(): number {
    let count = 0;
    const {flags, count: messages} = this.#table.columns;
    for (let position = 0; position < messages; position++) if (((flags[position] ?? 0) & MARKS.inNew) !== 0) count++;
    return count;
  }

  /** New mail goes to cur/, whose names have an info. */
  async moveToCur(): Promise<void> {
    const positions: number[] = [];
    for (let position = 0; position < this.#table.count; position++)
      if (this.isInNew(position)) positions.push(position);
    const infoFor = (position: number): string => {
      const info = this.#info(position);
      return info === '' ? infoOf(0, 0) : info;
    };
    await this.#renameEach(positions, infoFor, (position, info) => {
      const flags = this.#flags(position) & ~PLACE_MARKS;
      const marks = FolderFiles.marksFor(info, false, flags, this.#table.keywordWord(position, 0));
      this.#table.columns.flags[position] = flags | marks;
    });
  }

  /** Renames to what the new marks make, in cur/; adds the mark of an odd name to them. Answers those not found. */
  async store(changes: readonly MarkChange[]): Promise<MarkChange[]> {
    const byPosition = new Map(changes.map(change => [change.position, change]));
    const infoFor = (position: number): string => {
      const change = byPosition.get(position);
      const keywords = (change?.words[0] ?? 0) & NAMED_MASK;
      return infoKeeping(this.#info(position), change?.flags ?? 0, keywords);
    };
    const missing = await this.#renameEach([...byPosition.keys()], infoFor, (position, info) => {
      const change = byPosition.get(position);
      if (change === undefined) return;
      const marks = FolderFiles.marksFor(info, false, change.flags, change.words[0] ?? 0);
      change.flags |= marks;
      this.#table.setInfo(position, marks === 0 ? '' : info);
    });
    return missing.map(position => byPosition.get(position)).filter(change => change !== undefined);
  }

  #renameEach(
    positions: readonly number[],
    infoFor: (position: number) => string,
    renamed: (position: number, info: string) => void,
  ): Promise<number[]> {
    const names = (position: number): {info: string; from: string; to: string} => {
      const info = infoFor(position);
      const to = `${this.#directory}/cur/${this.#table.name(position)}${info}`;
      return {info, from: this.path(position), to};
    };
    return this.#each(positions, {
      now: position => {
        const {info, from, to} = names(position);
        if (from !== to) renameSync(toPath(from), toPath(to));
        renamed(position, info);
      },
      later: async position => {
        const {info, from, to} = names(position);
        if (from !== to) await rename(toPath(from), toPath(to));
        renamed(position, info);
      },
    });
  }

  remove(positions: readonly number[]): Promise<number[]> {
    return this.#each(positions, {
      now: position => unlinkSync(toPath(this.path(position))),
      later: position => unlink(toPath(this.path(position))),
    });
  }

  /** Answers the positions that ENOENT was said of; another fault ends it. */
  async #each(positions: readonly number[], step: FileStep): Promise<number[]> {
    const missing: number[] = [];
    const note = (index: number, fault: unknown): void => {
      if (systemCode(fault) !== 'ENOENT') throw fault;
      missing.push(positions[index] ?? 0);
    };
    await eachFile(positions.length, {
      now: index => {
        try {
          step.now(positions[index] ?? 0);
        } catch (fault) {
          note(index, fault);
        }
      },
      later: async index => {
        try {
          await step.later(positions[index] ?? 0);
        } catch (fault) {
          note(index, fault);
        }
      },
    });
    return missing;
  }
}

/** Flags of the table for a file's info. */
export function tableFlags(info: string, inNew: boolean): {flags: number; keywords: number; isOdd: boolean} {
  const marks = marksOf(info);
  const place = FolderFiles.marksFor(info, inNew, marks.flags, marks.keywords);
  return {flags: marks.flags | place, keywords: marks.keywords, isOdd: (place & MARKS.odd) !== 0};
}
