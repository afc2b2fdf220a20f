import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setup, suite, teardown, test} from 'mocha';
import {FolderFlusher} from '../../../src/core/base/flusher.ts';
import {storeInMaildir} from '../../../src/core/mailbox/maildir-writer.ts';
import type {Pieces} from '../../../src/core/mailbox/write-pieces.ts';

suite('Maildir', () => {
  let root = '';
  const flusher = new FolderFlusher();
  setup(() => (root = mkdtempSync(join(tmpdir(), 'posthorn-maildir-'))));
  teardown(() => rmSync(root, {recursive: true, force: true}));

  async function store(pieces: Pieces, name = 'a/b/Maildir/', sizeLimit = 0): Promise<string> {
    const job = {path: join(root, name), now: 1795495446_689.031, hostName: 'mail', sizeLimit};
    const result = await storeInMaildir(job, pieces, flusher);
    return result.kind === 'stored' ? 'stored' : `${result.code} ${result.text}`;
  }

  test('many at once, each under its own name', async () => {
    const texts = Array.from({length: 50}, (_, i) => `message ${i}`);
    const results = await Promise.all(texts.map(text => store([Buffer.from(text)])));
    assert.ok(results.every(result => result === 'stored'));
    const folder = join(root, 'a/b/Maildir/new');
    const names = readdirSync(folder);
    assert.deepEqual(names.map(name => readFileSync(join(folder, name), 'utf8')).sort(), texts.sort());
    for (const name of names) assert.match(name, /^1795495446\.V[0-9a-f]+I[0-9a-f]+M689031\.mail$/);
    assert.deepEqual(readdirSync(join(root, 'a/b/Maildir/tmp')), []);
  });

  test('what fails half-way leaves nothing', async () => {
    const broken = (async function* () {
      yield Buffer.alloc(200_000);
      yield await Promise.reject<Buffer>(Object.assign(new Error(), {code: 'ENOSPC'}));
    })();
    assert.equal(await store(broken), 'ENOSPC error writing message: No space left on device');
    assert.equal(await store([Buffer.alloc(9)], 'm/', 8), 'EFBIG error writing message: File too large');
    for (const name of ['a/b/Maildir/', 'm/']) {
      assert.deepEqual(readdirSync(join(root, name, 'tmp')), []);
      assert.ok(!existsSync(join(root, name, 'new')));
    }
  });

  test('a fault of the program is not taken for one of the disk', async () => {
    const broken = (async function* () {
      yield await Promise.reject<Buffer>(new TypeError('a defect'));
    })();
    await assert.rejects(store(broken), TypeError);
  });

  test('a place that can not be a Maildir', async () => {
    writeFileSync(join(root, 'file'), '');
    assert.match(
      await store([Buffer.alloc(1)], 'file/'),
      /^ENOTDIR create maildir file .*\/file\/tmp\/1795495446\.P\d+\.mail: Not a directory$/,
    );
  });
});
