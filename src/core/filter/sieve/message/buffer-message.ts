/** A message that lies in memory, as scripts see it; its parts are found when a script asks. */
import {ParsedHeader, readHeader} from './header-block.ts';
import type {MessagePart, RawField, SieveMessage} from './message.ts';
import {parseParts} from './parts.ts';

export class BufferMessage implements SieveMessage {
  readonly sizeBytes: number;
  readonly bytes: Buffer;
  readonly #header: ParsedHeader;
  /** Behind the blank line. */
  readonly bodyStart: number;
  #root: MessagePart | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.sizeBytes = bytes.length;
    const {fields, bodyStart} = readHeader(headText(bytes));
    this.#header = new ParsedHeader(fields);
    this.bodyStart = bodyStart;
  }

  values(name: string): readonly string[] {
    return this.#header.values(name);
  }

  rawValues(name: string): readonly string[] {
    return this.#header.rawValues(name);
  }

  fields(): readonly RawField[] {
    return this.#header.fields;
  }

  structure(): MessagePart {
    this.#root ??= parseParts(this.bytes.toString('latin1'));
    return this.#root;
  }

  rawBody(): string {
    return this.bytes.toString('latin1', this.bodyStart);
  }
}

/** Up to the blank line. */
function headText(bytes: Buffer): string {
  const lf = bytes.indexOf('\n\n');
  const crlf = bytes.indexOf('\n\r\n');
  const ends = [lf < 0 ? bytes.length : lf + 2, crlf < 0 ? bytes.length : crlf + 3];
  return bytes.toString('latin1', 0, bytes.length > 0 && bytes[0] === 0x0a ? 1 : Math.min(...ends));
}
