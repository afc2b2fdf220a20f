/**
 * How doveadm prints records (doveadm(1) -f): `flow`, `tab`, `table`, `pager` and `json`. A command declares its columns,
 * then gives their values in order; a row ends by itself. Text is byte strings.
 *
 * `table` measures its columns, so it prints when all rows are there; it refuses texts of several lines.
 */
import {StringDecoder} from 'node:string_decoder';
import {FatalError} from '../../core/base/errors.ts';

export interface Column {
  /** What the record's value is called: a JSON key, and the title where none is given. */
  readonly key: string;
  readonly title?: string;
  /** Printed without its title by `flow` and `pager`, and without a title line by `table`. */
  readonly isTitleHidden?: boolean;
  /** Takes half of the width that is left over in `table`; where no column does, the last one. */
  readonly isWide?: boolean;
  readonly isRightAligned?: boolean;
}

export interface Printer {
  columns(columns: readonly Column[]): void;
  value(text: string): void;
  /** A value in pieces; `end` is the last one. */
  piece(bytes: Buffer): void;
  endOfPieces(): void;
  /** What is still to be printed; only the first call does something. */
  finish(): void;
}

export const FORMATTERS = ['flow', 'tab', 'table', 'pager', 'json'] as const;
export type Formatter = (typeof FORMATTERS)[number];

export function makePrinter(formatter: Formatter, write: (text: string) => void): Printer {
  switch (formatter) {
    case 'flow':
      return new FlowPrinter(write);
    case 'tab':
      return new TabPrinter(write);
    case 'pager':
      return new PagerPrinter(write);
    case 'json':
      return new JsonPrinter(write);
    case 'table':
      return new TablePrinter(write);
  }
}

/** What the formatters have in common: which column the next value is of. */
abstract class RowPrinter implements Printer {
  protected readonly write: (text: string) => void;
  protected list: readonly Column[] = [];
  #at = 0;
  #isInPieces = false;
  #isFinished = false;

  constructor(write: (text: string) => void) {
    this.write = write;
  }

  columns(columns: readonly Column[]): void {
    this.list = columns;
    this.begin();
  }

