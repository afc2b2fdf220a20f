/**
 * The same mail delivered by the original's local(8), virtual(8), pipe(8) and error(8) and by ours: log lines and mailboxes
 * must be the same. Users are the system's own (bin, sys, games...), with mailboxes and .forward files in a scratch folder.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  linkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {DeliveryBench} from '../support/delivery-bench.ts';
import {until} from '../support/home.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

const ALIASES: Readonly<Record<string, string>> = {
  one: 'bin',
  two: 'bin, sys',
  nested: 'one, two',
  loop1: 'loop2',
  loop2: 'loop1',
  full: '/dev/full',
  devnull: '/dev/null',
  dir: 'D/open/dir/',
  dirx: 'D/open',
  file: 'D/open/file',
  nofile: 'D/open/no/file',
  cmdok: '"|cat >D/open/cmdok"',
  cmdnx: '|/nonexistent/prog',
  cmdsh: '"|exit 0"',
  cmd99: `"|echo out; echo err >&2; printf 'a%cb' x; exit 99"`,
  cmdstat: '"|echo 4.2.9 come again; exit 1"',
  cmdlie: '"|echo 2.1.5 fine; exit 1"',
  cmdkill: '"|kill -9 $$"',
  cmdwho: '"|id; umask; exit 1"',
  self: 'self, bin',
  inc: ':include:D/inc',
  noinc: ':include:D/nosuch',
  relinc: ':include:rel',
  badinc: ':include:D/badinc',
  mixinc: ':include:D/mixinc',
  userinc: ':include:D/userinc',
  list: 'bin, remote@else.example',
  'owner-list': 'sys',
  list2: '"|exit 67"',
  'owner-list2': 'sys',
  tilde: '~/foo',
  hard: 'D/open/hard',
  sym: 'D/open/sym',
  exec: 'D/open/exec',
  dup: 'bin, bin, BIN',
  case: 'Bin',
  remote: 'x@else.example, y@else.example',
  mixed: 'bin, x@else.example, nosuchuser, sys',
  defer: '"|exit 75", bin',
  quoted: '"odd user", bin',
};
for (let code = 64; code <= 78; code++) (ALIASES as Record<string, string>)[`exit${code}`] = `"|exit ${code}"`;

const FORWARDS: Readonly<Record<string, {text: string; mode?: number; owner?: string}>> = {
  games: {text: '"|cat >/dev/null; exit 1"\n'},
  mail: {text: 'mail, remote@else.example\n'},
  irc: {text: '/D/open/ircfile\n# c\n"|cat >/dev/null"\n'.replace('/D', 'D')},
  news: {text: '\n# nothing\n'},
  uucp: {text: 'uucp\n', mode: 0o666},
  list: {text: 'sys\n'},
  backup: {text: ':include:D/open/binc\n'},
  man: {text: 'bin\n', owner: 'games'},
};

const RECIPIENTS: readonly string[] = [
  ...Object.keys(ALIASES).filter(name => !name.startsWith('owner-')),
  ...Object.keys(FORWARDS),
  'bin',
  'BIN',
  'lp',
  'nosuch',
  'NoSuch+ext',
  'postmaster',
  'mailer-daemon',
  'bin+ext',
  'two+ext',
  'bin+a/b',
  'a@v.example',
  'b@v.example',
  'C+x@V.example',
  'd@v.example',
  'e@v.example',
  'f@v.example',
  'z@v.example',
  'x@pa.example',
  'X+y@PB.example',
  'x@pc.example',
  'x@pd.example',
  'x@pe.example',
  'x@pf.example',
  'x@er.example',
  'x@re.example',
  'x@di.example',
  'nosuch@lr.example',
  'bin@mc.example',
  'bin@cs.example',
  'bin@fa.example',
].map(name => (name.includes('@') ? name : `${name}@example.com`));

const SENDER = 'sender@else.example';
const CONTENT =
  'Subject: x\nTo: y@example.com\nMessage-Id: <1@x>\nDate: Tue, 24 Nov 2026 05:17:06 +0000 (UTC)\nFrom: sender@else.example\n\nhello\nFrom me\n.\n';

const PIPES: Readonly<Record<string, readonly string[]>> = {
  pa: ['flags=FRODB.>', 'user=games', 'argv=/bin/sh', '-c', '{cat >D/open/pa}'],
  pb: [
    'flags=hqu',
    'user=games',
    'argv=/bin/echo',
    '${sender}',
    '${recipient}',
    '${user}',
    '${extension}',
    '${mailbox}',
    '${domain}',
    '${nexthop}',
    'x${client_address}y',
    '$$',
  ],
  pc: ['user=games', 'argv=/nonexistent/x'],
  pd: ['user=games', 'argv=/bin/sh', '-c', '{echo 5.4.3 mine; exit 75}'],
  pe: ['user=games:mail', 'argv=/usr/bin/id'],
  pf: ['user=games', 'argv=/bin/cat', '${nosuch}'],
};
const LOCALS: Readonly<Record<string, readonly string[]>> = {
  lr: ['-o', 'luser_relay=luser+$local@else.example'],
  mc: ['-o', 'mailbox_command=cat>D/open/mc-$USER'],
  cs: ['-o', 'mailbox_command=/usr/bin/tee${IFS}x', '-o', 'local_command_shell=/bin/echo'],
  fa: ['-o', 'alias_maps=fail:x'],
};

suite('local, virtual, pipe, error against the original', () => {
  const D = {real: '', ours: ''};
  let real: RealPostfix;
  let ours: DeliveryBench;
  const realLines = new Map<string, string[]>();

  suiteSetup(async function () {
    this.timeout(60_000);
    requireRealPostfix(this);
    for (const which of ['real', 'ours'] as const) D[which] = makeScratch();
    real = new RealPostfix(mainCf(D.real), masterCf(D.real));
    real.start();
    const ids = new Map<string, string>();
    for (const to of RECIPIENTS) real.run('sendmail', ['-i', '-f', SENDER, to], CONTENT);
    const settled = (): boolean => unsettled(real.log()).length === 0;
    await until(settled, 30_000, 'the original');
    const submitted = new Set([...real.log().matchAll(/pickup\[\d+\]: (\w+): uid=/g)].map(([, id = '']) => id));
    for (const line of real.log().split('\n')) {
      const [, id = '', address = ''] = /: (\w+): to=<(.*?)>/.exec(line) ?? [];
      const original = /orig_to=<(.*?)>/.exec(line)?.[1] ?? address;
      if (!submitted.has(id) || !/postfix\/(local|virtual|pipe|error|discard)\[/.test(line)) continue;
      if (!ids.has(original)) ids.set(original, id); // what it was forwarded as has an id of its own
      if (ids.get(original) === id) realLines.set(original, [...(realLines.get(original) ?? []), deliveryOf(line)]);
    }
    const pipes = Object.entries(PIPES).map(([name, args]) => [name, ['pipe', ...args.map(unbraced)]] as const);
    const locals = Object.entries(LOCALS).map(([name, args]) => [name, ['local', ...args]] as const);
    const services = Object.fromEntries(
      [...pipes, ...locals].map(([name, args]) => [name, args.map(arg => arg.replaceAll('D/', `${D.ours}/`))]),
    );
    ours = new DeliveryBench(settings(D.ours), services, true);
  });

  suiteTeardown(async function () {
    this.timeout(20_000);
    real?.dispose();
    await ours?.dispose();
    for (const folder of [D.real, D.ours]) if (folder !== '') rmSync(folder, {recursive: true, force: true});
  });

  for (const to of RECIPIENTS)
    test(`to ${to}`, async () => {
      const [transport, nexthop] = routeOf(to);
      const lines = await ours.deliver(transport, to, {
        sender: SENDER,
        content: `Received: by us\n\tid X; date\n${CONTENT}`,
        nexthop,
      });
      const expected = (realLines.get(to) ?? []).map(line => plain(line, D.real));
      const logged = lines
        .filter(line => !/^\+?-/.test(line))
        .map(line => plain(line.replace(/^\+?(\(\S+\) )?/, ''), D.ours));
      assert.deepEqual(logged.sort(), expected.sort());
    });

  test('the mailboxes, files and folders are the same', async () => {
    for (const {submission, content} of ours.submitted)
      for (const {address, original = address} of submission.recipients)
        if (address.endsWith('@example.com'))
          await ours.deliver('local', address, {
            sender: submission.sender,
            original,
            content: `${submission.received?.('ID')}\n${content}`,
          });
    assert.deepEqual(tree(D.ours), tree(D.real));
  });

  test('the same warnings', () => {
    const wanted = real
      .log()
      .split('\n')
      .filter(
        line =>
          /postfix\/(local|virtual|pipe|error)\[\d+\]: (warning|fatal): /.test(line) && !line.includes('overriding'),
      )
      .map(line => plain(line.replace(/^.*?\]: /, ''), D.real).replace(/^warning: [0-9A-F]{10,}: /, 'warning: ID: '));
    const got = ours.warnings.map(line => plain(line, D.ours).replace('QUEUEID', 'ID'));
    assert.deepEqual([...new Set(got)].sort(), [...new Set(wanted)].sort());
  });
});

/** Queued messages of the test whose recipient has no delivery line yet. */
function unsettled(log: string): string[] {
  return RECIPIENTS.filter(to => {
    const quoted = to.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return !new RegExp(`(orig_)?to=<${quoted}>, .*status=`).test(log);
  });
}

