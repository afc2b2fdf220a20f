import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {postkick} from '../../src/commands/postkick.ts';
import {listenForTriggers} from '../../src/core/daemon/trigger-listener.ts';
import {runInProcess} from '../support/stdio.ts';

suite('postkick', () => {
  let home: string;

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-postkick-'));
  });
  teardown(() => rmSync(home, {recursive: true, force: true}));

  const run = (...argv: string[]) => runInProcess(postkick, argv, {env: {POSTHORN_HOME: home}});

  test('wakes who listens', async () => {
    await run('public', 'pickup', 'W'); // makes the instance
    let hear: (requests: string) => void = () => undefined;
    const heard = new Promise<string>(resolve => (hear = resolve));
    const listener = listenForTriggers(join(home, 'var/spool/postfix/public'), 'pickup', hear);
    assert.deepEqual(await run('public', 'pickup', 'W'), {status: 0, stdout: '', stderr: ''});
    assert.equal(await heard, 'W');
    listener.close();
  });

  test('says that nobody is there', async () => {
    assert.deepEqual(await run('public', 'pickup', 'W'), {
      status: 1,
      stdout: '',
      stderr:
        'postkick: warning: unable to look up public/pickup: No such file or directory\n' +
        'postkick: warning: Cannot contact class public service pickup - perhaps the mail system is down\n',
    });
  });

  const USAGE = 'postkick: fatal: usage: postkick [-c config_dir] [-v] class service request\n';
  for (const [argv, stderr] of [
    [[], USAGE],
    [['public', 'pickup'], USAGE],
    [['a', 'b', 'c', 'd'], USAGE],
    [['-Z'], `postkick: invalid option -- 'Z'\n${USAGE}`],
    [['-c'], `postkick: option requires an argument -- 'c'\n${USAGE}`],
  ] as const)
    test(`usage: ${argv.join(' ')}`, async () => assert.deepEqual(await run(...argv), {status: 1, stdout: '', stderr}));
});
