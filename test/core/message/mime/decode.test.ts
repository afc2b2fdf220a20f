import assert from 'node:assert/strict';
import {charsetDecoder} from '../../../../src/core/message/mime/charset.ts';
import {decodeHeader} from '../../../../src/core/message/mime/header-words.ts';
import {AsciiNormalizer, normalizeText} from '../../../../src/core/message/mime/normalize.ts';
import {SubstringFinder} from '../../../../src/core/message/mime/substring-finder.ts';
import {transferDecoder} from '../../../../src/core/message/mime/transfer-decoder.ts';
import {cpuMilliseconds} from '../../../support/cpu-time.ts';
import {RandomMail} from '../../../support/random-mail.ts';

function decode(encoding: string, text: string, pieceSize = text.length + 1): [string, boolean] {
  const decoder = transferDecoder(encoding) ?? assert.fail();
  let out = '';
  for (let at = 0; at < text.length; at += pieceSize)
    out += decoder.write(Buffer.from(text.slice(at, at + pieceSize), 'latin1')).toString('latin1');
  return [out + decoder.end().toString('latin1'), decoder.isBroken];
}

suite('decoding', () => {
  const cases: [string, string, string, boolean][] = [
    ['base64', 'aGVsbG8K\r\nd29y\tbGQK', 'hello\nworld\n', false],
    ['base64', 'YQ==\n', 'a', false],
    ['base64', 'YWI=', 'ab', false],
    ['base64', 'YQ==\nYg==', 'a', true],
    ['base64', 'aGVs!bG8=', 'hel', true],
    ['base64', 'aGV', '', true],
    ['base64', '====', '', true],
    ['BASE64', '', '', false],
    ['quoted-printable', 'a=20b=\nc  \nd=3D=3d\n', 'a bc\r\nd==\r\n', false],
    ['quoted-printable', 'a= \t\r\nb', 'ab', false],
    ['quoted-printable', 'J=F6rg=0A', 'J\xf6rg\n', false],
    ['quoted-printable', 'a=zz', 'a=zz', true],
    ['quoted-printable', 'a\rb', 'a\rb', true],
    ['quoted-printable', 'a=4', 'a=4', true],
    ['8bit', 'a\n', 'a\n', false],
  ];
  for (const [encoding, text, expected, isBroken] of cases)
    test(`${encoding} ${JSON.stringify(text)} becomes ${JSON.stringify(expected)}${isBroken ? ', broken' : ''}`, () => {
      for (const pieceSize of [1, 2, 3, 100]) assert.deepEqual(decode(encoding, text, pieceSize), [expected, isBroken]);
    });

  test('an unknown encoding has no decoder', () => {
    for (const name of ['x-uuencode', '', 'foo']) assert.equal(transferDecoder(name), undefined);
  });

  test('what was encoded comes back, cut anywhere', () => {
    const random = new RandomMail(3);
    for (let length = 0; length < 200; length++) {
      const bytes = Buffer.from(Array.from({length}, () => random.below(256)));
      const text = bytes.toString('base64').replace(/(.{60})/g, '$1\r\n');
      assert.equal(decode('base64', text, 1 + random.below(70))[0], bytes.toString('latin1'));
    }
  });

  const charsets: [string, string, string][] = [
    ['utf-8', 'J\xc3\xb6', 'Jö'],
    ['us-ascii', 'J\xc3\xb6', 'Jö'],
    ['ISO-8859-1', '\xe4\x80', 'ä\x80'],
    ['iso-8859-9', '\xfd', 'ı'],
    ['windows-1252', '\x80\x81\x9d.', '€\ufffd.'],
    ['cp850', '\x84', 'ä'],
    ['utf-7', 'J+APY-rg +- +2D3eAA-', 'Jörg + 😀'],
    ['utf-16', '\xfe\xff\x00a', 'a'],
    ['iso-2022-jp', '\x1b$B4A;z\x1b(B', '漢字'],
    ['utf-8', 'a\xff\xffb', 'a\ufffdb'],
  ];
  for (const [charset, bytes, text] of charsets)
    test(`${charset} ${JSON.stringify(bytes)}`, () => {
      for (const pieceSize of [1, 100]) {
        const decoder = charsetDecoder(charset) ?? assert.fail();
        let out = '';
        for (let at = 0; at < bytes.length; at += pieceSize)
          out += decoder.write(Buffer.from(bytes.slice(at, at + pieceSize), 'latin1'));
        assert.equal(out + decoder.end(), text);
      }
    });

  test('a charset nobody knows has no decoder', () => assert.equal(charsetDecoder('x-unknown'), undefined));

  const words: [string, string][] = [
    ['plain', 'plain'],
    ['=?utf-8?q?J=C3=B6rg_x?=', 'Jörg x'],
    ['=?utf-8?q?a?= \t =?iso-8859-1?b?5A==?= b', 'aä b'],
    ['a=?utf-8?q?b?=c', 'abc'],
    ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
    ['=?utf-8?q?a', '=?utf-8?q?a'],
    ['=?utf-8?q?=zz?=', '=zz'],
    ['=?utf-8?b?a3d?=', 'kw'],
    ['=??q?a?=', 'a'],
    ['J\xc3\xb6 \xff', 'Jö \ufffd'],
    ['=?x-unknown?q?a?=', 'a'],
  ];
  for (const [value, text] of words)
    test(`header ${JSON.stringify(value)} says ${text}`, () => assert.equal(decodeHeader(value), text));

  test('header words are read in linear time', () => {
    const before = cpuMilliseconds();
    for (const value of ['=?'.repeat(500_000), '=?a?q?'.repeat(200_000), '=?a?q?b?= '.repeat(100_000)])
      decodeHeader(value);
    assert.ok(cpuMilliseconds() - before < 3000);
  });

  const normal: [string, string][] = [
    ['straße Ä', 'STRAßE A\u0308'],
    ['ﬁ', 'fi'],
    ['ǆ', 'D\u017e'],
    ['①', '1'],
    ['ℂ', 'C'],
    ['\u212b', '\u00c5'],
    ['안', '\u110b\u1161\u11ab'],
    ['ა', 'ა'],
  ];
  for (const [text, expected] of normal)
    test(`${text} is compared as ${expected}`, () => assert.equal(normalizeText(text).toString(), expected));

  test('ASCII is normalized alike both ways', () => {
    const bytes = Buffer.from(Array.from({length: 128}, (_, code) => code));
    assert.deepEqual(new AsciiNormalizer().normalize(bytes), normalizeText(bytes.toString('latin1')));
  });

  test('a substring is found wherever the text is cut, short or long', () => {
    const random = new RandomMail(8);
    for (let round = 0; round < 300; round++) {
      const text = Buffer.from(Array.from({length: 600}, () => 0x61 + random.below(2)));
      const length = [1, 2, 5, 9, 300][random.below(5)] ?? 1;
      const at = random.below(300);
      const key =
        random.below(3) > 0
          ? Buffer.from(text.subarray(at, at + length))
          : Buffer.from('ab'.repeat(length).slice(length));
      const finder = new SubstringFinder(key);
      for (let from = 0; from < text.length;) {
        const to = from + 1 + random.below(20);
        finder.write(text.subarray(from, to));
        from = to;
      }
      assert.equal(finder.isFound, text.includes(key));
    }
  });

  test('the worst keys are found in linear time', () => {
    const text = Buffer.alloc(1 << 20, 'a');
    for (const length of [6, 150, 199, 201, 60_000]) {
      const key = Buffer.alloc(length, 'a');
      key[0] = 0x62;
      const before = cpuMilliseconds();
      new SubstringFinder(key).write(text);
      assert.ok(cpuMilliseconds() - before < 1500, String(length));
    }
  });
});