/** `to dsn kind (reason)`, as the bench prints reports. */
function deliveryOf(line: string): string {
  const [, to = '', dsn = '', kind = '', reason = ''] =
    /: to=<(.*?)>, .*dsn=([\d.]+), status=(\w+) \((.*)\)$/.exec(line) ?? [];
  return `${to} ${dsn} ${kind} (${reason})`;
}

function plain(line: string, folder: string): string {
  return line
    .replaceAll(folder, 'D')
    .replace(/forwarded as \w+/, 'forwarded as ID')
    .replace(/tmp\/\d+\.P\d+\.\S+:/, 'tmp/NAME:')
    .replace(/file \S+\/master\.cf/, 'file master.cf');
}

function makeScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-local-'));
  chmodSync(folder, 0o755);
  const put = (path: string, text: string, uid = 0, mode = 0o644): void => {
    writeFileSync(`${folder}/${path}`, text.replaceAll('D/', `${folder}/`));
    chownSync(`${folder}/${path}`, uid, uid);
    chmodSync(`${folder}/${path}`, mode);
  };
  for (const name of ['spool', 'open', 'open/vdir', 'forward', 'closed']) mkdirSync(`${folder}/${name}`);
  for (const name of ['spool', 'open']) chmodSync(`${folder}/${name}`, 0o1777);
  chmodSync(`${folder}/closed`, 0o700);
  for (const [user, {text, mode = 0o644, owner = user}] of Object.entries(FORWARDS)) {
    mkdirSync(`${folder}/forward/${user}`);
    put(`forward/${user}/.forward`, text, uidOf(owner), mode);
  }
  put('inc', '# nobody\nbin\nsys, x@else.example\n');
  put('badinc', 'bin\n', 0, 0o666);
  put('mixinc', 'bin, "|exit 0", D/open/mixinc\n');
  put('userinc', 'bin\n', uidOf('games'));
  put('open/binc', 'games\nD/open/zz\n', uidOf('backup'));
  put('open/hard', '', 65534);
  linkSync(`${folder}/open/hard`, `${folder}/open/hard2`);
  symlinkSync(`${folder}/open/target`, `${folder}/open/sym`);
  put('open/exec', '', 65534, 0o755);
  put('spool/lp', 'theirs\n', 1, 0o666);
  return folder;
}

