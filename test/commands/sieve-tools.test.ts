/** The Sieve tools: the form kept beside a script, what is shown of it, and why a test was true. */
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {sieveDump} from '../../src/commands/sieve-dump.ts';
import {sieveTest} from '../../src/commands/sieve-test.ts';
import {sievec} from '../../src/commands/sievec.ts';
import type {Tool} from '../../src/core/base/tool.ts';
import {runInProcess, type ToolRun} from '../support/stdio.ts';

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

  /** With the folder as an instance that has no dovecot.conf yet. */
  const runTool = (tool: Tool, argv: readonly string[]): Promise<ToolRun> =>
    runInProcess(tool, argv, {env: {POSTHORN_HOME: folder}});

  const run = async (): Promise<string> => (await runTool(sieveTest, [script, message])).stdout;

  test('the kept form is used, and made anew when the script has changed', async () => {
    writeFileSync(script, 'require "fileinto"; fileinto "a"; unless');
    assert.equal((await runTool(sieveTest, [script, message])).status, 89);
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
    const {status, stderr} = await runTool(sievec, [folder]);
    assert.equal(status, 0);
    assert.match(stderr, /^y: line 1: error: /);
    assert.deepEqual([existsSync(join(folder, 'x.svbin')), existsSync(join(folder, 'y.svbin'))], [true, false]);
  });

  test('what is compiled can be read', async () => {
    writeFileSync(script, 'if header :contains "subject" ["a","b"] { stop; }');
    await runTool(sievec, [script]);
    const dumped = (await runTool(sieveDump, [join(folder, 'x.svbin')])).stdout;
    assert.match(dumped, /00000000: {4}1: HEADER\n/);
    assert.match(dumped, /keys: STRLIST \[2\]: STR\[1\] "a", STR\[1\] "b"/);
    assert.equal((await runTool(sievec, ['-d', script])).stdout, dumped);
    const missing = await runTool(sieveDump, [message]);
    assert.deepEqual([missing.status, missing.stderr], [89, `sieve-dump: Fatal: failed to load binary: ${message}\n`]);
  });

  test('settings are those of the instance, its filters and included files read as everywhere', async () => {
    mkdirSync(join(folder, 'etc/dovecot/conf.d'), {recursive: true});
    writeFileSync(join(folder, 'etc/dovecot/dovecot.conf'), '!include conf.d/*.conf\n');
    writeFileSync(
      join(folder, 'etc/dovecot/conf.d/90-sieve.conf'),
      'plugin {\n  sieve_max_redirects = 9\n}\nprotocol lda {\n  plugin {\n    sieve_max_redirects = 1\n  }\n}\nprotocol imap {\n  plugin {\n    sieve_max_redirects = 3\n  }\n}\n',
    );
    writeFileSync(script, 'redirect "a@b.c"; redirect "b@b.c";');
    assert.match((await runTool(sieveTest, [script, message])).stderr, /exceeds policy limit \(2 > 1\)/);
    const over = await runTool(sieveTest, ['-o', 'plugin/sieve_max_redirects=2', script, message]);
    assert.equal(over.status, 0);
  });

  test('a configuration that can not be read is fatal', async () => {
    writeFileSync(script, 'keep;');
    const config = join(folder, 'missing.conf');
    const {status, stderr} = await runTool(sieveTest, ['-c', config, script, message]);
    assert.equal(status, 89);
    assert.match(
      stderr,
      /^sieve-test: Fatal: Error reading configuration: stat\(.*\) failed: No such file or directory\n$/,
    );
    assert.equal((await runTool(sievec, ['-o', 'x', script])).status, 89);
  });

  test('personal scripts are those of `sieve`', async () => {
    mkdirSync(join(folder, 'own'));
    writeFileSync(join(folder, 'own/one.sieve'), 'discard;');
    writeFileSync(script, 'require "include"; include :personal "one";');
    assert.match(
      (await runTool(sieveTest, ['-o', `plugin/sieve=file:${folder}/own`, script, message])).stdout,
      / \* discard/,
    );
  });

  test('--why tells what each test saw', async () => {
    writeFileSync(
      script,
      'if header :contains "subject" "hello" { keep; }\nif size :over 1K { stop; }\nif exists "x" { stop; }',
    );
    const {stdout} = await runTool(sieveTest, ['--why', script, message]);
    assert.match(stdout, /^x:1: header subject :contains "hello" is true: saw "Hello"$/m);
    assert.match(stdout, /^x:2: size :over "1024" is false: saw "\d+"$/m);
    assert.match(stdout, /^x:3: exists "x" is false: saw "no x"$/m);
  });

  test('scripts before run first, and -e prints what would be sent', async () => {
    const before = join(folder, 'before.sieve');
    writeFileSync(before, 'require "imap4flags"; addflag "seen1";');
    writeFileSync(script, 'redirect "a@b.c";');
    const {stdout} = await runTool(sieveTest, ['-s', before, script, message]);
    assert.equal(stdout.match(/## Executing script: /g)?.length, 2);
    const sent = (await runTool(sieveTest, ['-e', script, message])).stdout;
    assert.match(sent, /^X-Sieve: [^]*\nSubject: Hello\n\nx\n\nRECIPIENT: a@b\.c\nSTART MESSAGE:\nEND MESSAGE\n\n$/);
  });
});
