import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {postlog} from '../../src/commands/postlog.ts';
import {runInProcess, type ToolRunOptions} from '../support/stdio.ts';

suite('postlog', () => {
  let home: string;

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-postlog-'));
  });
  teardown(() => rmSync(home, {recursive: true, force: true}));

  const run = (argv: readonly string[], options: ToolRunOptions = {}) =>
    runInProcess(postlog, argv, {...options, env: {POSTHORN_HOME: home, ...options.env}});

  /** The log without time, host and process id. */
  function logged(): string[] {
    const file = join(home, 'var/log/mail.log');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'latin1')
      .trimEnd()
      .split('\n')
      .map(line => line.replace(/^\w{3} \d\d \d\d:\d\d:\d\d \S+ (.*?)\[\d+\]:/, '$1:'));
  }

  const cases: readonly [string, readonly string[], string, readonly string[]][] = [
    ['words are one line', ['hello', 'world'], '', ['postfix/postlog: hello world']],
    ['a tag and a priority', ['-t', 'x', '-p', 'warn', 'hello'], '', ['x: warning: hello']],
    ['the priority’s case does not matter', ['-p', 'WARNING', 'x'], '', ['postfix/postlog: warning: x']],
    ['panic is only a word', ['-p', 'panic', 'x'], '', ['postfix/postlog: panic: x']],
    ['options cluster', ['-ivt', 'x', 'y'], '', ['x: y']],
    ['each line of the input', ['-t', 'x'], 'one\ntwo\n\nlast', ['x: one', 'x: two', 'x: ', 'x: last']],
    ['input without lines', [], '', []],
  ];
  for (const [name, argv, input, expected] of cases)
    test(name, async () => {
      assert.deepEqual(await run(argv, {input}), {status: 0, stdout: '', stderr: ''});
      assert.deepEqual(logged(), expected);
    });

  test('on a terminal the line is shown', async () => {
    assert.equal((await run(['-p', 'error', 'x'], {isTTY: true})).stderr, 'postfix/postlog: error: x\n');
  });

  test('complaints are for terminals, the exit status for all', async () => {
    assert.deepEqual(await run(['-p', 'bogus', 'x']), {status: 1, stdout: '', stderr: ''});
    assert.equal((await run(['-p', 'bogus', 'x'], {isTTY: true})).stderr, 'postlog: fatal: bad severity: "bogus"\n');
  });

  test('an unknown option', async () => {
    assert.deepEqual(await run(['-Z']), {status: 1, stdout: '', stderr: `postlog: invalid option -- 'Z'\n`});
  });
});
