/**
 * A scratch Dovecot of which only `auth` runs, on a unix socket in a temporary folder, for the tests that compare with it.
 * Needs root and Debian's dovecot-core; opens no port.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';

const REAL_DOVECOT = '/usr/sbin/dovecot';

/** Skips the current test or suite loudly when the real Dovecot can't run. */
export function requireRealDovecot(context: Mocha.Context): void {
  const reason = !existsSync(REAL_DOVECOT)
    ? 'the real Dovecot is not installed'
    : process.getuid?.() === 0
      ? undefined
      : 'the real Dovecot needs root';
  if (reason === undefined) return;
  console.log(`      SKIPPED: ${reason}`);
  context.skip();
}

export class RealDovecotAuth {
  readonly home: string;
  readonly socket: string;
  readonly users: string;
  readonly #config: string;
  #child: ChildProcess | undefined;

  /** `users` is the passwd-file; `socket` may lie elsewhere (below a Postfix queue directory). */
  constructor(users: string, settings = '', socket?: string) {
    this.home = mkdtempSync(join(tmpdir(), 'real-dovecot-'));
    chmodSync(this.home, 0o755);
    this.socket = socket ?? join(this.home, 'auth-client');
    this.users = join(this.home, 'users');
    this.#config = join(this.home, 'dovecot.conf');
    mkdirSync(join(this.home, 'run'));
    writeFileSync(this.users, users);
    writeFileSync(this.#config, configuration(this.home, this.users, this.socket) + settings);
  }

  async start(): Promise<void> {
    this.#child = spawn(REAL_DOVECOT, ['-F', '-c', this.#config], {stdio: 'ignore'});
    for (let tries = 0; tries < 100 && !existsSync(this.socket); tries++) await pause(50);
    if (!existsSync(this.socket)) throw new Error(`dovecot made no socket: ${this.log()}`);
  }

  log(): string {
    const file = join(this.home, 'log');
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const services = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').split(' ').filter(Boolean);
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    for (const pid of services) kill(Number(pid)); // they stay as long as their clients do
    rmSync(this.socket, {force: true});
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.home, {recursive: true, force: true});
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return; // it has ended by itself
  }
}

function configuration(home: string, users: string, socket: string): string {
  return `
base_dir = ${home}/run
state_dir = ${home}/run
log_path = ${home}/log
protocols =
listen = 127.0.0.1
ssl = no
default_login_user = root
default_internal_user = root
default_internal_group = root
auth_verbose = yes
auth_debug = yes
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256
passdb {
  driver = passwd-file
  args = ${users}
}
userdb {
  driver = static
  args = uid=0 gid=0 home=/nonexistent
}
service auth {
  chroot =
  unix_listener ${socket} {
    mode = 0666
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`;
}
