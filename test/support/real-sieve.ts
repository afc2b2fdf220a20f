/** The real sieve-test and sievec over a configuration of their own, for the tests that compare with them. Needs root. */
import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const BIN = '/usr/bin';
const NOBODY = 65534;
/** The tool waits for the disk most of its time. */
const LANES = 6;

/** Skips loudly when Pigeonhole is not there. Call it from a `suiteSetup`. */
export function requireRealSieve(context: Mocha.Context): void {
  const isThere = existsSync(`${BIN}/sieve-test`) && process.getuid?.() === 0;
  if (isThere) return;
  console.log('      SKIPPED: the real sieve-test is not installed, or we are not root');
  context.skip();
}

export interface SieveCase {
  readonly script: string;
  readonly message: string | undefined;
  readonly options: readonly string[];
}

/** Cases of a file: scripts, perhaps `#opts` before and a message behind `%%%%`, each behind a line of equal signs. */
export function readSieveCases(file: string): readonly SieveCase[] {
  return readFileSync(file, 'utf8').replace(/\n$/, '').split('\n====\n').map(parseCase);
}

function parseCase(text: string): SieveCase {
  const options = /^#opts (.*)\n/.exec(text)?.[1]?.split(' ') ?? [];
  const [script = '', message] = text.split('\n%%%%\n', 2);
  return {script: unescape(script), message, options};
}

/** `\E` in front: escapes stand for bytes. */
function unescape(script: string): string {
  if (!script.startsWith('\\E')) return Buffer.from(script, 'utf8').toString('latin1');
  return script.slice(2).replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_all, hex: string | undefined, letter: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return {n: '\n', r: '\r', '0': '\0', '"': '"', '\\': '\\'}[letter] ?? letter;
  });
}

/** What one case makes of both tools: where it lies, and what the original said. */
export interface Answered {
  readonly one: SieveCase;
  readonly script: string;
  readonly message: string;
  readonly wanted: string;
}

export class RealSieve {
  readonly folder = mkdtempSync(join(tmpdir(), 'sieve-peer-'));
  readonly config = join(this.folder, 'dovecot.conf');

  constructor(extra = '') {
    chmodSync(this.folder, 0o755);
    mkdirSync(join(this.folder, 'home'));
    writeFileSync(
      this.config,
      `mail_uid=${NOBODY}\nmail_gid=${NOBODY}\nfirst_valid_uid=1\nmail_home=${this.folder}/home\nmail_location=maildir:${this.folder}/home/Maildir
hostname=mx.example.org\npostmaster_address=postmaster@example.org\n${extra}`,
    );
  }

  /** Runs the original over all cases, in one shell: starting a process from here costs more than the tool takes. */
  answer(
    tool: 'sieve-test' | 'sievec',
    cases: readonly SieveCase[],
    options: readonly string[],
    standard: string,
  ): Answered[] {
    const places = cases.map((one, index) => this.#place(one, `${this.folder}/${index}`, standard));
    const lines = cases.map((one, index) => {
      const {script, message} = places[index] ?? {script: '', message: ''};
      const words = ['-c', this.config, ...options, ...one.options, script, ...(tool === 'sievec' ? [] : [message])];
      return `cd ${this.folder}/${index}; ${tool} ${words.map(quote).join(' ')} >out 2>err; echo $? >status`;
    });
    const lanes = Array.from({length: LANES}, (_none, lane) => lines.filter((_line, index) => index % LANES === lane));
    writeFileSync(`${this.folder}/all.sh`, `${lanes.map(lane => `(${lane.join('\n')}) &`).join('\n')}\nwait\n`);
    spawnSync('/bin/sh', [`${this.folder}/all.sh`], {timeout: 100_000, env: {...process.env, PATH: BIN}});
    return cases.map((one, index) => ({
      one,
      ...(places[index] ?? {script: '', message: ''}),
      wanted: this.#answerIn(`${this.folder}/${index}`),
    }));
  }

  #place({script, message}: SieveCase, folder: string, standard: string): {script: string; message: string} {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const files = {script: `${folder}/x.sieve`, message: `${folder}/message`};
    writeFileSync(files.script, script, 'latin1');
    writeFileSync(files.message, message ?? standard, 'utf8');
    return files;
  }

  #answerIn(folder: string): string {
    const read = (name: string): string => readFileSync(`${folder}/${name}`, 'latin1');
    rmSync(`${folder}/x.svbin`, {force: true});
    return shownRun({status: Number(read('status')), stdout: read('out'), stderr: read('err')});
  }

  dispose(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Without what differs from run to run. */
export function shownRun({status, stdout, stderr}: {status: number; stdout: string; stderr: string}): string {
  const text = `${stdout}--- stderr\n${stderr}--- status ${status}\n`;
  return text.replace(/dovecot-sieve-\d+-\d+-/g, 'dovecot-sieve-N-');
}
