/** Settings that can't be used, beside the originals: what each tool says of them, and its exit status. */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {requireRealPostfix} from '../support/real-postfix.ts';

const MASTER = 'smtp inet n - n - - smtpd\nlocal unix - n n - - local\nsmtp unix - - n - - smtp\n';

/** Each is the end of every tool. */
const SETTINGS: readonly (readonly [title: string, mainCf: string])[] = [
  ['an expression without its end', 'relayhost = ${x\n'],
  ['a cycle', 'a = $b\nb = $a\nrelayhost = $a\n'],
  ['a word for a number', 'message_size_limit = x\n'],
  ['a number with a unit', 'message_size_limit = 10M\n'],
  ['a number out of bounds', 'line_length_limit = 1\n'],
  ['a word for a flag', 'soft_bounce = maybe\n'],
  ['a time with an unknown unit', 'max_idle = 3q\n'],
  ['an empty value where there must be one', 'mail_owner =\n'],
  ['a line without an equals sign', '# comment\nrelayhost\n'],
  ['an equals sign without a name', '= x\n'],
];

const COMMANDS = [
  'postconf -c DIR -m',
  'postconf -c DIR -t',
  'postmap -c DIR -q a texthash:/dev/null',
  'postalias -c DIR -q a texthash:/dev/null',
  'postcat -c DIR /dev/null',
  'postqueue -c DIR -p',
  'postqueue -c DIR -f',
  'postsuper -c DIR -d 1234567',
  'postkick -c DIR public pickup W',
  'mailq -C DIR',
  'newaliases -C DIR',
  'sendmail -C DIR -bv root',
  'sendmail -C DIR -t',
  'sendmail -C DIR -bs',
  'sendmail -C DIR -q',
  'postfix -c DIR check',
  'postfix -c DIR status',
];

/** Table types that don't exist end only the tool that uses the table. */
const TABLES = [
  'postmap -c DIR -q a nosuch:/x',
  'postmap -c DIR nosuch:DIR/main.cf',
  'postmap -c DIR -s nosuch:/x',
  'postmap -c DIR -d a nosuch:/x',
  'postalias -c DIR -q a nosuch:/x',
  'postalias -c DIR nosuch:DIR/main.cf',
  'newaliases -C DIR',
  'sendmail -C DIR -bi',
];

suite('settings that cannot be used, beside the originals', function () {
  this.timeout(60_000);
  let home = '';
  suiteSetup(function () {
    requireRealPostfix(this);
    home = mkdtempSync(join(tmpdir(), 'posthorn-bad-'));
    chmodSync(home, 0o755);
  });
  suiteTeardown(() => home !== '' && rmSync(home, {recursive: true}));

  async function compare(mainCf: string, commands: readonly string[]): Promise<void> {
    const folder = mkdtempSync(join(home, 'etc-'));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'spool'));
    writeFileSync(join(folder, 'main.cf'), mainCf.replaceAll('DIR', folder));
    writeFileSync(join(folder, 'master.cf'), MASTER);
    const words = commands.map(command => command.replaceAll('DIR', folder).split(' '));
    const theirs = await Promise.all(words.map(original));
    for (const [i, command] of commands.entries())
      assert.deepEqual(plain(await own(words[i] ?? []), folder), plain(theirs[i], folder), `${command}\n${mainCf}`);
  }

  for (const [title, mainCf] of SETTINGS) test(title, () => compare(mainCf, COMMANDS));

  test('a table type that does not exist', () =>
    compare('queue_directory = DIR/spool\nalias_maps = nosuch:/x\nalias_database = nosuch:DIR/main.cf\n', TABLES));
});

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function own([name = '', ...args]: readonly string[]): Promise<Outcome> {
  // Loaded as the tools load their parts: else the classes of faults are there twice.
  const {tools} = await import('../../src/commands/tools.ts');
  const {runInProcess} = await import('../support/stdio.ts');
  const tool = await tools.get(name)?.();
  assert(tool !== undefined, name);
  return runInProcess(tool, args);
}

function original([name = '', ...args]: readonly string[]): Promise<Outcome> {
  const child = spawn(name, args, {
    argv0: name,
    env: {PATH: `/usr/sbin:/usr/bin:${process.env['PATH']}`, NORANDOMIZE: '1'},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = {stdout: '', stderr: ''};
  child.stdout.setEncoding('latin1').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('latin1').on('data', (text: string) => (written.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', status => resolve({status: status ?? -1, ...written}));
  });
}

function plain(outcome: Outcome | undefined, folder: string): Outcome | undefined {
  // `postfix check` names the place; that is ours alone.
  const stderr = outcome?.stderr.replace(/^postfix: error: .*\n/gm, '').replaceAll(folder, 'DIR') ?? '';
  return outcome && {...outcome, stderr};
}
