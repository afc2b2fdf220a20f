/** POP3 beside the original: the same dialogs over the same mail, reply for reply and log line for log line. */
import assert from 'node:assert/strict';
import {chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {setTimeout as pause} from 'node:timers/promises';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {AccountService} from '../../src/core/account/account-service.ts';
import {dovecotAuthSettings} from '../../src/core/account/auth/dovecot-auth-settings.ts';
import {loadDovecotConfig} from '../../src/core/config/dovecot/dovecot-config.ts';
import {Pop3Session} from '../../src/core/pop3/pop3-session.ts';
import {dovecotPop3Settings} from '../../src/core/pop3/pop3-settings.ts';
import {duplexPair} from '../support/duplex-pair.ts';
import {freePorts} from '../support/free-ports.ts';
import {openMaildir} from '../support/open-maildir.ts';
import {MAIL_UID, RealDovecot} from '../support/real-dovecot-access.ts';
import {requireRealDovecot} from '../support/real-dovecot-auth.ts';

const USERS = `joe:{PLAIN}secret:${MAIL_UID}:${MAIL_UID}::$HOME/joe::
empty:{PLAIN}secret:${MAIL_UID}:${MAIL_UID}::$HOME/empty::
student:{PLAIN}secret:${MAIL_UID}:${MAIL_UID}::$HOME/student::
nologin:{PLAIN}secret:${MAIL_UID}:${MAIL_UID}::$HOME/joe::nologin=y reason=because
nologin2:{PLAIN}secret:${MAIL_UID}:${MAIL_UID}::$HOME/joe::nologin=y
evil:{PLAIN}secret
broken:{FOO}secret
`;

const message = (n: number): string =>
  `From: a@b\nSubject: t${n}\nX-UIDL: old-${n === 3 ? 2 : n}\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nbody ${n}\n.dot line\n..two\n.\n\nline6\nlast`;
const MAIL: Readonly<Record<string, readonly string[]>> = {
  joe: [message(1), message(2), message(3), 'Subject: no body\n', '\n\n.only body\r\nwith crlf\r\n.', 'Subject: x'],
  empty: [],
  student: [`From: ann@example.com\nSubject: hello\n\n${'x'.repeat(70)}\n`.padEnd(583, 'y') + '\n'],
};

interface Dialogs {
  readonly name: string;
  readonly settings: string;
  /** One session each, on the mail as it was in the beginning. */
  readonly sessions: readonly (readonly string[])[];
}

const LOGIN = ['USER joe', 'PASS secret'];

const ALL: readonly Dialogs[] = [
  {
    name: 'defaults',
    settings: '',
    sessions: [
      // The telnet session of the book.
      ['USER student', 'PASS secret', 'LIST', 'QUIT'],
      [...LOGIN, 'STAT', 'LIST', 'LIST 1', 'LIST 9', 'LIST 0', 'LIST x', 'LIST 1 2', 'LIST 01', 'LIST -1', 'LIST 1x', 'LIST  1', 'QUIT'], // prettier-ignore
      [...LOGIN, 'UIDL', 'UIDL 2', 'UIDL 9', 'UIDL x', 'QUIT'],
      [...LOGIN, 'RETR 1', 'RETR 4', 'RETR 5', 'RETR 6', 'RETR', 'RETR 9', 'RETR 1 2', 'QUIT'],
      [...LOGIN, 'TOP 1 0', 'TOP 1 2', 'TOP 1 100', 'TOP 4 1', 'TOP 5 0', 'TOP 5 1', 'TOP 6 5', 'TOP 1', 'TOP', 'TOP 9 1', 'TOP 1 x', 'TOP 1 -1', 'TOP 1 1 1', 'QUIT'], // prettier-ignore
      [...LOGIN, 'DELE 1', 'DELE 1', 'RETR 1', 'LIST 1', 'TOP 1 0', 'UIDL 1', 'STAT', 'LIST', 'UIDL', 'RSET', 'STAT', 'DELE 2', 'DELE 9', 'DELE', 'QUIT'], // prettier-ignore
      [...LOGIN, 'DELE 1', 'DELE 3', 'RETR 2', 'QUIT'],
      [...LOGIN, 'RETR 1', 'DELE 1', '<close>'],
      [...LOGIN, 'NOOP', 'NOOP x', 'noop', 'LAST', 'CAPA', 'CAPA x', 'FOO', 'foo bar', '', ' ', 'USER a', 'STAT x', 'RSET x', 'XCLIENT x', 'STLS', 'QUIT x'], // prettier-ignore
      [...LOGIN, ...Array.from({length: 22}, (_, n) => `F${n}`)],
      ['USER empty', 'PASS secret', 'STAT', 'LIST', 'UIDL', 'RETR 1', 'QUIT'],
      ['CAPA', 'STAT', 'QUIT'],
      ['USER', 'USER joe', 'USER ann x', 'PASS', 'PASS x', 'PASS y', 'QUIT'],
      ['PASS x', 'PASS', 'USER joe', 'PASS x', 'QUIT'],
      ['USER joe', 'PASS x', 'USER joe', 'PASS secret', 'QUIT'],
      ['F1', 'F2', 'CAPA', 'F3', 'F4', 'F5', 'F6'],
      ['AUTH', 'AUTH FOO', 'AUTH PLAIN', '*', 'AUTH PLAIN', '!!!', 'QUIT'],
      ['AUTH PLAIN AGpvZQBzZWNyZXQ=', 'STAT', 'QUIT'],
      ['AUTH PLAIN !!!', 'AUTH PLAIN =', 'auth plain AGpvZQB4', 'QUIT'],
      ['AUTH LOGIN', 'am9l', 'c2VjcmV0', 'NOOP', 'QUIT'],
      ['AUTH LOGIN am9l', 'c2VjcmV0', 'QUIT'],
      ['AUTH CRAM-MD5', '*', 'AUTH CRAM-MD5', 'AAAA', 'QUIT'],
      ['STLS', 'APOP joe abc', 'XCLIENT ADDR=1.2.3.4', 'RSET', 'QUIT x'],
      ['USER nologin', 'PASS secret', 'USER nologin2', 'PASS secret', 'QUIT'],
      ['USER evil', 'PASS secret', 'USER nobody*boss', 'PASS master', 'QUIT'],
      ['USER joe*boss', 'PASS master', 'STAT', 'QUIT'],
      ['USER broken', 'PASS secret', 'QUIT'],
      ['<close>'],
      ['USER joe', '<close>'],
      ['X'.repeat(3000)],
      [...LOGIN, 'X'.repeat(9000)],
    ],
  },
  {
    name: 'UIDL of other forms, LAST, deleted flag',
    settings: `pop3_enable_last = yes
pop3_uidl_format = %g.%u.%v.%08Xu
pop3_deleted_flag = "$POP3Deleted"
pop3_logout_format = t=%t p=%p r=%r b=%b d=%d m=%m s=%s i=%i o=%o %{input}/%{output} %{foo}
login_log_format_elements = %u %m x %r a=%{session} %k pid=%e
login_log_format = %s <- %$
login_greeting = Hello.
`,
    sessions: [
      [...LOGIN, 'UIDL', 'LAST', 'RETR 2', 'LAST', 'TOP 3 1', 'LAST', 'DELE 3', 'LAST', 'RSET', 'LAST', 'LAST x', 'QUIT'], // prettier-ignore
      [...LOGIN, 'DELE 1', 'RETR 4', 'QUIT'],
      ['QUIT'],
    ],
  },
  {
    name: 'X-UIDL, duplicates, no flags',
    settings: `pop3_reuse_xuidl = yes
pop3_uidl_duplicates = rename
pop3_no_flag_updates = yes
pop3_client_workarounds = outlook-no-nuls oe-ns-eoh
`,
    sessions: [[...LOGIN, 'UIDL', 'UIDL 3', 'RETR 6', 'RETR 4', 'TOP 6 0', 'QUIT']],
  },
];

const CONFIG = `auth_mechanisms = plain login cram-md5
auth_master_user_separator = *
auth_verbose = no
passdb {
  driver = passwd-file
  args = $HOME/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  args = $HOME/deny
  deny = yes
}
passdb {
  driver = passwd-file
  args = $HOME/users
}
userdb {
  driver = passwd-file
  args = $HOME/users
}
`;

function makeMail(home: string): void {
  for (const [user, messages] of Object.entries(MAIL)) {
    const folder = join(home, user, 'Maildir');
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(folder, part), {recursive: true});
    messages.forEach((text, n) => writeFileSync(join(folder, 'cur', `170000000${n}.M1P1.h:2,`), text, 'latin1'));
    writeFileSync(join(folder, 'dovecot-uidlist'), '3 V1700000000 N1 G00112233445566778899aabbccddeeff\n');
  }
  for (const name of readdirSync(home, {recursive: true, encoding: 'utf8'})) chownSync(join(home, name), MAIL_UID, MAIL_UID); // prettier-ignore
}

