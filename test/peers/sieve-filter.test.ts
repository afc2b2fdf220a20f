/** sieve-filter beside Pigeonhole's: what both say, and what then lies where, over the same Maildir. Needs root. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {sieveFilter} from '../../src/commands/sieve-filter.ts';
import {requireRealSieve, shownRun} from '../support/real-sieve.ts';
import {runInProcess, type ToolRun} from '../support/stdio.ts';

const NOBODY = 65534;
const FOLDERS = ['', '.Other', '.Kept', '.Trash'];

const MESSAGES: readonly (readonly [name: string, text: string])[] = [
  ...['one', 'two', 'three', 'four', 'five'].map(
    (word, at) =>
      [
        `cur/170000000${at}.M1P1.host:2,`,
        `From: Fred <fred@example.com>\nTo: Joe <joe@example.org>\nSubject: ${word}\nMessage-ID: <m${at}@example.com>\nDate: Mon, 02 Jan 2023 10:11:1${at} +0100\n\nBody ${word}\n`,
      ] as const,
  ),
  ['cur/1700000006.M1P1.host:2,F', 'From: x@y.z\n\nno subject\n'],
  ['new/1700000007.M1P1.host', 'Subject: =?utf-8?q?sm=C3=B6r?=\n  folded\nDate: gurk\nMessage-ID: <a@b> <c@d>\n\nx\n'],
  ['new/1700000008.M1P1.host', `Subject: ${'long subject '.repeat(20)}\nMessage-ID: none\n\nx\n`],
  ['new/1700000009.M1P1.host', 'Subject:\tx\x01y \xff\xc3 z  \r\nMessage-ID: <a b@c>\r\n\r\nx\r\n'],
];

const MIXED = `require ["fileinto", "imap4flags"];
if header "subject" "one" { fileinto "Other"; }
elsif header "subject" "two" { discard; }
elsif header "subject" "three" { redirect "a@b.c"; }
elsif header "subject" "four" { addflag "\\\\Seen"; keep; }
`;

const EDITS = `require ["fileinto", "editheader", "copy", "mailbox", "imap4flags"];
if header "subject" "one" { addheader "X-A" "b"; fileinto :copy "Other"; }
elsif header "subject" "two" { addheader "X-A" "b"; }
elsif header "subject" "three" { fileinto :create "New"; fileinto "Other"; keep; }
elsif header "subject" "four" { addflag ["\\\\Answered", "foo"]; fileinto "Other"; }
elsif header "subject" "five" { fileinto "INBOX"; fileinto "Other"; setflag "\\\\Draft"; keep; }
`;

const FAILURES = `require ["fileinto", "copy", "vacation", "enotify", "duplicate"];
if header "subject" "one" { fileinto "Other"; fileinto :copy "Trash"; fileinto "Missing"; fileinto "Kept"; }
elsif header "subject" "two" { fileinto "INBOX"; fileinto "Missing"; fileinto "Other"; }
elsif header "subject" "three" { redirect :copy "a@b.c"; vacation "gone"; }
elsif header "subject" "four" { vacation "gone"; notify "mailto:a@b.c"; if duplicate { discard; } }
elsif header "subject" "five" { redirect "a@b"; redirect "b@c"; redirect "c@d"; redirect "d@e"; redirect "e@f"; }
elsif size :over 60 { redirect "a@b.c"; fileinto "Kept"; }
else { vacation "x"; discard; }
`;

const PROGRAMS = `require ["fileinto", "copy", "vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute"];
if header "subject" "one" { pipe "good"; }
elsif header "subject" "two" { pipe :copy "bad"; }
elsif header "subject" "three" { filter "upper"; fileinto "Other"; }
elsif header "subject" "four" { filter "upper"; }
elsif header "subject" "five" { pipe "bad"; fileinto "Other"; }
else { filter "missing"; }
`;

const EXTPROGRAMS = [
  ...[
    'sieve_plugins=sieve_extprograms',
    ...['pipe', 'filter', 'execute'].map(kind => `sieve_${kind}_bin_dir=BIN`),
  ].flatMap(setting => ['-o', `plugin/${setting}`]),
  ...['-x', '+vnd.dovecot.pipe +vnd.dovecot.filter +vnd.dovecot.execute'],
];

/** A script, and the options and operands that follow; SCRIPT stands for it. */
const CASES: readonly (readonly [script: string, words: readonly string[]])[] = [
  [MIXED, ['SCRIPT', 'INBOX']],
  [MIXED, ['SCRIPT', 'inbox', 'move', 'Nowhere']],
  [MIXED, ['-v', '-m', 'Kept', 'SCRIPT', 'INBOX']],
  [MIXED, ['-e', 'SCRIPT', 'INBOX']],
  [MIXED, ['-e', '-v', '-m', 'Kept', 'SCRIPT', 'INBOX', 'expunge']],
  ...[[], ['keep'], ['delete'], ['expunge'], ['move', 'Trash'], ['move', 'inbox'], ['move', 'Nowhere']].map(
    discard => [MIXED, ['-eWv', 'SCRIPT', 'INBOX', ...discard]] as const,
  ),
  [MIXED, ['-eW', 'SCRIPT', 'INBOX', 'expunge']],
  [MIXED, ['-eWv', '-m', 'Kept', 'SCRIPT', 'INBOX']],
  [MIXED, ['-eWv', '-m', 'Missing', 'SCRIPT', 'INBOX']],
  [MIXED, ['-eWv', '-m', 'Other', 'SCRIPT', 'Trash']],
  [EDITS, ['-x', '+editheader', 'SCRIPT', 'INBOX']],
  [EDITS, ['-x', '+editheader', '-ev', 'SCRIPT', 'INBOX']],
  [EDITS, ['-x', '+editheader', '-eWv', 'SCRIPT', 'INBOX']],
  [EDITS, ['-x', '+editheader', '-eWv', '-m', 'Kept', 'SCRIPT', 'INBOX']],
  [FAILURES, ['SCRIPT', 'INBOX']],
  [FAILURES, ['-eWv', 'SCRIPT', 'INBOX', 'delete']],
  [FAILURES, ['-eWv', '-m', 'Kept', 'SCRIPT', 'INBOX', 'expunge']],
  [PROGRAMS, [...EXTPROGRAMS, 'SCRIPT', 'INBOX']],
  [PROGRAMS, [...EXTPROGRAMS, '-eWv', 'SCRIPT', 'INBOX']],
  ['redirect "a@b.c"; keep;', ['-eWv', 'SCRIPT', 'INBOX']],
  ['redirect "a@b.c"; keep;', ['-eWv', '-m', 'Kept', 'SCRIPT', 'INBOX']],
  ['require "fileinto"; keep; redirect "a@b.c"; fileinto "Other";', ['-eWv', 'SCRIPT', 'INBOX']],
  ['require ["fileinto", "enotify"]; keep; notify "mailto:a@b.c"; fileinto "Other";', ['-eWv', 'SCRIPT', 'INBOX']],
  ['require "fileinto"; fileinto "inbox";', ['-eWv', 'SCRIPT', 'INBOX']],
  ['require "fileinto"; fileinto "INBOX";', ['-eWv', 'SCRIPT', 'inbox']],
  ['keep;', ['SCRIPT', 'Nothing']],
  ['keep;', ['-e', 'SCRIPT', '']],
  ['keep;', ['-C', '-D', 'SCRIPT', 'Trash']],
  ['require "nonsense"; keep;', ['SCRIPT', 'INBOX']],
  ['foo;', ['-C', 'SCRIPT', 'INBOX']],
  ['keep;', ['-x', '+foo', 'SCRIPT', 'Trash']],
  ['keep;', ['-x', 'a', '-x', 'b', 'SCRIPT', 'INBOX']],
  ['keep;', ['SCRIPT.missing', 'INBOX']],
  ['keep;', ['-C', 'SCRIPT.missing', 'INBOX']],
  ...[[], ['SCRIPT'], ['SCRIPT', 'INBOX', 'x'], ['SCRIPT', 'INBOX', 'move'], ['SCRIPT', 'INBOX', 'keep', 'x']].map(
    words => ['keep;', words] as const,
  ),
  ...['q', 'Q', 's'].map(letter => ['keep;', [`-${letter}`, 'x', 'SCRIPT', 'INBOX']] as const),
  ['keep;', ['-Z', 'SCRIPT', 'INBOX']],
  ['keep;', ['SCRIPT', 'INBOX', '-o']],
  ['keep;', ['SCRIPT', '-x', '+foo', '--', 'INBOX', '-e']],
  ['keep;', ['SCRIPT', 'INBOX', '-e', '-v']],
  ['keep;', ['-o', 'x', 'SCRIPT', 'INBOX']],
];

