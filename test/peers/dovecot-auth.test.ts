/**
 * Accounts beside the original: passdb and userdb configurations, each asked over the auth sockets of the real Dovecot and over ours, with the
 * same lines; and the real doveadm and the real Postfix as clients of ours.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer, type Server} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {dovecotAuthSettings} from '../../src/core/account/auth/dovecot-auth-settings.ts';
import {loadDovecotConfig} from '../../src/core/config/dovecot/dovecot-config.ts';
import {AccountService} from '../../src/core/account/account-service.ts';
import {
  type AuthSettings,
  defaultAuthSettings,
  defaultPassdb,
  defaultUserdb,
  type PassdbSettings,
  type UserdbSettings,
} from '../../src/core/account/auth/settings.ts';
import {type LineSession, serveLines} from '../../src/core/account/auth-socket/auth-lines.ts';
import {AuthClientSession} from '../../src/core/account/auth-socket/client-session.ts';
import {AuthMasterSession} from '../../src/core/account/auth-socket/master-session.ts';
import {duplexPair} from '../support/duplex-pair.ts';
import {freePorts} from '../support/free-ports.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {RealDovecot} from '../support/real-dovecot-access.ts';
import {requireRealDovecot} from '../support/real-dovecot-auth.ts';

const FILES = {
  users: `joe:{PLAIN}secret:1000:1000::/h/joe::
ann:{PLAIN}secret:1000:1000::/h/ann::userdb_mail=maildir:~/x userdb_quota_rule=*:storage=1M foo=bar
bad:{FOO}x:1000:1000::/h
bob:{SHA256-CRYPT}$5$rounds=1000$abcdefgh$x:1000:1000::/h
cli:{PLAIN}secret:1000:1000::/h::noauthenticate=y
np:{PLAIN}secret:1000:1000::/h::nopassword=y
np2::1000:1000::/h::nopassword=y
empty:
only
nologin:{PLAIN}secret:1000:1000::/h::nologin=yes reason=because
prox:{PLAIN}secret:1000:1000::/h::proxy=y host=127.0.0.1 nodelay=y
ren:{PLAIN}secret:1000:1000::/h::user=joe
fail:{PLAIN}secret:1000:1000::/h::fail=y
nets:{PLAIN}secret:1000:1000::/h::allow_nets=10.0.0.0/8
local:{PLAIN}secret:1000:1000::/h::allow_nets=local
many:{PLAIN}secret:1000:1000:Gecos:/home/many:/bin/sh:userdb_home=/other userdb_uid=1001 password=foo event_x=1 nodelay
root:{PLAIN}secret:0:0::/h
named:{PLAIN}secret:mail:mail::/h
unreal:{PLAIN}secret:nobodysuch:mail::/h
badgid:{PLAIN}secret:1000:x::/h
u@d:{PLAIN}secret:1000:1000::/home/%d/%n::userdb_mail=mbox:~/%d/%n
# comment
two:{PLAIN}one:1000:1000::/h
two:{PLAIN}two:1000:1000::/h
Case:{PLAIN}secret:1000:1000::/h
wrongid:{PLAIN}secret:1000:1000::/h::userdb_uid=x
`,
  second: `joe:{PLAIN}second:1001:1001::/h2/joe::extra=2 userdb_quota=5
second:{PLAIN}second:1001:1001::/h2/second::
`,
  deny: 'evil:{PLAIN}x\ndeny2\n',
  masters: 'boss:{PLAIN}master::::::bossfield=1 userdb_bossdb=2\n',
} as const;

interface Configuration {
  readonly name: string;
  /** In dovecot.conf's words, without passdbs and userdbs. */
  readonly text?: string;
  readonly passdbs: readonly Partial<PassdbSettings>[];
  readonly userdbs: readonly Partial<UserdbSettings>[];
  readonly logins?: readonly (readonly [user: string, password: string, master?: string])[];
  readonly users?: readonly string[];
}

