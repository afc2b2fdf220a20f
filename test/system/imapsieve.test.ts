/** A script of the administrator's that a move to Junk starts, by dovecot.conf and `doveadm exec imap`, as an operator sets it up. */
import assert from 'node:assert/strict';
import {appendFileSync} from 'node:fs';
import {Home} from '../support/home.ts';

suite('imapsieve in an instance', function () {
  this.timeout(60_000);
  let home: Home;
  setup(() => {
    home = new Home(['alice']);
    home.write('learn.sieve', 'require ["imapsieve", "imap4flags"];\naddflag "learned";\n');
  });
  teardown(() => home.dispose());

  const configure = (plugins: string): void =>
    appendFileSync(
      home.path('etc/dovecot/dovecot.conf'),
      `mail_location = maildir:~/Maildir
protocol imap {
  mail_plugins = $mail_plugins ${plugins}
}
plugin {
  sieve_plugins = sieve_imapsieve
  imapsieve_url = sieve://localhost:4190
  imapsieve_mailbox1_name = Junk
  imapsieve_mailbox1_from = *
  imapsieve_mailbox1_causes = COPY
  imapsieve_mailbox1_before = file:${home.path('learn.sieve')}
}
`,
    );
  const say = (...commands: string[]): string => {
    const input = commands.map((command, index) => `t${index} ${command}\r\n`).join('');
    const {stdout, stderr} = home.run('doveadm', ['exec', 'imap', '-u', 'alice'], input);
    assert.equal(stderr, '');
    return stdout;
  };
  const MOVE = [
    'CREATE Junk',
    'APPEND INBOX {12+}\r\nSubject: a\r\n',
    'SELECT INBOX',
    'MOVE 1 Junk',
    'SELECT Junk',
    'FETCH 1 FLAGS',
  ];

  test('the script runs, though annotations are not enabled', () => {
    configure('imap_sieve');
    const said = say(...MOVE, 'CREATE Junk', 'LOGOUT');
    assert.match(said, /^\* PREAUTH .* IMAPSIEVE=sieve:\/\/localhost:4190\] /);
    assert.match(said, /\* 1 FETCH \(FLAGS \(\\Recent learned\)\)/);
    assert.match(said, /t6 NO \[ALREADYEXISTS\] Mailbox already exists/);
    assert.match(said, /t7 OK Logout completed/);
  });

  test('without the plugin nothing of it is there', () => {
    configure('');
    const said = say(...MOVE, 'LOGOUT');
    assert.doesNotMatch(said, /IMAPSIEVE/);
    assert.match(said, /\* 1 FETCH \(FLAGS \(\\Recent\)\)/);
  });
});