suite('sieve-filter beside the original', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'sieve-filter-peer-'));
  suiteSetup(function () {
    requireRealSieve(this);
    chmodSync(folder, 0o755);
    mkdirSync(`${folder}/bin`);
    for (const [name, body] of [
      ['good', 'cat >/dev/null'],
      ['bad', 'cat >/dev/null; exit 3'],
      ['upper', 'tr a-z A-Z'],
    ] as const)
      writeFileSync(`${folder}/bin/${name}`, `#!/bin/sh\n${body}\n`, {mode: 0o755});
  });
  suiteTeardown(() => rmSync(folder, {recursive: true, force: true}));

  for (const [index, [script, words]] of CASES.entries())
    test(`${index}: ${words.filter(word => !EXTPROGRAMS.includes(word)).join(' ')}`, async () => {
      const real = lay(join(folder, `${index}-real`), script);
      const argv = (side: Side): string[] => ['-c', side.config, ...words.map(word => filled(word, side, folder))];
      const theirs = spawnSync('sieve-filter', argv(real), {encoding: 'latin1', env: {PATH: '/usr/bin:/bin'}});
      const wanted = shown({status: theirs.status ?? -1, stdout: theirs.stdout, stderr: theirs.stderr}, real);
      const own = lay(join(folder, `${index}-own`), script);
      assert.equal(shown(await runInProcess(sieveFilter, argv(own)), own), wanted);
    });
});

