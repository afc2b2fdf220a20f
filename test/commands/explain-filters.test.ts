/** `posthorn explain --message`: a user's filters over a message, by the launcher as a person would; nothing is done. */
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {setup, suite, suiteSetup, suiteTeardown, test} from 'mocha';
import type {FilterExplanation} from '../../src/commands/explain-filters.ts';
import {Home} from '../support/home.ts';

const MAIL = 'From: joe@example.org\nTo: friends@example.net\nSubject: hello there\nMessage-ID: <a@b>\n\nBody\n';

suite('posthorn explain --message', () => {
  let home: Home;
  suiteSetup(() => {
    home = new Home(['alice']);
    mkdirSync(home.path('home/alice'), {recursive: true});
    writeFileSync(home.path('mail'), MAIL);
  });
  suiteTeardown(() => home.dispose());
  setup(() => {
    for (const name of readdirSync(home.path('home/alice'))) writeFileSync(home.path(`home/alice/${name}`), '');
  });

  const filter = (name: string, text: string): void => writeFileSync(home.path(`home/alice/${name}`), text);
  const explain = (...args: string[]): {status: number; stdout: string; stderr: string} =>
    home.run('posthorn', ['explain', '--message', home.path('mail'), ...args]);
  const read = (...args: string[]): FilterExplanation => {
    const {stdout, stderr} = explain('--user', 'alice', '--json', ...args);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as FilterExplanation; // our own command's
  };

  test('each Sieve test says what it saw, and the actions come in order', () => {
    filter(
      '.dovecot.sieve',
      `require ["fileinto", "mailbox", "imap4flags"];
if header :contains "subject" ["spam", "offer"] { discard; }
if allof (size :over 10, address :domain :is "from" "example.org") {
  addflag "\\\\Flagged";
  if mailboxexists "Friends" { fileinto "Friends"; } else { fileinto :create "Lists"; }
}
if not exists "x-foo" { redirect :copy "b@example.com"; }
`.replace('"mailbox", ', '"mailbox", "copy", '),
    );
    const {sieve} = read();
    assert.deepEqual(
      sieve?.scripts[0]?.tests.map(({line, test: what, saw, result}) => [line, what, saw, result]),
      [
        [2, 'header subject :contains', ['hello there'], false],
        [3, 'size :over', [String(MAIL.length)], true],
        [3, 'address from :is', ['example.org'], true],
        [5, 'mailboxexists', [], false],
        [7, 'exists', ['no x-foo'], false],
      ],
    );
    assert.deepEqual(
      sieve?.actions.map(({kind, line}) => [kind, line]),
      [
        ['store', 5],
        ['redirect', 7],
      ],
    );
    assert.equal(sieve?.isEnabled, false); // a new instance has no sieve among mail_plugins
  });

  test('each condition of a recipe says what it saw; no program runs and nothing is written', () => {
    const ran = home.path('ran');
    filter(
      '.procmailrc',
      `MAILDIR=$HOME
LOGFILE=$HOME/log
LOCKFILE=$HOME/lock
STAMP=\`touch ${ran}\`
:0 Wc: dups.lock
| touch ${ran}
:0 a:
dups
:0
* ^Subject:.*spam
* > 100
junk
:0
* ^TO_friends@
{
  :0 fw
  | touch ${ran}
  :0
  * ? touch ${ran}
  never
  :0 c
  ! other@example.com
  :0:
  * 10^0 ^From:.*joe
  * -3^1 [a-z]here
  lists/$LOGNAME
}
TRAP="touch ${ran}"
`,
    );
    const steps = read().procmail?.steps ?? [];
    const told = steps.map(step => {
      if (step.kind === 'recipe')
        return `${step.line} ${step.flags} ${step.applies ? 'applies' : `no ${step.barredBy ?? ''}`}: ${step.conditions.map(one => `${one.line} ${one.result} (${one.saw})`).join(', ')}`;
      if (step.kind === 'action')
        return `${step.action.line} ${step.action.kind} ${step.action.text} ${step.action.lock ?? '-'} ${step.action.isEnd}`;
      return step.kind;
    });
    assert.deepEqual(
      told.filter(text => text !== 'assignment').map(text => text.replaceAll(ran, 'RAN')),
      [
        'file',
        'not-run',
        '5 Wc applies: ',
        '6 program touch RAN dups.lock false',
        '7 a no a: ',
        '9  no : 10 false (Subject: hello there), 11 not tried ()',
        '13  applies: 14 true (To: friends@example.net)',
        '15 block { ... } - false',
        '16 fw applies: ',
        '17 filter touch RAN - false',
        '18  no : 19 not run (not run)',
        '21 c applies: ',
        '22 forward other@example.com - false',
        '23  applies: 24 true (adds 10, 10 in all), 25 true (adds -3, 7 in all)',
        '26 folder lists/alice lists/alice.lock true',
      ],
    );
    assert.equal(existsSync(ran), false);
    assert.deepEqual(
      readdirSync(home.path('home/alice')).filter(name => /log|lock|list|dups/.test(name)),
      [],
    );
  });

  test('what .forward says is part of it, and procmail is reached by it', () => {
    filter('.procmailrc', ':0\nbox\n');
    assert.equal(read().procmail?.isReached, false);
    filter('.forward', '"|exec /usr/bin/procmail"\n');
    const {way, procmail} = read();
    assert.ok(way?.recipients[0]?.steps.some(({step, result}) => step === '.forward' && result.includes('procmail')));
    assert.equal(procmail?.isReached, true);
  });

  test('a script or an rc file can be tried before it is put in its place', () => {
    writeFileSync(home.path('new'), 'require "reject"; reject "no";');
    const {status, stdout} = explain('--user', 'alice', '--script', home.path('new'));
    assert.equal(status, 69);
    assert.match(stdout, / 1\. reject: no \(new line 1\)/);
    writeFileSync(home.path('new'), 'EXITCODE=75\n:0\n* ^Subject: \\/.*\n/dev/null\n');
    const tried = explain('--user', 'alice', '--rc', home.path('new'));
    assert.equal(tried.status, 75);
    assert.match(tried.stdout, / line 3 \^Subject: \\\/\.\* {2}header: Subject: hello there/);
    assert.match(tried.stdout, / line 4 into \/dev\/null {2}delivered/);
  });

  test('a script that cannot be compiled is told with its line, and passed over', () => {
    filter('.dovecot.sieve', 'keep;\nfileinto "x";\n');
    const {sieve} = read();
    assert.equal(sieve?.scripts[0]?.state, 'not compiled');
    assert.ok(sieve.scripts[0].remarks.some(({line, text}) => line === 2 && /unknown command 'fileinto'/.test(text)));
    assert.equal(sieve.implicitKeep?.mailbox, 'INBOX');
  });

  test('the message may come by standard input', () => {
    filter('.procmailrc', ':0\nbox\n');
    const {stdout} = home.run('posthorn', ['explain', '--message', '-', '--user', 'alice', '--json'], MAIL);
    assert.equal((JSON.parse(stdout) as FilterExplanation).sizeBytes, MAIL.length); // our own command's
  });

  test('whom nobody knows, and a message that is not there', () => {
    assert.equal(explain('--user', 'nobody-at-all').status, 67);
    const missing = home.run('posthorn', ['explain', '--message', home.path('no-such-mail'), '--user', 'alice']);
    assert.equal(missing.status, 66);
    assert.match(missing.stderr, /no-such-mail: No such file or directory/);
  });
});
