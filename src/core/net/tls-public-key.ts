/** The bare key in a SubjectPublicKeyInfo (RFC 5280 section 4.1): what the faulty fingerprints of old were made of. */
export function publicKeyBits(spki: Buffer): Buffer {
  const [, content] = element(spki, 0);
  const [, , afterAlgorithm] = element(spki, content);
  const [end, bits] = element(spki, afterAlgorithm);
  return spki.subarray(bits + 1, end); // the first byte counts unused bits
}

/** End and start of the content of the element at an offset, and where the next one is. */
function element(der: Buffer, at: number): readonly [end: number, content: number, next: number] {
  const first = der[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  const content = at + 2 + lengthBytes;
  return [content + length, content, content + length];
}
