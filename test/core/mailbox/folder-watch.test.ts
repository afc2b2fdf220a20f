/** Folders that are watched, and those that can't be. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {FolderWatch} from '../../../src/core/mailbox/folder-watch.ts';
import {until} from '../../support/home.ts';

suite('watched folders', () => {
  let folder = '';
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-watch-'));
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  for (const [name, isThere] of [
    ['by the kernel', true],
    ['without it, where it will not', false],
  ] as const)
    test(`what comes is told ${name}, until nobody waits`, async () => {
      const place = join(folder, 'new');
      if (isThere) mkdirSync(place);
      let calls = 0;
      const stop = new FolderWatch([place], () => calls++).use();
      if (!isThere) mkdirSync(place);
      writeFileSync(join(place, 'mail'), '');
      await until(() => calls > 0, 5000, 'to be told');
      stop();
      await new Promise(resolve => setTimeout(resolve, 300));
      const before = calls;
      writeFileSync(join(place, 'more'), '');
      await new Promise(resolve => setTimeout(resolve, 300));
      assert.equal(calls, before);
    });
});
