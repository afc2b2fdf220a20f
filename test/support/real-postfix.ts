/**
 * A scratch instance of the real Postfix in a temporary folder, for the tests that compare with it: own configuration,
 * queue and data folders, loopback ports, maillog file. Needs root and Debian's postfix package.
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const REAL_POSTFIX = '/usr/sbin/postfix';

/** Why the comparison can't run here, or undefined when it can. */
export function realPostfixMissing(): string | undefined {
  if (!existsSync(REAL_POSTFIX)) return 'the real Postfix is not installed';
  if (process.getuid?.() !== 0) return 'the real Postfix needs root';
  return undefined;
}

/** Skips the current test or suite loudly when the real Postfix can't run. Call it from a `suiteSetup` or a test. */
export function requireRealPostfix(context: Mocha.Context): void {
  const reason = realPostfixMissing();
  if (reason === undefined) return;
  console.log(`      SKIPPED: ${reason}`);
  context.skip();
}

export interface RealRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const STOCK_SERVICES = `
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

export class RealPostfix {
  readonly home: string;
  readonly config: string;
  readonly spool: string;
  readonly maillog: string;
  readonly #enter: readonly string[];

  /**
   * `main` goes behind the scratch settings of main.cf, `master` behind the stock services of master.cf; `enter` goes
   * before each command (`DnsRoom.enter`).
   */
  constructor(main = '', master = '', enter: readonly string[] = []) {
    this.#enter = enter;
    this.home = mkdtempSync(join(tmpdir(), 'real-postfix-'));
    chmodSync(this.home, 0o755);
    this.config = join(this.home, 'etc');
    this.spool = join(this.home, 'spool');
    this.maillog = join(this.home, 'maillog');
    const data = join(this.home, 'data');
    for (const folder of [this.config, this.spool, data]) mkdirSync(folder, {mode: 0o755});
    const [uid, gid] = ['-u', '-g'].map(flag => Number(execFileSync('id', [flag, 'postfix'], {encoding: 'utf8'})));
    chownSync(data, uid ?? 0, gid ?? 0);
    writeFileSync(
      join(this.config, 'main.cf'),
      `compatibility_level = 3.6\nqueue_directory = ${this.spool}\ndata_directory = ${data}\n` +
        `maillog_file = ${this.maillog}\nmaillog_file_prefixes = ${this.home}\n` +
        `myhostname = mail.example.com\nmydestination = $myhostname, localhost\ninet_interfaces = 127.0.0.1\n` +
        `inet_protocols = ipv4\nalias_maps =\nalias_database =\nimport_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C\n` +
        main,
    );
    writeFileSync(join(this.config, 'master.cf'), STOCK_SERVICES.trimStart() + master);
  }

  /** Runs a real tool (`postconf`, `sendmail`, `postqueue`...) with this instance's `-c` (or MAIL_CONFIG for sendmail). */
  run(tool: string, args: readonly string[], input: string | Buffer = ''): RealRun {
    const viaEnvironment = ['sendmail', 'mailq', 'newaliases', 'postdrop'].includes(tool);
    const all = viaEnvironment ? [...args] : ['-c', this.config, ...args];
    const [command = tool, ...rest] = [...this.#enter, tool, ...all];
    const done = spawnSync(command, rest, {
      input,
      encoding: 'latin1',
      env: {...process.env, MAIL_CONFIG: this.config, LC_ALL: 'C', NORANDOMIZE: '1'},
      maxBuffer: 1 << 28,
    });
    return {status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr};
  }

  start(): void {
    const done = this.run('postfix', ['start']);
    if (done.status !== 0) throw new Error(`postfix start: ${done.stderr}${this.log()}`);
  }

  log(): string {
    return existsSync(this.maillog) ? readFileSync(this.maillog, 'latin1') : '';
  }

  /** Stops it when it runs, and removes the scratch folder. */
  dispose(): void {
    if (this.run('postfix', ['status']).status === 0) this.run('postfix', ['stop']);
    rmSync(this.home, {recursive: true, force: true});
  }
}