const USERS: Partial<PassdbSettings> = {driver: 'passwd-file', args: '$HOME/users'};
const SECOND: Partial<PassdbSettings> = {driver: 'passwd-file', args: '$HOME/second'};
const IDS = {driver: 'static', args: 'uid=1000 gid=1000 home=/s/%u'};
const ALL_NAMES = FILES.users
  .split('\n')
  .map(line => line.split(':', 1)[0] ?? '')
  .filter(name => name !== '' && !name.startsWith('#'));

const CONFIGURATIONS: readonly Configuration[] = [
  {
    name: 'passwd-file for both',
    passdbs: [USERS],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users'}],
    logins: [...ALL_NAMES.slice(0, 14).map(name => [name, 'secret'] as const)],
    users: ALL_NAMES.slice(0, 14),
  },
  {
    name: 'passwd-file for both, more users',
    passdbs: [USERS],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users'}],
    logins: [
      ...ALL_NAMES.slice(14).map(name => [name, 'secret'] as const),
      ['U@D', 'secret'],
      ['JOE', 'secret'],
      ['case', 'secret'],
      ['joe', ''],
      ['two', 'two'],
      ['a b', 'x'],
      ['nobody', 'x'],
    ],
    users: [...ALL_NAMES, 'U@D', 'JOE', 'case', 'a b', 'nobody', '__proto__'],
  },
  {
    name: 'deny, master, fields, prefetch, static',
    text: 'auth_master_user_separator = *\n',
    passdbs: [
      {driver: 'passwd-file', args: '$HOME/deny', deny: true},
      {driver: 'passwd-file', args: '$HOME/masters', master: true, resultSuccess: 'continue'},
      {
        driver: 'passwd-file',
        args: 'username_format=%n $HOME/users',
        defaultFields: 'def=1 userdb_defu=%n',
        overrideFields: 'over=%d',
      },
      SECOND,
    ],
    userdbs: [
      {driver: 'prefetch'},
      {
        driver: 'passwd-file',
        args: 'username_format=%n $HOME/users',
        defaultFields: 'quota=7 home=/defhome',
        overrideFields: 'over=%u',
      },
      {driver: 'static', args: 'uid=1002 gid=1003 home=/static/%d/%n other=%{username}'},
    ],
    logins: [
      ['joe', 'secret'],
      ['joe', 'second'],
      ['joe@x', 'secret'],
      ['ann', 'secret'],
      ['second', 'second'],
      ['second', 'x'],
      ['evil', 'x'],
      ['deny2', 'x'],
      ['bad', 'x'],
      ['cli', 'secret'],
      ['np', 'x'],
      ['nobody', 'x'],
      ['joe*boss', 'master'],
      ['joe', 'master', 'boss'],
      ['nobody*boss', 'master'],
      ['evil*boss', 'master'],
      ['joe', 'wrong', 'boss'],
      ['joe', 'wrong', 'nob'],
      ['boss', 'master', 'boss'],
      ['*boss', 'master'],
      ['joe*', 'master'],
      ['j e*boss', 'master'],
    ],
    users: ['joe', 'ann', 'second', 'nobody', 'evil', 'cli', 'joe@x', 'bob', 'bad', 'np', 'boss'],
  },
  {
    name: 'master without continue, pass=yes',
    passdbs: [{driver: 'passwd-file', args: '$HOME/masters', master: true}, USERS],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users'}],
    logins: [
      ['joe', 'master', 'boss'],
      ['nobody', 'master', 'boss'],
    ],
  },
  {
    name: 'master with pass=yes',
    passdbs: [{driver: 'passwd-file', args: '$HOME/masters', master: true, pass: true}, USERS],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users'}],
    logins: [
      ['joe', 'master', 'boss'],
      ['nobody', 'master', 'boss'],
      ['bad', 'master', 'boss'],
      ['fail', 'master', 'boss'],
    ],
  },
  {
    name: 'no masters',
    passdbs: [USERS],
    userdbs: [IDS],
    logins: [
      ['joe', 'secret', 'boss'],
      ['joe', 'secret', 'joe'],
    ],
    users: ['joe', 'nobody', 'bad', 'fail', 'nologin'],
  },
  {
    name: 'static',
    passdbs: [{driver: 'static', args: 'password=secret user=%n x=%d userdb_y=%u'}],
    userdbs: [{driver: 'prefetch'}, {driver: 'static', args: 'uid=mail gid=mail home=/s/%u allow_all_users=yes'}],
    logins: [
      ['joe', 'secret'],
      ['joe@example.com', 'secret'],
      ['joe', 'bad'],
    ],
    users: ['joe', 'joe@example.com'],
  },
  {
    name: 'static without password',
    passdbs: [{driver: 'static', args: 'nopassword=y proxy_x=1'}],
    userdbs: [IDS],
    logins: [
      ['joe', 'anything'],
      ['joe', ''],
    ],
    users: ['joe'],
  },
  {
    name: 'static, password with a scheme',
    passdbs: [{driver: 'static', args: 'password={PLAIN}a=b'}],
    userdbs: [],
    logins: [
      ['joe', 'a=b'],
      ['joe', '{PLAIN}a=b'],
    ],
    users: ['joe'],
  },
  {
    name: 'a file that is not there',
    passdbs: [{driver: 'passwd-file', args: '$HOME/none'}, USERS],
    userdbs: [
      {driver: 'passwd-file', args: '$HOME/none'},
      {driver: 'passwd-file', args: '$HOME/second'},
    ],
    logins: [
      ['joe', 'secret'], // what follows within the same second differs there
    ],
  },
  {
    name: 'a file for each domain',
    passdbs: [{driver: 'passwd-file', args: 'scheme=PLAIN username_format=%n $HOME/users.%d'}],
    userdbs: [{driver: 'passwd-file', args: 'username_format=%n $HOME/users.%d'}],
    logins: [
      ['joe@one', 'plain'],
      ['joe@two', 'plain'],
      ['joe', 'plain'],
      ['joe@../one', 'plain'],
    ],
    users: ['joe@one', 'joe@two', 'joe'],
  },
  {
    name: 'result rules: fail and go on',
    passdbs: [
      {...USERS, resultSuccess: 'continue'},
      {...SECOND, resultFailure: 'return'},
    ],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users', resultSuccess: 'continue'}, {driver: 'passwd-file', args: '$HOME/second'}], // prettier-ignore
    logins: [
      ['joe', 'secret'],
      ['joe', 'second'],
      ['ann', 'secret'],
      ['second', 'second'],
    ],
    users: ['joe', 'ann', 'second'],
  },
  {
    name: 'result rules: continue-ok, return-fail',
    passdbs: [
      {...USERS, resultSuccess: 'continue-ok', resultFailure: 'continue-fail'},
      {...SECOND, skip: 'authenticated', resultSuccess: 'return-fail'},
      {driver: 'static', args: 'password=x added=1', skip: 'unauthenticated'},
    ],
    userdbs: [
      {driver: 'passwd-file', args: '$HOME/users', resultSuccess: 'continue-ok', resultFailure: 'continue'},
      {driver: 'static', args: 'added=%u allow_all_users=yes', skip: 'notfound'},
    ],
    logins: [
      ['joe', 'secret'],
      ['joe', 'second'],
      ['second', 'second'],
      ['joe', 'x'],
    ],
    users: ['joe', 'second'],
  },
  {
    name: 'continue at the end',
    passdbs: [{...USERS, resultSuccess: 'continue'}],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users', resultSuccess: 'continue'}],
    logins: [
      ['joe', 'secret'],
      ['joe', 'bad'],
      ['nobody', 'x'],
    ],
    users: ['joe', 'nobody'],
  },
  {
    name: 'a file of no rights, then one',
    passdbs: [{driver: 'passwd-file', args: '/proc/1/mem/x'}, USERS],
    userdbs: [
      {driver: 'passwd-file', args: '$HOME/users', resultSuccess: 'return-fail'},
      {driver: 'passwd-file', args: '$HOME/second'},
    ],
    users: ['ann'],
  },
  {
    name: 'return-ok on failure',
    passdbs: [{...USERS, resultFailure: 'return-ok'}],
    userdbs: [{driver: 'passwd-file', args: '$HOME/users', resultFailure: 'return-ok'}],
    logins: [
      ['joe', 'bad'],
      ['nobody', 'x'],
      ['evil', 'x'],
    ],
    users: ['nobody'],
  },
  {
    name: 'names',
    text: `auth_default_realm = example.com
auth_username_translation = "~@/."
auth_username_chars = abcdefghijklmnopqrstuvwxyz@~/.
auth_username_format = %n
`,
    passdbs: [USERS],
    userdbs: [IDS],
    logins: [
      ['joe', 'secret'],
      ['joe~x', 'secret'],
      ['joe@y', 'secret'],
      ['Joe', 'secret'],
      ['jo1', 'secret'],
      ['@x', 'secret'],
    ],
    users: ['joe', 'joe~x', 'joe@y', 'Joe'],
  },
  {
    name: 'filters',
    passdbs: [
      {...USERS, usernameFilter: '*@example.com j*', overrideFields: 'first=1'},
      {...USERS, mechanisms: 'login', overrideFields: 'second=1'},
      {...USERS, mechanisms: 'plain none', usernameFilter: '!ann', overrideFields: 'third=1'},
    ],
    userdbs: [IDS],
    logins: [
      ['joe', 'secret'],
      ['ann', 'secret'],
      ['nets', 'secret'],
      ['two', 'one'],
    ],
    users: ['joe', 'ann', 'two'],
  },
  {
    name: 'passwd and shadow',
    passdbs: [{driver: 'passwd'}, {driver: 'shadow'}],
    userdbs: [{driver: 'passwd', args: 'home=/mail/%u'}],
    logins: [
      ['root', 'x'],
      ['daemon', 'x'],
      ['nosuch', 'x'],
    ],
    users: ['daemon', 'mail', 'nosuch'],
  },
  {
    name: 'checkpassword',
    passdbs: [{driver: 'checkpassword', args: '$HOME/check -x'}],
    userdbs: [{driver: 'prefetch'}, {driver: 'checkpassword', args: '$HOME/check'}],
    logins: [
      ['joe', 'secret'],
      ['joe', 'bad'],
      ['nobody', 'x'],
      ['temp', 'x'],
      ['odd', 'x'],
      ['silent', 'x'],
    ],
    users: ['joe', 'nobody', 'temp'],
  },
];

