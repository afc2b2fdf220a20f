/**
 * The same IMAP dialogue with the real Dovecot's `imap` and with ours, each over a Maildir of its own: logged in already,
 * no daemon, no port. What differs by nature (times, UIDVALIDITY, identifiers, the order of LIST) is made the same.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ImapSessionOptions} from '../../src/core/imap/imap-session.ts';
import type {ImapSettings} from '../../src/core/imap/imap-settings.ts';
import type {StoreSettings} from '../../src/core/mailbox/store-settings.ts';
import {ImapDialogue, unescapeStep} from './imap-dialogue.ts';
import {openTestStore, startOurImap} from './our-imap.ts';

const REAL_IMAP = '/usr/lib/dovecot/imap';
const MAIL_USER = 8;

/** Skips the current test or suite loudly when the real imap can't run. */
export function requireRealImapSession(context: Mocha.Context): void {
  const isHere = existsSync(REAL_IMAP) && process.getuid?.() === 0;
  if (isHere) return;
  console.log('      SKIPPED: the real imap (dovecot-imapd) is not installed, or this is not root');
  context.skip();
}

/** A dialogue of a file: steps, and what may differ in which of them. */
export interface Script {
  readonly steps: readonly string[];
  /** Why the answer to this step is another one, by its place. */
  readonly differences: ReadonlyMap<number, string>;
}

/** One step a line; `# ...` is a remark, `~ reason` says that the next step's answer differs. `@name` is a list of steps. */
export function readScript(file: string, macros: ReadonlyMap<string, readonly string[]>): Script {
  const steps: string[] = [];
  const differences = new Map<number, string>();
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('~ ')) differences.set(steps.length, line.slice(2));
    else if (line.startsWith('@')) steps.push(...(macros.get(line.slice(1)) ?? []));
    else steps.push(unescapeStep(line));
  }
  return {steps, differences};
}

/** For each step what was said. */
export async function playReal(steps: readonly string[], settings = ''): Promise<string[][]> {
  const home = mkdtempSync(join(tmpdir(), 'imap-real-'));
  chmodSync(home, 0o755);
  for (const folder of ['run', 'home']) {
    mkdirSync(join(home, folder));
    chownSync(join(home, folder), MAIL_USER, MAIL_USER);
  }
  writeFileSync(join(home, 'conf'), configuration(home) + settings);
  const child = spawnReal(home);
  try {
    if (child.stdout === null || child.stdin === null) throw new Error('no pipes');
    return await play(new ImapDialogue(child.stdout, child.stdin), steps);
  } finally {
    const gone = child.exitCode === null ? new Promise(resolve => child.once('exit', resolve)) : undefined;
    child.kill('SIGKILL');
    await gone;
    rmSync(home, {recursive: true, force: true});
  }
}

function spawnReal(home: string): ChildProcess {
  const ids = ['--reuid', String(MAIL_USER), '--regid', String(MAIL_USER), '--clear-groups'];
  return spawn('setpriv', [...ids, REAL_IMAP, '-c', join(home, 'conf')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {USER: 'u', HOME: join(home, 'home')},
    cwd: home,
  });
}

export async function playOurs(
  steps: readonly string[],
  settings: Partial<ImapSettings> = {},
  store: Partial<StoreSettings> = {},
  more: (home: string) => Partial<ImapSessionOptions> = () => ({}),
): Promise<string[][]> {
  const home = mkdtempSync(join(tmpdir(), 'imap-ours-'));
  try {
    const offered = {hasMetadata: true, hasMailboxSections: true, ...settings};
    const imap = startOurImap(() => openTestStore(home, store), offered, more(home));
    const answers = await play(new ImapDialogue(imap.output, imap.input), steps);
    await imap.done;
    return answers;
  } finally {
    rmSync(home, {recursive: true, force: true});
  }
}

async function play(dialogue: ImapDialogue, steps: readonly string[]): Promise<string[][]> {
  await dialogue.greeting();
  const answers = [sameForBoth(dialogue.transcript.splice(0))];
  for (const step of steps) {
    await dialogue.say(step);
    answers.push(sameForBoth(dialogue.transcript.splice(0).slice(1)));
  }
  dialogue.close();
  return answers;
}

/** The first answer is the greeting. */
export function sameForBoth(lines: readonly string[]): string[] {
  const kept = lines.filter(line => line !== 'S: <silence>' && line !== 'S: <closed>').map(normalized);
  const isListed = (line: string): boolean => /^S: \* (LIST|LSUB|STATUS) /.test(line);
  const listed = kept.filter(isListed).sort();
  return kept.map(line => (isListed(line) ? (listed.shift() ?? '') : line)).filter(line => line !== '');
}

function normalized(line: string): string {
  if (/^S: \* OK \[HIGHESTMODSEQ \d+\] Highest$/.test(line)) return ''; // Dovecot counts from its first use on
  return line
    .replace(/ \(\d+\.\d+(?: \+ \d+\.\d+)* secs\)/, '')
    .replace('\\NonExistent', '\\Noselect') // whether a Maildir's missing parent exists is the store's word
    .replace(/UIDVALIDITY \d+/, 'UIDVALIDITY <v>')
    .replace(/(APPENDUID|COPYUID) \d+/, '$1 <v>')
    .replace(/"\d\d-[A-Z][a-z]{2}-20(?!24)\d\d \d\d:\d\d:\d\d/g, '"<now>')
    .replace(/X-GUID [^ )]+/, 'X-GUID <guid>')
    .replace(/MODSEQ \(?\d+\)?/g, 'MODSEQ <n>');
}

function configuration(home: string): string {
  return `base_dir = ${home}/run
state_dir = ${home}/run
log_path = ${home}/home/log
mail_location = maildir:${home}/home/Maildir
mail_home = ${home}/home
mail_uid = ${MAIL_USER}
mail_gid = ${MAIL_USER}
first_valid_uid = 0
first_valid_gid = 0
ssl = no
mail_fsync = never
imap_metadata = yes
mail_attribute_dict = file:${home}/home/attributes
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    special_use = \\Drafts
  }
  mailbox Sent {
    special_use = \\Sent
  }
  mailbox Trash {
    special_use = \\Trash
    auto = create
  }
}
`;
}
