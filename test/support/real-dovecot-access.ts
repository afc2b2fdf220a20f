/**
 * A scratch instance of the real Dovecot in a temporary folder, for the tests that compare with it: own base_dir, loopback ports that
 * are given, unix sockets, one log file. Needs root and Debian's dovecot packages; mail is below `home`, owned by `MAIL_UID`.
 */
import {execFile, spawn, type ChildProcess} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';

export const MAIL_UID = 1000;
const REAL_DOVECOT = '/usr/sbin/dovecot';

export interface RealRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class RealDovecot {
  readonly home: string;
  readonly config: string;
  readonly run: string;
  #child: ChildProcess | undefined;

  /** `settings` goes behind the scratch settings; `$HOME` in it is the folder. */
  constructor(settings: string, files: Readonly<Record<string, string>> = {}) {
    this.home = mkdtempSync(join(tmpdir(), 'real-dovecot-'));
    chmodSync(this.home, 0o755);
    this.run = join(this.home, 'run');
    this.config = join(this.home, 'dovecot.conf');
    mkdirSync(this.run);
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(this.home, name), text.replaceAll('$HOME', this.home), {encoding: 'latin1', mode: 0o644});
    writeFileSync(this.config, base(this.home) + settings.replaceAll('$HOME', this.home), 'latin1');
  }

  /** Makes a file of it a program. */
  makeExecutable(name: string): void {
    chmodSync(join(this.home, name), 0o755);
  }

  async start(): Promise<void> {
    this.#child = spawn(REAL_DOVECOT, ['-F', '-c', this.config], {stdio: 'ignore'});
    const socket = join(this.run, 'auth-userdb');
    for (let tries = 0; tries < 100 && !existsSync(socket); tries++) await pause(50);
    if (!existsSync(socket)) throw new Error(`dovecot did not start: ${this.log()}`);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  doveadm(...args: readonly string[]): Promise<RealRun> {
    const options = {encoding: 'latin1', timeout: 20_000} as const;
    return new Promise(resolve => {
      const child = execFile('doveadm', ['-c', this.config, ...args], options, (_fault, stdout, stderr) =>
        resolve({status: child.exitCode ?? -1, stdout, stderr}),
      );
    });
  }

  log(): string {
    const file = join(this.home, 'log');
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.home, {recursive: true, force: true});
  }
}

function base(home: string): string {
  return `
base_dir = ${home}/run
state_dir = ${home}/run
log_path = ${home}/log
log_timestamp =
listen = 127.0.0.1
ssl = no
protocols =
default_internal_user = dovecot
default_login_user = dovenull
shutdown_clients = yes
auth_failure_delay = 0
auth_verbose = yes
first_valid_uid = 1
mail_location = maildir:~/Maildir
disable_plaintext_auth = no
service auth {
  chroot =
  unix_listener auth-userdb {
    mode = 0666
  }
  unix_listener auth-client {
    mode = 0666
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service auth-worker {
  user = root
}
`;
}