/** A program of an operator's: reads name and password, and runs the rest of its words. */
const CHECK = `#!/usr/bin/env python3
import os, sys
name, password = os.read(3, 1000).split(b'\\0')[:2]
argv = sys.argv[2:] if sys.argv[1] == '-x' else sys.argv[1:]
if name == b'nobody': sys.exit(3)
if name == b'temp': sys.exit(111)
if name == b'odd': sys.exit(7)
if name == b'silent': sys.exit(0)
if password != b'secret' and os.environ.get('AUTHORIZED') != '1': sys.exit(1)
if os.environ.get('AUTHORIZED') == '1': os.environ['AUTHORIZED'] = '2'
os.environ.update(USER=name.decode(), HOME='/home/joe', userdb_uid='1000', userdb_gid='1001', more='a b', EXTRA='userdb_uid userdb_gid more')
os.execv(argv[0], argv)
`;

function settingsText(one: Configuration): string {
  const words = (section: object): string =>
    Object.entries(section)
      .map(([name, value]: [string, unknown]) => {
        const shown = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
        return `  ${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)} = ${shown}\n`;
      })
      .join('');
  const sections = (kind: string, list: readonly object[]): string =>
    list.map(section => `${kind} {\n${words(section)}}\n`).join('');
  return `auth_mechanisms = plain login\n${one.text ?? ''}${sections('passdb', one.passdbs)}${sections('userdb', one.userdbs)}`;
}

