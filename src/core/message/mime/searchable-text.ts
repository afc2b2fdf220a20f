/**
 * The text of a message that SEARCH looks at, as it passes by: headers of all parts, and bodies of text and message parts,
 * decoded and normalized (normalize.ts).
 */
import {decodeCharset} from './charset.ts';
import {skipBlanks} from './field-collector.ts';
import {splitHeaderWords} from './header-words.ts';
import type {MessagePart} from './message-part.ts';
import {decodingName, MimeFields} from './mime-fields.ts';
import {normalizeText} from './normalize.ts';
import type {PartListener} from './part-stack.ts';
import {NormalizedBody} from './text-decoder.ts';

export abstract class SearchableText implements PartListener {
  #body: NormalizedBody | undefined;
  #type: MimeFields | undefined;
  #encoding: string | undefined;

  /** Whether headers have to be made text at all. */
  protected abstract get wantsHeaderText(): boolean;
  /** What comes next doesn't follow what came last. */
  protected abstract begin(): void;
  protected abstract headerText(bytes: Buffer): void;
  /** Bytes are valid until the next call. */
  protected abstract bodyText(bytes: Buffer): void;
  /** A field of the message's own header, its name in lower case. */
  protected abstract ownField(name: string, value: string): void;

  partStart(): void {
    this.begin();
    this.#body = undefined;
    this.#type = undefined;
    this.#encoding = undefined;
  }

  field(part: MessagePart, name: string, value: string, gap: string): void {
    const lower = name.toLowerCase();
    if (lower === 'content-type') (this.#type = new MimeFields()).take(lower, skipBlanks(value));
    else if (lower === 'content-transfer-encoding') this.#encoding = decodingName(value);
    if (part.parent === undefined) this.ownField(lower, value);
    if (this.wantsHeaderText) this.headerText(headerLine(name, gap, value));
  }

  headerEnd(part: MessagePart, isEnded: boolean): void {
    if (isEnded) this.headerText(CRLF);
    const isText = !part.isMultipart && !part.isMessage && isReadable(this.#type);
    this.#body = isText ? NormalizedBody.of(this.#encoding, this.#type?.parameter('charset')) : undefined;
  }

  body(part: MessagePart, bytes: Buffer): void {
    if (this.#body === undefined || part.isMultipart || part.isMessage) return;
    this.bodyText(this.#body.write(bytes));
  }

  partEnd(): void {
    if (this.#body === undefined) return;
    const text = this.#body.end();
    this.#body = undefined;
    this.bodyText(text);
  }
}

/** As it stands in the header, the value decoded. */
function headerLine(name: string, gap: string, value: string): Buffer {
  const text = name === '' ? value : `${gap}:${value}`;
  return Buffer.concat([normalizeText(name), normalizeHeader(unfoldForSearch(text)), CRLF]);
}

/** A line end and the blank behind it are one blank. */
export function unfoldForSearch(value: string): string {
  return value.replace(/\n[ \t]?/g, ' ');
}

export function normalizeHeader(value: string): Buffer {
  const pieces = splitHeaderWords(value).map(({charset, bytes}) => {
    const text = decodeCharset(bytes, charset);
    return text === undefined ? bytes : normalizeText(text); // seen: those of unknown charsets stay raw
  });
  return Buffer.concat(pieces);
}

function isReadable(type: MimeFields | undefined): boolean {
  if (type === undefined) return true;
  if (type.subtype === '') return false;
  const name = type.type?.toLowerCase();
  return name === 'text' || name === 'message';
}

const CRLF = Buffer.from('\r\n');
