/**
 * sendmail beside the original: the same invocations on a scratch instance whose mail system is down, comparing exit
 * status, output, and the maildrop file record by record (but for the time).
 */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runSendmail} from '../../src/commands/sendmail-run.ts';
import {FatalError} from '../../src/core/base/errors.ts';
import {toByteString} from '../../src/core/base/bytes.ts';
import type {Stdio} from '../../src/core/base/tool.ts';
import {readRecords} from '../support/memory-queue-file.ts';
import {plainConfig} from '../support/plain-config.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

interface Result {
  status: number;
  stdout: string;
  stderr: string;
  records: string[];
}

const BODY = 'Subject: hi\n\nbody\n';
const HEADERS =
  'To: a, b@c (comment), "q q" <d>\nCc: grp: e, f;\nBcc: g\nSubject: x\n folded\nResent-Reply-To: h\nX-To: i\n\nTo: j\n';
const LONG = 'y'.repeat(5000);

/** Arguments, input. */
const RUNS: readonly (readonly [readonly string[], string])[] = [
  [['x'], BODY],
  [['-N', 'success,failure', '-V', 'env', '-R', 'full', 'x', 'y'], BODY],
  [['-N', 'DELAY', '-R', 'HDRS', 'x'], BODY],
  [['-N', 'bogus', 'x'], BODY],
  [['-N', 'never,success', 'x'], BODY],
  [['-R', 'bogus', 'x'], BODY],
  [['-V', 'v'.repeat(101), 'x'], BODY],
  [['-V', 'a\tb', 'x'], BODY],
  [['-V', ' a ', 'x'], BODY],
  [['-v', '-R', 'hdrs', 'x'], BODY],
  [['-bv', 'x', 'y z'], BODY],
  [['-bv', '-f', '', 'x'], BODY],
  [['-bv', '-N', 'never', 'x'], BODY],
  [['-bv', '-v', 'x'], BODY],
  [['-XV+=', '-f', 'a@b', '-F', 'Full', 'x'], BODY],
  [['-XV', 'x'], BODY],
  [['-XV', '-f', '', 'x'], BODY],
  [['-XVab', 'x'], BODY],
  [['-Xq', 'x'], BODY],
  [['-V', '++', 'x'], BODY],
  [['-V+=', 'x'], BODY],
  [['-B', '8BITMIME', 'x'], BODY],
  [['-B', '7BIT', 'x'], BODY],
  [['-B', '7bit', 'x'], BODY],
  [['-G', 'x'], BODY],
  [['-n', 'x'], BODY],
  [['-f', '', 'x'], BODY],
  [['-f', '<>', 'x'], BODY],
  [['-f', 'a b', 'x'], BODY],
  [['-f', 'Name <a@b>', 'x'], BODY],
  [['-r', '"o o"@b', 'x'], BODY],
  [['-F', '', 'x'], BODY],
  [['x,', 'y'], BODY],
  [['x, y z', 'N N <a@b>', '(c)', '', ' ', ',', '<>', '""'], BODY],
  [['"a b"@c', 'a\\ b', '|cmd', '"|cmd x"', '/f', ':include:/x', '\\x'], BODY],
  [['@a:b@c', '<@a,@b:c@d>', 'x@[1.2.3.4]', '[1.2.3.4]', 'a@b@c', 'h!u', 'u%h'], BODY],
  [['<a', 'b>', '"', 'grp: a, b;', 'a;b', 'a:b', '\u00fc@x'], BODY],
  [['--', '-x', '-t'], BODY],
  [['x', '-f', 'y'], BODY],
  [['r'.repeat(3000)], BODY],
  [[], BODY],
  [['-t'], BODY],
  [['-t'], HEADERS],
  [['-t', '-N', 'never', 'z'], HEADERS],
  [['-t'], `Resent-To: r\n${HEADERS}`],
  [['-t'], `To: a\nnot a header\nTo: b\n`],
  [['-t'], `To : a\nCC:b\n:x\n\n`],
  [['-t'], ` To: a\nTo: b\n\n`],
  [['-t'], 'To: a\0b, c\n d\0e\n\nx'],
  [['-t'], `To: ${'y'.repeat(110_000)}\n\n`],
  [['-t'], `To: a\nX: ${LONG}\n ${LONG}\n\n`],
  [['-t'], 'To: a'],
  [['-t', '-bp'], ''],
  [['x'], ''],
  [['x'], '\n'],
  [['x'], 'no newline'],
  [['x'], `${LONG}\n${'y'.repeat(2048)}\n${'y'.repeat(2047)}\r\n${'y'.repeat(2048)}`],
  [['x'], `${'y'.repeat(2048)}.\n.\nlost`],
  [['x'], 'From foo bar\n>>From baz\nSubject: x\r\n\r\nabc\r\n.\r\ndef'],
  [['-i', 'x'], 'From foo\nFrom foo bar\n\n.\n..\nFrom x y\n'],
  [['-oi', 'x'], '.'],
  [['x'], '.'],
  [['x'], 'a\n. \n.\r\r\nb'],
  [['x'], 'a\rb\r\n\0\x80\xff\r\r\nq\r'],
  [
    [
      '-Am',
      '-Ac',
      '-Ax',
      '-om',
      '-o7',
      '-o8',
      '-ox',
      '-O',
      'Q=x',
      '-h',
      '5',
      '-m',
      '-U',
      '-x',
      '-c',
      '-em',
      '-py',
      'x',
    ],
    BODY,
  ],
  [['-Z', 'x'], BODY],
  [['-Mabc', 'x'], BODY],
  [['-d', 'x'], BODY],
  [['--version'], BODY],
  [['-f'], BODY],
  [['-b'], BODY],
  [['-bz'], BODY],
  [['-bt'], BODY],
  [['-bD'], BODY],
  [['-oA'], BODY],
  [['-qSx'], BODY],
  [['-qf'], BODY],
  [['-qR'], BODY],
  [['-qI'], BODY],
  [['-q15m', 'x'], BODY],
  [['-bh'], BODY],
  [['-bH', 'x'], BODY],
  [['-bp', 'x'], BODY],
  [['-bi', 'x'], BODY],
  [['-bl', 'x'], BODY],
  [['-bd', 'x'], BODY],
  [['-bs', 'x'], BODY],
  [['-q', 'x'], BODY],
  [['-q', '-bd', 'x'], BODY],
  [['-bd', '-q', 'x'], BODY],
  [['-qRa', 'x'], BODY],
  [['-qIa', 'x'], BODY],
  [['-qRa', '-bp'], BODY],
  [['-qIa', '-bp'], BODY],
  [['-bv', '-t'], BODY],
  [['-t', 'x'], 'To: y\n\n'],
];

