/**
 * The body of a part as text, as it passes by, cut anywhere: transfer encoding and charset undone, HTML made readable if wanted.
 * For previews, Sieve's body test and extracttext, and people. A body with an unknown encoding has no text (undefined), an unknown
 * charset is taken for UTF-8.
 */
import {charsetDecoder, type CharsetDecoder} from './charset.ts';
import {HtmlText} from './html-text.ts';
import type {MessagePart} from './message-part.ts';
import {transferDecoder, type TransferDecoder} from './transfer-decoder.ts';

/** What becomes of HTML: left as it is; tags become blanks, as Dovecot and Pigeonhole have it; lines where blocks begin and end. */
export type HtmlHandling = 'keep' | 'blanks' | 'lines';

export interface TextPiece {
  readonly text: string;
  /** It stands in a blockquote. */
  readonly isQuoted: boolean;
}

export class PartText {
  readonly #transfer: TransferDecoder;
  readonly #charset: CharsetDecoder | undefined;
  readonly #html: HtmlText | undefined;
  #pieces: TextPiece[] = [];

  /** Of a part whose header has been read. */
  static of(part: MessagePart, handling: HtmlHandling): PartText | undefined {
    const transfer = transferDecoder(part.transferEncoding);
    return transfer === undefined ? undefined : new PartText(part, transfer, handling);
  }

  private constructor(part: MessagePart, transfer: TransferDecoder, handling: HtmlHandling) {
    this.#transfer = transfer;
    this.#charset = charsetDecoder(part.fields.parameter('charset')) ?? charsetDecoder(undefined);
    if (handling === 'keep' || !isHtml(part)) return;
    const take = (text: string, isQuoted: boolean): unknown => this.#pieces.push({text, isQuoted});
    this.#html = new HtmlText(take, handling === 'lines' ? lineBreakFor : undefined);
  }

  write(bytes: Buffer): readonly TextPiece[] {
    return this.#take(this.#charset?.write(this.#transfer.write(bytes)) ?? '');
  }

  end(): readonly TextPiece[] {
    const rest = this.#charset?.write(this.#transfer.end()) ?? '';
    return this.#take(rest + (this.#charset?.end() ?? ''));
  }

  #take(text: string): readonly TextPiece[] {
    if (text === '') return NONE;
    if (this.#html === undefined) return [{text, isQuoted: false}];
    this.#html.write(text);
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}

function isHtml({fields}: MessagePart): boolean {
  return fields.type?.toLowerCase() === 'text' && fields.subtype.toLowerCase() === 'html';
}

/** The part of a message, or of a part, that people are meant to read: the plainest form of the first text. */
export function findTextPart(part: MessagePart): MessagePart | undefined {
  if (!part.isMultipart) {
    const {type, subtype} = part.fields;
    return type === undefined || (type.toLowerCase() === 'text' && subtype !== '') ? part : undefined;
  }
  const isAlternative = part.fields.subtype.toLowerCase() === 'alternative';
  const preferred = isAlternative ? (childOfType(part, 'plain') ?? childOfType(part, 'html')) : undefined;
  if (preferred !== undefined) return preferred;
  for (const child of part.children) {
    const found = findTextPart(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childOfType(part: MessagePart, subtype: string): MessagePart | undefined {
  return part.children.find(({isMultipart, fields}) => {
    if (isMultipart) return false;
    if (fields.type === undefined) return subtype === 'plain';
    return fields.type.toLowerCase() === 'text' && fields.subtype.toLowerCase() === subtype;
  });
}

/** Between the words of a line nothing; where a block begins or ends, a line end. */
function lineBreakFor(tag: string): string {
  const name = tag.replace(/^\//, '').replace(/\/$/, '');
  if (name === 'td' || name === 'th') return ' ';
  return BLOCKS.has(name) ? '\n' : '';
}

const BLOCKS: ReadonlySet<string> = new Set(
  'address article blockquote br center dd div dl dt fieldset form h1 h2 h3 h4 h5 h6 hr li ol p pre section table title tr ul'.split(
    ' ',
  ),
);
const NONE: readonly TextPiece[] = [];
