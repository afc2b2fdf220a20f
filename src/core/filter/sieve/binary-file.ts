/**
 * The compiled form beside a script (`x.svbin` for `x.sieve`): a line that says what it is, then JSON. It is used while
 * script, included scripts and settings are what they were; whatever is there instead, another program's binary too,
 * counts as nothing and is replaced.
 */
import {readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import type {Operation, Program} from './compile/operand.ts';

/** With another way of compiling comes another figure here. */
const MAGIC = 'posthorn sieve binary 1\n';

export interface Stamp {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
}

interface Kept {
  readonly settings: string;
  readonly stamps: readonly Stamp[];
  readonly program: Program;
}

export function binaryPath(script: string): string {
  return `${script.replace(/\.sieve$/, '')}.svbin`;
}

/** A file as it is now; undefined when there is none. */
export function stampOf(file: string): Stamp | undefined {
  const found = statSync(toPath(file), {throwIfNoEntry: false});
  return found === undefined ? undefined : {file, size: found.size, mtimeMs: found.mtimeMs};
}

/** The program when it still holds; `settings` is a text that tells other settings apart. */
export function readBinary(path: string, settings: string): Program | undefined {
  const kept = parse(path);
  if (kept === undefined || kept.settings !== settings) return undefined;
  const isFresh = kept.stamps.every(stamp => {
    const now = stampOf(stamp.file);
    return now?.size === stamp.size && now.mtimeMs === stamp.mtimeMs;
  });
  return isFresh ? kept.program : undefined;
}

/** Whatever its age: for `sieve-dump`. */
export function readAnyBinary(path: string): Program | undefined {
  return parse(path)?.program;
}

function parse(path: string): Kept | undefined {
  try {
    const text = readFileSync(toPath(path), 'latin1');
    if (!text.startsWith(MAGIC)) return undefined;
    const kept: unknown = JSON.parse(text.slice(MAGIC.length));
    return isKept(kept) ? kept : undefined;
  } catch {
    return undefined; // not there, not for us, or cut off: the script is compiled again
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const {settings, stamps, program} = value as Partial<Kept>; // looked at before it is used
  return typeof settings === 'string' && Array.isArray(stamps) && isProgram(program);
}

function isProgram(value: unknown): value is Program {
  if (typeof value !== 'object' || value === null) return false;
  const {script, operations, variables, includes} = value as Partial<Program>; // looked at before it is used
  return (
    typeof script === 'string' &&
    Array.isArray(operations) &&
    operations.every(isOperation) &&
    Array.isArray(variables) &&
    Array.isArray(includes)
  );
}

function isOperation(value: unknown): value is Operation {
  if (typeof value !== 'object' || value === null) return false;
  const {op, line} = value as Partial<Operation>; // looked at before it is used
  return typeof op === 'string' && typeof line === 'number';
}

/** Throws when the folder is not ours to write in. */
export function writeBinary(path: string, settings: string, stamps: readonly Stamp[], program: Program): void {
  const text = MAGIC + escaped(JSON.stringify({settings, stamps, program} satisfies Kept));
  const temporary = `${path}.tmp${process.pid}`;
  try {
    writeFileSync(toPath(temporary), text, {encoding: 'latin1', mode: 0o600});
    renameSync(toPath(temporary), toPath(path)); // no flush: what a crash leaves is compiled again
  } catch (fault) {
    rmSync(toPath(temporary), {force: true});
    throw fault;
  }
}

/** Byte strings hold nothing above 255, other text might. */
function escaped(json: string): string {
  return json.replace(/[\u0100-\uffff]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
