/** The textbook's procmail examples (13.2), from sendmail to the folder, by mailbox_command, from ~/.forward and from a pipe. */
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {fileURLToPath} from 'node:url';
import {Home, until} from '../support/home.ts';

const PROCMAIL = fileURLToPath(new URL('../../bin/procmail', import.meta.url));

const SETTINGS = `SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
MAILDIR=$HOME/Mail/
LOGFILE=$MAILDIR/.procmail.log
`;

/** The examples' recipes; the last one as the book prints it, and as it is meant. */
const SPAM = ':0\n* ^Subject:.*SPAM.*\n/dev/null\n';
const EXAMPLE = ':0\n* ^From:.*example\\.com.*\n$MAILDIR/example/.\n';
const MOBILE = ':0\n* < 5000\n! mobileaddr@keitai.example.com\n';
const MISPRINT = ':0 B\n* <html>\n$MAILDIR/html-mail/.\n';
const HTML = ':0 B\n* [<]html>\n$MAILDIR/html-mail/.\n';

suite('procmail in the instance', function () {
  this.timeout(60_000);
  let home: Home;
  setup(() => {
    home = new Home(['lpic', 'mobileaddr']);
    home.configure('myorigin = example.net\nmydestination = localhost, example.net, keitai.example.com');
    mkdirSync(home.path('home/lpic/Mail'), {recursive: true});
  });
  teardown(async () => {
    await home.dispose();
  });

  const rc = (recipes: string): void => home.write('home/lpic/.procmailrc', SETTINGS + recipes);
  const byCommand = (): void => home.configure(`mailbox_command = ${PROCMAIL} -a "$EXTENSION"`);
  const send = (message: string): void => {
    const run = home.run('sendmail', ['-f', 'me@example.com', 'lpic@example.net'], message);
    assert.deepEqual({...run}, {status: 0, stdout: '', stderr: ''});
  };
  const folder = (name: string): string[] => {
    const path = home.path(`home/lpic/Mail/${name}`);
    return existsSync(path) ? readdirSync(path).map(file => readFileSync(`${path}/${file}`, 'latin1')) : [];
  };
  const log = (): string => {
    const file = home.path('home/lpic/Mail/.procmail.log');
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  };
  const logged = (what: RegExp): Promise<void> =>
    until(() => what.test(log()), 30_000, `${String(what)} in ${log()}${home.log()}`);

  test('1 and 2: settings, and SPAM goes to /dev/null', async () => {
    rc(SPAM);
    byCommand();
    await home.start();
    send('Subject: cheap SPAM here\n\nbuy\n');
    await logged(/^ Subject: cheap SPAM here\n {2}Folder: \/dev\/null\t+ *\d+\n/m);
    send('Subject: no such thing\n\nhello\n');
    await until(() => home.messages('lpic').length === 1, 30_000, home.log());
    assert.match(
      home.messages('lpic')[0] ?? '',
      /^From me@example\.com .*\n[^]*Subject: no such thing\n[^]*\n\nhello\n\n$/,
    );
    assert.match(home.log(), /relay=local, .* status=sent \(delivered to command: .*procmail/);
  });

  test('3: a sender goes to an MH folder', async () => {
    rc(EXAMPLE);
    byCommand();
    await home.start();
    send('From: friend@example.com\nSubject: one\n\n1\n');
    const numbers = (): string[] => {
      const path = home.path('home/lpic/Mail/example');
      return existsSync(path) ? readdirSync(path).sort() : []; // a message on its way has another name
    };
    await until(() => numbers().join() === '1', 30_000, home.log());
    send('From: friend@example.com\nSubject: two\n\n2\n');
    await until(() => numbers().join() === '1,2', 30_000, home.log());
  });

  test('4: what is small is forwarded, by our sendmail', async () => {
    rc(MOBILE);
    byCommand();
    await home.start();
    send('Subject: small\n\nhello\n');
    await until(() => home.messages('mobileaddr').length === 1, 30_000, home.log());
    send(`Subject: large\n\n${'much text\n'.repeat(600)}`);
    await until(() => home.messages('lpic').length === 1, 30_000, home.log());
    assert.match(home.messages('lpic')[0] ?? '', /Subject: large/);
  });

  test('5: HTML in the body goes to a folder; the rule as printed keeps the mail', async () => {
    rc(MISPRINT);
    byCommand();
    await home.start();
    send('Subject: page\n\n<HTML>x</html>\n');
    await until(() => home.messages('lpic').length === 1, 30_000, home.log());
    assert.match(log(), /^procmail: Skipped "html>"$/m);
    rc(HTML);
    send('Subject: page\n\n<HTML>x</html>\n');
    await until(() => folder('html-mail').length === 1, 30_000, home.log());
  });

  test('from ~/.forward, as the book has it', async () => {
    rc(EXAMPLE);
    home.write('home/lpic/.forward', `"|IFS=' ' && exec ${PROCMAIL} -f- || exit 75 #lpic"\n`);
    await home.start();
    send('From: friend@example.com\nSubject: forwarded\n\n1\n');
    await until(() => folder('example').length === 1, 30_000, home.log());
    assert.match(
      folder('example')[0] ?? '',
      /^From me@example\.com {2}\w{3} \w{3} [ \d]\d .*\n[^]*Subject: forwarded\n/,
    );
  });

  test('mail that can’t be delivered comes again with -t, and bounces without', async () => {
    home.write('home/lpic/.procmailrc', 'DEFAULT=/no/where\nORGMAIL=/no/where\nLOCKSLEEP=0\n');
    home.configure(`mailbox_command = ${PROCMAIL} -t`);
    await home.start();
    send('Subject: later\n\n');
    await until(() => /status=deferred \(temporary failure/.test(home.log()), 30_000, home.log());
    assert.match(home.run('mailq').stdout, /temporary failure/);
  });

  test('from a pipe: the caller’s own rc file', () => {
    mkdirSync(home.path(`home/${userInfo().username}`));
    home.write('rc', `MAILDIR=${home.root}\n:0\n* ^Subject: piped\nbox\n`);
    const run = home.run(
      'procmail',
      [home.path('rc')],
      'From x@y Mon Jan  1 00:00:00 2024\nSubject: piped\n\nFrom here\n',
    );
    assert.deepEqual({...run}, {status: 0, stdout: '', stderr: ''});
    assert.equal(
      readFileSync(home.path('box'), 'latin1'),
      'From x@y Mon Jan  1 00:00:00 2024\nSubject: piped\n\n>From here\n\n',
    );
  });

  test('-d delivers to accounts of the instance, one after the other', () => {
    const run = home.run('procmail', ['-d', 'lpic', 'mobileaddr'], 'Subject: both\n\nx\n');
    assert.deepEqual({...run}, {status: 0, stdout: '', stderr: ''});
    for (const user of ['lpic', 'mobileaddr'])
      assert.match(
        home.messages(user)[0] ?? '',
        new RegExp(`^From ${userInfo().username} .*\\nSubject: both\\n\\nx\\n\\n$`),
      );
    assert.equal(home.run('procmail', ['-d', 'nobody-here'], 'x\n').status, 67);
  });
});
