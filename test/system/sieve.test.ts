/** The five Sieve scripts of the textbook chapter, in a delivery from sendmail(1) to the folder. */
import assert from 'node:assert/strict';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Home, until} from '../support/home.ts';

const LDA = fileURLToPath(new URL('../../bin/dovecot-lda', import.meta.url));

const DOVECOT = `
mail_location = maildir:~/Maildir
protocol lda {
  mail_plugins = $mail_plugins sieve
}
`;

interface Case {
  readonly title: string;
  readonly script: string;
  readonly mails: readonly string[];
  /** Messages by mailbox of alice. */
  readonly boxes: Readonly<Record<string, number>>;
  /** Subjects of what bob, the sender, gets. */
  readonly answers?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    title: 'fileinto friends, and reject what is marked as spam',
    script: `require ["fileinto", "reject"];
if address :is "from" "myfriends@example.com" { fileinto "friends"; }
if header :contains "X-Spam-Flag" "YES" { reject "No SPAM!"; }`,
    mails: [
      'From: myfriends@example.com\nTo: alice\nSubject: one\n\nhi\n',
      'From: bob\nTo: alice\nSubject: two\nX-Spam-Flag: YES\n\nbuy\n',
      'From: bob\nTo: alice\nSubject: three\n\nhi\n',
    ],
    boxes: {friends: 1, INBOX: 1},
    answers: ['Automatically rejected mail'],
  },
  {
    title: 'what is not over 5G is kept',
    script: 'require ["reject"];\nif size :over 5G { reject "Too Big Size"; }',
    mails: ['From: bob\nTo: alice\nSubject: one\n\nhi\n'],
    boxes: {friends: 0, INBOX: 1},
  },
  {
    title: 'fileinto :create makes the mailbox',
    script: `require ["fileinto", "mailbox"];
if address "To" "webmaster@example.com" { fileinto :create "Webmaster"; }`,
    mails: ['From: bob\nTo: webmaster@example.com\nSubject: one\n\nhi\n', 'From: bob\nTo: alice\nSubject: two\n\nhi\n'],
    boxes: {friends: 0, INBOX: 1, Webmaster: 1},
  },
  {
    title: 'allof with a header, and a body that does not contain a word',
    script: `require ["body", "fileinto", "mailbox"];
if allof (header :contains "X-Spam-Level" "********", not body :contains "lpic") { fileinto :create "Spam"; }`,
    mails: [
      'From: bob\nTo: alice\nSubject: one\nX-Spam-Level: *********\n\nbuy\n',
      'From: bob\nTo: alice\nSubject: two\nX-Spam-Level: *********\n\nabout lpic\n',
      'From: bob\nTo: alice\nSubject: three\n\nhi\n',
    ],
    boxes: {friends: 0, INBOX: 2, Spam: 1},
  },
  {
    title: 'vacation answers once a day',
    script: `require "vacation";
vacation :days 1 :subject "Out of office" :from "fred@example.com" "I'm out -- send mail to john@example.com instead.";`,
    mails: ['From: bob\nTo: ALICE\nSubject: one\n\nhi\n', 'From: bob\nTo: ALICE\nSubject: two\n\nhi\n'],
    boxes: {friends: 0, INBOX: 2},
    answers: ['Out of office'],
  },
];

suite('the Sieve scripts of the textbook', function () {
  this.timeout(120_000);
  let home: Home;
  suiteSetup(async () => {
    home = new Home(['alice', 'bob']);
    writeFileSync(home.path('etc/dovecot/dovecot.conf'), DOVECOT);
    home.configure(`mailbox_command = ${LDA} -d "$USER" -a "$RECIPIENT" -f "$SENDER"
mydestination = localhost, $myhostname
myhostname = mail.example.org`);
    await home.start();
  });
  suiteTeardown(() => home.dispose());

  for (const {title, script, mails, boxes, answers = []} of CASES)
    test(title, async () => {
      clean();
      mkdirSync(home.path('home/alice'), {recursive: true});
      writeFileSync(home.path('home/alice/.dovecot.sieve'), `${script}\n`);
      assert.equal(home.run('doveadm', ['mailbox', 'create', '-u', 'alice', 'friends']).status, 0);
      const address = 'alice@mail.example.org';
      for (const mail of mails) {
        const done = home.run('sendmail', ['-f', 'bob@mail.example.org', address], mail.replace('ALICE', address));
        assert.equal(done.status, 0, done.stderr);
        await until(() => home.run('mailq').stdout.startsWith('Mail queue is empty'), 30_000, 'an empty queue');
      }
      const status = home.run('doveadm', ['-f', 'tab', 'mailbox', 'status', '-u', 'alice', 'messages', '*']).stdout;
      const counts = status.trim().split('\n').slice(1);
      assert.deepEqual(
        Object.fromEntries(counts.map(line => line.split('\t')).map(([name, count]) => [name, Number(count)])),
        boxes,
        home.log(),
      );
      assert.deepEqual(subjectsOf('bob'), answers, home.log());
    });

  function clean(): void {
    for (const user of ['alice', 'bob']) rmSync(home.path(`home/${user}`), {recursive: true, force: true});
  }

  function subjectsOf(user: string): string[] {
    const found = home.run('doveadm', ['-f', 'tab', 'fetch', '-u', user, 'hdr.subject', 'all']).stdout;
    return found.trim().split('\n').slice(1);
  }
});
