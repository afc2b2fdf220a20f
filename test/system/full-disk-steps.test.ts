/** The disk is full when mail is stored, returned or put off: it stays in the queue, whole, and goes on when there is room. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Home, until} from '../support/home.ts';
import {SmallDisk} from '../support/small-disk.ts';
import {ScriptServer} from '../support/smtp-script.ts';

const BODY = `${'0123456789'.repeat(7)}\n`.repeat(2000);
const SOON = 'minimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\n';

suite('a disk that is full at one step', function () {
  this.timeout(90_000);
  let disk: SmallDisk;
  let home: Home | undefined;
  setup(() => void (disk = new SmallDisk()));
  teardown(async () => {
    await home?.stop();
    disk.dispose();
    await home?.dispose();
    home = undefined;
  });

  const emptyQueue = (at: Home): Promise<void> =>
    until(() => at.run('mailq').stdout.startsWith('Mail queue is empty'), 30_000, 'an empty queue');

  for (const [format, folder] of [
    ['a Maildir', 'Maildir/'],
    ['an mbox', 'mbox'],
  ] as const)
    test(`storing in ${format}`, async function () {
      const mail = (home = new Home(['alice']));
      disk.mount(mail.path('home'), this);
      mail.configure(`${SOON}home_mailbox = ${folder}`);
      await mail.start();
      const send = (mark: string): void =>
        assert.equal(mail.run('sendmail', ['-f', 'alice', 'alice'], `Subject: ${mark}\n\n${BODY}END\n`).status, 0);
      send('before');
      await emptyQueue(mail);
      const mailbox = mail.path(`home/alice/${folder}`);
      const stored = (): string =>
        folder === 'mbox'
          ? readFileSync(mailbox, 'latin1')
          : readdirSync(join(mailbox, 'new'))
              .map(name => readFileSync(join(mailbox, 'new', name), 'latin1'))
              .join('');
      const before = stored();
      disk.fill();
      send('while full');
      await until(() => /status=deferred \(.*No space left on device/.test(mail.log()), 20_000, 'a deferral');
      assert.equal(stored(), before);
      if (folder === 'Maildir/') assert.deepEqual(readdirSync(join(mailbox, 'tmp')), []);
      disk.drain();
      mail.run('postqueue', ['-f']);
      await emptyQueue(mail);
      const lines = stored()
        .match(/^(?:Subject: .*|END)$/gm)
        ?.sort(); // names in a Maildir are in no order
      assert.deepEqual(lines, ['END', 'END', 'Subject: before', 'Subject: while full']);
    });

  test('returning and putting off', async function () {
    const root = join(disk.folder, 'root');
    disk.mount(join(root, 'var/spool/postfix'), this);
    const mail = (home = new Home(['alice'], root));
    const server = new ScriptServer({'RCPT TO:<bad': '550 5.1.1 no such', 'RCPT TO:<later': '450 4.2.1 later'});
    const port = await server.listen();
    try {
      const settings = `${SOON}home_mailbox = Maildir/\nrelayhost = [127.0.0.1]:${port}\n`;
      const main = readFileSync(mail.path('etc/postfix/main.cf'), 'latin1');
      const configure = (more: string): void =>
        writeFileSync(mail.path('etc/postfix/main.cf'), `${main}\n${settings}${more}\n`, 'latin1');
      configure('defer_transports = smtp');
      await mail.start();
      const to = ['bad@x.example', 'later@x.example', 'good@x.example'];
      const text = `Subject: x\n\n${BODY.repeat(4)}END\n`;
      assert.equal(mail.run('sendmail', ['-f', 'alice', ...to], text).status, 0);
      await until(() => mail.log().split('status=deferred (deferred transport)').length > 3, 20_000, 'deferrals');
      disk.fill();
      configure('');
      assert.equal(mail.run('postfix', ['reload']).status, 0);
      mail.run('postqueue', ['-f']);
      await until(() => server.lines.filter(line => line.startsWith('RCPT TO:<bad')).length > 1, 20_000, 'two tries');
      assert.deepEqual(mail.messages('alice'), []);
      disk.drain();
      mail.run('postqueue', ['-f']);
      await until(() => mail.messages('alice').length > 0, 30_000, 'the report');
      assert.match(mail.messages('alice')[0] ?? '', /^<bad@x\.example>: host .* said: 550 5\.1\.1 no such/m);
      assert.ok(server.lines.includes('RCPT TO:<good@x.example>') || server.bytes.includes('RCPT TO:<good@x.example>'));
      await until(() => /later@x\.example/.test(mail.run('mailq').stdout), 10_000, 'what was put off');
      const listed = mail.run('mailq').stdout;
      assert.doesNotMatch(listed, /bad@|good@/);
      assert.ok(
        !existsSync(mail.path('var/spool/postfix/corrupt')) ||
          readdirSync(mail.path('var/spool/postfix/corrupt')).length === 0,
      );
    } finally {
      await server.close();
    }
  });
});
