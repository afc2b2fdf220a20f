import assert from 'node:assert/strict';
import {tmpdir} from 'node:os';
import {FolderFlusher} from '../../../src/core/base/flusher.ts';

suite('folder flusher', () => {
  test('each asker is answered once, also those who come during a flush', async () => {
    const flusher = new FolderFlusher();
    const answers: number[] = [];
    await Promise.all(
      Array.from(
        {length: 20},
        (_, i) =>
          new Promise<void>(resolve => {
            const ask = (): void =>
              flusher.sync(tmpdir(), fault => {
                assert.equal(fault, null);
                answers.push(i);
                resolve();
              });
            if (i % 2 === 0) ask();
            else setImmediate(ask);
          }),
      ),
    );
    assert.deepEqual(
      answers.sort((a, b) => a - b),
      Array.from({length: 20}, (_, i) => i),
    );
  });

  test('who asks again from his answer is served by another flush', done => {
    const flusher = new FolderFlusher();
    flusher.sync(tmpdir(), () => flusher.sync(tmpdir(), fault => done(fault)));
  });

  test('a folder that is not there is a fault for all who asked', async () => {
    const flusher = new FolderFlusher();
    const faults = await Promise.all(
      [1, 2].map(() => new Promise<Error | null>(resolve => flusher.sync('/no/such/folder', resolve))),
    );
    for (const fault of faults) assert.match(String(fault), /ENOENT/);
  });
});
