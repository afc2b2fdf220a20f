/** The examples of the textbook's chapter 13.1 (LPIC-2 202), typed as the reader would type them. */
import assert from 'node:assert/strict';
import {chmodSync, existsSync, readFileSync} from 'node:fs';
import {freePorts} from '../support/free-ports.ts';
import {Home, until} from '../support/home.ts';
import {playDialogue} from '../support/smtp-dialogue.ts';

const MAIN_CF = `myhostname = allegro.example.net
mydomain = example.net
myorigin = $mydomain
inet_interfaces = all
inet_protocols = all
mydestination = $myhostname, localhost.$mydomain, localhost, $mydomain,
        mail.$mydomain, www.$mydomain, ftp.$mydomain
mynetworks = 172.20.0.0/16, 127.0.0.0/8
mail_spool_directory = /var/spool/mail
mailbox_command = /usr/bin/procmail
smtpd_banner = $myhostname ESMTP $mail_name
`;

suite('the textbook, 13.1', function () {
  this.timeout(20_000);
  let home: Home;
  setup(() => {
    home = new Home(['john', 'fred', 'lpic', 'student']);
  });
  teardown(async () => {
    await home.dispose();
  });

  test('its main.cf is read whole', () => {
    home.write('etc/postfix/main.cf', MAIN_CF);
    const all = home.run('postconf');
    assert.equal(all.status, 0);
    assert.deepEqual(all.stdout.split('\n').slice(0, 2), [
      '2bounce_notice_recipient = postmaster',
      'access_map_defer_code = 450',
    ]);
    assert.equal(home.run('postconf', ['mydomain']).stdout, 'mydomain = example.net\n');
    const set = home.run('postconf', ['-n']).stdout;
    assert.match(set, /^mailbox_command = \/usr\/bin\/procmail$/m);
    assert.match(
      set,
      /^mydestination = \$myhostname, localhost\.\$mydomain, localhost, \$mydomain, mail\.\$mydomain, www\.\$mydomain, ftp\.\$mydomain$/m,
    );
    assert.equal(home.run('postconf', ['-x', '-h', 'smtpd_banner']).stdout, 'allegro.example.net ESMTP Postfix\n');
  });

  test('aliases: several receivers, a command, a list; newaliases makes them count', async function () {
    this.timeout(20_000);
    home.write('home/lpic/bin/mcheck', `#!/bin/sh\ncat > ${home.path('home/lpic/checked')}\n`);
    chmodSync(home.path('home/lpic/bin/mcheck'), 0o755);
    chmodSync(home.path('home/lpic'), 0o777);
    chmodSync(home.root, 0o755);
    home.write('etc/mail/mlist', 'student\nfred\n');
    home.write(
      'etc/aliases',
      `postmaster: john,fred\nlpic: |${home.path('home/lpic/bin/mcheck')}\nlpicml: :include:${home.path('etc/mail/mlist')}\n`,
    );
    assert.deepEqual(home.run('newaliases'), {status: 0, stdout: '', stderr: ''});
    await home.start();
    for (const to of ['postmaster', 'lpic', 'lpicml'])
      assert.equal(home.run('sendmail', ['-f', 'student', to], `Subject: for ${to}\n\nhello\n`).status, 0);
    const subjects = (user: string): string[] =>
      home.messages(user).map(message => /^Subject: (.*)$/m.exec(message)?.[1] ?? '');
    await until(() => subjects('student').length >= 1 && subjects('fred').length >= 2, 10_000, home.log());
    await until(() => existsSync(home.path('home/lpic/checked')), 10_000, home.log());
    assert.deepEqual(subjects('john'), ['for postmaster']);
    assert.deepEqual(subjects('fred').sort(), ['for lpicml', 'for postmaster']);
    assert.deepEqual(subjects('student'), ['for lpicml']);
    assert.match(readFileSync(home.path('home/lpic/checked'), 'latin1'), /Subject: for lpic\n/);
    assert.deepEqual(home.messages('postmaster'), []);
  });

  test('a .forward is obeyed, and not when anyone may write it', async function () {
    this.timeout(20_000);
    home.write('home/fred/.forward', 'john\n');
    await home.start();
    home.run('sendmail', ['-f', 'student', 'fred'], 'Subject: one\n\n');
    await until(() => home.messages('john').length === 1, 10_000, home.log());
    chmodSync(home.path('home/fred/.forward'), 0o666);
    home.run('sendmail', ['-f', 'student', 'fred'], 'Subject: two\n\n');
    await until(() => home.messages('fred').length === 1, 10_000, home.log());
    assert.match(home.log(), /warning: file .*\.forward is world writable/);
  });

  test('home_mailbox = Maildir/ and mailbox_command', async function () {
    this.timeout(20_000);
    home.configure('home_mailbox = Maildir/');
    await home.start();
    home.run('sendmail', ['-f', 'fred', 'john'], 'Subject: maildir\n\n');
    await until(() => existsSync(home.path('home/john/Maildir/new')) && home.messages('john').length === 1, 10_000);
    home.configure(`mailbox_command = cat > ${home.path('home/got-$USER')}`);
    chmodSync(home.path('home'), 0o777);
    home.run('postfix', ['reload']);
    home.run('sendmail', ['-f', 'fred', 'john'], 'Subject: command\n\n');
    await until(() => existsSync(home.path('home/got-john')), 10_000, home.log());
  });

  test('the queue: listed, deleted by id, deleted whole, flushed', async function () {
    this.timeout(30_000);
    home.configure('posthorn_dns_servers = 127.0.0.1:1 timeout:1 attempts:1'); // nobody answers there
    await home.start();
    for (const to of ['a@lpic2.example.net', 'b@lpic2.example.net', 'c@lpic2.example.net', 'd@lpic2.example.net'])
      home.run('sendmail', ['-f', 'fred', to], 'Subject: away\n\nbody\n');
    const listing = (): string => home.run('postqueue', ['-p']).stdout;
    await until(() => /in 4 Requests\.$/m.test(listing()) && !/^[0-9A-F]+\*/m.test(listing()), 10_000, listing());
    const lines = listing().split('\n');
    assert.equal(lines[0], '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------');
    assert.match(lines[1] ?? '', /^[0-9A-F]{6,} +\d+ \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d {2}fred@/);
    assert.match(lines[2] ?? '', /^ *\(.+\)$/);
    assert.match(lines[3] ?? '', /^ {41}[abcd]@lpic2\.example\.net$/);
    assert.equal(home.run('mailq').stdout, listing());
    const id = (lines[1] ?? '').split(' ')[0] ?? '';
    const one = home.run('postsuper', ['-d', id]);
    assert.equal(one.stderr, `postsuper: ${id}: removed\npostsuper: Deleted: 1 message\n`);
    for (const flush of [['postqueue', '-f'] as const, ['postfix', 'flush'] as const])
      assert.deepEqual(home.run(flush[0], flush.slice(1)), {status: 0, stdout: '', stderr: ''});
    await until(() => !/^[0-9A-F]+\*/m.test(listing()), 10_000);
    assert.equal(home.run('postsuper', ['-d', 'ALL']).stderr, 'postsuper: Deleted: 3 messages\n');
    assert.equal(listing(), 'Mail queue is empty\n');
  });

  test('relaying: out from the own networks, in for the own domains, never from outside to outside', async function () {
    this.timeout(30_000);
    const [port = 0] = await freePorts(1);
    const served = MAIN_CF.replace(/^(?:mail_spool_directory|mailbox_command|inet_interfaces).*\n/gm, '');
    home.configure(`${served}smtpd_authorized_xclient_hosts = 127.0.0.1\ndefault_transport = discard`);
    home.serve(`127.0.0.1:${port} inet n - n - - smtpd`);
    await home.start();
    const rcpt = async (client: string, to: string): Promise<string> => {
      const lines = [
        `XCLIENT ADDR=${client} NAME=client.example.org`,
        'EHLO client.example.org',
        'MAIL FROM:<joe@example.org>',
      ];
      const said = await playDialogue([...lines, `RCPT TO:<${to}>`, 'QUIT'], {port});
      return said[said.findIndex(line => line.startsWith('C: RCPT')) + 1]?.slice(3) ?? said.join('\n');
    };
    assert.equal(await rcpt('172.20.1.2', 'somebody@example.org'), '250 2.1.5 Ok');
    assert.equal(await rcpt('192.0.2.1', 'john@example.net'), '250 2.1.5 Ok');
    assert.equal(await rcpt('192.0.2.1', 'john@www.example.net'), '250 2.1.5 Ok');
    for (const to of ['somebody@example.org', 'somebody%example.org@example.net', 'example.org!somebody@example.net'])
      assert.match(await rcpt('192.0.2.1', to), /^454 4\.7\.1 <.*>: Relay access denied$/, to);
    const said = await playDialogue(['QUIT'], {port});
    assert.ok(
      said.some(line => line === 'S: 220 allegro.example.net ESMTP Postfix'),
      said.join('\n'),
    );
  });

  test('without a daemon, sendmail delivers at once by itself', () => {
    assert.equal(home.run('sendmail', ['-f', 'fred', 'john'], 'hi\n').status, 0);
    assert.equal(home.messages('john').length, 1);
    assert.equal(home.run('mailq').stdout, 'Mail queue is empty\n');
  });
});
