/** Real mail clients against our server: what they read, write and delete, by IMAP and POP3, over STARTTLS. */
import assert from 'node:assert/strict';
import {appendFileSync, chmodSync, readFileSync, readdirSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {ensureSelfSigned, selfSignedFiles} from '../../src/core/net/self-signed.ts';
import {AccessHome} from '../support/access-home.ts';
import {MailClient, requireClient, subjectOf} from '../support/mail-client.ts';

const USERS = ['curl', 'curlpop', 'mbsync', 'fetchpop', 'fetchimap', 'getpop', 'getimap', 'mutt', 'python', 'openssl'];

const mail = (subject: string): string =>
  `From: Ann <ann@example.com>\nTo: joe@example.org\nSubject: ${subject}\nDate: Mon, 01 Jan 2024 10:00:00 +0000\nMessage-ID: <${subject}@x>\n\nbody of ${subject}\n.dot\n`;
const onWire = (text: string): string => text.replaceAll('\n', '\r\n');

suite('mail clients against our server', function () {
  this.timeout(60_000);
  let home: AccessHome;
  let client: MailClient;
  let imap = '';
  let pop3 = '';
  suiteSetup(async () => {
    home = await AccessHome.open();
    for (const user of USERS) {
      appendFileSync(home.path('etc/dovecot/users'), `${user}:{PLAIN}secret::::::\n`);
      for (const part of ['cur', 'tmp']) home.write(`home/${user}/Maildir/${part}/.keep`, '');
      ['one', 'two', 'three'].forEach((subject, at) =>
        home.write(`home/${user}/Maildir/new/170000000${at}.M${at}P1.h`, mail(subject)),
      );
    }
    ensureSelfSigned(selfSignedFiles(home.root), 'localhost', new Date()); // mbsync looks for the name
    await home.serveAccess();
    imap = `imap://127.0.0.1:${home.ports.imap}`;
    pop3 = `pop3://127.0.0.1:${home.ports.pop3}`;
  });
  suiteTeardown(() => home.dispose());
  setup(() => {
    client = new MailClient();
  });
  teardown(() => client.dispose());

  /** UID, flags and subject of each message as doveadm sees them. */
  function listing(user: string, mailbox = 'INBOX'): string[] {
    const args = ['-f', 'tab', 'fetch', '-u', user, 'uid flags hdr.subject', 'mailbox', mailbox];
    const {stdout} = home.run('doveadm', args);
    return stdout.split('\n').slice(1, -1).map(line => line.replace('\\Recent', '').replaceAll('\t', ' ').replace(/ +/g, ' ')); // prettier-ignore
  }

  async function runWell(program: string, args: readonly string[], input = ''): Promise<string> {
    const {status, stdout, stderr} = await client.run(program, args, input);
    assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}\n${home.log()}`);
    return stdout;
  }

  suite('curl', () => {
    suiteSetup(function () {
      requireClient(this, 'curl');
    });
    const curl = (user: string, ...args: readonly string[]): Promise<string> =>
      runWell('curl', ['-sS', '-k', '--ssl-reqd', '--max-time', '20', '-u', `${user}:secret`, ...args]);

    test('lists, fetches, searches, stores and uploads by IMAP', async () => {
      assert.equal(await curl('curl', `${imap}/`), '* LIST (\\HasNoChildren) "." INBOX\r\n');
      assert.equal(await curl('curl', `${imap}/INBOX;UID=2`), onWire(mail('two')));
      assert.equal(await curl('curl', `${imap}/INBOX;UID=3;SECTION=TEXT`), 'body of three\r\n.dot\r\n');
      assert.equal(await curl('curl', `${imap}/INBOX;MAILINDEX=1`), onWire(mail('one')));
      assert.equal(await curl('curl', `${imap}/INBOX?SUBJECT%20three`), '* SEARCH 3\r\n');
      await curl('curl', '-X', 'CREATE "Sent Mail"', `${imap}/`);
      const file = client.write('upload', onWire(mail('uploaded')));
      await curl('curl', '-T', file, `${imap}/Sent%20Mail`);
      assert.equal(await curl('curl', `${imap}/Sent%20Mail;UID=1`), onWire(mail('uploaded')));
      await curl('curl', '-X', 'UID STORE 3 +FLAGS (\\Flagged work)', `${imap}/INBOX`);
      assert.deepEqual(listing('curl'), ['1 \\Seen one', '2 \\Seen two', '3 \\Flagged \\Seen work three']);
    });

    test('imaps, and the examination of a mailbox', async () => {
      const secure = `imaps://127.0.0.1:${home.ports.imaps}`;
      assert.match(
        await curl('curl', '-X', 'STATUS INBOX (MESSAGES UIDNEXT)', secure),
        /^\* STATUS INBOX \(MESSAGES 3 UIDNEXT 4\)\r\n/,
      );
      assert.match(await curl('curl', '-X', 'EXAMINE INBOX', secure), /^\* 3 EXISTS\r$/m);
    });

    test('lists, fetches and deletes by POP3', async () => {
      const size = onWire(mail('one')).length;
      assert.equal(await curl('curlpop', `${pop3}/`), [`1 ${size}`, `2 ${size}`, `3 ${size + 6}`, ''].join('\r\n'));
      assert.equal(await curl('curlpop', `${pop3}/2`), onWire(mail('two')));
      assert.match(await curl('curlpop', '-X', 'UIDL', `${pop3}/`), /^(?:\d [0-9a-f]{16}\r\n){3}$/);
      await curl('curlpop', '-X', 'TOP 1 0', `${pop3}/`);
      await curl('curlpop', '-I', '-X', 'DELE 2', `${pop3}/`);
      assert.deepEqual(listing('curlpop'), ['1 one', '3 three']);
    });

    test('a wrong password is refused', async () => {
      const args = ['-sS', '-k', '--ssl-reqd', '-u', 'curl:wrong'];
      const runs = await Promise.all([imap, pop3].map(url => client.run('curl', [...args, url])));
      assert.deepEqual(
        runs.map(run => run.status),
        [67, 67],
      );
    });
  });

  test('mbsync: changes of both sides meet, then nothing is left to do', async function () {
    requireClient(this, 'mbsync');
    home.run('doveadm', ['mailbox', 'create', '-u', 'mbsync', 'Work']);
    home.run('doveadm', ['save', '-u', 'mbsync', '-m', 'Work'], mail('work'));
    const config = client.write('.mbsyncrc', mbsyncConfig(home, client));
    const sync = (): Promise<string> => runWell('mbsync', ['-c', config, 'all']);
    client.makeMaildir('mail/INBOX');
    await sync();
    assert.deepEqual([...client.subjects('mail/INBOX').keys()], ['one', 'three', 'two']);
    assert.deepEqual([...client.subjects('mail/Work').keys()], ['work']);

    flagLocally(client.path('mail/INBOX'), 'one', 'FS');
    flagLocally(client.path('mail/INBOX'), 'two', 'T');
    client.write('mail/Work/new/1700000009.M1P1.local', mail('from here'));
    home.run('doveadm', ['flags', 'add', '-u', 'mbsync', '\\Answered', 'mailbox', 'INBOX', 'subject', 'three']);
    home.run('doveadm', ['save', '-u', 'mbsync'], mail('from there'));
    home.run('doveadm', ['expunge', '-u', 'mbsync', 'mailbox', 'Work', 'subject', 'work']);
    await sync();
    const inbox = ['1 \\Flagged \\Seen one', '3 \\Answered three', '4 from there'];
    assert.deepEqual(listing('mbsync'), inbox);
    assert.deepEqual(listing('mbsync', 'Work'), ['2 from here']);
    assert.deepEqual([...client.subjects('mail/INBOX')], [['from there', ''], ['one', 'FS'], ['three', 'R']]); // prettier-ignore
    assert.deepEqual([...client.subjects('mail/Work').keys()], ['from here']);

    const files = (): string => [client.path('mail'), home.path('home/mbsync/Maildir')].map(fileNames).join('\n');
    const before = files();
    await sync();
    assert.equal(files(), before);
    assert.deepEqual(listing('mbsync'), inbox);
  });

  for (const [protocol, user] of [
    ['pop3', 'fetchpop'],
    ['imap', 'fetchimap'],
  ] as const)
    test(`fetchmail takes all mail by ${protocol}, and finds none the next time`, async function () {
      requireClient(this, 'fetchmail');
      const config = client.write(
        'rc',
        `poll 127.0.0.1 protocol ${protocol} port ${home.ports[protocol]}\n  user "${user}" password "secret" sslproto "TLS1+" no sslcertck fetchall mda "cat >> '${client.path('got')}'"\n`,
      );
      const args = ['-f', config, '--pidfile', client.path('pid'), '-i', client.path('ids'), '--nosyslog'];
      await runWell('fetchmail', args);
      const got = readFileSync(client.path('got'), 'latin1');
      assert.deepEqual(got.match(/^Subject: .*$/gm), ['Subject: one', 'Subject: two', 'Subject: three']);
      assert.match(got, /\n\nbody of one\n\.dot\n/);
      assert.equal((await client.run('fetchmail', args)).status, 1); // no mail
      assert.deepEqual(listing(user), []);
    });

  for (const [protocol, user, type] of [
    ['pop3', 'getpop', 'SimplePOP3Retriever'],
    ['imap', 'getimap', 'SimpleIMAPRetriever'],
  ] as const)
    test(`getmail by ${protocol}: once each, deleted when it says so`, async function () {
      requireClient(this, 'getmail');
      const deliver = client.write('deliver', `#!/bin/sh\ncat >> '${client.path('got')}'\n`);
      chmodSync(deliver, 0o700);
      const got = (): string[] => (readFileSync(client.path('got'), 'latin1').match(/^Subject: .*$/gm) ?? []).map(subjectOf); // prettier-ignore
      const config = (options: string): string =>
        client.write(
          'getmailrc',
          `[retriever]\ntype = ${type}\nserver = 127.0.0.1\nport = ${home.ports[protocol]}\nusername = ${user}\npassword = secret\n[destination]\ntype = MDA_external\npath = ${deliver}\nallow_root_commands = true\n[options]\n${options}\n`,
        );
      const args = ['--getmaildir', client.home, '--rcfile', config('read_all = false')];
      await runWell('getmail', args);
      assert.deepEqual(got(), ['one', 'two', 'three']);
      home.run('doveadm', ['save', '-u', user], mail('four'));
      await runWell('getmail', args);
      assert.deepEqual(got(), ['one', 'two', 'three', 'four']);
      config('delete = true\nread_all = false');
      await runWell('getmail', args);
      assert.deepEqual(got(), ['one', 'two', 'three', 'four']);
      assert.deepEqual(listing(user), []);
    });

  suite('mutt', () => {
    suiteSetup(function () {
      requireClient(this, 'mutt');
    });
    const config = (more = ''): string =>
      client.write(
        'muttrc',
        `set folder="imap://mutt@127.0.0.1:${home.ports.imap}/"\nset imap_pass="secret"\nset spoolfile="+INBOX"\nset record="+Sent"\nset ssl_force_tls=yes\nset ssl_verify_host=no\nset ssl_verify_dates=no\nset certificate_file="${selfSignedFiles(home.root).certificateFile}"\nset confirmcreate=no\nset confirmappend=no\nset quit=yes\nset delete=yes\nset move=no\nset mark_old=no\nset wait_key=no\nset copy=yes\nset sendmail="/bin/true"\n${more}`,
      );

    test('keeps what it sends in a folder of the server', async () => {
      home.run('doveadm', ['mailbox', 'create', '-u', 'mutt', 'Sent']);
      await runWell('mutt', ['-n', '-F', config(), '-s', 'sent by mutt', 'joe@example.org'], 'hello\n');
      assert.deepEqual(listing('mutt', 'Sent'), ['1 \\Seen sent by mutt']);
    });

    test('reads, flags, copies and deletes', async function () {
      requireClient(this, 'script');
      home.run('doveadm', ['mailbox', 'create', '-u', 'mutt', 'Kept']);
      const keys =
        '<first-entry><flag-message><first-entry><copy-message>+Kept<enter><first-entry><next-entry><delete-message><sync-mailbox><exit>';
      const rc = config(`push "${keys}"\n`);
      const run = await client.run('script', ['-qec', `mutt -n -F '${rc}'`, '/dev/null']);
      assert.equal(run.status, 0, run.stdout + home.log());
      assert.deepEqual(
        listing('mutt', 'Kept').map(line => line.replace(/.* /, '')),
        ['one'],
        run.stdout,
      );
      assert.deepEqual(
        listing('mutt').map(line => line.replace(/.* /, '')),
        ['one', 'three'],
      );
      assert.match(listing('mutt')[0] ?? '', /\\Flagged/);
    });
  });

  test('python: imaplib and poplib', async function () {
    requireClient(this, 'python3');
    const out = await runWell('python3', [client.write('go.py', PYTHON), String(home.ports.imap), String(home.ports.pop3)]); // prettier-ignore
    assert.deepEqual(out.trimEnd().split('\n'), [
      'OK 3',
      "b'3'",
      "b'2'",
      "b'1 (UID 1 FLAGS (\\\\Seen \\\\Recent))'",
      "b'Subject: two\\r\\n\\r\\n'",
      "b'1 3 2'",
      "b'(1)(2)(3)'",
      'APPENDUID 2',
      'EXPUNGE 2',
      'pop 2',
      "b'Subject: one' b'body of one' b'.dot'",
      "left b'three'",
    ]);
  });

  test('openssl s_client -starttls', async function () {
    requireClient(this, 'openssl');
    const connect = (protocol: 'imap' | 'pop3', input: string): Promise<string> =>
      runWell('openssl', ['s_client', '-starttls', protocol, '-connect', `127.0.0.1:${home.ports[protocol]}`, '-quiet', '-crlf', '-verify_quiet'], input); // prettier-ignore
    const said = await connect('imap', 'a LOGIN openssl secret\nb STATUS INBOX (MESSAGES)\nc LOGOUT\n');
    assert.match(said, /^a OK .*Logged in\r$/m);
    assert.match(said, /^\* STATUS INBOX \(MESSAGES 3\)\r\nb OK /m);
    assert.match(said, /^\* BYE Logging out\r\nc OK Logout completed .*\r\n$/m);
    assert.match(
      await connect('pop3', 'USER openssl\nPASS secret\nSTAT\nQUIT\n'),
      /^\+OK Logged in\.\r\n\+OK 3 \d+\r\n\+OK Logging out\.\r\n$/m,
    );
  });
});

