/** Deliveries through scripts, by dovecot-lda and the original's: mail, logs, the user's log, what is sent and run. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {dovecotLda} from '../../src/commands/dovecot-lda.ts';
import {requireRealSieve} from '../support/real-sieve.ts';
import {runInProcess} from '../support/stdio.ts';

const NOBODY = 65534;
const REAL_LDA = '/usr/lib/dovecot/dovecot-lda';
const MESSAGE =
  'From: Fred <fred@example.com>\nTo: Joe <joe@example.org>\nSubject: a longer subject\nMessage-ID: <m1@example.com>\n\nBody\n';

const PROGRAMS = [
  'sieve_plugins=sieve_extprograms',
  'sieve_extensions=+vnd.dovecot.pipe +vnd.dovecot.filter +vnd.dovecot.execute',
  ...['pipe', 'filter', 'execute'].flatMap(kind => [
    `sieve_${kind}_bin_dir=FOLDER/bin`,
    `sieve_${kind}_exec_timeout=1s`,
  ]),
];
const REQUIRE =
  'require ["vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute", "copy", "variables", "fileinto"];\n';

/** The user's script, and settings of plugin {}. Other scripts: FOLDER/store.sieve, bad, many, keep, nothing, inbox. */
const CASES: readonly (readonly [script: string, settings: readonly string[]])[] = [
  ['require "fileinto"; fileinto "Other";', []],
  ['require "fileinto"; fileinto "inbox";', []],
  ['require "fileinto"; fileinto "Missing";', []],
  ['require ["fileinto", "copy"]; redirect "x@y.z"; fileinto :copy "Missing";', []],
  ['require ["fileinto", "vacation"]; redirect "a@b.c"; vacation "x"; fileinto "Other"; discard; keep;', []],
  ['require "imap4flags"; redirect "a@b.c"; addflag "\\\\Flagged"; keep;', []],
  ['require ["fileinto", "imap4flags"]; addflag "foo"; fileinto :flags "\\\\Seen" "Other"; keep;', []],
  ['require "nonsense"; foo;', []],
  ['require "nonsense"; foo;', ['sieve_user_log=~/ulog']],
  ['redirect "a@b"; redirect "b@c"; redirect "c@d"; redirect "d@e"; redirect "e@f";', ['sieve_user_log=ulog']],
  ['redirect "a@b";', ['sieve_max_redirects=0']],
  ['keep;', ['sieve_before=FOLDER/store.sieve']],
  ['require "fileinto"; fileinto "Other";', ['sieve_before=FOLDER/bad.sieve']],
  ['keep;', ['sieve_before=FOLDER/many.sieve']],
  ['keep;', ['sieve_after=FOLDER/store.sieve']],
  ['require "nonsense"; foo;', ['sieve_after=FOLDER/inbox.sieve']],
  ['keep;', ['sieve=~/none.sieve', 'sieve_default=FOLDER/store.sieve']],
  ['keep;', ['sieve=~/none.sieve', 'sieve_default=FOLDER/bad.sieve']],
  ...['inbox', 'keep', 'nothing', 'bad'].map(name => ['discard;', [`sieve_discard=FOLDER/${name}.sieve`]] as const),
  ['redirect "a@b.c";', ['sieve_discard=FOLDER/inbox.sieve']],
  ['redirect "a@b.c";', ['sieve_redirect_envelope_from=<x@y>']],
  ['redirect "a@b.c";', ['sieve_redirect_envelope_from=<>']],
  ['redirect "a@b.c";', ['sieve_redirect_envelope_from=postmaster']],
  ...[
    [],
    ['sieve_vacation_max_subject_codepoints=9'],
    ['sieve_vacation_send_from_recipient=yes'],
    ['sieve_vacation_to_header_ignore_envelope=yes'],
    ['sieve_vacation_default_subject=unused'],
  ].map(settings => ['require "vacation"; vacation "x";', settings] as const),
  [`${REQUIRE}filter "upper"; pipe :copy "save" ["x y", "$HOME;a"];`, PROGRAMS],
  [`${REQUIRE}pipe :copy "save";`, [...PROGRAMS, 'sieve_pipe_input_eol=lf']],
  [`${REQUIRE}execute :output "o" :input "Other" "say"; fileinto "\${o}";`, PROGRAMS],
  [`${REQUIRE}pipe "save";`, PROGRAMS],
  ...[
    'pipe "bad";',
    'pipe "missing";',
    'pipe :copy "bad";',
    'pipe "slow";',
    'filter "bad"; discard;',
    'execute "missing";',
  ].map(script => [`${REQUIRE}${script}`, PROGRAMS] as const),
  [`${REQUIRE}if execute "bad" { keep; } else { fileinto "Other"; }`, PROGRAMS],
];

