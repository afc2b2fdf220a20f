/** The entries of a table's source file, and the warnings for lines that are none (postmap(1) INPUT FILE FORMAT). */
import {isUtf8Text} from './fold.ts';
import {logicalLines} from './logical-lines.ts';
import {splitAtSpace, type NameValue} from './name-value.ts';
import {encodeFiles} from './value-files.ts';

export interface Entry extends NameValue {
  readonly line: number;
}

export interface EntryOptions {
  readonly file: string;
  readonly utf8: boolean;
  readonly valuesAreFiles: boolean;
  /** The original's texthash says that it ignores a bad line, postmap just does. */
  readonly saysIgnoring: boolean;
  warn(text: string): void;
}

export function* entryLines(content: string, options: EntryOptions): Generator<Entry> {
  const {file, warn} = options;
  for (const {text, lastLine} of logicalLines(content, file, warn)) {
    const where = `${file}, line ${lastLine}`;
    if (options.utf8 && !isUtf8Text(text)) {
      warn(`${where}: non-UTF-8 input "${text}" -- ignoring this line`);
      continue;
    }
    const entry = splitEntry(text, where, options);
    if (entry !== undefined) yield {...entry, line: lastLine};
  }
}

function splitEntry(text: string, where: string, {warn, saysIgnoring, valuesAreFiles}: EntryOptions) {
  const entry = splitAtSpace(text);
  if (entry === undefined) {
    warn(`${where}: unbalanced '"' in '${text}' -- ignoring this line`);
    return undefined;
  }
  if (entry.key === '' || entry.value === '') {
    warn(`${where}: expected format: key whitespace value${saysIgnoring ? ' -- ignoring this line' : ''}`);
    return undefined;
  }
  if (entry.key.endsWith(':')) warn(`${where}: record is in "key: value" format; is this an alias file?`);
  if (!valuesAreFiles) return entry;
  const content = encodeFiles(entry.value);
  if ('base64' in content) return {key: entry.key, value: content.base64};
  warn(`${where}: ${content.fault}: skipping this entry`);
  return undefined;
}