/** From the same file. */
function ourSettings(config: string): AuthSettings {
  return dovecotAuthSettings(loadDovecotConfig({path: config, root: '/'}).settings({protocol: 'auth'}));
}

/** The answers to the lines of a configuration, and the log, in no order. */
interface Outcome {
  readonly answers: ReadonlyMap<string, string>;
  readonly log: string;
}

interface Asking {
  readonly title: string;
  readonly socket: 'client' | 'master';
  readonly line: (id: number) => string;
}

function askings({logins = [], users = []}: Configuration): Asking[] {
  return [
    ...logins.map(([user, password, master]): Asking => {
      const response = master === undefined ? `\0${user}\0${password}` : `${user}\0${master}\0${password}`;
      const encoded = Buffer.from(response, 'latin1').toString('base64');
      const title = `login ${user}${master === undefined ? '' : ` by ${master}`} with ${password}`;
      return {title, socket: 'client', line: id => `AUTH\t${id}\tPLAIN\tservice=imap\tsession=s${id}\tresp=${encoded}`};
    }),
    ...users.flatMap((user): Asking[] => [
      {title: `PASS ${user}`, socket: 'master', line: id => `PASS\t${id}\t${user}\tservice=imap\tsession=p${id}`},
      {title: `USER ${user}`, socket: 'master', line: id => `USER\t${id}\t${user}\tservice=imap\tsession=u${id}`},
    ]),
    {title: 'LIST', socket: 'master', line: id => `LIST\t${id}\tservice=imap`},
  ];
}

