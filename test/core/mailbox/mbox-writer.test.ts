import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setup, suite, teardown, test} from 'mocha';
import {FolderFlusher} from '../../../src/core/base/flusher.ts';
import {tryFileLock} from '../../../src/core/mailbox/file-lock.ts';
import {appendToMbox, type MboxJob} from '../../../src/core/mailbox/mbox-writer.ts';

suite('mbox', () => {
  let folder = '';
  let path = '';
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-mbox-'));
    path = join(folder, 'box');
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  function job(more: Partial<MboxJob> = {}): MboxJob {
    const patience = {attempts: 2, delaySeconds: 0.05, staleSeconds: 500};
    return {path, locks: ['fcntl', 'dotlock'], patience, mustBeRegular: true, sizeLimit: 0, ...more};
  }

  async function append(text: string, more: Partial<MboxJob> = {}): Promise<string> {
    const result = await appendToMbox(job(more), [Buffer.from(text)], new FolderFlusher());
    return result.kind === 'stored' ? 'stored' : `${result.code ?? result.status ?? ''} ${result.text}`;
  }

  test('many at once do not mix', async () => {
    const texts = Array.from({length: 30}, (_, i) => `${String(i).repeat(5000)}\n`);
    await Promise.all(texts.map(text => append(text)));
    assert.equal(readFileSync(path, 'utf8'), texts.join(''));
  });

  test("another's lock is waited for, and respected", async () => {
    writeFileSync(`${path}.lock`, '');
    assert.equal(await append('x'), `EAGAIN unable to create lock file ${path}.lock: File exists`);
    assert.ok(!existsSync(path));
    setTimeout(() => rmSync(`${path}.lock`), 30);
    assert.equal(await append('x'), 'stored');
    assert.ok(!existsSync(`${path}.lock`));
  });

  test('an old lock, and one of a process that is no more, do not count', async () => {
    writeFileSync(`${path}.lock`, '');
    utimesSync(`${path}.lock`, 1, 1);
    assert.equal(await append('x'), 'stored');
    const child = spawn('true');
    await once(child, 'exit');
    writeFileSync(`${path}.lock`, `${child.pid}\n`);
    assert.equal(await append('y'), 'stored');
    writeFileSync(`${path}.lock`, `${process.ppid}\n`);
    assert.match(await append('z'), /^EAGAIN/);
    assert.equal(readFileSync(path, 'utf8'), 'x\ny');
  });

  test('a lock whose maker was killed before it could sign counts for seconds only', async () => {
    const seconds = Date.now() / 1000 - 10;
    writeFileSync(`${path}.lock`, '', {mode: 0o700});
    assert.match(await append('x'), /^EAGAIN/);
    utimesSync(`${path}.lock`, seconds, seconds);
    assert.equal(await append('y'), 'stored');
    writeFileSync(`${path}.lock`, '', {mode: 0o600}); // another program's
    utimesSync(`${path}.lock`, seconds, seconds);
    assert.match(await append('z'), /^EAGAIN/);
    assert.equal(readFileSync(path, 'utf8'), 'y');
    rmSync(`${path}.lock`);
  });

  test("the kernel's lock of another process is respected", async function () {
    writeFileSync(path, '');
    const fd = openSync(path, 'r+');
    const isKnown = (await tryFileLock(fd, 'fcntl')) !== undefined;
    closeSync(fd);
    if (!isKnown) {
      console.log('      SKIPPED: koffi is not installed');
      this.skip();
    }
    const program =
      'import fcntl,sys,time; f=open(sys.argv[1],"r+"); fcntl.lockf(f,fcntl.LOCK_EX); print("got",flush=True); time.sleep(9)';
    const child = spawn('python3', ['-c', program, path], {stdio: ['ignore', 'pipe', 'inherit']});
    const failed = once(child, 'error').then(() => 'no python3');
    if ((await Promise.race([once(child.stdout, 'data').then(() => 'locked'), failed])) !== 'locked') {
      console.log('      SKIPPED: python3 is not installed');
      this.skip();
    }
    const text = 'unable to lock for exclusive access: Resource temporarily unavailable';
    assert.equal(await append('x'), `EAGAIN ${text}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await append('x'), 'stored');
  });

  test('traps: links, devices, programs, folders', async () => {
    chmodSync(folder, 0o775); // else root's own links would do
    writeFileSync(join(folder, 'other'), 'old\n');
    symlinkSync(join(folder, 'other'), path);
    assert.equal(await append('x'), 'EPERM file is a symbolic link');
    rmSync(path);
    symlinkSync(join(folder, 'nowhere'), path);
    assert.equal(await append('x'), 'ENOENT cannot open file: No such file or directory');
    rmSync(path);
    linkSync(join(folder, 'other'), path);
    assert.equal(await append('x'), 'EPERM file has 2 hard links');
    assert.equal(await append('x', {path: folder}), 'EISDIR cannot open file: Is a directory');
    assert.equal(await append('x', {path: '/dev/null'}), '5.2.0 destination /dev/null is not a regular file');
    assert.equal(await append('x', {path: '/dev/null', mustBeRegular: false}), 'stored');
    const program = join(folder, 'program');
    writeFileSync(program, '', {mode: 0o755});
    assert.equal(await append('x', {path: program, mustBeRegular: false}), '5.7.1 file is executable');
    assert.equal(readFileSync(join(folder, 'other'), 'utf8'), 'old\n');
  });

  test("another's mailbox is not written to", async () => {
    writeFileSync(path, '');
    const text = `4.2.0 destination ${path} is not owned by recipient`;
    assert.equal(await append('x', {requiredOwner: 4711}), text);
    assert.equal(readFileSync(path, 'utf8'), '');
  });

  test('what fails half-way leaves nothing', async () => {
    writeFileSync(path, 'old\n');
    const broken = (async function* () {
      yield Buffer.alloc(200_000, 0x61);
      yield await Promise.reject<Buffer>(Object.assign(new Error(), {code: 'EIO'}));
    })();
    const result = await appendToMbox(job(), broken, new FolderFlusher());
    assert.deepEqual(result, {kind: 'failed', text: 'error writing message: Input/output error', code: 'EIO'});
    assert.equal(await append('xyz', {sizeLimit: 6}), 'EFBIG error writing message: File too large');
    assert.equal(await append('xy', {sizeLimit: 6}), 'stored');
    assert.equal(readFileSync(path, 'utf8'), 'old\nxy');
  });

  test('a lock file that can not be made is fatal for mailboxes only', async () => {
    const missing = join(folder, 'no/box');
    assert.equal(
      await append('x', {path: missing}),
      `ENOENT unable to create lock file ${missing}.lock: No such file or directory`,
    );
    assert.equal(
      await append('x', {path: missing, dotLockMayFail: true}),
      'ENOENT cannot create file exclusively: No such file or directory',
    );
  });
});
