/** Mail access as a whole: mail in by sendmail, read by IMAP, sessions seen and ended by doveadm, scripts by ManageSieve. */
import assert from 'node:assert/strict';
import {AccessHome, LineClient} from '../support/access-home.ts';
import {until} from '../support/home.ts';

suite('mail access of an instance', function () {
  this.timeout(120_000);
  let home: AccessHome;
  suiteSetup(async () => {
    home = await AccessHome.open();
    home.configure('home_mailbox = Maildir/');
    await Promise.all([home.start(), home.serveAccess()]);
  });
  suiteTeardown(() => home.dispose());

  async function login(user: string): Promise<LineClient> {
    const client = await LineClient.connect(home.ports.imap);
    await client.until(/^\* OK /);
    assert.match(await client.command('a', `LOGIN ${user} secret`), /^a OK .*Logged in$/m);
    return client;
  }

  test('an idle session hears of mail that sendmail sent', async () => {
    const client = await login('alice');
    await client.command('b', 'SELECT INBOX');
    client.send('c IDLE\r\n');
    await client.until(/^\+ idling/);
    assert.equal(home.run('sendmail', ['alice'], 'Subject: news\n\nhello\n').status, 0);
    assert.match(await client.until(/ EXISTS$/), /^\* 1 EXISTS$/m);
    client.send('DONE\r\n');
    await client.until(/^c OK/);
    assert.match(await client.command('d', 'FETCH 1 (FLAGS BODY[HEADER.FIELDS (SUBJECT)])'), /Subject: news/);
    await client.command('e', 'LOGOUT');
    client.close();
  });

  test('the log has the login and the end of a session as the original writes them', async () => {
    const client = await login('bob');
    await client.command('b', 'LOGOUT');
    const line =
      /dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=127\.0\.0\.1, lip=127\.0\.0\.1, mpid=\d+, secured, session=<[^>]+>\n/;
    await until(() => line.test(home.log()), 5000, 'the login');
    const end = /dovecot: imap\(bob\)<\d+><[^>]+>: Disconnected: Logged out in=\d+ out=\d+ deleted=0 expunged=0/;
    await until(() => end.test(home.log()), 5000, 'the end');
    client.close();
  });

  test('STARTTLS', async () => {
    const client = await LineClient.connect(home.ports.imap);
    await client.until(/^\* OK /);
    client.send('a STARTTLS\r\n');
    await client.until(/^a OK/);
    await client.startTls();
    assert.doesNotMatch(await client.command('c', 'CAPABILITY'), /STARTTLS/);
    assert.match(await client.command('d', 'LOGIN alice secret'), /^d OK/m);
    client.close();
  });

  test('what comes in plain text behind STARTTLS ends the connection', async () => {
    const client = await LineClient.connect(home.ports.imap);
    await client.until(/^\* OK /);
    client.send('a STARTTLS\r\nb LOGIN alice secret\r\n');
    await client.until(/^a OK/);
    await until(() => client.isEnded, 5000, 'the end of the connection');
  });

  test('so does it by ManageSieve, or nothing comes of it', async () => {
    const client = await LineClient.connect(home.ports.sieve);
    await client.until(/^OK /);
    client.send('STARTTLS\r\nNOOP "injected"\r\n');
    await client.until(/^OK "Begin TLS/);
    await client.startTls().catch(() => undefined);
    if (!client.isEnded) assert.doesNotMatch(await client.until(/^OK "TLS negotiation successful\."$/), /injected/);
    client.close();
  });

  test('a wrong password is refused, and nobody is let in', async () => {
    const client = await LineClient.connect(home.ports.imap);
    await client.until(/^\* OK /);
    assert.match(
      await client.command('a', 'LOGIN alice wrong'),
      /^a NO \[AUTHENTICATIONFAILED\] Authentication failed\.$/m,
    );
    assert.match(await client.command('b', 'SELECT INBOX'), /^b BAD/m);
    client.close();
  });

  test('doveadm sees who is connected, and throws them out', async () => {
    const client = await login('bob');
    const who = home.run('doveadm', ['-f', 'tab', 'who']);
    assert.match(who.stdout, /^username\t#\tproto\t\(pids\)\t\(ips\)\n/);
    assert.match(who.stdout, /^bob\t1\timap\t\(\d+\)\t\(127\.0\.0\.1\)$/m);
    const kicked = home.run('doveadm', ['kick', 'bob']);
    assert.equal(kicked.stdout, 'kicked connections from the following users:\nbob \n');
    await client.until(/^\* BYE/);
    await until(() => client.isEnded, 5000, 'the end of the connection');
    assert.deepEqual(
      [home.run('doveadm', ['kick', 'bob']).status, home.run('doveadm', ['kick', 'bob']).stderr],
      [68, 'no users kicked\n'],
    );
  });

  test('a script goes up by ManageSieve, over TLS, and a broken one is refused with its line', async () => {
    const client = await LineClient.connect(home.ports.sieve);
    await client.until(/^OK /);
    client.send('STARTTLS\r\n');
    await client.until(/^OK "Begin TLS/);
    await client.startTls();
    await client.until(/^OK "TLS negotiation successful\."$/);
    client.send(`AUTHENTICATE "PLAIN" "${Buffer.from('\0alice\0secret').toString('base64')}"\r\n`);
    await client.until(/^OK "Logged in\."$/);
    client.send('PUTSCRIPT "one" "keep;"\r\n');
    await client.until(/^OK "PUTSCRIPT completed\."$/);
    client.send('PUTSCRIPT "two" {13+}\r\nkeep;\r\nfoo;\r\n\r\n');
    assert.match(await client.until(/validation failed/), /^NO \{\d+\}\r\ntwo: line 2: error: unknown command 'foo'/);
    client.send('SETACTIVE "one"\r\nLISTSCRIPTS\r\n');
    assert.match(await client.until(/^OK "Listscripts/), /^"one" ACTIVE$/m);
    client.send('LOGOUT\r\n');
    await client.until(/^OK "Logout completed\."$/);
    client.close();
    assert.equal(home.run('doveadm', ['sieve', 'list', '-u', 'alice']).stdout, 'one ACTIVE\n');
  });

  test('a reload keeps sessions, and counts for new ones', async () => {
    const client = await login('alice');
    assert.equal(home.run('doveadm', ['reload']).status, 0);
    await until(() => home.log().includes('SIGHUP received - reloading configuration'), 5000, 'the reload');
    assert.match(await client.command('b', 'NOOP'), /^b OK/m);
    client.close();
    (await login('alice')).close();
  });

  test('it is stopped by doveadm, says so, and is not running then', async () => {
    const client = await login('alice');
    assert.equal(home.run('doveadm', ['stop']).status, 0);
    await client.until(/^\* BYE/);
    client.close();
    const again = home.run('doveadm', ['stop']);
    assert.equal(again.status, 75);
    assert.match(again.stderr, /^Fatal: Dovecot is not running \(read from .*\/run\/dovecot\/master\.pid\)\n$/);
  });
});
