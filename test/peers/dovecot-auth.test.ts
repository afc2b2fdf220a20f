/**
 * Accounts beside the original: passdb and userdb configurations, each asked by the real `doveadm auth test`, `auth lookup` and `user`,
 * and by our AccountService.
 */
import assert from 'node:assert/strict';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {AccountService} from '../../src/core/account/account-service.ts';
import {
  type AuthSettings,
  defaultAuthSettings,
  defaultPassdb,
  defaultUserdb,
  type PassdbSettings,
  type UserdbSettings,
} from '../../src/core/account/auth/settings.ts';
import type {SaslStep} from '../../src/core/account/sasl/sasl.ts';
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
  readonly settings?: Partial<AuthSettings>;
  /** The same in dovecot.conf's words, without passdbs and userdbs. */
  readonly text?: string;
  readonly passdbs: readonly Partial<PassdbSettings>[];
  readonly userdbs: readonly Partial<UserdbSettings>[];
  readonly logins?: readonly (readonly [user: string, password: string, master?: string])[];
  readonly users?: readonly string[];
  readonly masks?: readonly string[];
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
    masks: ['*', 'x*'],
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
    users: [...ALL_NAMES.slice(14), 'U@D', 'JOE', 'case', 'a b', 'nobody', '__proto__'],
    masks: ['*', 'n*', '*@*', 'j?e', 'x*'],
  },
  {
    name: 'deny, master, fields, prefetch, static',
    settings: {masterUserSeparator: '*'},
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
    masks: ['*', 's*'],
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
    masks: ['*'],
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
    masks: ['*'],
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
    masks: ['*'],
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
    masks: ['*'],
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
    masks: ['*'],
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
    settings: {
      defaultRealm: 'example.com',
      usernameTranslation: '~@/.',
      usernameChars: 'abcdefghijklmnopqrstuvwxyz@~/.',
      usernameFormat: '%n',
    },
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
    masks: ['*', 'd*'],
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

function ourSettings(one: Configuration, home: string): AuthSettings {
  const at = (text: string | undefined): string => (text ?? '').replaceAll('$HOME', home);
  return {
    ...defaultAuthSettings,
    mechanisms: ['PLAIN', 'LOGIN'],
    failureDelaySeconds: 0,
    hasPenalty: false,
    isVerbose: true,
    firstValidUid: 1,
    ...one.settings,
    passdbs: one.passdbs.map(passdb => ({...defaultPassdb, ...passdb, args: at(passdb.args)})),
    userdbs: one.userdbs.map(userdb => ({...defaultUserdb, ...userdb, args: at(userdb.args)})),
  };
}

/** What the real one answered and logged, by command line. */
type Answers = ReadonlyMap<string, string>;

const RESULTS = new Map<Configuration, {readonly answers: Answers; readonly log: string; readonly home: string}>();

function commandsOf({logins = [], users = [], masks = []}: Configuration): string[][] {
  return [
    ...logins.map(([user, password, master]) => ['auth', 'test', ...(master === undefined ? [] : ['-M', master]), user, password]), // prettier-ignore
    ...users.map(user => ['auth', 'lookup', user]),
    ...users.map(user => ['user', user]),
    ...masks.map(mask => ['user', mask]),
  ];
}

async function askReal(one: Configuration): Promise<RealDovecot> {
  const real = new RealDovecot(settingsText(one), {
    ...FILES,
    'users.one': 'joe:plain:1000:1000::/one\n',
    check: CHECK,
  });
  real.makeExecutable('check');
  await real.start();
  const answers = new Map<string, string>();
  for (const command of commandsOf(one)) {
    const {stdout, stderr} = await real.doveadm(...command);
    const shown = stdout.replace(/^ +\n/gm, '') + stderr.replace(/^(doveadm\(.*?\))<\d+><>/gm, '$1');
    answers.set(command.join(' '), shown);
  }
  await real.stop();
  RESULTS.set(one, {answers, log: loggedLines(real.log()), home: real.home});
  return real;
}

/** Broken lines of the file are told of whenever it is read. */
const OF_THE_FILE = /^Error: (?:Invalid [UG]ID value|passwd-file \S*:User)/;

function loggedLines(log: string): string {
  return log
    .split('\n')
    .filter(line => /^auth(?:-worker\(\d+\))?: (?:Info|Error|Warning): /.test(line))
    .map(line => line.replace(/^auth\S*: /, '').replace(/^Info: /, ''))
    .map(line =>
      line
        .replace(/^Error: auth-master client: (.*) \(created .*/, 'Error: $1')
        .replace(/: Child \d+ /, ': Child N ')
        .replace(/ failed: Address family not supported by protocol/, ' failed: No such file or directory')
        .replace(/conn unix:auth-worker \(.*?\): auth-worker<\d+>: /, ''),
    )
    .filter(
      line => !/anvil-auth-penalty|Move templates args|passwd-file \S*:open\(/.test(line) && !OF_THE_FILE.test(line),
    )
    .join('\n');
}

suite('accounts beside the real Dovecot', function () {
  this.timeout(60_000);
  const reals: RealDovecot[] = [];
  suiteSetup(async function () {
    requireRealDovecot(this);
    const waiting = [...CONFIGURATIONS];
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) reals.push(await askReal(one));
    };
    await Promise.all(Array.from({length: 8}, work));
  });
  suiteTeardown(async () => {
    for (const real of reals) await real.dispose();
  });

  for (const one of CONFIGURATIONS)
    suite(one.name, () => {
      let service: AccountService;
      const lines: string[] = [];
      const keep = (text: string): void => void lines.push(text);
      suiteSetup(() => {
        const log = {info: keep, warning: keep, error: (text: string) => keep(`Error: ${text}`)};
        const home = RESULTS.get(one)?.home ?? '';
        service = new AccountService({settings: ourSettings(one, home), log, hostName: 'h'});
      });
      suiteTeardown(() => service?.close());

      for (const command of commandsOf(one))
        test(`doveadm ${command.join(' ')}`, async () => {
          assert.equal(await shownByUs(service, command), RESULTS.get(one)?.answers.get(command.join(' ')));
        });

      test('the log', async () => {
        lines.length = 0;
        for (const command of commandsOf(one)) await shownByUs(service, command);
        const told = lines
          .filter(line => !OF_THE_FILE.test(line))
          .map(line => line.replace(/: Child \d+ /, ': Child N '));
        assert.equal(told.join('\n'), RESULTS.get(one)?.log);
      });
    });
});

/** What doveadm would print. */
async function shownByUs(service: AccountService, command: readonly string[]): Promise<string> {
  const [kind, verb, ...rest] = command;
  if (kind === 'user') return shownUser(service, verb ?? '');
  if (verb === 'lookup') return shownLookup(service, rest[0] ?? '');
  const master = rest[0] === '-M' ? rest[1] : undefined;
  const [user = '', password = ''] = rest.slice(master === undefined ? 0 : 2);
  return shownLogin(user, await service.verify(user, password, {service: 'doveadm'}, master));
}

/** As `doveadm auth test` prints it. */
function shownLogin(user: string, step: SaslStep): string {
  let text = `passdb: ${user} auth ${step.kind === 'done' ? 'succeeded' : 'failed'}\nextra fields:\n`;
  if (step.kind === 'continue') return text;
  if (step.username !== undefined) text += `  user=${step.username}\n`;
  if (step.kind === 'failed' && step.code !== undefined) text += `  code=${step.code}\n`;
  for (const [name, value] of (step.kind === 'done' ? step.login?.fields : step.fields) ?? [])
    text +=
      ['nologin', 'proxy'].includes(name) || (value === '' && name !== 'original_user')
        ? `  ${name}\n`
        : `  ${name}=${value}\n`;
  return text;
}

async function shownLookup(service: AccountService, user: string): Promise<string> {
  const found = await service.lookupPassdb(user, {service: 'doveadm'});
  if (found.kind === 'unknown') return `passdb lookup: user ${user} doesn't exist\n`;
  if (found.kind === 'broken')
    return found.reason === undefined
      ? `Error: auth-master: passdb lookup(${user}): Auth PASS lookup failed\nError: passdb lookup failed for ${user}\n`
      : `Error: passdb lookup failed for ${user}: ${found.reason}\n`;
  const rows = [['user', found.username] as const, ...found.fields];
  return `passdb: ${user}\n${rows.map(([name, value]) => `  ${name.padEnd(10)}${value === '' ? '' : `: ${value}`}\n`).join('')}`;
}

async function shownUser(service: AccountService, user: string): Promise<string> {
  if (/[*?]/.test(user)) return shownUsers(service, user);
  const found = await service.lookupUser(user, {service: 'doveadm'});
  if (found.kind === 'unknown') return `field\tvalue\n\nuserdb lookup: user ${user} doesn't exist\n`;
  if (found.kind === 'broken')
    return `field\tvalue\ndoveadm(${user}): Error: auth-master: userdb lookup(${user}): Auth USER lookup failed\n`;
  const {username, fields} = found.user;
  const rows = [
    ['field', 'value'],
    ...(username === user ? [] : [['user', username]]),
    ...['uid', 'gid', 'home'].map(name => [name, fields.get(name) ?? '']),
    ['mail', fields.get('mail') ?? 'maildir:~/Maildir'],
    ...[...fields].filter(([name]) => !['uid', 'gid', 'home', 'mail'].includes(name)),
    ...(fields.size === 0 ? [['', '']] : []),
  ];
  return rows.map(row => `${row.join('\t')}\n`).join('');
}

function shownUsers(service: AccountService, mask: string): string {
  const {names, isComplete} = service.users(mask);
  const failure = 'Error: auth-master: userdb list: User listing returned failure\nFatal: user listing failed\n';
  return names.map(name => `${name}\n`).join('') + (isComplete ? '' : failure);
}
