import assert from 'node:assert/strict';
import fc from 'fast-check';
import {jsonLine} from '../../../src/core/log/json-line.ts';
import {Log, type LogRecord} from '../../../src/core/log/log.ts';
import {MaillogFormat, printable, tagger} from '../../../src/core/log/maillog-line.ts';

function record(severity: 'info' | 'warning' | 'error' | 'fatal' | 'panic', text: string, program = 'smtp'): LogRecord {
  const records: LogRecord[] = [];
  new Log(program, {write: written => records.push(written)})[severity](text);
  const [only] = records;
  assert.ok(only !== undefined);
  return {...only, time: new Date(2026, 10, 4, 5, 6, 7).getTime(), pid: 26756};
}

suite('maillog lines', () => {
  const format = new MaillogFormat('mail.example.com', tagger('postfix'));

  const lines: readonly [string, LogRecord, string][] = [
    ['the day is zero padded, the host is short', record('info', 'x'), 'Nov 04 05:06:07 mail postfix/smtp[26756]: x\n'],
    ['severity is a word', record('warning', 'x'), 'Nov 04 05:06:07 mail postfix/smtp[26756]: warning: x\n'],
    ['so is fatal', record('fatal', 'x'), 'Nov 04 05:06:07 mail postfix/smtp[26756]: fatal: x\n'],
    ['postfix(1) has no slash', record('info', 'x', 'postfix'), 'Nov 04 05:06:07 mail postfix[26756]: x\n'],
    [
      'a line break can forge nothing',
      record('info', 'a\nb\tc\x7f'),
      'Nov 04 05:06:07 mail postfix/smtp[26756]: a?b?c?\n',
    ],
  ];
  for (const [name, given, expected] of lines) test(name, () => assert.equal(format.line(given), expected));

  test('text is cut at 2000 bytes', () => {
    assert.match(format.line(record('warning', 'x'.repeat(2001))), /: warning: x{2000}\n$/);
  });

  test('another second is another stamp', () => {
    const given = record('info', 'x');
    assert.match(format.line({...given, time: given.time + 1000}), /^Nov 04 05:06:08 /);
  });

  test('syslog_name is the tag', () => {
    const other = new MaillogFormat('h', tagger('postfix/submission'));
    assert.match(other.line(record('info', 'x')), / h postfix\/submission\/smtp\[/);
  });
});

suite('printable', () => {
  const cases: readonly [string, string][] = [
    ['', ''],
    ['plain ~', 'plain ~'],
    ['\xc3\xbc', '\xc3\xbc'], // u umlaut in UTF-8
    ['\xf0\x9f\x93\xaf', '\xf0\x9f\x93\xaf'], // four bytes
    ['\xff\xc3', '??'],
    ['\xc3x', '?x'],
    ['\xc0\x80', '??'], // overlong
    ['\xed\xa0\x80', '???'], // a surrogate
    ['\xf4\x90\x80\x80', '????'], // beyond U+10FFFF
    ['\x00\r', '??'],
  ];
  for (const [given, expected] of cases) test(JSON.stringify(given), () => assert.equal(printable(given), expected));

  test('noise comes out as UTF-8 without control characters, and stays so', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        const out = printable(Buffer.from(bytes).toString('latin1'));
        const text = new TextDecoder('utf-8', {fatal: true}).decode(Buffer.from(out, 'latin1'));
        assert.doesNotMatch(text, /[\x00-\x1f\x7f]/);
        assert.equal(printable(out), out);
      }),
    );
  });
});

suite('JSON lines', () => {
  test('an event’s fields stand under their names', () => {
    const records: LogRecord[] = [];
    new Log('qmgr', {write: written => records.push(written)}).event('active', {
      queueId: 'A1',
      sender: 'a@b',
      sizeBytes: 5,
      recipientCount: 1,
    });
    const line = JSON.parse(jsonLine(records[0] as LogRecord)) as Record<string, unknown>; // written just now
    const {time, pid, ...rest} = line;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(pid, process.pid);
    assert.deepEqual(rest, {
      program: 'qmgr',
      severity: 'info',
      event: 'active',
      queueId: 'A1',
      sender: 'a@b',
      sizeBytes: 5,
      recipientCount: 1,
      text: 'A1: from=<a@b>, size=5, nrcpt=1 (queue active)',
    });
  });

  test('byte strings become text', () => {
    const line = Buffer.from(jsonLine(record('info', '\xc3\xbc')), 'latin1').toString('utf8');
    assert.equal((JSON.parse(line) as {text: string}).text, 'ü');
  });
});
