/** LMTP beside the original: the same dialogs, reply for reply, delivered file for file, log line for log line. */
import assert from 'node:assert/strict';
import {chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {connect} from 'node:net';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {setTimeout as pause} from 'node:timers/promises';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {AccountService} from '../../src/core/account/account-service.ts';
import {dovecotAuthSettings} from '../../src/core/account/auth/dovecot-auth-settings.ts';
import {loadDovecotConfig} from '../../src/core/config/dovecot/dovecot-config.ts';
import {LmtpSession} from '../../src/core/lmtpd/lmtp-session.ts';
import {dovecotLmtpSettings} from '../../src/core/lmtpd/lmtp-settings.ts';
import {UserConcurrency} from '../../src/core/lmtpd/user-concurrency.ts';
import type {QuotaSettings} from '../../src/core/mailbox/store-settings.ts';
import {duplexPair} from '../support/duplex-pair.ts';
import {openMaildir} from '../support/open-maildir.ts';
import {MAIL_UID, RealDovecot} from '../support/real-dovecot-access.ts';
import {requireRealDovecot} from '../support/real-dovecot-auth.ts';

const NAMES = ['joe', 'ann', 'full'] as const;
const USERS = `${NAMES.map(name => `${name}:{PLAIN}x:${MAIL_UID}:${MAIL_UID}::$HOME/${name}::\n`).join('')}temp:{PLAIN}x:${MAIL_UID}:${MAIL_UID}::$HOME/temp::userdb_uid=x
`;

/** A line as it is said; one that begins with `#N` has N replies; a piece of content that ends with `\` has no line end. */
interface Dialogs {
  readonly name: string;
  readonly settings: string;
  readonly quotas?: readonly QuotaSettings[];
  readonly sessions: readonly (readonly string[])[];
}

const MESSAGE = 'Subject: one\nMessage-ID: <x@y>\nReturn-Path: <foo>\nDelivered-To: old\n\n..dot\n.x\n.';
const SYNTAX = [
  'LHLO x', 'RSET', 'LHLO x y', 'LHLO [1.2.3.4]', 'LHLO  a', 'RSET', 'LHLO a ', 'EHLO x', 'HELO x', 'HELP', 'RSET', 'DATA', 'BDAT x', 'RSET',
  'MAIL', 'MAIL FROM', 'RSET', 'MAIL FROM:', 'MAIL FROM:a@b', 'RSET', 'MAIL FROM: <a@b>', 'MAIL  FROM:<a@b>', 'RSET', 'MAIL FROM:<a@b',
  'MAIL FROM:<a@b>x', 'RSET', 'MAIL FROM:<a b@c>', 'MAIL FROM:<"a>', 'RSET', 'MAIL FROM:<>x', 'MAIL FROM:<a@b> FOO=1', 'RSET',
  'MAIL FROM:<> BODY=BINARYMIME', 'MAIL FROM:<> BODY', 'RSET', 'MAIL FROM:<> RET=HDRS', 'MAIL FROM:<>  BODY=7BIT', 'RSET', 'MAIL TO:<a>',
  'mail from:<a@b> body=8bitmime', 'MAIL FROM:<a@b>', 'RSET', 'MAIL FROM:<@a,@b:c@d>', 'RSET x', 'NOOP', 'NOOP x', 'VRFY', 'VRFY joe', 'EXPN x',
  'STARTTLS', 'STARTTLS x', 'XCLIENT ADDR=1.2.3.4', '', 'F1', 'RSET', 'QUIT x', 'QUIT',
]; // prettier-ignore
const RECIPIENTS = [
  'RCPT TO:<joe>', 'MAIL FROM:<c@d>', 'RCPT TO:<nosuch>', 'RCPT TO:<joe> FOO=1', 'RCPT TO:joe', 'RCPT TO:<>', 'NOOP', 'RCPT TO:<joe@>', 'RCPT',
  'RCPT TO: <joe>', 'NOOP', 'RCPT TO:<joe@example.com>', 'RCPT TO:<nosuch+x@example.com>', 'RCPT TO:<temp>', 'RCPT TO:<joe> NOTIFY=NEVER', 'DATA',
  '#0BDAT 3 LAST', 'a', '#0BDAT 2', '', 'RSET', 'BDAT 0', 'QUIT',
]; // prettier-ignore

const ALL: readonly Dialogs[] = [
  {
    name: 'defaults',
    settings: '',
    sessions: [
      SYNTAX,
      RECIPIENTS,
      ['LHLO cl.example', 'MAIL FROM:<>', 'RCPT TO:<joe+Det>', 'DATA', MESSAGE, 'MAIL FROM:<c@d> BODY=8BITMIME', 'RCPT TO:<JOE>', '#0BDAT 6', 'A: b\\r\\n\\', '#0BDAT 4 LAST', '\\r\\nhi\\', 'QUIT'], // prettier-ignore
      ['MAIL FROM:<a@b>', 'RCPT TO:<joe>', 'RCPT TO:<nosuch>', 'RCPT TO:<ann> ORCPT=rfc822;x', 'RCPT TO:<"joe">', 'RCPT TO:<joe+x>', 'DATA', '#4x\n.', 'QUIT'], // prettier-ignore
      ['MAIL FROM:<"odd name"@b>', 'RCPT TO:<@x:joe>', 'DATA', '.', 'NOOP', '<close>'],
      ['MAIL FROM:<c@d>', 'RCPT TO:<joe>', 'DATA', '<close>'],
      ['LHLO x', 'MAIL FROM:<c@d>', 'LHLO y', 'RCPT TO:<joe>', '<close>'],
      ['FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO', 'FOO'],
      ['VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY', 'VRFY'],
      [`NOOP ${'x'.repeat(6000)}`, `NOOP ${'x'.repeat(3000)}`, 'QUIT'],
      ['MAIL FROM:<c@d>', 'RCPT TO:<joe>', 'DATA', `Subject: ${'y'.repeat(300)}\nFrom: A <a@b>\n\n${'line\n'.repeat(60_000)}.`, 'QUIT'], // prettier-ignore
      ['QUIT'],
    ],
  },
  {
    name: 'detail mailboxes, trusted, original recipient',
    settings: `login_trusted_networks = 127.0.0.0/8
recipient_delimiter = +-
lmtp_hdr_delivery_address = original
deliver_log_format = %m|%s|%f|%e|%p|%w|%{to_envelope}: %$
protocol lmtp {
  lmtp_save_to_detail_mailbox = yes
}
`,
    sessions: [
      ['LHLO cl', 'MAIL FROM:<a@b>', 'RCPT TO:<joe+Det>', 'DATA', 'Subject: s\n folded\nFrom: A B <x@y>\n\nhi\n.', 'QUIT'], // prettier-ignore
      ['LHLO cl', 'MAIL FROM:<a@b>', 'RCPT TO:<joe> ORCPT=rfc822;orig+40x', 'DATA', 'Subject: s\n\nhi\n.', 'QUIT'],
      ['LHLO cl', 'MAIL FROM:<a@b>', 'RCPT TO:<joe> ORCPT=x400;orig', 'DATA', 'Subject: s\n\nhi\n.', 'QUIT'],
    ],
  },
  {
    name: 'made mailboxes, no trace, workarounds',
    settings: `lmtp_add_received_header = no
lmtp_hdr_delivery_address = none
lmtp_client_workarounds = whitespace-before-path mailbox-for-path
login_greeting = Hello.
protocol lmtp {
  lmtp_save_to_detail_mailbox = yes
  lda_mailbox_autocreate = yes
  lda_mailbox_autosubscribe = yes
}
`,
    sessions: [['LHLO cl', 'MAIL FROM: <a@b>', 'RCPT TO:joe+Det.x', 'DATA', 'Subject: s\n\nhi\n.', 'QUIT']],
  },
  {
    name: 'quota',
    settings: `quota_full_tempfail = no
protocol lmtp {
  mail_plugins = quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=2k
  quota_grace = 0
}
`,
    quotas: [
      {name: 'User quota', backend: 'count', graceBytes: 0, rules: [{mailbox: '*', ignore: false, storageBytes: 2048}]},
    ],
    sessions: [
      [
        'LHLO cl',
        'MAIL FROM:<a@b>',
        'RCPT TO:<full>',
        'RCPT TO:<ann>',
        'DATA',
        `#2Subject: s\n\n${'x'.repeat(2200)}\n.`,
        'QUIT',
      ],
      ['LHLO cl', 'MAIL FROM:<a@b>', 'RCPT TO:<full>', 'DATA', 'Subject: s\n\nx\n.', 'QUIT'],
    ],
  },
];

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
  const listen = async (): Promise<void> => {
    const pattern = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/;
    while (!pattern.test(heard) && !isClosed)
      await Promise.race([new Promise<void>(resolve => (wake = resolve)), pause(5000)]);
    const [reply = heard] = pattern.exec(heard) ?? [];
    heard = heard.slice(reply.length);
    if (reply !== '') said.push(`S: ${reply}`);
  };
  await listen();
  for (const text of lines) {
    if (text === '<close>' || isClosed) break;
    const [, count = '1', line = ''] = /^(?:#(\d))?([^]*)$/.exec(text) ?? [];
    const bytes = line.replaceAll('\\r\\n', '\r\n');
    said.push(`C: ${line.slice(0, 60)}`);
    stream.write(bytes.endsWith('\\') ? bytes.slice(0, -1) : `${bytes}\r\n`, 'latin1');
    for (let n = 0; n < Number(count); n++) await listen();
  }
  if (lines.at(-1) === '<close>') await pause(50);
  stream.destroy();
  if (isClosed && said.at(-1)?.startsWith('C: FOO') === true) said.pop(); // said too late
  return said.map(plainly);
}

/** What is never the same twice. */
function plainly(text: string): string {
  return text
    .replace(/\[\d{4}-[\d: -]+\]/g, '[when]')
    .replace(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{22}(?=[:\s>]|$)/g, 'ID')
    .replace(/; [A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}/g, '; DATE');
}

function comparableLog(lines: readonly string[]): string {
  return lines
    .filter(line => /^lmtp\(.* Info: /.test(line))
    .map(line => plainly(line.replace(/<\d+>/, '').replace(/^lmtp\(\d+\)/, 'lmtp')))
    .map(line => line.replace(/read\(size=\d+\) failed: .* (?=\()/, ''))
    .join('\n');
}

/** What lies in all mailboxes, in no order. */
function mailOf(home: string): string {
  const found: string[] = [];
  for (const name of NAMES) {
    const root = join(home, name, 'Maildir');
    if (!existsSync(root)) continue;
    for (const file of readdirSync(root, {recursive: true, encoding: 'utf8'})) {
      if (/(?:^|\/)(?:new|cur)\/[^/]+$/.test(file))
        found.push(`${name} ${file.replace(/[^/]*$/, '')} ${plainly(readFileSync(join(root, file), 'latin1'))}`);
      if (file === 'subscriptions') found.push(`${name} ${readFileSync(join(root, file), 'latin1')}`);
    }
  }
  return found.sort().join('\n');
}

function clear(home: string): void {
  for (const name of NAMES) {
    rmSync(join(home, name), {recursive: true, force: true});
    mkdirSync(join(home, name));
    chownSync(join(home, name), MAIL_UID, MAIL_UID);
  }
}

suite('LMTP beside the real Dovecot', function () {
  this.timeout(60_000);
  for (const dialogs of ALL)
    suite(dialogs.name, () => {
      let real: RealDovecot | undefined;
      let home = '';
      suiteSetup(async function () {
        requireRealDovecot(this);
        const lmtp = 'protocols = lmtp\nservice lmtp {\n  unix_listener lmtp {\n    mode = 0666\n  }\n}\n';
        const accounts = `passdb {\n  driver = passwd-file\n  args = $HOME/users\n}\nuserdb {\n  driver = passwd-file\n  args = $HOME/users\n}\n`;
        real = new RealDovecot(`${lmtp}${accounts}${dialogs.settings}`, {users: USERS});
        home = mkdtempSync(join(tmpdir(), 'posthorn-lmtp-'));
        await real.start();
      });
      suiteTeardown(async () => {
        await real?.dispose();
        rmSync(home, {recursive: true, force: true});
      });

      for (const session of dialogs.sessions)
        test(session.join(' | ').slice(0, 120), async () => {
          if (real === undefined) return;
          clear(real.home);
          clear(home);
          const before = real.log().length;
          const theirs = await talk(connect(join(real.run, 'lmtp')), session);
          const ours = await talkToUs(real, home, session, dialogs.quotas);
          assert.equal(ours.said.join('\n'), theirs.join('\n'));
          assert.equal(mailOf(home), mailOf(real.home));
          let log = '';
          for (let tries = 0; tries < 50 && comparableLog(ours.lines) !== log; tries++) {
            log = comparableLog(real.log().slice(before).split('\n'));
            if (comparableLog(ours.lines) !== log) await pause(20);
          }
          assert.equal(comparableLog(ours.lines), log);
        });
    });
});

async function talkToUs(
  real: RealDovecot,
  home: string,
  session: readonly string[],
  quotas: readonly QuotaSettings[] = [],
): Promise<{readonly said: string[]; readonly lines: string[]}> {
  const settings = loadDovecotConfig({path: real.config, root: '/'}).settings({protocol: 'lmtp'});
  const lines: string[] = [];
  const log = (tag: string): {info(text: string): void; warning(text: string): void; error(text: string): void} => ({
    info: text => void lines.push(`${tag}: Info: ${text}`),
    warning: text => void lines.push(`${tag}: Warning: ${text}`),
    error: text => void lines.push(`${tag}: Error: ${text}`),
  });
  const accounts = new AccountService({settings: dovecotAuthSettings(settings), log: log('auth'), hostName: 'h'});
  const [client, server] = duplexPair();
  const lmtp = new LmtpSession({
    stream: server,
    settings: dovecotLmtpSettings(settings, hostname()),
    connection: {service: 'lmtp', clientAddress: '', serverAddress: '', isEncrypted: false},
    lookupUser: (user, connection) => accounts.lookupUser(user, connection),
    openStore: user => openMaildir(user.username, join(home, user.username), quotas),
    concurrency: new UserConcurrency(),
    log: log('lmtp(1)'),
    userLog: (user, id) => log(`lmtp(${user})<1><${id}>`),
  });
  const run = lmtp.run();
  const said = await talk(client, session);
  await run;
  accounts.close();
  return {said, lines};
}
