/** The textbook's chapter 13.3 (LPIC-2 202), typed as the reader would type it: mail access and its command line. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {AccessHome, LineClient} from '../support/access-home.ts';
import {Home, until} from '../support/home.ts';

/** A message that is 591 octets on the wire, as the book's is. */
const MESSAGE = (head => head + `${'x'.repeat(591 - head.replaceAll('\n', '\r\n').length - 2)}\n`)(
  'From: ann@example.com\nTo: student@example.com\nSubject: hello\n\n',
);

suite('the textbook, 13.3: clients', function () {
  this.timeout(120_000);
  let home: AccessHome;
  suiteSetup(async () => {
    home = await AccessHome.open('login_greeting = Dovecot ready.\n'); // Debian's default names Debian
    home.write('etc/dovecot/users', 'student:{PLAIN}secret::::::\ncourier:{PLAIN}secret::::::\n');
    home.write('home/student/Maildir/new/1700000000.M1P1.h', MESSAGE);
    for (const part of ['cur', 'tmp']) home.write(`home/student/Maildir/${part}/.keep`, '');
    moveFromCourier(home);
    await home.serveAccess();
  });
  suiteTeardown(() => home.dispose());

  test('its telnet session, word for word', async () => {
    const telnet = await LineClient.connect(home.ports.pop3);
    const say = async (line: string, end = /^/): Promise<string> => {
      telnet.send(`${line}\r\n`);
      return telnet.until(end);
    };
    assert.equal(await telnet.until(/^/), '+OK Dovecot ready.');
    assert.equal(await say('USER student'), '+OK');
    assert.equal(await say('PASS secret'), '+OK Logged in.');
    assert.equal(await say('LIST', /^\.$/), '+OK 1 messages:\r\n1 591\r\n.');
    assert.equal(await say('QUIT'), '+OK Logging out.');
    await until(() => telnet.isEnded, 10_000, 'the end of the connection');
  });

  test("a Maildir of Courier's: UIDs, UIDVALIDITY, flags, keywords, subscriptions and UIDLs stay", async () => {
    const imap = await LineClient.connect(home.ports.imap);
    await imap.until(/^\* OK /);
    assert.match(await imap.command('a', 'LOGIN courier secret'), /^a OK /m);
    const selected = await imap.command('b', 'SELECT INBOX');
    assert.match(selected, /^\* OK \[UIDVALIDITY 1234567\]/m);
    assert.match(selected, /^\* OK \[UIDNEXT 21\]/m); // what is new got the next one
    const fetched = await imap.command('c', 'FETCH 1:* (UID FLAGS)');
    assert.deepEqual(fetched.replaceAll(' \\Recent', '').split('\r\n').slice(0, 3), [
      '* 1 FETCH (UID 7 FLAGS (\\Seen $Label1 work))',
      '* 2 FETCH (UID 19 FLAGS (\\Answered \\Flagged))',
      '* 3 FETCH (UID 20 FLAGS (\\Recent))',
    ]);
    assert.match(await imap.command('d', 'LSUB "" *'), /^\* LSUB \(\) "\." Sent\r$/m);
    await imap.command('e', 'LOGOUT');
    imap.close();
    const pop3 = await LineClient.connect(home.ports.pop3);
    await pop3.until(/^\+OK/);
    for (const line of ['USER courier', 'PASS secret']) {
      pop3.send(`${line}\r\n`);
      assert.match(await pop3.until(/^/), /^\+OK/);
    }
    pop3.send('UIDL\r\n');
    assert.match(await pop3.until(/^\.$/), /^1 UID7-1234567\r$/m);
    pop3.close();
  });

  test('doveadm reload and stop', async () => {
    assert.deepEqual(home.run('doveadm', ['reload']), {status: 0, stdout: '', stderr: ''});
    await until(() => home.log().includes('SIGHUP received - reloading configuration'), 10_000, home.log());
    assert.deepEqual(home.run('doveadm', ['stop']), {status: 0, stdout: '', stderr: ''});
    const again = home.run('doveadm', ['reload']);
    assert.match(again.stderr, /^Fatal: Dovecot is not running \(read from .*\/master\.pid\)\n$/);
    assert.equal(again.status, 75);
  });
});

