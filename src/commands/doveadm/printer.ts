/**
 * How doveadm prints records (doveadm(1) -f): `flow`, `tab`, `table`, `pager` and `json`. A command declares its columns,
 * then gives their values in order; a row ends by itself. Text is byte strings.
 *
 * `table` measures its columns, so it prints when all rows are there; it refuses values of several lines.
 */
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
  /** What is still to be printed. */
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
    this.end();
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

/** A line of titles, then a line for each record; values are escaped as Dovecot's protocols do. */
class TabPrinter extends RowPrinter {
  protected override begin(): void {
    if (this.list.length > 0) this.write(`${this.list.map(({key, title}) => title ?? key).join('\t')}\n`);
  }

  protected print(_column: Column, text: string, isFirst: boolean): void {
    if (!isFirst) this.write('\t');
    this.write(tabEscaped(text));
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

function tabEscaped(text: string): string {
  return text.replace(/[\0\x01\t\r\n]/g, char => TAB_ESCAPES[char] ?? char);
}

const TAB_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\x010',
  '\x01': '\x011',
  '\t': '\x01t',
  '\r': '\x01r',
  '\n': '\x01n',
};

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
    this.write(jsonEscaped(text));
  }

  protected override endPieces(): void {
    this.write('"');
  }

  protected endRow(): void {
    this.#rows++;
    this.write('}');
  }

  protected override end(): void {
    if (this.#hasBegun) this.write(']');
  }
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The terminal's width, as the original takes it where there is none. */
const TABLE_WIDTH = 80;

class TablePrinter extends RowPrinter {
  readonly #cells: string[] = [];

  protected print(_column: Column, text: string): void {
    if (text.includes('\n')) refuseLines();
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
      return this.list[at]?.isRightAligned === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${padded.join(' ')}\n`;
  }
}

function refuseLines(): never {
  throw new FatalError("table formatter doesn't support multi-line values");
}

/** Each as wide as its title and the first row's cell; half of what is left goes to the wide column, and too much is taken from all alike. */
function tableWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const widths = columns.map(({key, title}) => (title ?? key).length);
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  const total = widths.reduce((sum, width) => sum + width, columns.length - 1);
  if (total > TABLE_WIDTH) return widths.map(width => Math.floor((width * TABLE_WIDTH) / total));
  const wide = columns.findIndex(({isWide}) => isWide === true);
  const at = wide < 0 ? columns.length - 1 : wide;
  widths[at] = (widths[at] ?? 0) + Math.floor((TABLE_WIDTH - total) / 2);
  return widths;
}
