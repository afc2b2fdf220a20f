/**
 * The body of a text part in the form it is searched in (normalize.ts): transfer encoding and charset undone, as it passes by.
 * ASCII, by far the most, is never made a string. As in Dovecot a body with an unknown encoding can't be read (undefined), an
 * unknown charset is taken for UTF-8.
 */
import {isAscii} from 'node:buffer';
import {charsetDecoder, isUtf8, type CharsetDecoder} from './charset.ts';
import {AsciiNormalizer, normalizeText} from './normalize.ts';
import {transferDecoder, type TransferDecoder} from './transfer-decoder.ts';

export class NormalizedBody {
  readonly #transfer: TransferDecoder;
  readonly #charset: CharsetDecoder;
  readonly #isUtf8: boolean;
  #isMidCharacter = false;
  readonly #ascii = new AsciiNormalizer();

  static of(encoding: string | undefined, charset: string | undefined): NormalizedBody | undefined {
    const transfer = transferDecoder(encoding);
    const known = charsetDecoder(charset);
    const decoder = known ?? charsetDecoder(undefined);
    if (transfer === undefined || decoder === undefined) return undefined;
    return new NormalizedBody(transfer, decoder, known === undefined || isUtf8(charset));
  }

  private constructor(transfer: TransferDecoder, charset: CharsetDecoder, isInUtf8: boolean) {
    this.#transfer = transfer;
    this.#charset = charset;
    this.#isUtf8 = isInUtf8;
  }

  /** Valid until the next call. */
  write(bytes: Buffer): Buffer {
    return this.#normalize(this.#transfer.write(bytes));
  }

  end(): Buffer {
    const rest = this.#normalize(this.#transfer.end());
    return Buffer.concat([rest, normalizeText(this.#charset.end())]);
  }

  #normalize(bytes: Buffer): Buffer {
    if (this.#isUtf8 && !this.#isMidCharacter && isAscii(bytes)) return this.#ascii.normalize(bytes);
    this.#isMidCharacter = (bytes.at(-1) ?? 0) > 0x7f;
    return normalizeText(this.#charset.write(bytes));
  }
}
