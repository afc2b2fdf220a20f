/** A session of the real imap that stays open: commands in, replies out, on a Maildir of the caller. */
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';

const REAL_IMAP = '/usr/lib/dovecot/imap';

export function isRealImapMissing(): boolean {
  return !existsSync(REAL_IMAP) || process.getuid?.() !== 0;
}

const NOBODY = 65534;

/** The real imap reads no mail as root, so both sides are somebody else for as long as this runs. */
export async function asNobody(run: () => Promise<void>): Promise<void> {
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

export function writeRealConfiguration(home: string, location: string, settings = ''): string {
  for (const folder of ['run']) mkdirSync(`${home}/${folder}`, {recursive: true});
  const lines = [
    `base_dir = ${home}/run`,
    `state_dir = ${home}/run`,
    `log_path = ${home}/dovecot.log`,
    `mail_location = ${location}`,
    `mail_home = ${home}`,
    `mail_uid = ${NOBODY}`,
    `mail_gid = ${NOBODY}`,
    'first_valid_uid = 1',
    'ssl = no',
    settings,
    '',
  ];
  writeFileSync(`${home}/dovecot.conf`, lines.join('\n'));
  return `${home}/dovecot.conf`;
}

export class RealImapSession {
  readonly #child: ChildProcessWithoutNullStreams;
  #received = '';
  #wake: (() => void) | undefined;
  #tag = 0;

  constructor(home: string, configuration: string) {
    process.seteuid?.(0); // only root can become somebody for good
    this.#child = spawn(REAL_IMAP, ['-c', configuration], {
      env: {USER: 'user', HOME: home},
      uid: NOBODY,
      gid: NOBODY,
    });
    process.seteuid?.(NOBODY);
    this.#child.stdout.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1');
      this.#wake?.();
    });
    this.#child.on('close', () => this.#wake?.());
    this.#child.stdin.on('error', () => undefined);
  }

  /** All lines up to the tagged one; throws when it is not OK. */
  async command(text: string): Promise<string> {
    const tag = `t${++this.#tag}`;
    this.#child.stdin.write(Buffer.from(`${tag} ${text}\r\n`, 'latin1'));
    for (;;) {
      const end = this.#endOfReply(tag);
      if (end >= 0) {
        const reply = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        if (!reply.includes(`${tag} OK`)) throw new Error(`${text}: ${reply}`);
        return reply;
      }
      if (this.#child.exitCode !== null) throw new Error(`the real imap ended: ${this.#received}`);
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }

  #endOfReply(tag: string): number {
    const at = this.#received.startsWith(`${tag} `) ? 0 : this.#received.indexOf(`\n${tag} `) + 1;
    if (at === 0 && !this.#received.startsWith(`${tag} `)) return -1;
    const newline = this.#received.indexOf('\n', at);
    return newline < 0 ? -1 : newline + 1;
  }

  async end(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#child.once('close', () => resolve()));
    if (this.#child.exitCode !== null) return;
    this.#child.stdin.end();
    setTimeout(() => this.#child.kill('SIGKILL'), 5000).unref();
    await closed;
  }
}
