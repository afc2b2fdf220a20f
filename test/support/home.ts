/** An instance of ours in a temporary folder, driven as a person would: through the launchers in `bin/`. */
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Home {
  readonly root: string;
  #daemon: ChildProcess | undefined;

  /** With the accounts named, each below `home/`, owned by the caller. */
  constructor(accounts: readonly string[] = ['alice', 'bob'], root = mkdtempSync(join(tmpdir(), 'posthorn-'))) {
    this.root = root;
    this.run('mailq'); // whichever command comes first makes the instance
    this.#serveNothing();
    for (const name of accounts) appendFileSync(this.path('etc/dovecot/users'), `${name}:{PLAIN}secret::::::\n`);
  }

  /** Tests run beside each other: the ports that a new instance has are given up, `serve` names others. */
  #serveNothing(): void {
    const file = this.path('etc/postfix/master.cf');
    const text = readFileSync(file, 'latin1').replace(/^\S+ +inet .*\n(?:[ \t].*\n)*/gm, '');
    writeFileSync(file, text, 'latin1');
  }

  /** Rows for master.cf: `127.0.0.1:PORT inet n - n - - smtpd -o ...`. */
  serve(rows: string): void {
    appendFileSync(this.path('etc/postfix/master.cf'), `${rows}\n`);
  }

  path(below: string): string {
    return join(this.root, below);
  }

  environment(): NodeJS.ProcessEnv {
    const {MAIL_CONFIG: _config, NODE_OPTIONS: _options, ...rest} = process.env;
    return {...rest, POSTHORN_HOME: this.root, LC_ALL: 'C', TZ: 'UTC'};
  }

  /** Settings for main.cf, appended. */
  configure(lines: string): void {
    appendFileSync(this.path('etc/postfix/main.cf'), `${lines}\n`);
  }

  run(tool: string, args: readonly string[] = [], input: string | Buffer = ''): Run {
    const done = spawnSync(join(BIN, tool), [...args], {
      input,
      encoding: 'latin1',
      env: this.environment(),
      maxBuffer: 1 << 28,
    });
    return {status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr};
  }

  spawn(tool: string, args: readonly string[] = []): ChildProcess {
    return spawn(join(BIN, tool), [...args], {env: this.environment(), stdio: ['pipe', 'pipe', 'pipe']});
  }

  /** Starts the daemon in the foreground as a child and waits until it says that it runs; `as`: a user that root becomes. */
  async start(as?: number): Promise<void> {
    const starts = (): number => this.log().split('daemon started').length;
    const before = starts();
    if (as !== undefined) spawnSync('chown', ['-R', `${as}:${as}`, this.root]);
    const rights = as === undefined ? {} : {uid: as, gid: as};
    const daemon = spawn(join(BIN, 'postfix'), ['start-fg'], {env: this.environment(), stdio: 'ignore', ...rights});
    this.#daemon = daemon;
    await until(() => starts() > before || daemon.exitCode !== null, 30_000, 'the daemon');
    if (daemon.exitCode !== null) throw new Error(`postfix start-fg ended: ${this.log()}`);
  }

  get daemonPid(): number | undefined {
    return this.#daemon?.pid;
  }

  descendantPids(): number[] {
    const pid = this.daemonPid;
    return pid === undefined ? [] : descendants(pid);
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise(resolve => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
  }

  /** kill -9 to the daemon and all its descendants at once. */
  async killAll(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon?.pid === undefined) return;
    const ended = daemon.exitCode === null ? new Promise(resolve => daemon.once('exit', resolve)) : undefined;
    for (const pid of [daemon.pid, ...descendants(daemon.pid)]) killQuietly(pid);
    await ended;
  }

  log(): string {
    const file = this.path('var/log/mail.log');
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  }

  /** The messages in a user's Maildir or mbox, each as one byte string. */
  messages(user: string): string[] {
    const maildir = this.path(`home/${user}/Maildir/new`);
    const found = existsSync(maildir)
      ? readdirSync(maildir).map(name => readFileSync(join(maildir, name), 'latin1'))
      : [];
    const mbox = this.path(`var/mail/${user}`);
    if (existsSync(mbox)) found.push(...readFileSync(mbox, 'latin1').split(/^(?=From )/m));
    return found.filter(message => message !== '');
  }

  /** Reads the messages in a user's Maildir and takes them away, as its reader would. */
  takeMessages(user: string): string[] {
    const folder = this.path(`home/${user}/Maildir/new`);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map(name => {
      const text = readFileSync(join(folder, name), 'latin1');
      rmSync(join(folder, name));
      return text;
    });
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.root, {recursive: true, force: true});
  }

  write(below: string, text: string): void {
    mkdirSync(dirname(this.path(below)), {recursive: true});
    writeFileSync(this.path(below), text, 'latin1');
  }
}

/** Waits until `claim` holds; throws when it doesn't within the limit. */
export async function until(claim: () => boolean, limitMilliseconds: number, what = 'a condition'): Promise<void> {
  const end = performance.now() + limitMilliseconds;
  while (!claim()) {
    if (performance.now() > end) throw new Error(`waited ${limitMilliseconds} ms in vain for ${what}`);
    await pause(20);
  }
}

function descendants(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const children = readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap(child => [child, ...descendants(child)]);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
