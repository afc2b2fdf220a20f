import assert from 'node:assert/strict';
import {WireLines} from '../../../../src/core/delivery/smtp/wire-lines.ts';

/** Byte by byte: what the lines at once have to come to. */
function bytewise(text: string, limit: number, doublesDots: boolean): string {
  let out = '';
  let column = 0;
  for (const byte of text) {
    if (byte === '\n') {
      out += '\r\n';
      column = 0;
      continue;
    }
    if (limit > 0 && column >= limit) {
      out += '\r\n ';
      column = 1;
    } else if (column === 0 && byte === '.' && doublesDots) out += '.';
    out += byte === '\r' ? ' ' : byte;
    column++;
  }
  return out + (column > 0 ? '\r\n' : '');
}

function encode(text: string, limit: number, doublesDots: boolean, chunkBytes: number): string {
  const lines = new WireLines(limit, doublesDots);
  const bytes = Buffer.from(text, 'latin1');
  let out = '';
  for (let at = 0; at < bytes.length; at += chunkBytes)
    out += lines.encode(bytes.subarray(at, at + chunkBytes)).toString('latin1');
  assert.equal(bytes.toString('latin1'), text);
  return out + lines.end();
}

suite('content on the wire', () => {
  for (const [text, limit, wanted] of [
    ['a\nb\n', 998, 'a\r\nb\r\n'],
    ['a', 998, 'a\r\n'],
    ['.\n..\na.\n', 998, '..\r\n...\r\na.\r\n'],
    ['a\rb\n\r\n', 998, 'a b\r\n \r\n'],
    ['abcd\nabcde\nabcdefghi', 4, 'abcd\r\nabcd\r\n e\r\nabcd\r\n efg\r\n hi\r\n'],
    ['abc\n', 1, 'a\r\n b\r\n c\r\n'],
    ['', 998, ''],
  ] as const)
    test(JSON.stringify(text), () => {
      for (const size of [1, 2, 3, 100]) assert.equal(encode(text, limit, true, size), wanted);
    });

  test('with the tail behind it', () => {
    assert.equal(new WireLines(998).encode(Buffer.from('a\nb'), '.\r\n').toString(), 'a\r\nb\r\n.\r\n');
    assert.equal(new WireLines(998).encode(Buffer.from('a\n'), '.\r\n').toString(), 'a\r\n.\r\n');
    assert.equal(new WireLines(998).encode(Buffer.alloc(0), '.\r\n').toString(), '.\r\n');
  });

  test('noise: as byte by byte, however it is cut', () => {
    const alphabet = ['\r', '\n', '.', 'a', '\n.', '\xe9', 'abcdefgh', '\n\n'];
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({length: random(40)}, () => alphabet[random(alphabet.length)]).join('');
      const limit = random(12);
      for (const doubles of [true, false])
        assert.equal(
          encode(text, limit, doubles, 1 + random(20)),
          bytewise(text, limit, doubles),
          `${limit} ${JSON.stringify(text)}`,
        );
    }
  });
});
