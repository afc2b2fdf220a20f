/**
 * Passes some fields of a header on, their lines as they are but with CRLF (RFC 3501 section 6.4.5, HEADER.FIELDS). Pushed in
 * chunks cut anywhere; holds one line. Seen: Dovecot ends the chosen fields with an empty line whether there is one or not, the
 * unwanted ones' complement only where there is one.
 */
import {fieldNameOf} from './field-collector.ts';
import {LineCarry} from './line-carry.ts';

/** When the fields are followed by an empty line: where the header is; with any field kept too; always. */
export type EmptyLine = 'keep' | 'with-fields' | 'always';

export interface FilterOptions {
  /** Put behind the fields. */
  readonly addition?: string;
  /** CRs before a line end go. */
  readonly isTidy?: boolean;
}

export class FieldFilter {
  readonly #wants: (name: string) => boolean;
  readonly #emptyLine: EmptyLine;
  readonly #addition: string;
  readonly #isTidy: boolean;
  readonly #carry = new LineCarry(MAX_LINE);
  #out: string[] = [];
  #isKept = false;
  #isFirst = true;
  #hasEmptyLine = false;
  #hasFields = false;

  /** `wants` is asked with the name in lower case, '' for a line that is no field. */
  constructor(wants: (name: string) => boolean, emptyLine: EmptyLine, options: FilterOptions = {}) {
    this.#wants = wants;
    this.#emptyLine = emptyLine;
    this.#addition = options.addition ?? '';
    this.#isTidy = options.isTidy ?? false;
  }

  write(chunk: Buffer): Buffer {
    for (let at = 0; at < chunk.length;) {
      const lf = chunk.indexOf(LF, at);
      this.#carry.append(chunk, at, lf < 0 ? chunk.length : lf);
      if (lf < 0) break;
      this.#endLine();
      at = lf + 1;
    }
    return this.#take();
  }

  end(): Buffer {
    if (this.#carry.length > 0) this.#endLine(this.#emptyLine === 'keep' ? '' : '\r\n');
    this.#out.push(this.#addition);
    const isEnded = this.#emptyLine === 'always' || (this.#emptyLine === 'with-fields' && this.#hasFields);
    if (this.#hasEmptyLine || isEnded) this.#out.push('\r\n');
    return this.#take();
  }

  #endLine(lineEnd = '\r\n'): void {
    const {bytes, length} = this.#carry;
    this.#carry.clear();
    let end = length > 0 && bytes[length - 1] === CR ? length - 1 : length;
    if (end === 0) {
      this.#hasEmptyLine = true;
      return;
    }
    const isContinuation = !this.#isFirst && (bytes[0] === SPACE || bytes[0] === TAB);
    if (!isContinuation) this.#isKept = this.#wants(fieldNameOf(bytes, 0, end).toLowerCase());
    this.#isFirst = false;
    while (this.#isTidy && bytes[end - 1] === CR) end--;
    if (!this.#isKept) return;
    this.#hasFields = true;
    this.#out.push(`${bytes.toString('latin1', 0, end).replaceAll('\0', '\x80')}${lineEnd}`);
  }

  #take(): Buffer {
    const bytes = Buffer.from(this.#out.join(''), 'latin1');
    this.#out = [];
    return bytes;
  }
}

const SPACE = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
/** Bytes of a line that are kept. */
const MAX_LINE = 10_000_000;