function mbsyncConfig(home: AccessHome, client: MailClient): string {
  return `IMAPAccount server
Host localhost
Port ${home.ports.imap}
User mbsync
Pass secret
SSLType STARTTLS
SystemCertificates no
CertificateFile ${selfSignedFiles(home.root).certificateFile}

IMAPStore far
Account server

MaildirStore near
Path ${client.path('mail')}/
Inbox ${client.path('mail')}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns INBOX Work
Create Both
Expunge Both
SyncState *
`;
}

/** As a mail reader over the same Maildir would. */
function flagLocally(maildir: string, subject: string, flags: string): void {
  for (const part of ['cur', 'new'])
    for (const name of readdirSync(join(maildir, part)))
      if (subjectOf(readFileSync(join(maildir, part, name), 'latin1')) === subject)
        renameSync(join(maildir, part, name), join(maildir, 'cur', `${name.split(':')[0]}:2,${flags}`));
}

function fileNames(folder: string): string {
  const isState = /dovecot|posthorn|\.lock$/;
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter(name => !isState.test(name))
    .sort()
    .join('\n');
}

const PYTHON = `
import imaplib, poplib, ssl, sys
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
m = imaplib.IMAP4('127.0.0.1', int(sys.argv[1]))
m.starttls(context)
m.login('python', 'secret')
status, data = m.select()
print(status, int(data[0]))
print(m.search(None, 'SUBJECT', '"three"')[1][0])
print(m.uid('SEARCH', 'HEADER', 'Message-ID', '<two@x>')[1][0])
m.store('1', '+FLAGS', r'(\\Seen)')
print(m.fetch('1', '(UID FLAGS)')[1][0])
print(m.fetch('2', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1][0][1])
print(m.sort('SUBJECT', 'UTF-8', 'ALL')[1][0])
print(m.thread('REFERENCES', 'UTF-8', 'ALL')[1][0])
m.create('Copies')
m.append('Copies', r'(\\Flagged)', imaplib.Time2Internaldate(1700000000), b'Subject: a\\r\\n\\r\\nb\\r\\n')
m.append('Copies', None, None, b'Subject: b\\r\\n\\r\\nb\\r\\n')
print('APPENDUID', m.response('APPENDUID')[1][-1].split()[-1].decode())
m.copy('2', 'Copies')
m.store('2', '+FLAGS', r'(\\Deleted)')
print('EXPUNGE', m.expunge()[1][0].decode())
m.close()
m.logout()
p = poplib.POP3('127.0.0.1', int(sys.argv[2]))
p.stls(context)
p.user('python')
p.pass_('secret')
print('pop', p.stat()[0])
lines = p.retr(1)[1]
print(lines[2], lines[-2], lines[-1])
p.dele(1)
p.quit()
p = poplib.POP3('127.0.0.1', int(sys.argv[2]))
p.user('python')
p.pass_('secret')
print('left', p.top(1, 0)[1][2].split()[1])
p.quit()
`;
