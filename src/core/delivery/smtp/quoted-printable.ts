/**
 * Text as quoted-printable (RFC 2045 section 6.7), line by line, broken where the original breaks it: behind the
 * character that makes a line longer than 72.
 */
export class QuotedPrintable {
  #line = '';
  #isSkipping = false;

  /** The next line, if it is the blank one behind the header, is no text yet. */
  skipLine(): void {
    this.#isSkipping = true;
  }

  encode(bytes: Buffer, endsLine: boolean): string {
    const isSkipped = this.#isSkipping && bytes.length === 0;
    this.#isSkipping = false;
    if (isSkipped) return '\n';
    let out = '';
    let line = this.#line;
    for (let i = 0; i < bytes.length; i++) {
      if (line.length > SOFT_LIMIT) {
        out += `${line}=\n`;
        line = '';
      }
      line += ENCODED[bytes[i] ?? 0] ?? '';
    }
    this.#line = endsLine ? '' : line;
    return endsLine ? `${out}${withoutBlankEnd(line)}\n` : out;
  }

  /** What is left of a line without an end. */
  rest(): string {
    const rest = this.#line;
    this.#line = '';
    this.#isSkipping = false;
    return rest === '' ? '' : `${withoutBlankEnd(rest)}\n`;
  }
}

/** RFC 2045 section 6.7 rule 3: a blank at the end might be lost on the way. */
function withoutBlankEnd(line: string): string {
  if (line.endsWith(' ')) return `${line.slice(0, -1)}=20`;
  return line.endsWith('\t') ? `${line.slice(0, -1)}=09` : line;
}

const SOFT_LIMIT = 72;

const ENCODED: readonly string[] = Array.from({length: 256}, (_, code) => {
  const isPlain = (code >= 32 || code === 9) && code <= 126 && code !== 0x3d;
  return isPlain ? String.fromCharCode(code) : `=${code.toString(16).toUpperCase().padStart(2, '0')}`;
});
