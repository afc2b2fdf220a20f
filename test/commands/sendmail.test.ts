/** sendmail's delivery mode: the maildrop file, record by record, as the original writes it (recorded from 3.7.11). */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readOptions, readEarlyOptions} from '../../src/commands/sendmail-options.ts';
import {submit} from '../../src/commands/sendmail-submit.ts';
import type {Stdio} from '../../src/core/base/tool.ts';
import {readRecords} from '../support/memory-queue-file.ts';
import {plainConfig} from '../support/plain-config.ts';

const VERP = {allowed: '-=+', standard: '+='};

function read(...argv: string[]): {complaints: string[]; options: ReturnType<typeof readOptions>} {
  const complaints: string[] = [];
  return {complaints, options: readOptions(argv, VERP, text => void complaints.push(text))};
}

suite('sendmail', () => {
  let home: string;
  let maildrop: string;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'sendmail-'));
    maildrop = join(home, 'maildrop');
    mkdirSync(maildrop);
  });
  teardown(() => {
    rmSync(home, {recursive: true});
  });

  interface Sent {
    records: string[];
    stdout: string;
    stderr: string;
  }
  async function send(argv: string[], input: string | Buffer, set: Record<string, string> = {}): Promise<Sent> {
    let stdout = '';
    let stderr = '';
    const bytes = typeof input === 'string' ? Buffer.from(input, 'latin1') : input;
    const stdio: Stdio = {
      stdin: (async function* () {
        await Promise.resolve();
        for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
      })(),
      stdout: {write: text => void (stdout += String(text))},
      stderr: {write: text => void (stderr += String(text))},
      env: {NAME: 'Joe User'},
    };
    const options = readOptions(argv, VERP, text => void (stderr += `sendmail: ${text}\n`));
    await submit(options, plainConfig({queue_directory: home, ...set}), stdio);
    const [name = ''] = readdirSync(maildrop);
    const records = readRecords(readFileSync(join(maildrop, name)));
    assert.equal(statSync(join(maildrop, name)).mode & 0o777, 0o744);
    assert.match(records[0] ?? '', /^T \d+ \d+$/);
    rmSync(join(maildrop, name));
    return {records: records.slice(1), stdout, stderr};
  }
  const content = async (argv: string[], input: string | Buffer): Promise<string[]> => {
    const {records} = await send(argv, input);
    return records.slice(records.indexOf('M ') + 1, -1);
  };

  test('envelope: plain', async () => {
    const {records} = await send(['-f', 'me', 'x'], 'Subject: hi\n\nbody\n');
    assert.deepEqual(records, [
      'A rewrite_context=local',
      'F Joe User',
      'S me',
      'R x',
      'M ',
      'N Subject: hi',
      'N ',
      'N body',
      'X ',
      'E ',
    ]);
  });

  const ENVELOPES: readonly (readonly [string[], string[]])[] = [
    [
      ['-N', 'success,failure', '-V', 'env', '-R', 'full', 'x', 'y'],
      [
        'A envelope_id=env',
        'A ret_flags=1',
        'A rewrite_context=local',
        'A notify_flags=6',
        'R x',
        'A notify_flags=6',
        'R y',
      ],
    ],
    [
      ['-B', '8BITMIME', 'x'],
      ['A rewrite_context=local', 'A encoding=8bit', 'R x'],
    ],
    [
      ['-G', 'x'],
      ['A rewrite_context=remote', 'R x'],
    ],
    [
      ['-XV', 'x'],
      ['A rewrite_context=local', 'V +=', 'R x'],
    ],
    [
      ['-V', '++', 'x'],
      ['A rewrite_context=local', 'V +=', 'R ++', 'R x'],
    ],
    [
      ['x, y z', '"a b"@c', '(c)', '<>'],
      ['A rewrite_context=local', 'R x', 'R y', 'R z', 'R a b@c', 'R ', 'R '],
    ],
    [
      ['@a:b@c', 'N <d@e>'],
      ['A rewrite_context=local', 'R @a:b@c', 'R d@e'],
    ],
    [
      ['x', '-f', 'y'],
      ['A rewrite_context=local', 'R x', 'R -f', 'R y'],
    ],
  ];
  for (const [argv, envelope] of ENVELOPES)
    test(`envelope: ${argv.join(' ')}`, async () => {
      const {records} = await send(['-f', 'me', ...argv], '');
      const seen = records.slice(0, records.indexOf('M ')).filter(record => !/^[FS] /.test(record));
      assert.deepEqual(seen, envelope);
    });

  const INPUTS: readonly (readonly [string[], string, string[]])[] = [
    [[], 'From foo bar\n>>From baz\nSubject: x\r\n\r\nabc\r\n.\r\ndef', ['N Subject: x', 'N ', 'N abc', 'X ']],
    [['-i'], 'Subject: x\r\n\r\nabc\r\n.\r\ndef', ['N Subject: x', 'N ', 'N abc', 'N .', 'L def', 'X ']],
    [['-oi'], '.', ['L .', 'X ']],
    [[], '.', ['X ']],
    [[], '\nabc\0d\n', ['N ', 'N abc\0d', 'X ']],
    [[], '', ['X ']],
    [
      [],
      `${'y'.repeat(5000)}\n${'y'.repeat(2048)}\nz\n`,
      [
        `L ${'y'.repeat(2048)}`,
        `L ${'y'.repeat(2048)}`,
        `N ${'y'.repeat(904)}`,
        `L ${'y'.repeat(2048)}`,
        'N ',
        'N z',
        'X ',
      ],
    ],
    [[], `${'y'.repeat(2048)}.\n.\n`, [`L ${'y'.repeat(2048)}`, 'N .', 'X ']],
  ];
  for (const [argv, input, records] of INPUTS)
    test(`input: ${argv.join(' ')} ${JSON.stringify(input.slice(0, 30))}`, async () => {
      assert.deepEqual(await content([...argv, 'x'], input), records);
    });

  test('-t: header recipients behind the content, Resent- ones alone when there are any', async () => {
    const header = 'To: a, b (c)\nCc: "q q" <d>\nBcc: e\nSubject: foo\n bar\nX : y\n';
    assert.deepEqual(await content(['-t'], `${header}\nTo: no\n`), [
      'N To: a, b (c)',
      'N Cc: "q q" <d>',
      'N Bcc: e',
      'N Subject: foo',
      'N  bar',
      'N X: y',
      'N ',
      'N To: no',
      'X ',
      'R a',
      'R b',
      'R d',
      'R e',
    ]);
    const resent = await content(['-t', '-N', 'never', 'z'], `${header}Resent-To: r1\nTo: lost\n\n`);
    assert.deepEqual(resent.slice(-3), ['X ', 'A notify_flags=1', 'R r1']);
  });

  test('-bv makes a message of its own, -v asks for a report', async () => {
    const probe = await send(['-f', 'root', '-bv', 'x', 'y'], 'ignored');
    assert.equal(probe.stdout, 'Mail Delivery Status Report will be mailed to <root>.\n');
    assert.deepEqual(probe.records.slice(3), [
      'A trace_flags=512',
      'R x',
      'R y',
      'M ',
      'N From: root',
      'N Subject: probe',
      'L To:',
      'N \tx,',
      'N \ty',
      'X ',
      'E ',
    ]);
    const verbose = await send(['-f', 'root', '-v', 'x'], '');
    assert.ok(verbose.records.includes('A trace_flags=1024'));
    assert.equal(verbose.stdout, probe.stdout);
  });

  const FAULTS: readonly (readonly [string[], string, Record<string, string>, string])[] = [
    [['-f', 'me'], '', {}, 'Recipient addresses must be specified on the command line or via the -t option'],
    [['-f', 'me', '-t'], 'a: b\n', {}, 'No recipient addresses found in message header'],
    [['-f', '', '-XV', 'x'], '', {}, '-V option requires non-null sender address'],
    [['-f', 'me', 'x'], 'z'.repeat(3000), {message_size_limit: '1000'}, 'message file too big'],
    [['-f', 'me', 'r'.repeat(3000)], '', {}, 'queue file write error'],
    [
      ['-f', 'me', '-t'],
      `To: ${'y'.repeat(110_000)}\n`,
      {},
      'unable to extract recipients: message header length exceeds safety limit',
    ],
  ];
  for (const [argv, input, set, text] of FAULTS)
    test(`${argv.join(' ').slice(0, 30)}: ${text}`, async () => {
      const uid = process.getuid?.() ?? 0;
      const sender = argv[1] ?? '';
      await assert.rejects(send(argv, input, set), {message: `${sender}(${uid}): ${text}`, exitStatus: 75});
      assert.deepEqual(readdirSync(maildrop), []);
    });

  const USAGE: readonly (readonly [string[], string])[] = [
    [['-bz'], 'unsupported: -bz'],
    [['-bq'], 'unsupported: -bq'],
    [['-qSx'], '-qS is not implemented'],
    [['-qR'], 'specify: -qRsitename'],
    [['-n'], '-n option not supported'],
    [['-B', '7bit'], '-B option needs 8BITMIME or 7BIT'],
    [['-XVab'], '-V requires two characters from -=+'],
    [['-Xq'], 'unsupported: -Xq'],
    [['-oA'], '-oA requires pathname'],
    [['-bp', '-t'], '-t can be used only in delivery mode'],
    [['-bv', '-v', 'x'], '-v option cannot be used with -bv'],
    [['-Z'], 'usage: sendmail [options]'],
    [['-f'], 'usage: sendmail [options]'],
  ];
  for (const [argv, text] of USAGE)
    test(`usage: ${argv.join(' ')}`, () => {
      assert.throws(() => read(...argv), {message: text});
    });

  test('options long ignored are ignored', () => {
    const {complaints, options} = read(
      ...'-Am -Ac -om -o7 -o8 -oQ -O x -h 5 -L t -m -U -x -c -e m -p y rcpt'.split(' '),
    );
    assert.deepEqual([complaints, options.operands, options.mode], [[], ['rcpt'], 'deliver']);
  });

  test('wrong -N and -R values are warned about and ignored', () => {
    assert.deepEqual(read('-N', 'bogus', '-R', 'x', '-N', 'never,success').complaints, [
      'warning: unknown DSN NOTIFY command value "bogus" in "bogus"',
      'warning: bad -N option value -- ignored',
      'warning: bad -R option value -- ignored',
      'warning: bad -N option value -- ignored',
    ]);
  });

  test('-C is found first, main.cf taken off', () => {
    const complaints: string[] = [];
    const early = readEarlyOptions(['-q', '-Z', '-C', '/x/main.cf', '-oi', 'r'], text => void complaints.push(text));
    assert.deepEqual([early.configDirectory, complaints], ['/x', ["invalid option -- 'Z'"]]);
  });
});
