/** The two servers an IMAP benchmark compares, the real Dovecot tuned and ours, and the same mail for users of both. */
import {spawnSync} from 'node:child_process';
import {appendFileSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {AccessHome} from '../test/support/access-home.ts';
import {freePorts} from '../test/support/free-ports.ts';
import {MAIL_UID, RealDovecot} from '../test/support/real-dovecot-access.ts';

export interface Server {
  readonly name: 'ours' | 'theirs';
  readonly imap: number;
  readonly pop3: number;
  readonly pid: number;
  /** Makes a user with this Maildir as INBOX, seen by the server for the first time; answers where it lies. */
  addUser(name: string, maildir: string): string;
  stop(): Promise<void>;
}

export async function startOurs(users: readonly string[], settings = ''): Promise<Server> {
  const home = await AccessHome.open(settings);
  for (const user of users) appendFileSync(home.path('etc/dovecot/users'), `${user}:{PLAIN}secret::::::\n`);
  await home.serveAccess();
  return {
    name: 'ours',
    imap: home.ports.imap,
    pop3: home.ports.pop3,
    pid: home.accessPid ?? 0,
    addUser: (name, maildir) => linkMail(maildir, home.path(`home/${name}/Maildir`)),
    stop: () => home.dispose(),
  };
}

export async function startTheirs(settings = ''): Promise<Server> {
  const [imap = 0, pop3 = 0] = await freePorts(2);
  const real = new RealDovecot(tuned(imap, pop3) + settings);
  await real.start();
  return {
    name: 'theirs',
    imap,
    pop3,
    pid: real.pid ?? 0,
    addUser: (name, maildir) => {
      const place = linkMail(maildir, join(real.home, name, 'Maildir'));
      spawnSync('chown', ['-R', `${MAIL_UID}:${MAIL_UID}`, join(real.home, name)]);
      return place;
    },
    stop: () => real.dispose(),
  };
}

/** As its makers advise for many logins: processes wait for clients, and serve more than one. */
function tuned(imap: number, pop3: number): string {
  const login = (name: string, port: number): string => `service ${name}-login {
  chroot =
  service_count = 0
  process_min_avail = 2
  inet_listener ${name} {
    port = ${port}
  }
  inet_listener ${name}s {
    port = 0
  }
}
service ${name} {
  service_count = 0
  process_min_avail = 2
}
`;
  return `protocols = imap pop3
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${MAIL_UID} gid=${MAIL_UID} home=$HOME/%u
}
${login('imap', imap)}${login('pop3', pop3)}`;
}

/** The same files under another name: no server writes into a message. */
function linkMail(from: string, to: string): string {
  mkdirSync(dirname(to), {recursive: true});
  const done = spawnSync('cp', ['-al', from, to]);
  if (done.status !== 0) throw new Error(`cp: ${done.stderr.toString()}`);
  return to;
}

/** A Maildir of so many messages: threads of ten, every fourth with an attachment. */
export function makeMail(count: number): {readonly folder: string; dispose(): void} {
  const folder = mkdtempSync(join(tmpdir(), 'bench-mail-'));
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(folder, part));
  for (let n = 0; n < count; n++) {
    const path = join(folder, 'cur', `${1_600_000_000 + n}.M${n}P1.bench:2,${n % 3 === 0 ? '' : 'S'}`);
    writeFileSync(path, makeMessage(n));
    chownSync(path, MAIL_UID, MAIL_UID);
  }
  return {folder, dispose: () => rmSync(folder, {recursive: true, force: true})};
}

const LINE = 'The quick brown fox jumps over the lazy dog while nobody looks at it.\n';
const BASE64 = `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5'.slice(0, 64)}\n`;

export function makeMessage(n: number): string {
  const [thread, place] = [Math.floor(n / 10), n % 10];
  const date = new Date(1_600_000_000_000 + n * 60_000).toUTCString().replace('GMT', '+0000');
  const answers = place === 0 ? '' : `In-Reply-To: <${n - 1}@bench.example>\nReferences: <${thread * 10}@bench.example> <${n - 1}@bench.example>\n`; // prettier-ignore
  const head = `Return-Path: <user${n % 97}@example.com>\nReceived: from mail.example.com by mx.example.net; ${date}\nFrom: "User ${n % 97}" <user${n % 97}@example.com>\nTo: list@example.net, Ann <ann@example.org>\nSubject: ${place === 0 ? '' : 'Re: '}topic ${(thread * 7919) % 10_007}\nDate: ${date}\nMessage-ID: <${n}@bench.example>\n${answers}MIME-Version: 1.0\n`;
  const text = `${LINE.repeat(20)}word${n} needle${n % 500}\n`;
  if (n % 4 !== 0) return `${head}Content-Type: text/plain; charset=utf-8\n\n${text}`;
  return `${head}Content-Type: multipart/mixed; boundary="=_b"\n\n--=_b\nContent-Type: text/plain; charset=utf-8\n\n${text}\n--=_b\nContent-Type: application/octet-stream; name="a.bin"\nContent-Disposition: attachment; filename="a.bin"\nContent-Transfer-Encoding: base64\n\n${BASE64.repeat(60)}--=_b--\n`;
}
