import assert from 'node:assert/strict';
import {ChunkDecoder} from '../../../src/core/smtp/chunk-decoder.ts';
import {DataDecoder, type BareNewlinePolicy} from '../../../src/core/smtp/data-decoder.ts';

/** What comes out, with `|` where the message ends, and what is left behind it. */
function decode(text: string, policy: BareNewlinePolicy, chunkBytes: number): string {
  const decoder = new DataDecoder(policy);
  const bytes = Buffer.from(text, 'latin1');
  let out = '';
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    const used = decoder.push(chunk, 0, part => (out += part.toString('latin1')));
    if (decoder.isOver) return `${out}|${bytes.toString('latin1', at + used)}`;
    assert.equal(used, chunk.length);
  }
  return out;
}

suite('the content of DATA', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    // input, lenient, normalize
    ['.\r\n', '|', '|'],
    ['a\r\n.\r\nQUIT\r\n', 'a\n|QUIT\r\n', 'a\n|QUIT\r\n'],
    ['a\r\n..b\r\n...\r\n.\r\n', 'a\n.b\n..\n|', 'a\n.b\n..\n|'],
    ['a\n.\nb\r\n.\r\n', 'a\n|b\r\n.\r\n', 'a\nb\n|'],
    ['a\n.\r\nb\r\n.\r\n', 'a\n|b\r\n.\r\n', 'a\nb\n|'],
    ['a\r\n.\nb\r\n.\r\n', 'a\n|b\r\n.\r\n', 'a\nb\n|'],
    ['a\r\n.\r\r\nb\r\n.\r\n', 'a\n|b\r\n.\r\n', 'a\n\r\nb\n|'],
    ['a\r\r\n.\r\nb\r\n.\r\n', 'a\n|b\r\n.\r\n', 'a\r\n|b\r\n.\r\n'],
    ['a\r.\r\nb\r\n.\r\n', 'a\r.\nb\n|', 'a\r.\nb\n|'],
    ['a\r\n.\rb\r\n.\r\n', 'a\n\rb\n|', 'a\n\rb\n|'],
    ['a\n.\rb\r\n.\r\n', 'a\n\rb\n|', 'a\n\rb\n|'],
    ['a\r\n. \r\n .\r\n.\r\n', 'a\n \n .\n|', 'a\n \n .\n|'],
    ['a\r\n.\0\r\n\0.\r\n.\r\n', 'a\n\0\n\0.\n|', 'a\n\0\n\0.\n|'],
    ['a\rb\r\n.\r\n', 'a\rb\n|', 'a\rb\n|'],
  ];
  for (const [input, lenient, normalized] of cases)
    for (const size of [1, 2, 3, 100])
      test(`${JSON.stringify(input)} in pieces of ${size}`, () => {
        assert.equal(decode(input, 'lenient', size), lenient);
        assert.equal(decode(input, 'normalize', size), normalized);
        assert.equal(decode(input, 'reject', size), normalized);
      });

  test('a bare newline is told of', () => {
    for (const [text, isBare] of [
      ['a\r\n.\r\n', false],
      ['a\nb\r\n.\r\n', true],
      ['a\r\r\n.\r\n', false],
    ] as const) {
      const decoder = new DataDecoder('reject');
      decoder.push(Buffer.from(text), 0, () => undefined);
      assert.equal(decoder.hasBareNewline, isBare, JSON.stringify(text));
    }
  });

  test('endless CRs are held in bounds and come out again', () => {
    const decoder = new DataDecoder('normalize');
    let bytes = 0;
    for (let i = 0; i < 100; i++) decoder.push(Buffer.alloc(10_000, '\r'), 0, part => (bytes += part.length));
    assert.equal(bytes, 999_000);
  });

  test('noise: the whole is the same however it is cut', () => {
    const alphabet = ['\r', '\n', '.', 'a', '\r\n', '\r\n.\r\n', '\n.\n'];
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({length: random(30)}, () => alphabet[random(alphabet.length)]).join('');
      for (const policy of ['lenient', 'normalize'] as const)
        assert.equal(decode(text, policy, 1 + random(5)), decode(text, policy, 1000), JSON.stringify(text));
    }
  });
});

suite('the content of BDAT', () => {
  for (const [input, wanted] of [
    ['a\r\nb\r\n', 'a\nb\n'],
    ['a\r\r\n.\r\n', 'a\n.\n'],
    ['a\rb', 'a\rb'],
    ['a\r', 'a\r'],
    ['a\nb', 'a\nb'],
  ] as const)
    test(JSON.stringify(input), () => {
      for (const size of [1, 2, 100]) {
        const decoder = new ChunkDecoder();
        let out = '';
        const take = (part: Buffer): void => void (out += part.toString('latin1'));
        for (let at = 0; at < input.length; at += size) decoder.push(Buffer.from(input.slice(at, at + size)), take);
        decoder.end(take);
        assert.equal(out, wanted);
      }
    });

  test('noise: CRs before a LF go, however it is cut, and a LF without one is told of', () => {
    const alphabet = ['\r', '\n', 'a', '\r\n', '\r\r\n', 'bc'];
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({length: random(20)}, () => alphabet[random(alphabet.length)]).join('');
      const decoder = new ChunkDecoder();
      let out = '';
      const take = (part: Buffer): void => void (out += part.toString('latin1'));
      for (let at = 0, size = 0; at < text.length; at += size)
        decoder.push(Buffer.from(text.slice(at, at + (size = 1 + random(6)))), take);
      decoder.end(take);
      assert.equal(out, text.replace(/\r+\n/g, '\n'), JSON.stringify(text));
      assert.equal(decoder.hasBareNewline, /(?:^|[^\r])\n/.test(text), JSON.stringify(text));
    }
  });
});