  value(text: string): void {
    const column = this.#column();
    this.print(column, text, this.#at === 0);
    this.#advance();
  }

  piece(bytes: Buffer): void {
    if (!this.#isInPieces) this.beginPieces(this.#column(), this.#at === 0);
    this.#isInPieces = true;
    this.printPiece(bytes.toString('latin1'));
  }

  endOfPieces(): void {
    if (!this.#isInPieces) this.beginPieces(this.#column(), this.#at === 0);
    this.#isInPieces = false;
    this.endPieces();
    this.#advance();
  }

  finish(): void {
    if (!this.#isFinished) this.end();
    this.#isFinished = true;
  }

  #column(): Column {
    const column = this.list[this.#at];
    if (column === undefined) throw new TypeError('a value without a column');
    return column;
  }

  #advance(): void {
    this.#at++;
    if (this.#at < this.list.length) return;
    this.#at = 0;
    this.endRow();
  }

  protected begin(): void {}
  protected end(): void {}
  protected abstract print(column: Column, text: string, isFirst: boolean): void;
  protected abstract beginPieces(column: Column, isFirst: boolean): void;
  protected abstract printPiece(text: string): void;
  protected endPieces(): void {}
  protected abstract endRow(): void;
}

/** `title=value` pairs of one record a line. */
class FlowPrinter extends RowPrinter {
  protected print(column: Column, text: string, isFirst: boolean): void {
    this.beginPieces(column, isFirst);
    this.write(text);
  }

  protected beginPieces(column: Column, isFirst: boolean): void {
    if (!isFirst) this.write(' ');
    if (column.isTitleHidden !== true) this.write(`${column.title ?? column.key}=`);
  }

  protected printPiece(text: string): void {
    this.write(text);
  }

  protected endRow(): void {
    this.write('\n');
  }
}

/** A line of titles, then a line for each record; a line end in a value stays one. */
class TabPrinter extends RowPrinter {
  protected override begin(): void {
    if (this.list.length > 0) this.write(`${this.list.map(({key, title}) => title ?? key).join('\t')}\n`);
  }

  protected print(_column: Column, text: string, isFirst: boolean): void {
    if (!isFirst) this.write('\t');
    this.write(text);
  }

  protected beginPieces(_column: Column, isFirst: boolean): void {
    if (!isFirst) this.write('\t');
  }

  protected printPiece(text: string): void {
    this.write(text);
  }

  protected override endPieces(): void {
    this.write('\t');
  }

  protected endRow(): void {
    this.write('\n');
  }
}

/** `title: value` lines, records with a form feed between them; none before one that begins with a text in pieces. */
class PagerPrinter extends RowPrinter {
  #isFirstRow = true;

  protected print(column: Column, text: string, isFirst: boolean): void {
    if (isFirst && !this.#isFirstRow) this.write('\f\n');
    this.write(column.isTitleHidden === true ? `${text}\n` : `${column.title ?? column.key}: ${text}\n`);
  }

  protected beginPieces(column: Column): void {
    if (column.isTitleHidden !== true) this.write(`${column.title ?? column.key}:\n`);
  }

  protected printPiece(text: string): void {
    this.write(text);
  }

  protected endRow(): void {
    this.#isFirstRow = false;
  }
}

/** One array of objects; numbers are strings, as they are in the original. */
class JsonPrinter extends RowPrinter {
  #rows = 0;
  #hasBegun = false;
  #decoder = new StringDecoder('utf8');

  protected override begin(): void {
    if (!this.#hasBegun) this.write('[');
    this.#hasBegun = true;
  }

  protected print(column: Column, text: string, isFirst: boolean): void {
    this.beginPieces(column, isFirst);
    this.write(`${jsonEscaped(text)}"`);
  }

  protected beginPieces(column: Column, isFirst: boolean): void {
    this.write(isFirst ? (this.#rows > 0 ? ',{' : '{') : ',');
    this.write(`"${jsonEscaped(column.key)}":"`);
  }

  protected printPiece(text: string): void {
    this.write(utf8Escaped(this.#decoder.write(Buffer.from(text, 'latin1'))));
  }

  protected override endPieces(): void {
    this.write(`${utf8Escaped(this.#decoder.end())}"`);
  }

  protected endRow(): void {
    this.#rows++;
    this.write('}');
  }

  protected override end(): void {
    if (this.#hasBegun) this.write(']');
  }
}

/** What is not UTF-8 becomes U+FFFD. */
function jsonEscaped(bytes: string): string {
  return utf8Escaped(Buffer.from(bytes, 'latin1').toString('utf8'));
}

function utf8Escaped(text: string): string {
  return Buffer.from(JSON.stringify(text).slice(1, -1), 'utf8').toString('latin1');
}

/** The terminal's width, as the original takes it where there is none. */
const TABLE_WIDTH = 80;

class TablePrinter extends RowPrinter {
  readonly #cells: string[] = [];

  protected print(_column: Column, text: string): void {
    this.#cells.push(text);
  }

  protected beginPieces(): void {
    this.#cells.push('');
  }

  protected printPiece(text: string): void {
    this.#cells[this.#cells.length - 1] += text;
    if (text.includes('\n')) refuseLines();
  }

  protected endRow(): void {
    return; // printed at the end
  }

  protected override end(): void {
    const {length} = this.list;
    if (length === 0) return;
    const rows = Array.from({length: this.#cells.length / length}, (_, row) =>
      this.#cells.slice(row * length, (row + 1) * length),
    );
    const widths = tableWidths(this.list, rows);
    if (this.list.some(({isTitleHidden}) => isTitleHidden !== true))
      this.write(
        this.#line(
          this.list.map(({key, title}) => title ?? key),
          widths,
        ),
      );
    for (const row of rows) this.write(this.#line(row, widths));
  }

  #line(cells: readonly string[], widths: readonly number[]): string {
    const padded = cells.map((cell, at) => {
      const width = widths[at] ?? 0;
      const blanks = ' '.repeat(Math.max(0, width - columnsOf(cell)));
      return this.list[at]?.isRightAligned === true ? blanks + cell : cell + blanks;
    });
    return `${padded.join(' ')}\n`;
  }
}

function refuseLines(): never {
  throw new FatalError("table formatter doesn't support multi-line values");
}

/** Characters of UTF-8: bytes that begin one. */
function columnsOf(bytes: string): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if ((bytes.charCodeAt(at) & 0xc0) !== 0x80) count++;
  return count;
}

/**
 * Each as wide as its title and its widest cell; half of what is left goes to the wide column. What is too much is taken from that
 * one alone; where it is not enough, from all that are wider than their titles.
 */
function tableWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const titles = columns.map(({key, title}) => (title ?? key).length);
  const widths = [...titles];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, columnsOf(cell));
  const left = TABLE_WIDTH - widths.reduce((sum, width) => sum + width, columns.length - 1);
  const wide = columns.findIndex(({isWide}) => isWide === true);
  const at = wide < 0 ? columns.length - 1 : wide;
  const width = widths[at] ?? 0;
  if (left < 0 && width + left < 0)
    return widths.map((width, column) => width - Math.ceil((width - (titles[column] ?? 0)) / 2));
  widths[at] = width + (left < 0 ? left : Math.floor(left / 2));
  return widths;
}
