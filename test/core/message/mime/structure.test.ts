import assert from 'node:assert/strict';
import {writeBodyStructure} from '../../../../src/core/message/mime/bodystructure.ts';
import {writeEnvelope} from '../../../../src/core/message/mime/envelope.ts';
import type {MessagePart} from '../../../../src/core/message/mime/message-part.ts';
import type {PartListener} from '../../../../src/core/message/mime/part-stack.ts';
import {StructureScanner} from '../../../../src/core/message/mime/structure.ts';
import {cpuMilliseconds} from '../../../support/cpu-time.ts';
import {RandomMail} from '../../../support/random-mail.ts';

function scan(message: Buffer, pieceSize = message.length + 1, listener: PartListener = {}): MessagePart {
  const scanner = new StructureScanner(listener);
  for (let at = 0; at < message.length; at += pieceSize)
    scanner.write(Buffer.from(message.subarray(at, at + pieceSize)));
  return scanner.end();
}

/** Everything a scan says, bodies included, as text. */
function transcript(message: Buffer, pieceSize?: number): string {
  const events: string[] = [];
  const say = (event: string): void => void events.push(event);
  const root = scan(message, pieceSize, {
    partStart: () => say('('),
    field: (_, name, value) => say(`${name}:${value};`),
    headerEnd: (part, isEnded) => say(`${part.kind} ${isEnded} [`),
    body: (_, bytes) => say(bytes.toString('latin1')),
    partEnd: part => say(`] ${sizes(part)})`),
  });
  return events.join('') + writeEnvelope(root.envelope ?? assert.fail()) + writeBodyStructure(root, true);
}

function sizes(part: MessagePart): string {
  const {headerOffset, headerSize, headerVirtualSize, headerLines, bodySize, bodyVirtualSize, bodyLines, hasNul} = part;
  return [headerOffset, headerSize, headerVirtualSize, headerLines, bodySize, bodyVirtualSize, bodyLines, hasNul].join(
    ' ',
  );
}

suite('structure of messages', () => {
  test('offsets and sizes of parts, with line feeds and with CRLF', () => {
    const lines = [
      'Content-Type: multipart/mixed; boundary=a',
      '',
      'pre',
      '--a',
      'X: 1',
      '',
      'one',
      '--a--',
      'epi',
      '',
    ];
    const cases: [string, string[]][] = [
      ['\n', ['0 43 45 2 28 35 7 false', '51 6 8 2 3 3 0 false']],
      ['\r\n', ['0 45 45 2 35 35 7 false', '55 8 8 2 3 3 0 false']],
    ];
    for (const [newline, expected] of cases) {
      const root = scan(Buffer.from(lines.join(newline)));
      assert.deepEqual([root, ...root.children].map(sizes), expected);
    }
  });

  test('a message cut anywhere is the same message', () => {
    for (const message of new RandomMail(42).messages(60)) {
      const whole = transcript(message);
      for (const pieceSize of [1, 2, 3, 7, 64]) assert.equal(transcript(message, pieceSize), whole);
    }
    const [message = Buffer.alloc(0)] = new RandomMail(6).messages(1);
    const whole = transcript(message);
    for (let cut = 0; cut < message.length; cut++) {
      const scanner = new StructureScanner();
      scanner.write(message.subarray(0, cut));
      scanner.write(message.subarray(cut));
      assert.ok(whole.endsWith(writeBodyStructure(scanner.end(), true)));
    }
  });

  test('parts lie inside their parents and add up to the message', () => {
    for (const message of new RandomMail(99).messages(300)) {
      const root = scan(message);
      assert.equal(root.headerSize + root.bodySize, message.length);
      checkInside(root);
    }
  });

  test('a NUL is noted of the part it is in', () => {
    const root = scan(Buffer.from('Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\n\ny\0\n--a--\n'), 3);
    assert.deepEqual(
      [root, ...root.children].map(part => part.hasNul),
      [false, false, true],
    );
  });

  test('noise is always something', () => {
    const random = new RandomMail(5);
    for (let round = 0; round < 50; round++) {
      const noise = Buffer.from(Array.from({length: 2000}, () => random.below(256)));
      assert.equal(scan(noise, 97).headerOffset, 0);
    }
  });

  test('a depth of a million, and a million headers, parts and boundaries, take linear time', () => {
    const deep = 'Content-Type: multipart/mixed; boundary=a\n\n--a\n'.repeat(100_000);
    const messages = [
      deep,
      'Content-Type: message/rfc822\n\n'.repeat(500_000),
      'X: a@b\n'.repeat(500_000),
      `To: ${'a@b, '.repeat(500_000)}\n\n`,
      'x\n'.repeat(500_000),
      `Content-Type: text/plain${';a*0=b'.repeat(300_000)}\n\n`,
      `Content-Type: text/plain; ${'(('.repeat(500_000)}\n\n`,
      `Subject:${'\n x'.repeat(100_000)}\n\n`,
      `Content-Type: multipart/mixed; boundary=a\n\n${'--a\n\n'.repeat(200_000)}`,
      `Content-Type: multipart/mixed; boundary=a\n\n${'-\n--b\n'.repeat(300_000)}`,
    ];
    for (const message of messages) {
      const before = cpuMilliseconds();
      const root = scan(Buffer.from(message), 65_536);
      writeBodyStructure(root, true);
      assert.ok(cpuMilliseconds() - before < 4000, message.slice(0, 50));
    }
  });

  test('a line that is pushed byte by byte is not copied each time', () => {
    const scanner = new StructureScanner();
    const x = Buffer.from('x');
    scanner.write(Buffer.from('Subject: '));
    for (let i = 0; i < 300_000; i++) scanner.write(x);
    assert.equal(scanner.end().envelope?.subject?.length, 300_000);
  });
});

function checkInside(part: MessagePart): void {
  for (const child of part.children) {
    assert.equal(child.parent, part);
    assert.ok(child.headerOffset >= part.bodyOffset || child.headerSize + child.bodySize === 0);
    assert.ok(child.bodyOffset + child.bodySize <= part.bodyOffset + part.bodySize || child.bodySize === 0);
    checkInside(child);
  }
}
