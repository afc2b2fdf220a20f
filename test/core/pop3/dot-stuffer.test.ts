import assert from 'node:assert/strict';
import fc from 'fast-check';
import {suite, test} from 'mocha';
import {DotReader} from '../../../src/core/lmtpd/dot-reader.ts';
import {DotStuffer, type StuffingOptions} from '../../../src/core/pop3/dot-stuffer.ts';

function stuffed(text: string, options: StuffingOptions = {}, pieceBytes = 1000): string {
  const stuffer = new DotStuffer(options);
  let out = '';
  for (let at = 0; at < text.length && !stuffer.isDone; at += pieceBytes)
    out += stuffer.take(Buffer.from(text.slice(at, at + pieceBytes), 'latin1')).toString('latin1');
  return out + stuffer.finish();
}

suite('messages on their way to a POP3 client', () => {
  const cases: readonly (readonly [text: string, sent: string, options?: StuffingOptions])[] = [
    ['', ''],
    ['a', 'a\r\n'],
    ['a\nb', 'a\r\nb\r\n'],
    ['a\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\r', 'a\r\n'],
    ['.\n..\n.x\nx.\n', '..\r\n...\r\n..x\r\nx.\r\n'],
    ['h\n\n1\n2\n3\n', 'h\r\n\r\n', {bodyLines: 0}],
    ['h\n\n1\n2\n3\n', 'h\r\n\r\n1\r\n2\r\n', {bodyLines: 2}],
    ['h\n\n1\n2', 'h\r\n\r\n1\r\n2\r\n', {bodyLines: 9}],
    ['h\r\n\r\n1\r\n2\r\n', 'h\r\n\r\n1\r\n', {bodyLines: 1}],
    ['\nbody\n', '\r\n', {bodyLines: 0}],
    ['h: 1\n', 'h: 1\r\n', {bodyLines: 0}],
    ['h: 1\n', 'h: 1\r\n\r\n', {completesHeader: true}],
    ['h: 1\n\n', 'h: 1\r\n\r\n', {completesHeader: true}],
    ['a\0b\n', 'a\x80b\r\n', {hidesNuls: true}],
    ['a\rb\n', 'a\rb\r\n'],
  ];
  for (const [text, sent, options] of cases)
    test(`${JSON.stringify(text)} ${JSON.stringify(options ?? {})}`, () => {
      assert.equal(stuffed(text, options), sent);
      assert.equal(stuffed(text, options, 1), sent);
    });

  test('what is stuffed comes out of DATA as it was, with CRLF, wherever it is cut', () => {
    const text = fc.array(fc.constantFrom('.', '\n', '\r\n', 'a', '..', '\r')).map(parts => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({min: 1, max: 5}), (message, pieceBytes) => {
        const sent = `${stuffed(message, {}, pieceBytes)}.\r\nrest`;
        const reader = new DotReader();
        let received = '';
        for (let at = 0; at < sent.length; at += pieceBytes) {
          const {content, used, isEnd} = reader.take(Buffer.from(sent.slice(at, at + pieceBytes), 'latin1'));
          received += content.toString('latin1');
          if (!isEnd) continue;
          assert.equal(sent.slice(at + used), 'rest');
          break;
        }
        const whole = message.replace(/\r?\n/g, '\r\n');
        const end = whole === '' || whole.endsWith('\n') ? '' : whole.endsWith('\r') ? '\n' : '\r\n';
        assert.equal(received, whole + end);
      }),
      {numRuns: 300},
    );
  });
});
