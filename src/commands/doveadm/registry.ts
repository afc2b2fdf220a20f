/** All commands of doveadm(1): name, arguments as the help prints them, options, and where each is. */
import type {DoveadmCommand, MailRun, PlainRun} from './command.ts';
import {ABSENT} from './absent.ts';
import type {Formatter} from './printer.ts';

interface Extras {
  readonly options?: string;
  readonly longOptions?: readonly string[];
  readonly formatter?: Formatter;
  readonly mostOperands?: number;
  readonly leastOperands?: number;
  readonly hasPlainUsage?: boolean;
  readonly optionsAre?: 'first' | 'passed';
}

function plain(name: string, usage: string, load: () => Promise<PlainRun>, extras: Extras = {}): DoveadmCommand {
  return {kind: 'plain', name, usage, load, ...extras};
}

function mail(name: string, usage: string, load: () => Promise<MailRun>, extras: Extras = {}): DoveadmCommand {
  return {kind: 'mail', name, usage, load, ...extras};
}

const AUTH_LOGIN_USAGE =
  '[-a <auth-login socket path>] [-m <auth-master socket path>] [-x <auth info>] [-M <master user>] <user> [<password>]';

const METADATA_USAGE = {
  get: '[-s] <mailbox> <key>',
  list: '[-s] [-p] <mailbox> [<key prefix>]',
  set: '[-s] <mailbox> <key> <value>',
  unset: '[-s] <mailbox> <key>',
} as const;

