/**
 * A whole message with its headers and bodies decoded to UTF-8, as `doveadm fetch text.utf8` prints it: every header, then the
 * body; what stands around the parts is left out, and bodies that aren't text keep their bytes.
 */
import {decodeHeader} from './header-words.ts';
import type {MessagePart} from './message-part.ts';
import type {PartListener} from './part-stack.ts';
import {PartText} from './text.ts';
import {transferDecoder, type TransferDecoder} from './transfer-decoder.ts';

/** A listener for StructureScanner; `take` gets UTF-8. */
export class Utf8Message implements PartListener {
  readonly #take: (bytes: Buffer) => void;
  #text: PartText | undefined;
  #bytes: TransferDecoder | undefined;

  constructor(take: (bytes: Buffer) => void) {
    this.#take = take;
  }

  field(_part: MessagePart, name: string, value: string, gap: string): void {
    const text = decodeHeader(value.replace(/\n[ \t]?/g, ' '));
    this.#take(Buffer.from(name === '' ? `${text}\n` : `${name}${gap}:${text}\n`, 'utf8'));
  }

  headerEnd(part: MessagePart, isEnded: boolean): void {
    if (isEnded) this.#take(NEWLINE);
    this.#text = this.#bytes = undefined;
    if (part.isMultipart || part.isMessage) return;
    if (part.isText) this.#text = PartText.of(part, 'keep');
    else this.#bytes = transferDecoder(part.transferEncoding);
  }

  body(part: MessagePart, bytes: Buffer): void {
    if (part.isMultipart || part.isMessage) return;
    if (this.#bytes !== undefined) this.#take(this.#bytes.write(bytes));
    else for (const piece of this.#text?.write(bytes) ?? []) this.#take(Buffer.from(piece.text, 'utf8'));
  }

  partEnd(): void {
    for (const piece of this.#text?.end() ?? []) this.#take(Buffer.from(piece.text, 'utf8'));
    const rest = this.#bytes?.end();
    if (rest !== undefined) this.#take(rest);
    this.#text = this.#bytes = undefined;
  }
}

const NEWLINE = Buffer.from('\n');