interface Sockets {
  readonly client: () => Duplex;
  readonly master: () => Duplex;
}

/** All at once; the log of each is known by its session. */
async function askAll(one: Configuration, sockets: Sockets): Promise<ReadonlyMap<string, string>> {
  const all = askings(one).map((asking, at) => ({...asking, id: at + 1}));
  const ask = async (kind: 'client' | 'master'): Promise<Map<string, string>> => {
    const mine = all.filter(({socket}) => socket === kind);
    const greeting = kind === 'client' ? 'VERSION\t1\t0\nCPID\t4711\n' : 'VERSION\t1\t0\n';
    const lines = mine.map(({line, id}) => `${line(id)}\n`).join('');
    const said = await exchange(sockets[kind](), greeting + lines, mine.length);
    return new Map(
      mine.map(({title, id}) => [title, said.filter(line => line.split('\t')[1] === String(id)).join('\n')]),
    );
  };
  return new Map([...(await ask('client')), ...(await ask('master'))]);
}

/** What comes back until everything is answered. */
async function exchange(stream: Duplex, text: string, count: number): Promise<string[]> {
  stream.setEncoding('latin1');
  let heard = '';
  const lines = (): string[] => heard.split('\n').slice(0, -1).filter(isAnswer);
  const answers = (): number => lines().filter(line => !line.startsWith('LIST\t')).length;
  await new Promise<void>(resolve => {
    stream.on('data', (chunk: string) => {
      heard += chunk;
      if (answers() >= count) resolve();
    });
    stream.on('close', () => resolve());
    stream.on('error', () => resolve());
    stream.write(text, 'latin1');
    if (count === 0) resolve();
  });
  stream.destroy();
  return lines().map(line => line.replace(/\t+(?=\t|$)/g, '')); // fields that were taken back leave a tab there
}

function isAnswer(line: string): boolean {
  return /^(?:OK|FAIL|CONT|PASS|USER|NOTFOUND|LIST|DONE)\t/.test(line);
}

/** `keep` hears of the instance before it runs: a test that takes too long still ends it. */
async function askReal(
  one: Configuration,
  keep: (real: RealDovecot) => void,
): Promise<{readonly real: RealDovecot; readonly outcome: Outcome}> {
  const real = new RealDovecot(settingsText(one), {
    ...FILES,
    'users.one': 'joe:plain:1000:1000::/one\n',
    check: CHECK,
  });
  keep(real);
  real.makeExecutable('check');
  await real.start();
  const open = (name: string) => () => connect(`${real.run}/${name}`);
  const answers = await askAll(one, {client: open('auth-client'), master: open('auth-userdb')});
  await real.stop();
  return {real, outcome: {answers, log: comparableLog(realLines(real.log()))}};
}

async function askOurs(one: Configuration, config: string): Promise<Outcome> {
  const lines: string[] = [];
  const keep = (text: string): void => void lines.push(text);
  const log = {info: keep, warning: keep, error: (text: string) => keep(`Error: ${text}`)};
  const accounts = new AccountService({settings: ourSettings(config), log, hostName: 'h'});
  const shared = {log, isDebug: false, processId: 1};
  const client = (write: (text: string) => void): LineSession =>
    new AuthClientSession({sasl: accounts.sasl, connectionId: 1, ...shared}, write);
  const master = (write: (text: string) => void): LineSession =>
    new AuthMasterSession({accounts, isMaster: false, ...shared}, write);
  const answers = await askAll(one, {client: () => serve(client), master: () => serve(master)});
  accounts.close();
  return {answers, log: comparableLog(lines)};
}