function uidOf(user: string): number {
  const line = readFileSync('/etc/passwd', 'latin1')
    .split('\n')
    .find(line => line.startsWith(`${user}:`));
  return Number(line?.split(':')[2] ?? 0);
}

function settings(folder: string): Record<string, string> {
  const aliases = Object.entries(ALIASES).map(([name, value]) => `{${name}=${value.replaceAll('D/', `${folder}/`)}}`);
  return {
    myhostname: 'mail.example.com',
    mydestination: 'mail.example.com, example.com',
    myorigin: 'example.com',
    alias_maps: `inline:{${aliases.join(' ')}}`,
    mail_spool_directory: `${folder}/spool`,
    forward_path: `${folder}/forward/$user/.forward+$extension, ${folder}/forward/$user/.forward`,
    recipient_delimiter: '+',
    default_transport: 'retry:4.4.4 not now',
    virtual_mailbox_domains: 'v.example',
    virtual_mailbox_base: folder,
    virtual_mailbox_maps:
      'inline:{a@v.example=open/v/a/, b@v.example=open/vb, c@v.example=closed/x/, d@v.example=open/vdir, e@v.example=open/e, f@v.example=open/f}',
    virtual_uid_maps:
      'inline:{a@v.example=65534, b@v.example=65534, c@v.example=65534, d@v.example=65534, e@v.example=50}',
    virtual_gid_maps: 'inline:{@v.example=65534}',
    virtual_transport: 'virtual',
    export_environment: 'TZ MAIL_CONFIG LANG',
  };
}