const present: readonly DoveadmCommand[] = [
  plain('auth cache flush', '[<user>]', async () => (await import('./auth-cache.ts')).authCacheFlush, {options: 'a:'}),
  plain('auth login', AUTH_LOGIN_USAGE, async () => (await import('./auth-test.ts')).authLogin, {
    options: 'a:m:M:x:',
    mostOperands: 2,
  }),
  plain(
    'auth lookup',
    '[-a <userdb socket path>] [-x <auth info>] [-f field] <user> [<user> [...]]',
    async () => (await import('./auth-lookup.ts')).authLookup,
    {options: 'a:f:x:'},
  ),
  plain(
    'auth test',
    '[-a <auth socket path>] [-x <auth info>] [-M <master user>] <user> [<password>]',
    async () => (await import('./auth-test.ts')).authTest,
    {options: 'a:M:x:', mostOperands: 2},
  ),
  mail('batch', '<sep> <cmd1> [<sep> <cmd2> [..]]', async () => (await import('./batch.ts')).batch, {
    optionsAre: 'first',
    leastOperands: 2,
    hasPlainUsage: true,
  }),
  plain('config', '[doveconf parameters]', async () => (await import('./config.ts')).config, {optionsAre: 'passed'}),
  mail('copy', '<destination> [user <source user>] <search query>', async () => (await import('./copy.ts')).copy),
  mail('deduplicate', '[-m] <search query>', async () => (await import('./deduplicate.ts')).deduplicate, {
    options: 'm',
  }),
  plain('exec', '<binary> [binary parameters]', async () => (await import('./exec.ts')).exec, {optionsAre: 'passed'}),
  mail('expunge', '[-m] <search query>', async () => (await import('./expunge.ts')).expunge, {options: 'd'}),
  mail('fetch', '<fields> <search query>', async () => (await import('./fetch.ts')).fetch, {formatter: 'pager'}),
  mail('flags add', '<flags> <search query>', async () => (await import('./flags.ts')).flagsAdd),
  mail('flags remove', '<flags> <search query>', async () => (await import('./flags.ts')).flagsRemove),
  mail('flags replace', '<flags> <search query>', async () => (await import('./flags.ts')).flagsReplace),
  mail('force-resync', '[-f] <mailbox mask>', async () => (await import('./index-mail.ts')).forceResync, {
    options: 'f',
    mostOperands: 1,
  }),
  plain('help', '[<cmd>]', async () => (await import('./help.ts')).help, {mostOperands: 1}),
  mail(
    'import',
    '[-U source-user] [-s] <source mail location> <dest parent mailbox> <search query>',
    async () => (await import('./import.ts')).importMail,
    {options: 'sU:'},
  ),
  mail('index', '[-q] [-n <max recent>] <mailbox mask>', async () => (await import('./index-mail.ts')).index, {
    options: 'qn:',
    mostOperands: 1,
  }),
  plain('instance list', '[-c] [<name>]', async () => (await import('./instance.ts')).instanceList, {
    options: 'c',
    formatter: 'table',
    mostOperands: 1,
  }),
  plain('instance remove', '<name> | <base dir>', async () => (await import('./instance.ts')).instanceRemove, {
    mostOperands: 1,
  }),
  plain('kick', '[-a <anvil socket path>] <user mask>[|]<ip/bits>', async () => (await import('./who.ts')).kick, {
    options: 'a:',
    formatter: 'table',
  }),
  plain('log errors', '[-s <min_timestamp>]', async () => (await import('./log.ts')).logErrors, {
    options: 's:',
    mostOperands: 0,
  }),
  plain('log find', '[<dir>]', async () => (await import('./log.ts')).logFind, {mostOperands: 1}),
  plain('log reopen', '', async () => (await import('./log.ts')).logReopen, {mostOperands: 0}),
  plain('log test', '', async () => (await import('./log.ts')).logTest, {mostOperands: 0}),
  mail(
    'mailbox create',
    '[-s] [-g <guid>] <mailbox> [...]',
    async () => (await import('./mailbox-change.ts')).mailboxCreate,
    {options: 'g:s'},
  ),
  mail(
    'mailbox delete',
    '[-e] [-r] [-s] [-Z] <mailbox> [...]',
    async () => (await import('./mailbox-change.ts')).mailboxDelete,
    {options: 'ersZ'},
  ),
  mail(
    'mailbox list',
    '[-7|-8] [-s] [<mailbox mask> [...]]',
    async () => (await import('./mailbox-list.ts')).mailboxList,
    {
      options: '78s',
    },
  ),
  ...(['get', 'list', 'set', 'unset'] as const).map(verb =>
    mail(
      `mailbox metadata ${verb}`,
      METADATA_USAGE[verb],
      async () => (await import('./mailbox-metadata.ts')).mailboxMetadata(verb),
      {options: verb === 'list' ? 'ps' : 's'},
    ),
  ),
  plain('mailbox mutf7', '[-7|-8] <name> [...]', async () => (await import('./mailbox-mutf7.ts')).mailboxMutf7, {
    options: '78',
  }),
  mail('mailbox path', '[-t <type>] <mailbox>', async () => (await import('./mailbox-path.ts')).mailboxPath, {
    options: 't:',
    mostOperands: 1,
  }),
  mail(
    'mailbox rename',
    '[-s] <old name> <new name>',
    async () => (await import('./mailbox-change.ts')).mailboxRename,
    {
      options: 's',
      mostOperands: 2,
    },
  ),
  mail('mailbox status', '<fields> <mailbox> [...]', async () => (await import('./mailbox-status.ts')).mailboxStatus, {
    options: 'ft',
  }),
  mail('mailbox subscribe', '<mailbox> [...]', async () => (await import('./mailbox-change.ts')).mailboxSubscribe),
  mail('mailbox unsubscribe', '<mailbox> [...]', async () => (await import('./mailbox-change.ts')).mailboxUnsubscribe),
  mail('move', '<destination> [user <source user>] <search query>', async () => (await import('./copy.ts')).move),
  plain('penalty', '[-a <anvil socket path>] [<ip/bits>]', async () => (await import('./who.ts')).penalty, {
    options: 'a:',
    formatter: 'table',
    mostOperands: 1,
  }),
  plain('process status', '[<service> [...]]', async () => (await import('./service.ts')).processStatus, {
    formatter: 'table',
  }),
  mail('purge', '', async () => (await import('./index-mail.ts')).purge, {mostOperands: 0}),
  plain(
    'pw',
    '[-l] [-p plaintext] [-r rounds] [-s scheme] [-t hash] [-u user] [-V]',
    async () => (await import('./pw.ts')).pw,
    {options: 'lp:r:s:t:u:V'},
  ),
  mail('quota get', '', async () => (await import('./quota.ts')).quotaGet, {
    formatter: 'table',
    mostOperands: 0,
    hasPlainUsage: true,
  }),
  mail('quota recalc', '', async () => (await import('./quota.ts')).quotaRecalc, {
    mostOperands: 0,
    hasPlainUsage: true,
  }),
  plain('reload', '', async () => (await import('./signals.ts')).reload, {mostOperands: 0}),
  mail('save', '[-m mailbox]', async () => (await import('./save.ts')).save, {options: 'm:'}),
  mail('search', '<search query>', async () => (await import('./search.ts')).search),
  plain('service status', '[<service> [...]]', async () => (await import('./service.ts')).serviceStatus, {
    formatter: 'pager',
  }),
  plain('service stop', '<service> [<service> [...]]', async () => (await import('./service.ts')).serviceStop),
  mail('sieve activate', '<scriptname>', async () => (await import('./sieve.ts')).sieveActivate),
  mail('sieve deactivate', '', async () => (await import('./sieve.ts')).sieveDeactivate, {mostOperands: 0}),
  mail('sieve delete', '[-a] <scriptname> [...]', async () => (await import('./sieve.ts')).sieveDelete, {options: 'a'}),
  mail('sieve get', '<scriptname>', async () => (await import('./sieve.ts')).sieveGet),
  mail('sieve list', '', async () => (await import('./sieve.ts')).sieveList, {mostOperands: 0}),
  mail('sieve put', '[-a] <scriptname>', async () => (await import('./sieve.ts')).sievePut, {options: 'a'}),
  mail('sieve rename', '<oldname> <newname>', async () => (await import('./sieve.ts')).sieveRename),
  plain('stop', '', async () => (await import('./signals.ts')).stop, {mostOperands: 0}),
  plain(
    'user',
    '[-a <userdb socket path>] [-x <auth info>] [-f field] [-e <value>] [-u] <user mask> [<user mask> [...]]',
    async () => (await import('./user.ts')).user,
    {options: 'a:e:f:ux:', formatter: 'tab'},
  ),
  plain('who', '[-a <anvil socket path>] [-1] [<user mask>] [<ip/bits>]', async () => (await import('./who.ts')).who, {
    options: '1a:',
    formatter: 'table',
  }),
];

const missing = ABSENT.map(([name, usage]): DoveadmCommand => ({
  ...plain(name, usage, async () => (await import('./absent.ts')).absent(name)),
  optionsAre: 'passed',
}));

/** By their names, as the help lists them. */
export const commands: readonly DoveadmCommand[] = [...present, ...missing].sort((a, b) => (a.name < b.name ? -1 : 1));
