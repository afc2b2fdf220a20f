import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {takeControlLock} from '../../../src/core/mailbox/control-lock.ts';
import {MailError} from '../../../src/core/mailbox/mail-error.ts';

/** What is in the lock file, how old it is, whether it counts. Process ids end at 2^22. */
const LOCKS: readonly (readonly [string, number, boolean])[] = [
  [`${process.pid}:host`, 0, true],
  ['4194399:host', 0, false],
  ['4194399:another', 0, true],
  ['', 1, true],
  ['', 6, false],
  ['0 $Junk\n', 30, true],
  [`${process.pid}:host`, 121, false],
];

suite('lock files beside control files', () => {
  test('are made with the process and the host, and go when released', () =>
    inFolder(async path => {
      const lock = await takeControlLock(path, 'host');
      assert.equal(readFileSync(path, 'latin1'), `${process.pid}:host`);
      assert.ok(lock.isHeld());
      lock.release();
      assert.ok(!existsSync(path));
    }));

  for (const [content, ageSeconds, counts] of LOCKS)
    test(`${JSON.stringify(content)}, ${ageSeconds} s old, ${counts ? 'is waited for' : 'is void'}`, () =>
      inFolder(async path => {
        writeFileSync(path, content);
        utimesSync(path, Date.now() / 1000, Date.now() / 1000 - ageSeconds);
        const lock = takeControlLock(path, 'host', 60);
        if (counts) await assert.rejects(lock, fault => fault instanceof MailError && fault.code === 'in-use');
        else (await lock).release();
      }));

  test('one that was taken away by another is not removed on release', () =>
    inFolder(async path => {
      const lock = await takeControlLock(path, 'host');
      rmSync(path);
      writeFileSync(path, '1:other');
      lock.release();
      assert.equal(readFileSync(path, 'latin1'), '1:other');
    }));
});

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-lock-'));
  try {
    await run(join(folder, 'dovecot-uidlist.lock'));
  } finally {
    rmSync(folder, {recursive: true});
  }
}
