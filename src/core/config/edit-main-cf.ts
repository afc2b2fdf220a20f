/**
 * Edits main.cf in place: entries are set, commented out or removed; everything else stays as it is, byte for byte. The
 * file is replaced whole. Texts that are no settings are passed over, as the original's editor does.
 */
import {statSync} from 'node:fs';
import {replaceFileSync} from '../base/atomic-file.ts';
import {UsageError} from '../base/errors.ts';

export type EditMode = 'set' | 'comment' | 'remove';

export function editMainCf(path: string, text: string, operands: readonly string[], mode: EditMode): void {
  replaceFileSync(path, editedMainCf(text, readOperands(operands, mode), mode), statSync(path).mode & 0o777);
}

/** Name and new value (`undefined` when it is commented out or removed). */
type Edits = ReadonlyMap<string, string | undefined>;

function readOperands(operands: readonly string[], mode: EditMode): Edits {
  const edits = new Map<string, string | undefined>();
  for (const operand of operands) {
    if (operand.includes('\n')) throw new UsageError('-e, -X, or -# accepts no multi-line input');
    const equals = operand.indexOf('=');
    if (mode === 'set') {
      if (equals < 0) throw new UsageError(`missing '=' after attribute name: "${operand}"`);
      edits.set(operand.slice(0, equals).trim(), operand.slice(equals + 1).trim());
    } else {
      if (equals >= 0) throw new UsageError('-X or -# requires parameter names without value');
      edits.set(operand.trim(), undefined);
    }
  }
  return edits;
}

export function editedMainCf(text: string, edits: Edits, mode: EditMode): string {
  const out: string[] = [];
  const written = new Set<string>();
  /** The fate of the entry whose continuation lines come now. */
  let entry: 'kept' | 'dropped' | 'commented' = 'kept';
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    const isContinuation = /^\s+\S/.test(line) && !/^\s*#/.test(line);
    if (isContinuation && entry !== 'kept') {
      if (entry === 'commented') out.push(`#${line}`);
      continue;
    }
    const name = /^([^\s#=]+)\s*=/.exec(line)?.[1];
    if (name === undefined || !edits.has(name)) {
      if (name !== undefined) entry = 'kept';
      out.push(line);
      continue;
    }
    entry = mode === 'comment' ? 'commented' : 'dropped';
    if (mode === 'comment') out.push(`#${line}`);
    if (mode === 'set') out.push(settingLine(name, edits.get(name) ?? ''));
    written.add(name);
  }
  if (mode === 'set')
    for (const [name, value] of edits) if (!written.has(name)) out.push(settingLine(name, value ?? ''));
  return out.map(line => `${line}\n`).join('');
}

function settingLine(name: string, value: string): string {
  return value === '' ? `${name} =` : `${name} = ${value}`;
}
