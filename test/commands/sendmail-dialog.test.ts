/** `sendmail -bs`: replies and maildrop files as the original gives them (recorded from 3.7.11). */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runDialog} from '../../src/commands/sendmail-dialog.ts';
import {readRecords} from '../support/memory-queue-file.ts';
import {plainConfig} from '../support/plain-config.ts';

const EHLO = [
  '250-mail.example.com',
  '250-PIPELINING',
  '250-SIZE 10240000',
  '250-VRFY',
  '250-ETRN',
  '250-ENHANCEDSTATUSCODES',
  '250-8BITMIME',
  '250-DSN',
  '250-SMTPUTF8',
  '250 CHUNKING',
];

suite('sendmail -bs', () => {
  let home: string;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'dialog-'));
    mkdirSync(join(home, 'maildrop'));
  });
  teardown(() => {
    rmSync(home, {recursive: true});
  });

  async function talk(input: string, chunkBytes = 7): Promise<string[]> {
    let out = '';
    const bytes = Buffer.from(input, 'latin1');
    const status = await runDialog(plainConfig({queue_directory: home, smtputf8_enable: 'yes'}), {
      stdin: (async function* () {
        await Promise.resolve();
        for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
      })(),
      stdout: {write: text => void (out += String(text))},
      stderr: {write: () => undefined},
      env: {},
    });
    assert.equal(status, 0);
    return out.split('\r\n').slice(1, -1);
  }
  const files = (): string[][] =>
    readdirSync(join(home, 'maildrop')).map(name => readRecords(readFileSync(join(home, 'maildrop', name))));

  test('a whole conversation', async () => {
    const replies = await talk(
      'HELO\r\nEHLO\r\nEHLO x\r\nHELO y\r\nNOOP\r\nNOOP x\r\nVRFY root\r\nEXPN x\r\nMAIL FROM\r\nMAIL FROM:<a@b>\r\n' +
        'RCPT TO:<x>\r\nRCPT TO:<>\r\nRCPT TO:<"q q"@y>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nbody\r\n.\r\nQUIT\r\n',
    );
    assert.match(replies.at(-2) ?? '', /^250 2\.0\.0 Ok: queued as [0-9A-F]+$/);
    replies.splice(-2, 1);
    assert.deepEqual(replies, [
      '501 Syntax: HELO hostname',
      '501 Syntax: EHLO hostname',
      ...EHLO,
      '250 mail.example.com',
      '250 2.0.0 Ok',
      '250 2.0.0 Ok',
      '252 2.0.0 root',
      '500 5.5.2 Error: command not recognized',
      '501 5.5.4 Syntax: MAIL FROM:<address>',
      '250 2.1.0 Ok',
      '250 2.1.5 Ok',
      '501 5.1.3 Bad recipient address syntax',
      '250 2.1.5 Ok',
      '354 End data with <CR><LF>.<CR><LF>',
      '221 2.0.0 Bye',
    ]);
    const [records = []] = files();
    assert.deepEqual(
      records.filter(record => !/^(T|N \t)/.test(record)),
      [
        'S a@b',
        'A dsn_orig_rcpt=rfc822;x',
        'R x',
        'A dsn_orig_rcpt=rfc822;"q q"@y',
        'R q q@y',
        'M ',
        'N Received: from y (localhost [127.0.0.1])',
        'N Subject: x',
        'N ',
        'N .dot',
        'N body',
        'X ',
        'E ',
      ],
    );
  });

  const REPLIES: readonly (readonly [string, string[]])[] = [
    [
      'RCPT TO:<x>\r\nDATA\r\nVRFY\r\n',
      [
        '503 5.5.1 Error: need MAIL command',
        '503 5.5.1 Error: need RCPT command',
        '501 5.5.4 Syntax: VRFY address [SMTPUTF8]',
      ],
    ],
    [
      'MAIL FROM:<a@b> BODY=x\r\nMAIL FROM:<a@b> FOO\r\n',
      ['555 5.5.4 Unsupported option: BODY=x', '555 5.5.4 Unsupported option: FOO'],
    ],
    ['MAIL FROM:<a@b> SIZE=20000000\r\n', ['552 5.3.4 Message size exceeds fixed limit']],
    ['GET / HTTP/1.0\r\nNOOP\r\n', ['221 2.7.0 Error: I can break rules, too. Goodbye.']],
    ['foo: bar\r\n', ['221 2.7.0 Error: I can break rules, too. Goodbye.']],
    [
      'MAIL FROM:<a@b>\r\nMAIL FROM:<>\r\nDATA\r\nRSET x\r\nRSET\r\n\r\n',
      [
        '250 2.1.0 Ok',
        '503 5.5.1 Error: nested MAIL command',
        '554 5.5.1 Error: no valid recipients',
        '501 5.5.4 Syntax: RSET',
        '250 2.0.0 Ok',
        '500 5.5.2 Error: bad syntax',
      ],
    ],
    [
      'MAIL FROM:<a b>\r\nMAIL FROM: a@b\r\nRCPT TO:a b\r\n',
      ['501 5.1.7 Bad sender address syntax', '250 2.1.0 Ok', '555 5.5.4 Unsupported option: b'],
    ],
    ['', []],
  ];
  for (const [input, replies] of REPLIES)
    test(JSON.stringify(input), async () => {
      assert.deepEqual(await talk(input), replies);
      assert.deepEqual(files(), []);
    });

  test('BDAT', async () => {
    const replies = await talk(
      'MAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a@b> NOTIFY=NEVER\r\nBDAT 3\r\nabcBDAT 5 LAST\r\nde\r\nfQUIT\r\n',
    );
    assert.match(replies[3] ?? '', /^250 2\.0\.0 Ok: 10 bytes queued as /);
    assert.deepEqual([replies[2], replies[4]], ['250 2.0.0 Ok: 3 bytes', '221 2.0.0 Bye']);
    const [records = []] = files();
    assert.deepEqual(records.slice(1, 6), [
      'S ',
      'A encoding=8bit',
      'A notify_flags=1',
      'A dsn_orig_rcpt=rfc822;a@b',
      'R a@b',
    ]);
    assert.deepEqual(records.slice(-4), ['N abcde', 'L f', 'X ', 'E ']);
  });

  test('a client that goes away in the middle leaves nothing', async () => {
    await talk('MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nabc\r\n');
    await talk('MAIL FROM:<a>\r\nRCPT TO:<b>\r\nBDAT 10\r\nabc');
    assert.deepEqual(files(), []);
  });
});
