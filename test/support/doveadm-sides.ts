/**
 * doveadm beside the original: two folders with the same Maildirs (same files, so the same UIDs and GUIDs) and the same dovecot.conf; the real one
 * over a scratch master of its own, ours within this process. What must differ (times, new GUIDs, process ids) is told apart by `normalised`.
 */
import {execFile} from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  chownSync,
  utimesSync,
  writeFileSync,
  mkdtempSync,
  rmSync,
  chmodSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ToolRun} from './stdio.ts';
import {MAIL_UID, RealDovecot} from './real-dovecot-access.ts';

export interface SideRun {
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class DoveadmSides {
  readonly real: RealDovecot;
  readonly ourHome: string;

  /** `fill` writes below the folder it is given; `$HOME` in `settings` is each side's folder. */
  constructor(settings: string, fill: (home: string) => void) {
    const users = USERS.map(user => `${user}:{PLAIN}secret:${MAIL_UID}:${MAIL_UID}::$HOME/${user}::\n`).join('');
    const text = settings + ACCOUNTS;
    this.real = new RealDovecot(text, {users});
    this.ourHome = mkdtempSync(join(tmpdir(), 'real-dovecot-'));
    chmodSync(this.ourHome, 0o755);
    for (const user of USERS) mkdirSync(join(this.real.home, user));
    fill(this.real.home);
    handOver(this.real.home);
    cpSync(this.real.home, this.ourHome, {recursive: true, preserveTimestamps: true});
    handOver(this.ourHome);
    for (const name of ['users', 'dovecot.conf']) {
      const whole = name === 'users' ? users : CONFIG_HEAD + text;
      writeFileSync(join(this.ourHome, name), whole.replaceAll('$HOME', this.ourHome), 'latin1');
    }
  }

  start(): Promise<void> {
    return this.real.start();
  }

  async both(run: SideRun): Promise<{readonly real: ToolRun; readonly ours: ToolRun}> {
    const [real, ours] = await Promise.all([this.#runReal(run), this.#runOurs(run)]);
    return {real, ours};
  }

  /** Calls with the folder of each side. */
  onBoth(change: (home: string) => void): void {
    for (const home of [this.real.home, this.ourHome]) {
      change(home);
      handOver(home);
    }
  }

  async dispose(): Promise<void> {
    await this.real.dispose();
    rmSync(this.ourHome, {recursive: true, force: true});
  }

  #runReal({args, input = '', env = {}}: SideRun): Promise<ToolRun> {
    const home = this.real.home;
    const words = [
      '-c',
      this.real.config,
      ...args.map(arg => Buffer.from(arg.replaceAll('$HOME', home), 'latin1').toString()),
    ];
    const options = {
      encoding: 'latin1',
      timeout: 20_000,
      env: {PATH: '/usr/bin:/bin', MANPATH: '/nowhere', ...env},
    } as const;
    return new Promise(resolve => {
      const child = execFile('/usr/bin/doveadm', words, options, (_fault, stdout, stderr) =>
        resolve({status: child.exitCode ?? -1, stdout: normalised(stdout, home), stderr: normalised(stderr, home)}),
      );
      child.stdin?.on('error', () => undefined); // it need not read its input
      child.stdin?.end(input, 'latin1');
    });
  }

  async #runOurs({args, input = '', env = {}}: SideRun): Promise<ToolRun> {
    const home = this.ourHome;
    const words = ['-c', join(home, 'dovecot.conf'), ...args.map(arg => arg.replaceAll('$HOME', home))];
    // both as modules of one loader: the commands are loaded that way, and ask each other for the classes of their faults
    const [{doveadm}, {runInProcess}] = await Promise.all([
      import('../../src/commands/doveadm.ts'),
      import('./stdio.ts'),
    ]);
    const done = await runInProcess(doveadm, words, {input, env: {POSTHORN_HOME: home, ...env}});
    return {status: done.status, stdout: normalised(done.stdout, home), stderr: normalised(done.stderr, home)};
  }
}

const USERS = ['joe', 'ann', 'bob'] as const;

const ACCOUNTS = `
passdb {
  driver = passwd-file
  args = $HOME/users
}
userdb {
  driver = passwd-file
  args = $HOME/users
}
`;

const CONFIG_HEAD = `
base_dir = $HOME/run
state_dir = $HOME/run
log_path = $HOME/log
ssl = no
protocols =
first_valid_uid = 1
mail_location = maildir:~/Maildir
disable_plaintext_auth = no
`;

export interface Message {
  /** Of the file; the flags are in it. */
  readonly name: string;
  readonly text: string;
  /** Seconds since 1970. */
  readonly received: number;
}

/** A Maildir folder with its UIDs; times and ids are the same wherever it is made. */
export function writeMaildir(folder: string, guid: string, messages: readonly Message[]): void {
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name), {recursive: true});
  const lines = messages.map(({name}, at) => `${at + 1} :${name.replace(/:2,.*$/, '')}\n`).join('');
  writeFileSync(join(folder, 'dovecot-uidlist'), `3 V1500000000 N${messages.length + 1} G${guid}\n${lines}`, 'latin1');
  for (const {name, text, received} of messages) {
    const path = join(folder, 'cur', name);
    writeFileSync(path, text, 'latin1');
    utimesSync(path, received, received);
  }
}

function handOver(home: string): void {
  for (const user of USERS) chownAll(join(home, user));
}

function chownAll(path: string): void {
  chownSync(path, MAIL_UID, MAIL_UID);
  for (const entry of readdirSync(path, {withFileTypes: true}))
    if (entry.isDirectory()) chownAll(join(path, entry.name));
    else chownSync(join(path, entry.name), MAIL_UID, MAIL_UID);
}

function normalised(text: string, home: string): string {
  return text.replaceAll(home, '$HOME');
}