suite('sendmail beside the original', function () {
  this.timeout(120_000);
  let real: RealPostfix;
  let home: string;

  suiteSetup(function () {
    requireRealPostfix(this);
    real = new RealPostfix('sendmail_fix_line_endings = always\n');
    real.run('postfix', ['check']);
    home = mkdtempSync(join(tmpdir(), 'ours-'));
    mkdirSync(join(home, 'maildrop'));
  });
  suiteTeardown(() => {
    real?.dispose();
    if (home !== undefined) rmSync(home, {recursive: true});
  });

  function collect(spool: string): string[] {
    const folder = join(spool, 'maildrop');
    const records = readdirSync(folder).flatMap(name => readRecords(readFileSync(join(folder, name))));
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    return records.map(record => record.replace(/^T .*/, 'T'));
  }

  async function ours(argv: readonly string[], input: string): Promise<Result> {
    let stdout = '';
    let stderr = '';
    const stdio: Stdio = {
      stdin: (async function* () {
        yield await Promise.resolve(Buffer.from(input, 'latin1'));
      })(),
      stdout: {write: text => void (stdout += String(text))},
      stderr: {write: text => void (stderr += String(text))},
      env: process.env,
    };
    let status = 0;
    try {
      status = await runSendmail(argv.map(toByteString), stdio, () => plainConfig({queue_directory: home}));
    } catch (fault) {
      if (!(fault instanceof FatalError)) throw fault;
      stdio.stderr.write(`sendmail: fatal: ${fault.message}\n`);
      status = fault.exitStatus;
    }
    return {status, stdout, stderr, records: collect(home)};
  }

  for (const [argv, input] of RUNS)
    test(`${argv.join(' ').slice(0, 60)} ${JSON.stringify(input.slice(0, 25))}`, async () => {
      const done = real.run('sendmail', argv, Buffer.from(input, 'latin1'));
      const lookups = /^postdrop: warning: unable to look up public\/pickup: .*\n/gm;
      const theirs: Result = {...done, stderr: done.stderr.replace(lookups, ''), records: collect(real.spool)};
      assert.deepEqual(await ours(argv, input), theirs);
    });
});
