/**
 * Does the frame of a DNS message hold: every name ends, every record lies within the message, addresses have their
 * length, and there are no more records than anybody needs. dns-packet takes all that on trust.
 */
const HEADER_BYTES = 12;
/** More records than this are not read: no mail needs them, and reading costs time. */
const MAX_RECORDS = 1000;
const ADDRESS_BYTES: Readonly<Record<number, number>> = {1: 4, 28: 16};

export function isSoundMessage(bytes: Buffer): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  if (records > MAX_RECORDS) return false;
  let at = HEADER_BYTES;
  for (let left = bytes.readUInt16BE(4); left > 0 && at <= bytes.length; left--) at = afterName(bytes, at) + 4;
  for (let left = records; left > 0 && at <= bytes.length; left--) at = afterRecord(bytes, at);
  return at <= bytes.length;
}

/** Beyond the end when the name does not end. */
function afterName(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return bytes.length + 1;
    if (length >= 0xc0) return at + 2; // a pointer is the end of it
    at += length + 1;
    if (length === 0) return at;
  }
}

function afterRecord(bytes: Buffer, start: number): number {
  const at = afterName(bytes, start);
  if (at + 10 > bytes.length) return bytes.length + 1;
  const length = bytes.readUInt16BE(at + 8);
  const expected = ADDRESS_BYTES[bytes.readUInt16BE(at)];
  return expected === undefined || expected === length ? at + 10 + length : bytes.length + 1;
}
