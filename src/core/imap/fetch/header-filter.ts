/** HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 3501 section 6.4.5): some fields of a header, and the empty line. */
const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const EMPTY_LINE = Buffer.from('\r\n');

/** `header` has CRLF; `names` are in lower case. */
export function filterHeader(header: Buffer, names: ReadonlySet<string>, keepsNamed: boolean): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < header.length;) {
    const end = endOfField(header, at);
    const name = nameOf(header, at, end);
    if (name !== undefined && names.has(name) === keepsNamed) kept.push(header.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, EMPTY_LINE]);
}

/** Fields from the index get the empty line they need. */
export function withEmptyLine(fields: Buffer): Buffer {
  return Buffer.concat([fields, EMPTY_LINE]);
}

function endOfField(header: Buffer, from: number): number {
  for (let at = header.indexOf(LF, from); at >= 0; at = header.indexOf(LF, at + 1)) {
    const next = header[at + 1];
    if (next !== SPACE && next !== TAB) return at + 1;
  }
  return header.length;
}

/** undefined: the empty line. */
function nameOf(header: Buffer, start: number, end: number): string | undefined {
  const colon = header.indexOf(COLON, start);
  if (colon >= end || colon < 0) return end - start <= 2 ? undefined : '';
  return header.toString('latin1', start, colon).trimEnd().toLowerCase();
}
