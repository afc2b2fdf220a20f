/** Writes ASN.1 values in their distinguished encoding (X.690), as far as certificates need it. */

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return der(0x30, ...items);
}
export function set(...items: readonly Uint8Array[]): Buffer {
  return der(0x31, ...items);
}
/** Without sign: bytes of the number, the highest first. */
export function unsigned(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const rest = bytes.subarray(start);
  return der(0x02, (rest[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), rest);
}
export function octets(content: Uint8Array): Buffer {
  return der(0x04, content);
}
export function bits(content: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), content);
}
export function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text, 'utf8'));
}
export const yes: Buffer = der(0x01, Buffer.from([0xff]));

/** `2.5.29.17`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

/** Years from 2050 on have four digits (RFC 5280 section 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : der(0x18, Buffer.from(digits, 'latin1'));
}