interface Side {
  readonly folder: string;
  readonly config: string;
  readonly script: string;
}

/** The same mail, script and configuration for each side. */
function lay(folder: string, script: string): Side {
  const mail = `${folder}/home/Maildir`;
  for (const box of FOLDERS)
    for (const kind of ['cur', 'new', 'tmp']) mkdirSync(join(mail, box, kind), {recursive: true});
  for (const [name, text] of MESSAGES) writeFileSync(join(mail, name), text, 'latin1');
  const config = `${folder}/dovecot.conf`;
  writeFileSync(
    config,
    `mail_uid=${NOBODY}\nmail_gid=${NOBODY}\nfirst_valid_uid=1\nmail_home=${folder}/home\nmail_location=maildir:${mail}\nhostname=mx.example.org\npostmaster_address=postmaster@example.org\nlog_path=/dev/stderr\n`,
  );
  writeFileSync(`${folder}/x.sieve`, script, 'latin1');
  for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'}))
    chownSync(join(folder, name), NOBODY, NOBODY);
  chmodSync(folder, 0o777);
  return {folder, config, script: `${folder}/x.sieve`};
}

function filled(word: string, {script}: Side, folder: string): string {
  return word.replace('SCRIPT', script).replace('BIN', `${folder}/bin`);
}

function shown(run: ToolRun, {folder}: Side): string {
  const stderr = run.stderr
    .replace(/^.*Debug: .*\n/gm, '') // it tells how it works inside
    .replace(/\(\d+\): Terminated/g, '(PID): Terminated')
    .replace(/\[\d{4}-\d\d-\d\d [\d:]{8}\]/g, '[NOW]');
  const text = shownRun({...run, stderr}).replaceAll(folder, 'FOLDER');
  return `${text}${mailIn(`${folder}/home/Maildir`).join('\n')}\n`;
}

/** Folder, flags, content; the original leaves a message in new/ when it flags it. */
function mailIn(mail: string): string[] {
  const boxes = readdirSync(mail).filter(name => /^\.[A-Z]/.test(name));
  return ['', ...boxes]
    .flatMap(box =>
      ['cur', 'new'].flatMap(kind => {
        const files = readdirSync(join(mail, box, kind));
        return files.map(
          file => `${box} ${basename(file).replace(/^.*?(?::2,|$)/, '')} ${contentOf(join(mail, box, kind, file))}`,
        );
      }),
    )
    .sort();
}

/** Line ends aside: the original links a file into another folder, ours is written as all mail is. */
function contentOf(file: string): string {
  return JSON.stringify(readFileSync(file, 'latin1').replaceAll('\r\n', '\n'));
}
