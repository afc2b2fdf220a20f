import assert from 'node:assert/strict';
import type {MessagePart} from '../../../../src/core/message/mime/message-part.ts';
import type {PartListener} from '../../../../src/core/message/mime/part-stack.ts';
import {PreviewMaker} from '../../../../src/core/message/mime/preview.ts';
import {MessageSearch, type SearchTerm} from '../../../../src/core/message/mime/search-text.ts';
import {SectionReader} from '../../../../src/core/message/mime/section-reader.ts';
import {parseSection, planBinary, planSection} from '../../../../src/core/message/mime/section.ts';
import {StructureScanner} from '../../../../src/core/message/mime/structure.ts';
import {findTextPart, PartText} from '../../../../src/core/message/mime/text.ts';
import {Utf8Message} from '../../../../src/core/message/mime/utf8-message.ts';
import {RandomMail} from '../../../support/random-mail.ts';

function scan(message: Buffer, listener: PartListener = {}, pieceSize = 1000): MessagePart {
  const scanner = new StructureScanner(listener);
  for (let at = 0; at < message.length; at += pieceSize) scanner.write(message.subarray(at, at + pieceSize));
  return scanner.end();
}

const html = (body: string): Buffer => Buffer.from(`Content-Type: text/html; charset=utf-8\n\n${body}`);
const plain = (body: string): Buffer => Buffer.from(`Content-Type: text/plain; charset=utf-8\n\n${body}`);

function preview(message: Buffer, pieceSize: number): string {
  const part = findTextPart(scan(message)) ?? assert.fail();
  const maker = new PreviewMaker(part);
  for (let at = part.bodyOffset; at < part.bodyOffset + part.bodySize; at += pieceSize)
    maker.write(message.subarray(at, Math.min(at + pieceSize, part.bodyOffset + part.bodySize)));
  return Buffer.from(maker.end(), 'latin1').toString();
}

suite('text of messages', () => {
  const previews: [Buffer, string][] = [
    [plain('  lead \t\n\n  x  y\r\nz '), 'lead x y z'],
    [plain('> quoted\nreal\n> more\nend'), 'real end'],
    [plain('> only\n>> third'), '>only > third'],
    [plain('漢'.repeat(250)), '漢'.repeat(200)],
    [html('<p>a</p>b<br>c&amp;d&eacute;&#x41;&bad;'), 'a b c&déA'],
    [html('<script>if (a < b) "</p>"</script>x<style>y</STYLE>z'), 'x z'],
    [html('<blockquote>q</blockquote>real'), 'real'],
    [html('a<!-- > -->b<![CDATA[<c>]]>d'), 'ab<c>d'],
  ];
  for (const [message, expected] of previews)
    test(`preview ${JSON.stringify(expected.slice(0, 20))}`, () => {
      for (const pieceSize of [1, 2, 5, 1000]) assert.equal(preview(message, pieceSize), expected);
    });

  test('HTML is made readable with lines for blocks', () => {
    const message = html('<h1>T</h1><p>a <b>b</b></p><ul><li>c<li>d</ul>');
    const part = findTextPart(scan(message)) ?? assert.fail();
    const body = PartText.of(part, 'lines') ?? assert.fail();
    const pieces = [...body.write(message.subarray(part.bodyOffset)), ...body.end()];
    assert.equal(pieces.map(piece => piece.text).join(''), '\nT\n\na b\n\n\nc\nd\n');
  });

  test('a whole message in UTF-8', () => {
    const message = 'Subject: =?utf-8?q?=C3=A4?=\nContent-Type: multipart/mixed; boundary=a\n\npre\n--a\n\nx\n--a--\n';
    let out = '';
    scan(Buffer.from(message), new Utf8Message(bytes => (out += bytes.toString())), 3);
    assert.equal(out, 'Subject: ä\nContent-Type: multipart/mixed; boundary=a\n\n\nx');
  });

  const message = Buffer.from(
    'Subject: Gr\xc3\xbc\xc3\x9fe\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n' +
      'Content-Transfer-Encoding: base64\n\nSGVsbG8gV29y\nbGQ=\n--a\nContent-Type: image/png\n\nhello image\n--a--\n',
    'latin1',
  );
  const searches: [SearchTerm, boolean][] = [
    [{kind: 'body', key: 'hello world'}, true],
    [{kind: 'body', key: 'image'}, false],
    [{kind: 'text', key: 'image/png'}, true],
    [{kind: 'text', key: 'GRÜßE'}, true],
    [{kind: 'body', key: 'grüße'}, false],
    [{kind: 'header', name: 'Subject', key: 'grü', form: 'blanks'}, true],
    [{kind: 'header', name: 'X-None', key: '', form: 'plain'}, false],
    [{kind: 'header', name: 'Subject', key: '', form: 'plain'}, true],
    [{kind: 'body', key: ''}, true],
  ];
  test('several keys are looked for in one pass, cut anywhere', () => {
    for (const pieceSize of [1, 4, 19, 1000]) {
      const search = new MessageSearch(searches.map(([term]) => term));
      scan(message, search, pieceSize);
      assert.deepEqual(
        search.matches,
        searches.map(([, expected]) => expected),
      );
    }
  });

  test('sections are read by their names', () => {
    const names = [
      '',
      'HEADER',
      'TEXT',
      '1',
      '1.2.MIME',
      '1.HEADER',
      'HEADER.FIELDS (A B)',
      '2.HEADER.FIELDS.NOT ("a b")',
    ];
    for (const name of names) assert.notEqual(parseSection(name), undefined, name);
    for (const name of [
      '0',
      '1.',
      '.1',
      'MIME',
      'FOO',
      '1.FOO',
      'HEADER.FIELDS',
      'HEADER.FIELDS ()',
      '01',
      '1..2',
      '99999999999',
    ])
      assert.equal(parseSection(name), undefined, name);
  });

  test('a section cut anywhere, in part, is the same', () => {
    for (const random of new RandomMail(21).messages(40)) {
      const root = scan(random);
      for (const name of ['', 'HEADER', '1', '1.MIME', 'HEADER.FIELDS (SUBJECT TO)', 'HEADER.FIELDS.NOT (TO)']) {
        const plan = planSection(root, parseSection(name) ?? assert.fail());
        const whole = read(random, plan, 1000);
        if (plan.size !== undefined) assert.equal(whole.length, plan.size);
        assert.equal(read(random, plan, 1), whole);
        assert.equal(read(random, plan, 7, {offset: 5, count: 9}), whole.slice(5, 14));
      }
    }
  });

  test('BINARY decodes parts and says so in their headers', () => {
    const plan = planBinary(scan(message), []) ?? assert.fail();
    const out = read(message, plan, 6);
    assert.ok(out.includes('Content-Transfer-Encoding: binary\r\n\r\nHello World\r\n--a'));
    assert.equal(planBinary(scan(Buffer.from('Content-Transfer-Encoding: foo\n\nx')), [1]), undefined);
  });
});

function read(
  message: Buffer,
  plan: Parameters<typeof newReader>[0],
  pieceSize: number,
  range?: {offset: number; count: number},
): string {
  const reader = newReader(plan, range);
  let out = '';
  for (let at = reader.start; at < reader.end && !reader.isDone; at += pieceSize)
    out += reader.write(message.subarray(at, Math.min(at + pieceSize, reader.end))).toString('latin1');
  return out + reader.finish().toString('latin1');
}

function newReader(plan: ReturnType<typeof planSection>, range?: {offset: number; count: number}): SectionReader {
  return new SectionReader(plan, range);
}