/** What is left of the mail: file names, UIDs don't count. */
function leftOf(home: string): string {
  return readdirSync(join(home, 'joe/Maildir/cur')).sort().join('\n');
}

/** Replies up to their ends, as each command gets them. */
async function talk(stream: Duplex, lines: readonly string[]): Promise<string[]> {
  stream.setEncoding('latin1');
  let heard = '';
  let isClosed = false;
  let wake = (): void => undefined;
  const hear = (): void => wake();
  stream.on('data', (chunk: string) => {
    heard += chunk;
    hear();
  });
  for (const event of ['end', 'close', 'error'] as const)
    stream.on(event, () => {
      isClosed = true;
      hear();
    });
  const said: string[] = [];
  const listen = async (wantsList: boolean): Promise<void> => {
    const pattern = wantsList ? /^(?:\+OK[^]*?\r\n\.\r\n|-ERR[^\n]*\n)/ : /^[^\n]*\n/;
    while (!pattern.test(heard) && !isClosed)
      await Promise.race([new Promise<void>(resolve => (wake = resolve)), pause(10_000)]);
    const [reply = heard] = pattern.exec(heard) ?? [];
    heard = heard.slice(reply.length);
    said.push(`S: ${reply}`);
  };
  await listen(false);
  for (const line of lines) {
    if (/^F\d/.test(line)) await pause(20); // the reply before may have been the last but one
    if (line === '<close>' || isClosed || heard !== '') break;
    said.push(`C: ${line.slice(0, 100)}`);
    stream.write(`${line}\r\n`, 'latin1');
    const count = said.length;
    await listen(/^(?:(?:LIST|UIDL|AUTH|CAPA)$|CAPA|RETR \d|TOP \d+ \d+$)/i.test(line));
    if (said.at(-1) === 'S: ' && isClosed) said.splice(count - 1); // closed before it was said
  }
  if (lines.at(-1) === '<close>') await pause(50);
  else while (!isClosed) await Promise.race([new Promise<void>(resolve => (wake = resolve)), pause(500).then(() => (isClosed = true))]); // prettier-ignore
  if (heard !== '') said.push(`S: ${heard}`);
  stream.destroy();
  return said.map(text =>
    text
      .replace(/^S: \+ [A-Za-z0-9+/=]{40,}/, 'S: + <challenge>')
      .replace(/\[\S+:\d{4}-[\d: -]+\]|\[\d{4}-[\d: -]+\]/g, '[when]'),
  );
}