/** The other end of a served connection. */
function serve(open: (write: (text: string) => void) => LineSession): Duplex {
  const [ours, theirs] = duplexPair();
  serveLines(ours, open);
  return theirs;
}

function realLines(log: string): string[] {
  return log
    .split('\n')
    .filter(line => /^auth(?:-worker\(\d+\))?: (?:Info|Error|Warning): /.test(line))
    .map(line => line.replace(/^auth\S*: /, '').replace(/^(?:Info|Warning): /, ''));
}

/** Broken lines of the file are told of whenever it is read, at chance moments. */
const OF_THE_FILE = /^Error: (?:Invalid [UG]ID value|passwd-file \S*:)/;

function comparableLog(lines: readonly string[]): string {
  return lines
    .map(line => line.replace(/conn unix:auth-worker \(.*?\): auth-worker<\d+>: /, ''))
    .map(line => line.replace(/^Error: (auth-master client: .*) \(created .*/, 'Error: $1'))
    .map(line => line.replace(/^Error: auth-master client: Trying/, 'Error: Trying'))
    .map(line =>
      line
        .replace(/: Child \d+ /, ': Child N ')
        .replace(': Address family not supported by protocol', ': No such file or directory'),
    ) // prettier-ignore
    .filter(line => !/anvil-auth-penalty|Move templates args/.test(line) && !OF_THE_FILE.test(line))
    .sort()
    .join('\n');
}

suite('accounts beside the real Dovecot', function () {
  this.timeout(180_000); // a score of instances: 15 seconds on an idle machine
  const reals: RealDovecot[] = [];
  const outcomes = new Map<Configuration, {readonly theirs: Outcome; readonly ours: Outcome}>();
  suiteSetup(async function () {
    requireRealDovecot(this);
    const waiting = [...CONFIGURATIONS];
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const {real, outcome} = await askReal(one, made => void reals.push(made));
        outcomes.set(one, {theirs: outcome, ours: await askOurs(one, real.config)});
      }
    };
    await Promise.all(Array.from({length: 8}, work));
  });
  suiteTeardown(async () => {
    for (const real of reals) await real.dispose();
  });

  for (const one of CONFIGURATIONS)
    suite(one.name, () => {
      for (const {title} of askings(one))
        test(title, () => {
          const {theirs, ours} = outcomes.get(one) ?? {};
          assert.equal(ours?.answers.get(title), theirs?.answers.get(title));
        });
      test('the log', () => {
        const {theirs, ours} = outcomes.get(one) ?? {};
        assert.equal(ours?.log, theirs?.log);
      });
    });
});

