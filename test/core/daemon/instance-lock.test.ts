import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {acquireInstanceLock, isLock, lockOwner} from '../../../src/core/daemon/instance-lock.ts';

const MODULE = fileURLToPath(new URL('../../../src/core/daemon/instance-lock.ts', import.meta.url));

suite('the lock of an instance', () => {
  let queue: string;

  setup(() => {
    queue = mkdtempSync(join(tmpdir(), 'posthorn-lock-'));
    mkdirSync(join(queue, 'pid'));
  });
  teardown(() => rmSync(queue, {recursive: true, force: true}));

  test('is had once, and again after its release', async () => {
    const lock = await acquireInstanceLock(queue, 'master');
    assert.ok(isLock(lock));
    assert.deepEqual(await acquireInstanceLock(queue, 'master'), {pid: process.pid});
    assert.equal(lockOwner(queue, 'master')?.pid, process.pid);
    lock.release();
    assert.equal(lockOwner(queue, 'master'), undefined);
    const again = await acquireInstanceLock(queue, 'master');
    assert.ok(isLock(again));
    again.release();
    assert.deepEqual(readdirSync(join(queue, 'pid')), []);
  });

  test('the two kinds do not hinder each other', async () => {
    const locks = await Promise.all([acquireInstanceLock(queue, 'master'), acquireInstanceLock(queue, 'queue')]);
    assert.ok(locks.every(isLock));
    for (const lock of locks) if (isLock(lock)) lock.release();
  });

  test('a dead process’s tickets are void and are removed', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise(resolve => dead.once('exit', resolve));
    for (const name of [`master-lock.${dead.pid}.1`, `master-lock.${dead.pid}.1.held`])
      writeFileSync(join(queue, 'pid', name), '');
    const lock = await acquireInstanceLock(queue, 'master');
    assert.ok(isLock(lock));
    lock.release();
    assert.deepEqual(readdirSync(join(queue, 'pid')), []);
  });

  test('a ticket of an earlier process with our id is void', async () => {
    for (const name of [`queue-lock.${process.pid}.1`, `queue-lock.${process.pid}.1.held`])
      writeFileSync(join(queue, 'pid', name), '');
    const lock = await acquireInstanceLock(queue, 'queue');
    assert.ok(isLock(lock));
    lock.release();
  });

  test('other files in the folder are left alone', () => {
    writeFileSync(join(queue, 'pid', 'master.pid'), '1\n');
    writeFileSync(join(queue, 'pid', 'master-lock.x.y'), '');
    assert.equal(lockOwner(queue, 'master'), undefined);
    assert.equal(readdirSync(join(queue, 'pid')).length, 2);
  });

  test('of many processes that try at once, one has it', async function () {
    this.timeout(20_000);
    const program = `
      const {acquireInstanceLock, isLock} = await import(${JSON.stringify(MODULE)});
      process.stdin.once('data', async () => {
        const lock = await acquireInstanceLock(${JSON.stringify(queue)}, 'master');
        process.stdout.write(isLock(lock) ? 'held' : 'not');
        process.stdin.once('data', () => process.exit());
      });
      process.stdout.write('.');`;
    const children = Array.from({length: 5}, () =>
      spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const hear = (): Promise<string[]> =>
      Promise.all(
        children.map(child => new Promise<string>(resolve => child.stdout.once('data', text => resolve(String(text))))),
      );
    const ends = Promise.all(children.map(child => new Promise(resolve => child.once('exit', resolve))));
    await hear();
    const answers = hear();
    for (const child of children) child.stdin.write('go\n');
    assert.deepEqual((await answers).sort(), ['held', 'not', 'not', 'not', 'not']);
    for (const child of children) child.stdin.write('end\n');
    await ends;
  });
});
