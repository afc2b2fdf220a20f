/**
 * The real Dovecot's `imap` over a scratch Maildir, for the tests that compare with it: already logged in, spoken to on its
 * standard input, without a daemon and without a port. Needs Debian's dovecot-imapd.
 */
import {spawnSync} from 'node:child_process';
import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const REAL_IMAP = '/usr/lib/dovecot/imap';
const NOBODY = 65534;

/** Skips the current test or suite loudly when the real imap can't run. */
export function requireRealImap(context: Mocha.Context): void {
  if (existsSync(REAL_IMAP)) return;
  console.log('      SKIPPED: the real imap (dovecot-imapd) is not installed');
  context.skip();
}

export class RealImap {
  readonly home: string;
  readonly #uid: number;

  /** `settings` are added to a plain configuration. */
  constructor(settings = '') {
    this.home = mkdtempSync(join(tmpdir(), 'real-imap-'));
    this.#uid = process.getuid?.() === 0 ? NOBODY : (process.getuid?.() ?? NOBODY);
    chmodSync(this.home, 0o755);
    for (const folder of ['run', 'home', 'mail', 'mail/cur', 'mail/new', 'mail/tmp']) this.#makeFolder(folder);
    writeFileSync(join(this.home, 'conf'), configuration(this.home, this.#uid) + settings);
  }

  /** Messages become 1, 2, 3 of INBOX, bytes as they are. */
  store(messages: readonly Buffer[]): void {
    rmSync(join(this.home, 'mail'), {recursive: true});
    for (const folder of ['mail', 'mail/cur', 'mail/new', 'mail/tmp']) this.#makeFolder(folder);
    for (const [index, message] of messages.entries()) {
      const path = join(this.home, 'mail/cur', `${1_000_000 + index}.M${index}.host:2,S`);
      writeFileSync(path, message);
      chownSync(path, this.#uid, this.#uid);
    }
  }

  /** Runs commands (without tags; a line each) on INBOX and answers all that was said, as a byte string. */
  run(commands: readonly string[]): string {
    const input = ['s SELECT INBOX', ...commands.map((command, index) => `t${index} ${command}`), 'z LOGOUT', ''];
    const asNobody = ['--reuid', String(this.#uid), '--regid', String(this.#uid), '--clear-groups', REAL_IMAP];
    const [program, args] = process.getuid?.() === 0 ? ['setpriv', asNobody] : [REAL_IMAP, []];
    const done = spawnSync(program, [...args, '-c', join(this.home, 'conf')], {
      input: Buffer.from(input.join('\r\n'), 'latin1'),
      env: {USER: 'nobody', HOME: join(this.home, 'home')},
      timeout: 50_000,
      maxBuffer: 1 << 28,
    });
    return done.stdout.toString('latin1');
  }

  /** FETCH of items: the answer of each by its name, for message 1 in place 0, and so on. */
  fetch(items: string, messages = '1:*'): Map<string, string>[] {
    return readFetches(this.run([`FETCH ${messages} (${items})`]));
  }

  /** SEARCH: the message numbers for each of several programs. */
  search(programs: readonly string[]): (number[] | string)[] {
    const output = this.run(programs.map(program => `SEARCH RETURN (ALL) ${program}`));
    return programs.map((_, index) => readSearch(output, index));
  }

  log(): string {
    const file = join(this.home, 'home/log');
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  }

  dispose(): void {
    rmSync(this.home, {recursive: true, force: true});
  }

  #makeFolder(name: string): void {
    mkdirSync(join(this.home, name));
    chownSync(join(this.home, name), this.#uid, this.#uid);
  }
}

function configuration(home: string, uid: number): string {
  return `base_dir = ${home}/run
state_dir = ${home}/run
mail_location = maildir:${home}/mail
log_path = ${home}/home/log
first_valid_uid = 1
mail_uid = ${uid}
mail_gid = ${uid}
default_internal_user = nobody
default_login_user = nobody
ssl = no
mail_fsync = never
`;
}

/** The answers of pipelined searches come in any order; ESEARCH names its command. */
function readSearch(output: string, index: number): number[] | string {
  const status = lineAt(output, output.indexOf(`\r\nt${index} `) + 2);
  if (!status.startsWith(`t${index} OK`)) return status;
  const head = `* ESEARCH (TAG "t${index}")`;
  const start = output.indexOf(head);
  const set = lineAt(output, start).slice(`${head} ALL `.length);
  if (start < 0 || set === '') return [];
  return set.split(',').flatMap(range => {
    const [first = 0, last = first] = range.split(':').map(Number);
    return Array.from({length: last - first + 1}, (_, i) => first + i);
  });
}

function lineAt(text: string, start: number): string {
  return text.slice(start, text.indexOf('\r\n', start));
}

/** The untagged FETCH answers of one command. */
function readFetches(output: string): Map<string, string>[] {
  const answers: Map<string, string>[] = [];
  for (let at = 0; at < output.length;) {
    const head = /^\* (\d+) FETCH \(/.exec(output.slice(at, at + 40));
    if (head === null) {
      const next = output.indexOf('\r\n', at);
      at = next < 0 ? output.length : next + 2;
      continue;
    }
    const items = new Map<string, string>();
    at += head[0].length;
    while (output[at] !== ')' && at < output.length) {
      const [name, afterName] = takeName(output, at);
      const end = skipValue(output, afterName);
      items.set(name, output.slice(afterName, end));
      at = output[end] === ' ' ? end + 1 : end;
    }
    answers[Number(head[1]) - 1] = items;
    at += 3;
  }
  return answers;
}

function takeName(text: string, at: number): [string, number] {
  let end = at;
  for (let depth = 0; end < text.length && (depth > 0 || text[end] !== ' '); end++) {
    if (text[end] === '[') depth++;
    else if (text[end] === ']') depth--;
  }
  return [text.slice(at, end), end + 1];
}

/** The end of a value that begins at `at`: atom, quoted string, literal or list. */
function skipValue(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const character = text[i];
    if (character === '(') depth++;
    else if (character === '"') i = endOfQuoted(text, i);
    else if (character === '{' || (character === '~' && text[i + 1] === '{')) i = endOfLiteral(text, i) - 1;
    else if (character === ')' && depth-- === 0) return i;
    else if (character === ' ' && depth === 0) return i;
  }
  return text.length;
}

function endOfQuoted(text: string, at: number): number {
  let i = at + 1;
  for (; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
  return i;
}

function endOfLiteral(text: string, at: number): number {
  const line = text.indexOf('\r\n', at);
  return line + 2 + Number(text.slice(text.indexOf('{', at) + 1, line - 1));
}
