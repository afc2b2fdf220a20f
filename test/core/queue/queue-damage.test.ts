/** Damaged queue files: every reader of them answers or throws `ParseError`, in time; the tools end as tools do. */
import assert from 'node:assert/strict';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {postcat} from '../../../src/commands/postcat.ts';
import {qshape} from '../../../src/commands/qshape.ts';
import {FatalError, ParseError} from '../../../src/core/base/errors.ts';
import type {Stdio} from '../../../src/core/base/tool.ts';
import {loadConfig} from '../../../src/core/config/load-config.ts';
import {listQueue} from '../../../src/core/queue/queue-listing.ts';
import {contentOf, readQueueFile} from '../../../src/core/queue/queue-file-reader.ts';
import {QueueStore} from '../../../src/core/queue/queue-store.ts';

const ID = '4ABCD12345';
const SEED = 20_261_124;

function record(type: string, payload: string): Buffer {
  const length: number[] = [];
  let rest = payload.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from(type), Buffer.from([...length, rest]), Buffer.from(payload, 'latin1')]);
}

/** A whole queue file with recipients before and behind the content, and pointers. */
function queueFile(pointer = '0'): Buffer {
  const content = Buffer.concat([
    record('N', 'Subject: x'),
    record('N', ''),
    record('L', 'y'.repeat(300)),
    record('N', 'end\0of line'),
    record('p', '0'.padStart(15)),
  ]);
  const envelope = Buffer.concat([
    record('T', '1795500000 123456'),
    record('A', 'create_time=1795500000'),
    record('A', 'rewrite_context=local'),
    record('F', 'Alice'),
    record('S', 'alice@example.com'),
    record('A', 'dsn_orig_rcpt=rfc822;u@example.com'),
    record('A', 'notify_flags=1'),
    record('O', 'u@example.com'),
    record('R', 'u@example.com'),
    record('D', 'done@example.com'),
    record('p', pointer.padStart(15)),
    record('M', ''),
  ]);
  const fields = [content.length, 91 + 2 + envelope.length, 3, 0, content.length, 0];
  const size = fields
    .map(field => String(field).padStart(15))
    .join(' ')
    .slice(0, 95);
  const sizeRecord = record('C', size);
  const offset = sizeRecord.length + envelope.length;
  fields[1] = offset;
  const right = record(
    'C',
    fields
      .map(field => String(field).padStart(15))
      .join(' ')
      .slice(0, 95),
  );
  return Buffer.concat([right, envelope, content, record('X', ''), record('R', 'behind@example.com'), record('E', '')]);
}

/** Numbers that are the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

suite('damaged queue files', () => {
  let home: string;
  let store: QueueStore;
  let path: string;
  const silent: Stdio = {
    stdin: {async *[Symbol.asyncIterator]() {}},
    stdout: {write: () => undefined},
    stderr: {write: () => undefined},
    env: {},
  };

  suiteSetup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-damage-'));
    for (const folder of ['etc/postfix', 'spool/deferred']) mkdirSync(join(home, folder), {recursive: true});
    const main = `queue_directory = ${home}/spool\nhash_queue_names = flush\n`;
    writeFileSync(join(home, 'etc/postfix/main.cf'), main);
    store = new QueueStore(loadConfig(join(home, 'etc/postfix'), {root: home}));
    path = store.path('deferred', ID);
    mkdirSync(store.folder('deferred', ID), {recursive: true});
  });

  suiteTeardown(() => rmSync(home, {recursive: true}));

  async function readAll(bytes: Buffer): Promise<void> {
    writeFileSync(path, bytes);
    chmodSync(path, 0o700);
    await allowing(ParseError, async () => {
      const {envelope} = await readQueueFile(path, 'deferred', ID);
      await contentOf(envelope, () => path).lines(() => undefined);
    });
    assert([...listQueue(store, ['deferred'])].length <= 1);
    await allowing(FatalError, () => postcat.main(['-vdo', path], silent));
    await allowing(FatalError, () => postcat.main(['-h', path], silent));
    await allowing(FatalError, () => qshape.main(['-p', join(home, 'spool/deferred')], silent));
  }

  test('the whole file is read', async () => {
    writeFileSync(path, queueFile());
    chmodSync(path, 0o700);
    const {envelope} = await readQueueFile(path, 'deferred', ID);
    assert.deepEqual(
      envelope.recipients.map(({address}) => address),
      ['u@example.com', 'behind@example.com'],
    );
    assert.deepEqual(
      [...listQueue(store, ['deferred'])].map(({recipients}) => recipients.map(({address}) => address)),
      [['u@example.com', 'behind@example.com']],
    );
  });

  test('cut off anywhere', async () => {
    const whole = queueFile();
    for (let length = 0; length < whole.length; length++) await readAll(whole.subarray(0, length));
  }).timeout(60_000);

  test('with bytes that changed', async () => {
    const next = numbers(SEED);
    for (let round = 0; round < 1000; round++) {
      const bytes = Buffer.from(queueFile());
      for (let flips = 1 + (next.next().value % 4); flips > 0; flips--)
        bytes[next.next().value % bytes.length] = next.next().value & 0xff;
      await readAll(bytes);
    }
  }).timeout(60_000);

  for (const pointer of ['1', '97', '-1', '1e400', '1.5', 'Infinity', '99999999999999', 'x', '999999'])
    test(`with a pointer to ${pointer}`, () => readAll(queueFile(pointer)));

  for (const size of ['1e400 99', '-5 97', 'NaN NaN', '1.5 97', ''])
    test(`with the size "${size}"`, () => readAll(Buffer.concat([record('C', size), queueFile()])));

  test('with a time that is none', () => readAll(Buffer.concat([record('T', 'soon'), queueFile()])));
  test('of other kinds', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100_000), Buffer.alloc(100_000, 0xff), Buffer.from('From x\n')])
      await readAll(bytes);
  });
});

async function allowing(kind: typeof ParseError | typeof FatalError, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (fault) {
    if (!(fault instanceof kind)) throw fault;
  }
}
