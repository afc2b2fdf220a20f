import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {NameCalls} from '../../../src/core/base/name-calls.ts';

suite('name calls', () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), 'name-calls-'))));
  teardown(() => rmSync(folder, {recursive: true}));

  /** Milliseconds that each call seems to take. */
  const callsTaking = (...took: number[]): NameCalls => {
    let [now, isEnd] = [0, false];
    return new NameCalls(() => {
      if (isEnd) now += took.shift() ?? 0;
      isEnd = !isEnd;
      return now;
    });
  };

  test('a quick call is done when it returns', () => {
    writeFileSync(join(folder, 'a'), '');
    let answered = false;
    callsTaking(1).rename(join(folder, 'a'), join(folder, 'b'), fault => (answered = fault === null));
    assert.ok(answered);
    assert.ok(existsSync(join(folder, 'b')));
  });

  test('after a slow one a call goes to a thread', async () => {
    const calls = callsTaking(500);
    for (const name of ['a', 'b']) writeFileSync(join(folder, name), '');
    calls.rename(join(folder, 'a'), join(folder, 'c'), fault => assert.equal(fault, null));
    let answered = false;
    const done = new Promise<void>(resolve =>
      calls.rename(join(folder, 'b'), join(folder, 'd'), fault => {
        answered = true;
        assert.equal(fault, null);
        resolve();
      }),
    );
    assert.ok(!answered);
    await done;
    assert.ok(existsSync(join(folder, 'd')));
  });

  test('quick calls that take most of the time together are slow', () => {
    const calls = callsTaking(9, 9, 9);
    let answers = 0;
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(folder, name), '');
    for (const name of ['a', 'b', 'c', 'd'])
      calls.rename(join(folder, name), join(folder, `${name}2`), () => answers++);
    assert.equal(answers, 3);
  });

  test('a fault is told, not thrown', () => {
    const codes: unknown[] = [];
    const calls = callsTaking();
    calls.open(join(folder, 'no/file'), 'wx', 0o600, fault => codes.push(fault?.code));
    calls.rename(join(folder, 'no'), join(folder, 'yes'), fault => codes.push(fault?.code));
    assert.deepEqual(codes, ['ENOENT', 'ENOENT']);
  });
});
