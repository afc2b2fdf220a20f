/** A real mail client run against an instance of ours: its own home folder, its own files, everything it said. */
import {spawn} from 'node:child_process';
import {accessSync, constants, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

export interface ClientRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Skips the current test or suite loudly when a program is not in the search path. */
export function requireClient(context: Mocha.Context, ...programs: readonly string[]): void {
  const missing = programs.filter(program => !isInstalled(program));
  if (missing.length === 0) return;
  console.log(`      SKIPPED: ${missing.join(', ')} not installed`);
  context.skip();
}

export class MailClient {
  readonly home = mkdtempSync(join(tmpdir(), 'mail-client-'));

  path(below: string): string {
    return join(this.home, below);
  }

  /** For its reader alone, as clients want the files that hold passwords. */
  write(below: string, text: string): string {
    const path = this.path(below);
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(path, text, {encoding: 'latin1', mode: 0o600});
    return path;
  }

  makeMaildir(below: string): void {
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(this.path(`${below}/${part}`), {recursive: true});
  }

  /** Files of a Maildir with their flags, by the subject of each. */
  subjects(below: string): Map<string, string> {
    const found = new Map<string, string>();
    for (const part of ['cur', 'new'])
      for (const name of readdirSync(this.path(`${below}/${part}`))) {
        const text = readFileSync(this.path(`${below}/${part}/${name}`), 'latin1');
        found.set(subjectOf(text), name.split(':2,')[1] ?? '');
      }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Ends it after half a minute. */
  run(program: string, args: readonly string[], input = ''): Promise<ClientRun> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      LC_ALL: 'C',
      TZ: 'UTC',
      TERM: 'vt100',
      USER: 'client',
    };
    const child = spawn(program, [...args], {env, cwd: this.home, timeout: 30_000});
    const said = {stdout: '', stderr: ''};
    child.stdout.on('data', (bytes: Buffer) => (said.stdout += bytes.toString('latin1')));
    child.stderr.on('data', (bytes: Buffer) => (said.stderr += bytes.toString('latin1')));
    child.stdin.on('error', () => undefined).end(Buffer.from(input, 'latin1'));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', status => resolve({status: status ?? -1, ...said}));
    });
  }

  dispose(): void {
    rmSync(this.home, {recursive: true, force: true});
  }
}

export function subjectOf(text: string): string {
  return /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '';
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
