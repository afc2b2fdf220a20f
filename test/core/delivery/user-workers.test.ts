/** Deliveries with the rights of users, which only root can give. */
import assert from 'node:assert/strict';
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setup, suite, suiteSetup, suiteTeardown, teardown, test} from 'mocha';
import {FolderFlusher} from '../../../src/core/base/flusher.ts';
import type {MessageToStore} from '../../../src/core/delivery/user-files.ts';
import {UserWorkers} from '../../../src/core/delivery/user-workers.ts';
import {textContent} from '../../support/delivery-bench.ts';

const NOBODY = {uid: 65534, gid: 65534};

suite('delivery children', function () {
  this.timeout(20_000);
  let folder = '';
  let workers: UserWorkers;

  suiteSetup(function () {
    if (process.getuid?.() === 0) return;
    console.log('      SKIPPED: only root delivers with the rights of others');
    this.skip();
  });
  suiteSetup(() => (workers = new UserWorkers(new FolderFlusher(), 100)));
  suiteTeardown(async () => await workers?.close());
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-workers-'));
    chmodSync(folder, 0o777);
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  function message(text: string, chunkBytes = 0): MessageToStore {
    return {head: 'X: y\n', content: textContent(text, chunkBytes), rules: {quoteFrom: true}, endsWithBlank: true};
  }

  test("a Maildir is its user's, small messages and large", async () => {
    const job = {path: `${folder}/m/`, now: 1e12, hostName: 'h', sizeLimit: 0};
    const large = 'line\n'.repeat(100_000);
    const files = workers.as(NOBODY);
    await Promise.all([files.maildir(job, message('small\n')), files.maildir(job, message(large, 60_001))]);
    const names = readdirSync(`${folder}/m/new`);
    const texts = names.map(name => readFileSync(`${folder}/m/new/${name}`, 'latin1')).sort();
    assert.deepEqual(texts, [`X: y\nline\n${large.slice(5)}\n`, 'X: y\nsmall\n\n']);
    for (const name of ['m', 'm/cur', `m/new/${names[0]}`]) assert.equal(statSync(`${folder}/${name}`).uid, NOBODY.uid);
  });

  test('what the user may not touch stays untouched', async () => {
    mkdirSync(`${folder}/root`, {mode: 0o700});
    const files = workers.as(NOBODY);
    assert.deepEqual(await files.read(`${folder}/root/x`), {failure: {code: 'EACCES', text: 'Permission denied'}});
    const job = {path: `${folder}/root/m/`, now: 1e12, hostName: 'h', sizeLimit: 0};
    const result = await files.maildir(job, message('x\n'));
    assert.equal(result.kind === 'failed' && result.code, 'EACCES');
  });

  test('a message that breaks off is not delivered, and the child lives on', async () => {
    const broken: MessageToStore = {
      ...message(''),
      content: {
        wholeIfSmall: () => Promise.resolve(undefined),
        async *chunks() {
          yield Buffer.from('half');
          yield await Promise.reject<Buffer>(new Error('queue file is damaged'));
        },
      },
    };
    const job = {path: `${folder}/m/`, now: 1e12, hostName: 'h', sizeLimit: 0};
    const files = workers.as(NOBODY);
    await assert.rejects(files.maildir(job, broken), /queue file is damaged/);
    assert.deepEqual(readdirSync(`${folder}/m/tmp`), []);
    assert.deepEqual(await files.maildir(job, message('x\n')), {kind: 'stored'});
  });

  test('a child that dies fails its tasks; the next one gets a new child', async () => {
    const files = workers.as(NOBODY);
    const looked = await files.read('/proc/self/stat');
    assert.ok('found' in looked);
    const pid = Number(looked.found.split(' ')[0]);
    assert.notEqual(pid, process.pid);
    const job = {path: `${folder}/m/`, now: 1e12, hostName: 'h', sizeLimit: 0};
    const doomed: MessageToStore = {
      ...message(''),
      content: {
        wholeIfSmall: () => Promise.resolve(undefined),
        async *chunks() {
          process.kill(pid, 'SIGKILL');
          yield await Promise.resolve(Buffer.from('half'));
        },
      },
    };
    await assert.rejects(files.maildir(job, doomed), /delivery process ended|channel closed|EPIPE/i);
    assert.deepEqual(await workers.as(NOBODY).maildir(job, message('x\n')), {kind: 'stored'});
  });
});