suite('the textbook, 13.3: the command line', function () {
  this.timeout(60_000);
  let home: Home;
  let file = '';
  suiteSetup(() => {
    home = new Home(['student']);
    file = home.path('etc/dovecot/dovecot.conf');
  });
  suiteTeardown(() => home.dispose());

  test('doveconf has a head of comments, doveconf -n what differs', () => {
    home.write(
      'etc/dovecot/dovecot.conf',
      'auth_mechanisms = plain login\nmail_location = maildir:~/Maildir\nssl = no\n',
    );
    const head = (text: string): string[] => text.split('\n').filter(line => line.startsWith('#'));
    const all = home.run('doveconf').stdout;
    assert.match(head(all)[0] ?? '', /^# 2\.3\.\d+\S* \([0-9a-f]+\): .*\/etc\/dovecot\/dovecot\.conf$/);
    assert.match(head(all)[1] ?? '', /^# Pigeonhole version 0\.5\.\d+ \([0-9a-f]+\)$/);
    assert.match(head(all)[2] ?? '', /^# OS: /);
    assert.equal(head(all)[4], '# NOTE: Send doveconf -n output instead when asking for help.');
    assert.ok(all.split('\n').length > 900, 'all settings');
    const set = home.run('doveconf', ['-n']).stdout;
    assert.equal(head(set).length, 4);
    assert.deepEqual(
      set.split('\n').filter(line => /^(?:auth_mechanisms|mail_location|ssl\w*) /.test(line)),
      ['auth_mechanisms = plain login', 'mail_location = maildir:~/Maildir', 'ssl = no'],
    );
    assert.ok(!set.includes('auth_cache_size'));
  });

  test('protocols = imap imaps pop3 pop3s works, and says what is obsolete', () => {
    home.write('etc/dovecot/dovecot.conf', 'protocols = imap imaps pop3 pop3s\n');
    const {status, stdout, stderr} = home.run('doveconf', ['-n']);
    assert.equal(status, 0);
    assert.match(stdout, /^protocols = imap pop3$/m);
    for (const name of ['imaps', 'pop3s'])
      assert.ok(
        stderr.includes(
          `doveconf: Warning: Obsolete setting in ${file}:1: '${name}' protocol is no longer necessary, remove it\n`,
        ),
        stderr,
      );
  });

  test('its misprint protcols is refused, with the name that was meant', () => {
    home.write('etc/dovecot/dovecot.conf', '# the book\nprotcols = imap imaps pop3 pop3s\n');
    const message = `Fatal: Error in configuration file ${file} line 2: Unknown setting: protcols\n`;
    const {status, stderr} = home.run('doveconf', ['-n']);
    assert.equal(status, 89);
    assert.ok(stderr.startsWith(`doveconf: ${message}`), stderr);
    assert.match(stderr, /\bprotocols\b/);
    const server = home.run('dovecot', ['-F']);
    assert.equal(server.status, 89);
    assert.ok(server.stderr.includes(message), server.stderr);
  });

  test('etc/dovecot.conf, the other place, is read where there is no etc/dovecot/dovecot.conf', async () => {
    const other = new Home([]);
    rmSync(other.path('etc/dovecot'), {recursive: true});
    other.write('etc/dovecot.conf', 'mail_location = maildir:~/Here\n');
    assert.equal(other.run('doveconf', ['-h', 'mail_location']).stdout, 'maildir:~/Here\n');
    await other.dispose();
  });

  test('doveadm log find, log test and pw', () => {
    home.write('etc/dovecot/dovecot.conf', 'mail_location = maildir:~/Maildir\n');
    const log = home.path('var/log/mail.log');
    const found = home.run('doveadm', ['log', 'find']);
    const levels = ['Debug', 'Info', 'Warning', 'Error', 'Fatal'];
    assert.equal(found.stdout, levels.map(level => `${level}: ${log}\n`).join(''));
    assert.equal(home.run('doveadm', ['log', 'test']).status, 0);
    const written = existsSync(log) ? readFileSync(log, 'latin1') : '';
    for (const level of ['warning', 'error', 'fatal'])
      assert.match(written, new RegExp(`: This is Dovecot's ${level} log \\(\\d+\\)$`, 'm'));
    const made = home.run('doveadm', ['pw', '-s', 'SHA512-CRYPT', '-p', 'secret']).stdout.trim();
    assert.match(made, /^\{SHA512-CRYPT\}\$6\$/);
    assert.equal(home.run('doveadm', ['pw', '-t', made, '-p', 'secret']).stdout, `${made} (verified)\n`);
    assert.notEqual(home.run('doveadm', ['pw', '-t', made, '-p', 'wrong']).status, 0);
  });
});

/** What Courier leaves: its UID database, keywords, subscriptions and POP3 sizes, beside the mail. */
function moveFromCourier(home: Home): void {
  const put = (below: string, text: string): void => home.write(`home/courier/Maildir/${below}`, text);
  for (const folder of ['', '.Sent/']) for (const part of ['cur', 'new', 'tmp']) put(`${folder}${part}/.keep`, '');
  put('.Sent/maildirfolder', '');
  put('cur/1000.a.x:2,S', 'Subject: a\n\n');
  put('cur/1001.b.x:2,FR', 'Subject: b\n\n');
  put('new/1003.d.x', 'Subject: d\n\n');
  put('courierimapuiddb', '1 1234567 20\n7 1000.a.x\n19 1001.b.x\n');
  put('courierimapkeywords/:list', '$Label1\nwork\n\n1000.a.x:0 1\n');
  put('courierpop3dsizelist', '/2 20 1234567\n1000.a.x:2,S 14 7:1234567\n');
  put('courierimapsubscribed', 'INBOX.Sent\n');
}
