/** Transfer encodings and charsets of message text, into byte strings of UTF-8. Never fails: what can't be read stays. */
export function decodeTransfer(text: string, encoding: string): string {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(text, 'base64').toString('latin1');
    case 'quoted-printable':
      return decodeQuotedPrintable(text);
    default:
      return text;
  }
}

/** RFC 2045 section 6.7. */
function decodeQuotedPrintable(text: string): string {
  const lines = text.split('\n');
  let out = '';
  for (const [index, line] of lines.entries()) {
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    const isSoft = bare.trimEnd().endsWith('=');
    const content = isSoft ? bare.trimEnd().slice(0, -1) : bare;
    out += content.replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (!isSoft && index < lines.length - 1) out += line.endsWith('\r') ? '\r\n' : '\n';
  }
  return out;
}

const SAME: ReadonlySet<string> = new Set(['', 'utf-8', 'utf8', 'us-ascii', 'ascii']);
const decoders = new Map<string, Decoder | undefined>();

type Decoder = InstanceType<typeof TextDecoder>;

/** Bytes of a charset as UTF-8; undefined when nobody knows the charset. */
export function decodeCharset(bytes: string, charset: string): string | undefined {
  const name = charset.toLowerCase();
  if (SAME.has(name)) return bytes;
  const decoder = decoderFor(name);
  if (decoder === undefined) return undefined;
  return Buffer.from(decoder.decode(Buffer.from(bytes, 'latin1')), 'utf8').toString('latin1');
}

function decoderFor(name: string): Decoder | undefined {
  if (decoders.has(name)) return decoders.get(name);
  let decoder: Decoder | undefined;
  try {
    decoder = new TextDecoder(name);
  } catch {
    decoder = undefined; // RangeError: a charset that is not known
  }
  if (decoders.size < MAX_DECODERS) decoders.set(name, decoder);
  return decoder;
}

const MAX_DECODERS = 100;

/**
 * Encoded words of RFC 2047 in header text. Blanks between one and what looks like another go (seen: also where that is
 * none); text of a charset nobody knows stays as its bytes.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  let out = '';
  let copied = 0;
  let isBehindWord = false;
  const upTo = (end: number): void => {
    const between = text.slice(copied, end);
    const [blanks = ''] = /^[ \t]+/.exec(between) ?? [];
    const joins = isBehindWord && blanks !== '' && text.startsWith('=?', copied + blanks.length);
    out += joins ? between.slice(blanks.length) : between;
  };
  WORD.lastIndex = 0;
  for (let found = WORD.exec(text); found !== null; found = WORD.exec(text)) {
    upTo(found.index);
    out += decodeWord(found[1] ?? '', found[2] ?? '', found[3] ?? '');
    isBehindWord = true;
    copied = found.index + found[0].length;
  }
  upTo(text.length);
  return out;
}

const WORD = /=\?([^?\s]{1,64})\?([bBqQ])\?([^?\s]*)\?=/g;

function decodeWord(charset: string, encoding: string, text: string): string {
  const [name = ''] = charset.split('*', 1);
  const bytes =
    encoding.toLowerCase() === 'b'
      ? Buffer.from(text, 'base64').toString('latin1')
      : decodeQuotedPrintable(text.replaceAll('_', ' '));
  return decodeCharset(bytes, name) ?? bytes;
}