suite('our auth sockets and the original clients', function () {
  this.timeout(60_000);
  let home = '';
  let accounts: AccountService | undefined;
  const servers: Server[] = [];
  const lines: string[] = [];
  suiteSetup(async function () {
    requireRealDovecot(this);
    home = mkdtempSync(join(tmpdir(), 'posthorn-auth-'));
    chmodSync(home, 0o755);
    writeFileSync(join(home, 'users'), FILES.users);
    writeFileSync(join(home, 'dovecot.conf'), `base_dir = ${home}\nstate_dir = ${home}\nmail_location = maildir:~/Maildir\nfirst_valid_uid = 1\nlog_path = /dev/stderr\n`); // prettier-ignore
    const keep = (text: string): void => void lines.push(text);
    const log = {info: keep, warning: keep, error: keep};
    const passdbs = [{...defaultPassdb, ...USERS, args: join(home, 'users')}];
    const userdbs = [{...defaultUserdb, driver: 'passwd-file', args: join(home, 'users')}];
    const settings = {...defaultAuthSettings, failureDelaySeconds: 0, hasPenalty: false, passdbs, userdbs};
    const mechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256'];
    accounts = new AccountService({settings: {...settings, mechanisms}, log, hostName: 'mail.example.com'});
    const shared = {log, isDebug: false, processId: process.pid};
    const {sasl} = accounts;
    const master = {accounts, isMaster: true, ...shared};
    await listen('auth-client', write => new AuthClientSession({sasl, connectionId: 1, ...shared}, write));
    await listen('auth-userdb', write => new AuthMasterSession(master, write));
  });
  suiteTeardown(() => {
    for (const server of servers) server.close();
    accounts?.close();
    rmSync(home, {recursive: true, force: true});
  });

  async function listen(name: string, open: (write: (text: string) => void) => LineSession): Promise<void> {
    const server = createServer(stream => serveLines(stream, open));
    servers.push(server);
    await new Promise<void>(resolve => void server.listen(join(home, name), resolve));
    chmodSync(join(home, name), 0o666);
  }

  function doveadm(...args: readonly string[]): Promise<string> {
    return new Promise(resolve => {
      const words = ['-c', join(home, 'dovecot.conf'), ...args];
      const child = execFile('doveadm', words, {encoding: 'latin1', timeout: 20_000}, (_fault, stdout, stderr) =>
        resolve(`${stdout}${stderr}${child.exitCode ?? ''}`),
      );
    });
  }

  const commands: readonly (readonly [command: string, answer: string])[] = [
    ['auth test joe secret', 'passdb: joe auth succeeded\nextra fields:\n  user=joe\n0'],
    ['auth test joe bad', 'passdb: joe auth failed\nextra fields:\n  user=joe\n77'],
    ['auth test nologin secret', 'passdb: nologin auth succeeded\nextra fields:\n  user=nologin\n  nologin\n  reason=because\n0'], // prettier-ignore
    ['auth lookup prox', 'passdb: prox\n  user      : prox\n  proxy     : y\n  host      : 127.0.0.1\n  nodelay   : y\n0'], // prettier-ignore
    ['auth lookup nobody', "passdb lookup: user nobody doesn't exist\n67"],
    ['user joe', 'field\tvalue\nuid\t1000\ngid\t1000\nhome\t/h/joe\nmail\tmaildir:~/Maildir\n0'],
    ['user nobody', "field\tvalue\n\nuserdb lookup: user nobody doesn't exist\n67"],
    ['user j*', 'joe\n0'],
    ['user *@*', 'u@d\n0'],
  ];
  for (const [command, answer] of commands)
    test(`the real doveadm ${command}`, async () => {
      assert.equal(await doveadm(...command.split(' ')), answer);
    });

  test('a real Postfix logs its clients in', async function () {
    requireRealPostfix(this);
    const [port = 0] = await freePorts(1);
    const settings = `smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = ${home}/auth-client\n`;
    const services = `127.0.0.1:${port} inet n - n - - smtpd\n`;
    const postfix = new RealPostfix(`${settings}smtpd_sasl_security_options =\nsmtpd_error_sleep_time = 0\n`, services);
    try {
      postfix.start();
      const said = await smtp(port, ['EHLO x', `AUTH PLAIN ${plain('joe', 'bad')}`, `AUTH PLAIN ${plain('joe', 'secret')}`, 'QUIT']); // prettier-ignore
      assert.match(said, /^250-AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\r$/m);
      assert.match(said, /^535 5\.7\.8 Error: authentication failed:.*\r\n235 2\.7\.0 Authentication successful\r$/m);
    } finally {
      postfix.dispose();
    }
  });
});

function plain(user: string, password: string): string {
  return Buffer.from(`\0${user}\0${password}`).toString('base64');
}

function smtp(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = connect(port, '127.0.0.1').setEncoding('latin1');
    const waiting = [...lines];
    let heard = '';
    stream.on('data', (chunk: string) => {
      heard += chunk;
      if (!/(?:^|\n)\d{3} .*\r\n$/.test(heard)) return;
      const line = waiting.shift();
      if (line !== undefined) stream.write(`${line}\r\n`);
    });
    stream.on('close', () => resolve(heard));
    stream.on('error', reject);
  });
}
