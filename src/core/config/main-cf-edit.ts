/**
 * main.cf edited as text (postconf -e, -X, -#): the entries named get their new value, go, or become comments, each of
 * them when there are several; all other lines stay byte for byte, in their order. Nothing is parsed, so a broken file can
 * be mended.
 */
import {isSpace, trimStart} from '../base/c-space.ts';

export type EntryEdit = {readonly kind: 'set'; readonly value: string} | {readonly kind: 'remove' | 'comment'};

type Warn = (text: string) => void;

export function editMainCf(text: string, edits: ReadonlyMap<string, EntryEdit>, file: string, warn: Warn): string {
  const met = new Map<string, number>();
  let current: EntryEdit | undefined;
  let out = '';
  for (const line of physicalLines(text)) {
    const name = entryName(line);
    if (name !== undefined) {
      current = edits.get(name);
      if (current !== undefined && meet(met, name) === 2) warn(`${file}: multiple entries for "${name}"`);
      out += edited(line, name, current);
    } else if (isContinuation(line)) out += current === undefined ? line : edited(line, undefined, current);
    else out += line;
  }
  for (const [name, edit] of edits) if (edit.kind === 'set' && !met.has(name)) out += `${name} = ${edit.value}\n`; // seen: not even after a last line without its end
  return out;
}

/** Lines with their ends. */
export function* physicalLines(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const next = end < 0 ? text.length : end + 1;
    yield text.slice(at, next);
    at = next;
  }
}

export function isContinuation(line: string): boolean {
  return isSpace(line.charCodeAt(0)) && !isComment(line);
}

/** Blank lines are comments, too: they end no entry. */
export function isComment(line: string): boolean {
  const start = trimStart(line);
  return start === '' || start.startsWith('#');
}

function entryName(line: string): string | undefined {
  if (isComment(line) || isSpace(line.charCodeAt(0))) return undefined;
  return /^[^ \t\n\v\f\r=]*/.exec(line)?.[0];
}

function meet(met: Map<string, number>, name: string): number {
  const times = (met.get(name) ?? 0) + 1;
  met.set(name, times);
  return times;
}

/** A line of an entry that is edited; `name` is undefined for those after the first. */
function edited(line: string, name: string | undefined, edit: EntryEdit | undefined): string {
  switch (edit?.kind) {
    case undefined:
      return line;
    case 'comment':
      return `#${line}`;
    case 'remove':
      return '';
    case 'set':
      return name === undefined ? '' : `${name} = ${edit.value}\n`;
  }
}