const FILES: readonly (readonly [name: string, text: string, mode: number])[] = [
  ['store.sieve', 'require "fileinto"; fileinto "Missing";', 0o644],
  ['bad.sieve', 'require "nonsense"; foo;', 0o644],
  ['many.sieve', 'redirect "a@b"; redirect "b@c"; redirect "c@d"; redirect "d@e"; redirect "e@f";', 0o644],
  ['keep.sieve', 'keep;', 0o644],
  ['nothing.sieve', '#', 0o644],
  ['inbox.sieve', 'require "fileinto"; fileinto "INBOX";', 0o644],
  ['bin/upper', '#!/bin/sh\nsed s/Body/BODY/\n', 0o755],
  ['bin/say', '#!/bin/sh\ncat\n', 0o755],
  [
    'bin/save',
    '#!/bin/sh\n(id -u; pwd; echo "$HOME $USER $SENDER $RECIPIENT $ORIG_RECIPIENT $PATH"; for a in "$@"; do echo "<$a>"; done; cat -A) >$HOME/saved\n',
    0o755,
  ],
  ['bin/bad', '#!/bin/sh\ncat >/dev/null; exit 3\n', 0o755],
  ['bin/slow', '#!/bin/sh\nexec sleep 30\n', 0o755],
  ['sendmail', '#!/bin/sh\n(echo "ARGS $@"; cat) >>$(dirname $0)/sent\n', 0o755],
];

suite('Deliveries through Sieve beside the original', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'sieve-delivery-peer-'));
  suiteSetup(function () {
    requireRealSieve(this);
    if (!existsSync(REAL_LDA)) this.skip();
    chmodSync(folder, 0o755);
  });
  suiteTeardown(() => rmSync(folder, {recursive: true, force: true}));

  for (const [index, [script, settings]] of CASES.entries())
    test(`${index}: ${script.replace(REQUIRE, '')} ${settings.filter(one => !PROGRAMS.includes(one)).join(' ')}`, async () => {
      const theirs = lay(join(folder, `${index}-real`), script);
      const rights = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', REAL_LDA];
      const options = {input: MESSAGE, env: {HOME: `${theirs}/home`, USER: 'joe', PATH: '/usr/bin:/bin'}, cwd: theirs};
      const real = spawnSync('setpriv', [...rights, ...words(theirs, settings)], options);
      const ours = lay(join(folder, `${index}-own`), script);
      const own = await runInProcess(dovecotLda, [...words(ours, settings), '-d', 'joe'], {input: MESSAGE});
      assert.equal(shown(ours, own.status), shown(theirs, real.status ?? -1));
    });
});

function words(folder: string, settings: readonly string[]): string[] {
  const overrides = settings.flatMap(setting => ['-o', `plugin/${setting.replaceAll('FOLDER', folder)}`]);
  return ['-c', `${folder}/dovecot.conf`, '-f', 'fred@example.com', '-a', 'joe@example.org', ...overrides];
}

function lay(folder: string, script: string): string {
  const mail = `${folder}/home/Maildir`;
  for (const name of ['', '.Other'])
    for (const kind of ['cur', 'new', 'tmp']) mkdirSync(join(mail, name, kind), {recursive: true});
  mkdirSync(`${folder}/bin`);
  for (const [name, text, mode] of FILES) writeFileSync(join(folder, name), text, {mode});
  writeFileSync(
    `${folder}/dovecot.conf`,
    `mail_uid=${NOBODY}\nmail_gid=${NOBODY}\nfirst_valid_uid=1\nmail_home=${folder}/home\nmail_location=maildir:${mail}
hostname=${hostname()}\npostmaster_address=postmaster@example.org\nlog_path=${folder}/log\nsendmail_path=${folder}/sendmail
userdb {\n  driver = static\n  args = uid=${NOBODY} gid=${NOBODY} home=${folder}/home allow_all_users=yes\n}
protocol lda {\n  mail_plugins = sieve\n}\nplugin {\n  sieve = ~/.dovecot.sieve\n}\n`,
  );
  writeFileSync(`${folder}/home/.dovecot.sieve`, script);
  for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'}))
    chownSync(join(folder, name), NOBODY, NOBODY);
  chmodSync(folder, 0o777);
  chownSync(folder, NOBODY, NOBODY);
  return folder;
}

function shown(folder: string, status: number): string {
  const text = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'latin1') : '';
  const log = text('log').replace(/^.{15} [^ ]+ /gm, '');
  const mail = ['', '.Other', '.Missing'].flatMap(box =>
    ['new', 'cur'].flatMap(kind => inFolder(`${folder}/home/Maildir/${box}/${kind}`)).map(one => `${box} ${one}`),
  );
  const parts = {status: String(status), log, user: text('home/.dovecot.sieve.log'), ulog: text('home/ulog')};
  const rest = {mail: mail.sort().join('\n'), sent: text('sent'), saved: text('home/saved')};
  return Object.entries({...parts, ...rest})
    .map(([name, content]) => `--- ${name}\n${content}`)
    .join('\n')
    .replaceAll(folder, 'FOLDER')
    .replace(/\(\d+\): /g, '(PID): ')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'NOW')
    .replace(/^Date: .*$/gm, 'Date: NOW')
    .replace(/dovecot-sieve-[\d-]+@/g, 'dovecot-sieve-N@')
    .replaceAll('\r', '');
}

function inFolder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map(
    name => `${/:2,.*/.exec(name)?.[0] ?? ''} ${readFileSync(join(folder, name), 'latin1').replaceAll('\r', '')}`,
  );
}
