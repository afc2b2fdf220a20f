import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {BackgroundFileWriter, SyncFileWriter} from '../../../src/core/log/file-sink.ts';

suite('log files', () => {
  let folder: string;
  let file: string;
  const read = (path = file): string => readFileSync(path, 'latin1');

  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-log-'));
    file = join(folder, 'mail.log');
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  test('a tool’s line is there at once, folder or not', () => {
    const writer = new SyncFileWriter(join(folder, 'new', 'mail.log'));
    writer.writeLine('one\n');
    assert.equal(read(join(folder, 'new', 'mail.log')), 'one\n');
    writer.end();
  });

  test('a tool that can’t log goes on', () => {
    mkdirSync(file);
    const writer = new SyncFileWriter(file);
    writer.writeLine('one\n');
    writer.end();
  });

  const background = (): BackgroundFileWriter =>
    new BackgroundFileWriter(file, (count, why) => `lost ${count}: ${why}\n`);

  test('the daemon’s lines come in order, and two writers share a file', async () => {
    const [first, second] = [background(), background()];
    for (let i = 0; i < 100; i++) {
      first.writeLine(`a${i}\n`);
      second.writeLine(`b${i}\n`);
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    await Promise.all([first.flush(), second.flush()]);
    const lines = read().trimEnd().split('\n');
    assert.deepEqual(
      lines.filter(line => line.startsWith('a')),
      Array.from({length: 100}, (_, i) => `a${i}`),
    );
    assert.equal(lines.length, 200);
  });

  test('after reopen the lines go to the new file', async () => {
    const writer = background();
    writer.writeLine('one\n');
    await writer.flush();
    renameSync(file, `${file}.1`);
    writer.reopen();
    writer.writeLine('two\n');
    await writer.flush();
    assert.equal(read(`${file}.1`), 'one\n');
    assert.equal(read(), 'two\n');
  });

  test('a file that was moved away is noticed without being told', async () => {
    const writer = background();
    writer.writeLine('one\n');
    await writer.flush();
    renameSync(file, `${file}.1`);
    await new Promise(resolve => setTimeout(resolve, 1050)); // it looks once a second
    writer.writeLine('two\n');
    await writer.flush();
    assert.equal(read(), 'two\n');
  });

  test('lines that could not be written are counted, and the count is told later', async () => {
    mkdirSync(file);
    const writer = background();
    writer.writeLine('one\n');
    writer.writeLine('two\n');
    await writer.flush();
    rmSync(file, {recursive: true});
    writer.writeLine('three\n');
    await writer.flush();
    assert.equal(read(), 'lost 2: Is a directory\nthree\n');
  });

  test('the end writes what is left', () => {
    const writer = background();
    writer.writeLine('one\n');
    writer.end();
    assert.equal(read(), 'one\n');
  });
});
