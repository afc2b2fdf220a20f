import assert from 'node:assert/strict';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {FolderFlusher} from '../../../src/core/base/flusher.ts';
import {SpareFiles} from '../../../src/core/queue/spare-files.ts';
import {QueueBench} from '../../support/queue-bench.ts';
import {until} from '../../support/home.ts';

suite('spare files', () => {
  let spool: string;
  let spares: SpareFiles;
  setup(() => {
    spool = mkdtempSync(join(tmpdir(), 'spares-'));
    for (const name of ['incoming', 'active', 'spare']) mkdirSync(join(spool, name));
    spares = new SpareFiles(spool, new FolderFlusher());
  });
  teardown(async () => {
    await spares.clear();
    rmSync(spool, {recursive: true});
  });

  const retire = (name: string, sizeBytes = 100): Promise<void> =>
    new Promise((resolve, reject) => {
      const path = join(spool, 'active', name);
      writeFileSync(path, name);
      spares.retire(path, sizeBytes, fault => (fault === null ? resolve() : reject(fault)));
    });
  const retireMany = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await retire(`m${i}`);
  };
  const kept = (): number => readdirSync(join(spool, 'spare')).length;

  test('a process that may end at once keeps none', async () => {
    await retireMany(40);
    assert.equal(kept(), 0);
    assert.deepEqual(readdirSync(join(spool, 'active')), []);
  });

  test('they are kept under load only, and small ones only', async () => {
    spares.isKeeping = true;
    await retireMany(16);
    assert.equal(kept(), 0);
    await retireMany(10);
    assert.equal(kept(), 10);
    await retire('large', 1 << 20);
    assert.equal(kept(), 10);
    assert.deepEqual(readdirSync(join(spool, 'active')), []);
  });

  test('one is handed out after the folders that knew it were flushed, and once', async () => {
    const flushed: string[] = [];
    let flush: (() => void) | undefined;
    const taker = new SpareFiles(spool, {
      sync(folder: string, done: (fault: null) => void) {
        flushed.push(folder);
        const last = flush;
        flush = () => {
          last?.();
          done(null);
        };
      },
    } as unknown as FolderFlusher); // a flusher that takes its time
    writeFileSync(join(spool, 'spare/1.a.1'), 'old');
    assert.equal(taker.take(), undefined);
    await until(() => flushed.length === 2, 5000, 'two folders to be flushed');
    assert.deepEqual(flushed, [join(spool, 'incoming'), join(spool, 'active')]);
    assert.equal(taker.take(), undefined);
    flush?.();
    assert.equal(taker.take(), join(spool, 'spare/1.a.1'));
    assert.equal(taker.take(), undefined);
  });

  test('none stays when nothing comes any more', async () => {
    spares.isKeeping = true;
    await retireMany(30);
    assert.ok(kept() > 0);
    await until(() => kept() === 0, 8000, 'an empty folder');
  }).timeout(10_000);

  test('a new message in the file of an old one is whole, and nothing else is in it', async () => {
    const bench = new QueueBench();
    bench.manager.start();
    const store = bench.parts.store;
    assert.ok(store.spares !== undefined);
    store.spares.isKeeping = true;
    try {
      const long = Buffer.from(`Subject: old\n\n${'old text\n'.repeat(900)}`);
      for (let i = 0; i < 40; i++) await bench.submit([`old${i}@there.example`], {content: long});
      await bench.manager.whenIdle();
      const inodes = new Set(readdirSync(join(bench.spool, 'spare')).map(name => inodeOf(bench.spool, 'spare', name)));
      assert.ok(inodes.size > 0, `${inodes.size} spare files`);
      let isReused = false;
      for (let i = 0; i < 20 && !isReused; i++) {
        const {envelope} = await bench.incoming([`new${i}@there.example`]);
        const text = readFileSync(envelope.path, 'latin1');
        isReused = inodes.has(inodeOf(bench.spool, 'incoming', envelope.id));
        assert.ok(!text.includes('old'), text);
        assert.ok(text.endsWith('E\0'), 'the end record is the end');
        await pause(30);
      }
      assert.ok(isReused, 'no spare file was used');
    } finally {
      await store.spares.clear();
      await bench.dispose();
    }
  });

  test('a start removes what a process that died has left', async () => {
    writeFileSync(join(spool, 'spare/9.x.1'), 'left');
    await spares.clear();
    assert.ok(!existsSync(join(spool, 'spare/9.x.1')));
  });
});

function inodeOf(spool: string, queue: string, name: string): number {
  return statSync(join(spool, queue, name)).ino;
}
