/** The Sieve tools: the form kept beside a script, what is shown of it, and why a test was true. */
import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {sieveDump} from '../../src/commands/sieve-dump.ts';
import {sieveTest} from '../../src/commands/sieve-test.ts';
import {sievec} from '../../src/commands/sievec.ts';
import {runInProcess} from '../support/stdio.ts';

suite('Sieve tools', () => {
  let folder: string;
  let script: string;
  let message: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'sieve-tools-'));
    script = join(folder, 'x.sieve');
    message = join(folder, 'message');
    writeFileSync(message, 'From: Fred <fred@example.com>\nTo: joe@example.org\nSubject: Hello\n\nx\n');
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  const run = async (): Promise<string> => (await runInProcess(sieveTest, [script, message])).stdout;

  test('the kept form is used, and made anew when the script has changed', async () => {
    writeFileSync(script, 'require "fileinto"; fileinto "a"; unless');
    assert.equal((await runInProcess(sieveTest, [script, message])).status, 89);
    writeFileSync(script, 'require "fileinto"; fileinto "one";');
    assert.match(await run(), /folder: one/);
    const binary = join(folder, 'x.svbin');
    writeFileSync(binary, readFileSync(binary, 'latin1').replace('"folder":"one"', '"folder":"kept"'), 'latin1');
    assert.match(await run(), /folder: kept/);
    writeFileSync(script, 'require "fileinto"; fileinto "other";');
    assert.match(await run(), /folder: other/);
  });

  for (const [title, bytes] of [
    ["Pigeonhole's", Buffer.from('ebf0cafe02000000', 'hex')],
    ['one cut off', Buffer.from('posthorn sieve binary 1\n{"settings"')],
    ['a strange one', Buffer.from('posthorn sieve binary 1\n{"settings":"","stamps":[],"program":{"operations":[5]}}')],
  ] as const)
    test(`${title} is not used, but replaced`, async () => {
      writeFileSync(script, 'keep;');
      writeFileSync(join(folder, 'x.svbin'), bytes);
      assert.match(await run(), /folder: INBOX/);
      assert.match(readFileSync(join(folder, 'x.svbin'), 'latin1'), /^posthorn sieve binary 1\n\{"settings":"\[/);
    });

  test('a folder is compiled whole, wrong scripts told', async () => {
    writeFileSync(script, 'keep;');
    writeFileSync(join(folder, 'y.sieve'), 'nonsense');
    const {status, stderr} = await runInProcess(sievec, [folder]);
    assert.equal(status, 0);
    assert.match(stderr, /^y: line 1: error: /);
    assert.deepEqual([existsSync(join(folder, 'x.svbin')), existsSync(join(folder, 'y.svbin'))], [true, false]);
  });

  test('what is compiled can be read', async () => {
    writeFileSync(script, 'if header :contains "subject" ["a","b"] { stop; }');
    await runInProcess(sievec, [script]);
    const dumped = (await runInProcess(sieveDump, [join(folder, 'x.svbin')])).stdout;
    assert.match(dumped, /00000000: {4}1: HEADER\n/);
    assert.match(dumped, /keys: STRLIST \[2\]: STR\[1\] "a", STR\[1\] "b"/);
    assert.equal((await runInProcess(sievec, ['-d', script])).stdout, dumped);
    const missing = await runInProcess(sieveDump, [message]);
    assert.deepEqual([missing.status, missing.stderr], [89, `sieve-dump: Fatal: failed to load binary: ${message}\n`]);
  });

  test('--why tells what each test saw', async () => {
    writeFileSync(
      script,
      'if header :contains "subject" "hello" { keep; }\nif size :over 1K { stop; }\nif exists "x" { stop; }',
    );
    const {stdout} = await runInProcess(sieveTest, ['--why', script, message]);
    assert.match(stdout, /^x:1: header subject :contains "hello" is true: saw "Hello"$/m);
    assert.match(stdout, /^x:2: size :over "1024" is false: saw "\d+"$/m);
    assert.match(stdout, /^x:3: exists "x" is false: saw "no x"$/m);
  });

  test('scripts before run first, and -e prints what would be sent', async () => {
    const before = join(folder, 'before.sieve');
    writeFileSync(before, 'require "imap4flags"; addflag "seen1";');
    writeFileSync(script, 'redirect "a@b.c";');
    const {stdout} = await runInProcess(sieveTest, ['-s', before, script, message]);
    assert.equal(stdout.match(/## Executing script: /g)?.length, 2);
    const sent = (await runInProcess(sieveTest, ['-e', script, message])).stdout;
    assert.match(sent, /^X-Sieve: [^]*\nSubject: Hello\n\nx\n\nRECIPIENT: a@b\.c\nSTART MESSAGE:\nEND MESSAGE\n\n$/);
  });
});