function comparableLog(lines: readonly string[]): string {
  return lines
    .filter(line => /^pop3(?:-login)?(?:\(|: )/.test(line) && / Info: /.test(line))
    .map(line => line.replace(/session=<[^>]*>|a=[A-Za-z0-9+/]{16}(?= |,|$)/g, 'session').replace(/<\d+><[^>]*>/, ''))
    .map(line =>
      line
        .replace(/(?:mpid|pid)=\d+/g, 'pid')
        .replace(/ \(pid=.*?\)/, '')
        .replace(/in \d+ secs/, 'in N secs'),
    ) // prettier-ignore
    .filter(line => !/Authenticate FOO failed|Internal login failure/.test(line))
    .join('\n');
}

suite('POP3 beside the real Dovecot', function () {
  this.timeout(60_000);
  for (const dialogs of ALL)
    suite(dialogs.name, () => {
      let real: RealDovecot | undefined;
      let ours = '';
      let port = 0;
      const pristine: string[] = [];
      suiteSetup(async function () {
        requireRealDovecot(this);
        [port = 0] = await freePorts(1);
        const listeners = `protocols = pop3
service pop3-login {
  chroot =
  process_min_avail = 1
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = 0
  }
}
`;
        real = new RealDovecot(listeners + CONFIG + dialogs.settings, {
          users: USERS,
          masters: 'boss:{PLAIN}master\n',
          deny: 'evil:\n',
        });
        ours = mkdtempSync(join(tmpdir(), 'posthorn-pop3-'));
        makeMail(ours);
        pristine.push(ours);
        await real.start();
      });
      suiteTeardown(async () => {
        await real?.dispose();
        for (const folder of pristine) rmSync(folder, {recursive: true, force: true});
      });

      for (const session of dialogs.sessions)
        test(session.join(' | ').slice(0, 120), async () => {
          if (real === undefined) return;
          for (const user of Object.keys(MAIL)) rmSync(join(real.home, user), {recursive: true, force: true});
          for (const user of Object.keys(MAIL)) cpSync(join(ours, user), join(real.home, user), {recursive: true, preserveTimestamps: true}); // prettier-ignore
          for (const name of Object.keys(MAIL).flatMap(user => [user, ...readdirSync(join(real?.home ?? '', user), {recursive: true, encoding: 'utf8'}).map(file => join(user, file))])) chownSync(join(real.home, name), MAIL_UID, MAIL_UID); // prettier-ignore
          const copy = mkdtempSync(join(tmpdir(), 'posthorn-pop3-'));
          pristine.push(copy);
          cpSync(ours, copy, {recursive: true, preserveTimestamps: true});
          const before = real.log().length;
          const theirs = await talk(connect(port, '127.0.0.1'), session);
          const own = await talkToUs(real, copy, session);
          assert.equal(own.said.join('\n'), theirs.join('\n'));
          assert.equal(leftOf(copy), leftOf(real.home));
          let log = '';
          for (let tries = 0; tries < 50 && comparableLog(own.lines) !== log; tries++) {
            log = comparableLog(real.log().slice(before).split('\n'));
            if (comparableLog(own.lines) !== log) await pause(20);
          }
          assert.equal(comparableLog(own.lines), log);
        });
    });
});

async function talkToUs(
  real: RealDovecot,
  home: string,
  session: readonly string[],
): Promise<{readonly said: string[]; readonly lines: string[]}> {
  const settings = loadDovecotConfig({path: real.config, root: '/'}).settings({protocol: 'pop3'});
  const lines: string[] = [];
  const log = (tag: string): {info(text: string): void; warning(text: string): void; error(text: string): void} => ({
    info: text => void lines.push(`${tag}: Info: ${text}`),
    warning: text => void lines.push(`${tag}: Warning: ${text}`),
    error: text => void lines.push(`${tag}: Error: ${text}`),
  });
  const auth = {...dovecotAuthSettings(settings), hasPenalty: false};
  const accounts = new AccountService({settings: auth, log: log('auth'), hostName: 'h'});
  const [client, server] = duplexPair();
  const pop3 = new Pop3Session({
    stream: server,
    settings: dovecotPop3Settings(settings),
    sasl: accounts.sasl,
    connection: {
      service: 'pop3',
      clientAddress: '127.0.0.1',
      serverAddress: '127.0.0.1',
      isEncrypted: false,
      session: 'abcdefghijklmnop',
    },
    hostName: 'h',
    isSecured: true,
    openStore: async login => {
      const found = await login.user();
      if (found.kind !== 'found') throw new Error('Authenticated user not found from userdb');
      return openMaildir(login.username, join(home, login.username));
    },
    loginLog: log('pop3-login'),
    sessionLog: user => log(`pop3(${user})`),
    processId: 1,
  });
  const run = pop3.run();
  const said = await talk(client, session);
  await run;
  accounts.close();
  return {said, lines};
}
