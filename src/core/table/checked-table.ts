/**
 * What all tables have in common, around the driver of a type: keys of fixed-key types are folded; with UTF-8 a key
 * that is none is never found, and a value that is none makes the look-up fail, each with a warning (SMTPUTF8_README).
 */
import {isAscii} from '../base/bytes.ts';
import {isUtf8Wanted, type TableContext, warnOf} from './context.ts';
import {foldKey, isUtf8Text} from './fold.ts';
import {type Found, type Table, TableError} from './table.ts';

type Answer = Found | undefined | Promise<Found | undefined>;

export function checkedTable(table: Table, context: TableContext): Table {
  const {entries} = table;
  const checked = new CheckedTable(table, context);
  return entries === undefined ? checked : Object.assign(checked, {entries: () => entries.call(table)});
}

class CheckedTable implements Table {
  readonly name: string;
  readonly label: string;
  readonly isPattern: boolean;
  readonly #table: Table;
  readonly #folds: boolean;
  readonly #utf8: boolean;
  readonly #warn: (text: string) => void;

  constructor(table: Table, context: TableContext) {
    this.#table = table;
    this.name = table.name;
    this.label = table.label ?? table.name;
    this.isPattern = table.isPattern;
    this.#folds = !table.isPattern && context.foldsKeys !== false;
    this.#utf8 = isUtf8Wanted(context);
    this.#warn = warnOf(context);
  }

  lookup(key: string): Answer {
    const nul = key.indexOf('\0');
    const text = nul < 0 ? key : key.slice(0, nul); // keys are C strings to the original
    if (this.#utf8 && !isUtf8Text(text)) {
      this.#warn(`${this.label}: non-UTF-8 key "${text}": ${NOT_UTF8}`);
      return undefined;
    }
    const found = this.#table.lookup(this.#folds ? foldKey(text, this.#utf8) : text);
    if (found === undefined) return undefined;
    return found instanceof Promise ? found.then(answer => this.#check(text, answer)) : this.#check(text, found);
  }

  close(): void {
    this.#table.close();
  }

  #check(key: string, found: Found | undefined): Found | undefined {
    if (found === undefined || !this.#utf8 || isAscii(found.value) || isUtf8Text(found.value)) return found;
    this.#warn(`${this.label}: key "${key}": non-UTF-8 value "${found.value}": ${NOT_UTF8}`);
    throw new TableError(this.name, '');
  }
}

const NOT_UTF8 = 'malformed UTF-8 or invalid codepoint';