function mainCf(folder: string): string {
  const routes = ['pa:', 'pb:NextHop', 'pc:', 'pd:', 'pe:', 'pf:', 'lr:', 'mc:', 'cs:', 'fa:'].map(
    route => `{${route.slice(0, 2)}.example=${route}}`,
  );
  const more = `transport_maps = inline:{${routes.join(' ')} {er.example=error:4.2.1 text} {re.example=retry:5.1.1 yes} {di.example=discard:gone}}`;
  const set = settings(folder);
  const lines = Object.entries({...set, alias_maps: set['alias_maps']?.replaceAll('$', '$$$$')}).map(
    ([name, value]) => `${name} = ${value}`,
  );
  return `${lines.join('\n')}\n${more}\nnotify_classes =\n`;
}

function masterCf(folder: string): string {
  const entry = (name: string, program: string, args: readonly string[]): string =>
    `${name} unix - n n - - ${program}\n  ${args.map(arg => arg.replaceAll('D/', `${folder}/`)).join(' ')}\n`;
  return [
    ...Object.entries(PIPES).map(([name, args]) => entry(name, 'pipe', args)),
    ...Object.entries(LOCALS).map(([name, args]) => entry(name, 'local', args)),
  ].join('');
}

function unbraced(word: string): string {
  return word.startsWith('{') ? word.slice(1, -1).trim() : word;
}

function routeOf(to: string): [string, string] {
  const domain = to.slice(to.lastIndexOf('@') + 1).toLowerCase();
  const [name = ''] = domain.split('.');
  if (domain === 'v.example') return ['virtual', domain];
  if (name === 'er') return ['error', '4.2.1 text'];
  if (name === 're') return ['retry', '5.1.1 yes'];
  if (name === 'di') return ['discard', 'gone'];
  return domain === 'example.com' ? ['local', 'mail.example.com'] : [name, name === 'pb' ? 'NextHop' : domain];
}

/** Every file below a folder: owner, mode, and its bytes with ids, dates and names of Maildir messages made alike. */
function tree(folder: string): string[] {
  const out: string[] = [];
  const visit = (below: string): void => {
    for (const name of readdirSync(join(folder, below)).sort()) {
      const path = join(below, name);
      const full = join(folder, path);
      if (!existsSync(full)) continue; // a link that leads nowhere
      const {mode, uid, gid} = statSync(full);
      const shown = path.replace(/\d+\.V[0-9a-f]+I[0-9a-f]+M\d+\..*/, 'MESSAGE');
      const isFolder = statSync(full).isDirectory();
      const text = isFolder ? '' : messageText(readFileSync(full, 'latin1'), folder);
      out.push(`${shown} ${(mode & 0o7777).toString(8)} ${uid}:${gid} ${text}`);
      if (isFolder) visit(path);
    }
  };
  visit('.');
  return out;
}

/** Messages come in any order: those of an mbox are sorted. */
function messageText(text: string, folder: string): string {
  return text
    .replaceAll(folder, 'D')
    .replaceAll(/^Received: by .*\n\t.*\n/gm, 'Received\n')
    .replaceAll(/^(From \S+ {2}).*$/gm, '$1DATE')
    .split(/^(?=From \S+ {2}DATE$)/m)
    .filter(message => !message.startsWith('From MAILER-DAEMON')) // reports to the owners of lists
    .sort()
    .join('');
}
