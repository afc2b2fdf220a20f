/** What should never be there: the daemon says so, keeps what it can, and goes on. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {Home, until} from '../support/home.ts';

suite('bad input', function () {
  this.timeout(60_000);
  let home: Home;
  setup(() => {
    home = new Home(['alice']);
  });
  teardown(async () => {
    await home.dispose();
  });

  /** Puts bytes into a queue under the name that their inode asks for, as complete. */
  function putQueueFile(queue: string, bytes: Buffer, mode = 0o700): string {
    const folder = home.path(`var/spool/postfix/${queue}`);
    mkdirSync(folder, {recursive: true});
    writeFileSync(`${folder}/new`, bytes);
    const id = `0ABCD${statSync(`${folder}/new`).ino.toString(16).toUpperCase()}`;
    const path = queue === 'deferred' ? `${folder}/0/${id}` : `${folder}/${id}`;
    mkdirSync(dirname(path), {recursive: true});
    chmodSync(`${folder}/new`, mode);
    renameSync(`${folder}/new`, path);
    return id;
  }

  async function delivers(mark: string, from = 'alice'): Promise<void> {
    const sent = home.run('sendmail', ['-f', from, 'alice'], `Subject: ${mark}\n\n${mark}\n`);
    assert.equal(sent.status, 0, sent.stderr);
    const has = (): boolean => home.messages('alice').some(text => text.includes(`\n${mark}\n`));
    await until(has, 15_000, `${mark}\n${home.log()}`);
  }

  const corrupt = (): string[] => readdirSync(home.path('var/spool/postfix/corrupt'));

  test('garbage in the queues is set aside, and mail goes on', async () => {
    const real = Buffer.from('C  no size record at all\x00\x00\x00', 'latin1');
    const ids = ['incoming', 'active', 'deferred'].map(queue => putQueueFile(queue, real));
    ids.push(putQueueFile('incoming', Buffer.alloc(0)));
    ids.push(putQueueFile('incoming', Buffer.alloc(100_000, 0xff)));
    putQueueFile('maildrop', Buffer.from('N\x05hello'), 0o744);
    await home.start();
    home.run('postqueue', ['-f']);
    await delivers('after the garbage');
    await until(() => ids.every(id => corrupt().includes(id)), 10_000, `${ids.join()} in ${corrupt().join()}`);
    assert.match(home.log(), /saving corrupt file "\w+" from queue "incoming" to queue "corrupt"/);
    await delivers('and after that');
  });

  test('a main.cf that breaks under a running system is refused, and the old one stays in force', async () => {
    home.configure('home_mailbox = Maildir/');
    await home.start();
    await delivers('before');
    const good = readFileSync(home.path('etc/postfix/main.cf'), 'utf8');
    for (const [bad, words] of [
      ['nonsense', /missing '=' after attribute name: "nonsense"/],
      ['queue_run_delay = soon', /parameter queue_run_delay: bad time value or unit: soon/],
    ] as const) {
      home.write('etc/postfix/main.cf', `${good}\n${bad}\n`);
      process.kill(home.daemonPid ?? 0, 'SIGHUP');
      await until(() => words.test(home.log()), 10_000, home.log());
      home.write('etc/postfix/main.cf', good);
      await delivers(`still there after ${bad}`);
    }
  });

  test('a table whose file vanished stays in force as it was', async () => {
    home.write('etc/postfix/virtual', 'sales@example.com alice\n');
    assert.equal(home.run('postmap', [`hash:${home.path('etc/postfix/virtual')}`]).status, 0);
    home.configure(
      `virtual_alias_domains = example.com\nvirtual_alias_maps = hash:${home.path('etc/postfix/virtual')}`,
    );
    await home.start();
    const send = (mark: string): void => {
      assert.equal(home.run('sendmail', ['-f', 'alice', 'sales@example.com'], `\n${mark}\n`).status, 0);
    };
    const arrived = (mark: string): Promise<void> =>
      until(() => home.messages('alice').some(text => text.includes(mark)), 15_000, home.log());
    send('first');
    await arrived('first');
    rmSync(home.path('etc/postfix/virtual.db'));
    send('second');
    await arrived('second');
    writeFileSync(home.path('etc/postfix/virtual.db'), 'this is no database');
    send('third');
    await arrived('third');
    assert.equal(home.run('postfix', ['status']).status, 0);
  });

  test('a table that was never there defers the mail and says why', async () => {
    home.configure('virtual_alias_maps = hash:/nowhere/at-all');
    await home.start();
    assert.equal(home.run('sendmail', ['-f', 'alice', 'alice'], '\nwaits\n').status, 0);
    await until(() => home.log().includes('/nowhere/at-all'), 10_000, home.log());
    assert.equal(home.run('postfix', ['status']).status, 0);
    assert.notEqual(home.run('mailq').stdout, 'Mail queue is empty\n');
    const settings = readFileSync(home.path('etc/postfix/main.cf'), 'utf8');
    home.write('etc/postfix/main.cf', settings.replace(/^virtual_alias_maps.*$/m, ''));
    assert.equal(home.run('postfix', ['reload']).status, 0);
    await until(() => home.messages('alice').some(text => text.includes('waits')), 20_000, home.log());
  });

  test('hostile addresses and headers are carried as text', async () => {
    const trap = home.path('trap');
    await home.start();
    const hostile = [
      `|touch ${trap}`,
      `"|touch ${trap}"`,
      `/${trap}`,
      `:include:/etc/passwd`,
      `../../etc/passwd`,
      `alice;touch ${trap}`,
      `$(touch ${trap})`,
      `\`touch ${trap}\``,
      `a${'@b'.repeat(500)}`,
      `${'x'.repeat(3000)}@example.com`,
      `alice\\@example.com`,
      `<alice`,
      `"alice`,
      `\x00\x01\xff@\x80`.replace('\x00', ''),
    ];
    for (const address of hostile) {
      const {status} = home.run('sendmail', ['-f', address, '--', address], 'Subject: x\n\nhi\n');
      assert.ok([0, 75].includes(status), `${address}: ${status}`);
    }
    const header = `To: ${'a,'.repeat(50_000)}alice\nSubject: ${'=?x?q?'.repeat(5000)}\n${'X: y\n'.repeat(20_000)}`;
    assert.ok([0, 75].includes(home.run('sendmail', ['-t', '-f', 'alice'], `${header}\nhi\n`).status));
    home.run(
      'sendmail',
      ['-f', 'alice', 'alice'],
      Buffer.from(`: no name\n\x00\x00: nul\nA\x00B: c\n\n\x00body\xff\n`, 'latin1'),
    );
    await delivers('after the hostile');
    assert.ok(!existsSync(trap));
    assert.equal(home.run('postfix', ['status']).status, 0);
  });
});
