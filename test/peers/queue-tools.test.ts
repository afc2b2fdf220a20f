/** The queue tools beside the originals, on a queue the original filled: what they print, and what they leave. */
import assert from 'node:assert/strict';
import {appendFileSync, chmodSync, chownSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {until} from '../support/home.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {idsBySender, shownRun, Spool} from '../support/two-spools.ts';

const MAIN = `transport_maps = inline:{ {def.example=retry:4.3.0 come back later}
  {long.example=retry:4.3.0 a reason that is longer than a line of the list has room for, so that it begins at its left end}
  {other.example=retry:4.4.1 nobody answers} {keep.example=retry:4.9.9 kept} {disc.example=discard:gone}
  {quote.example=retry:4.2.0 said "no" \\\\ and \xe4\xc3\xa4 went} {waiting.example=retry:4.0.0 x} }
virtual_alias_domains = val.example
virtual_alias_maps = inline:{ {list@val.example=a@def.example, b@def.example, c@other.example} }
myorigin = example.com
hash_queue_depth = 1
`;
const INPUT = 'From: Alice <alice@keep.example>\nTo: x\nSubject: hello\n\nline one\n.dot\nline three\n';

/** Arguments of sendmail(1), and its input. */
const MAILS: readonly (readonly [args: readonly string[], input: string])[] = [
  [['-f', 'plain@keep.example', 'u@def.example'], INPUT],
  [
    [
      '-f',
      'many@keep.example',
      ...Array.from({length: 70}, (_, i) => `user${i}@${i % 3 === 0 ? 'other' : 'def'}.example`),
    ],
    INPUT,
  ],
  [['-f', 'eight@keep.example', 'u@quote.example'], 'Subject: gr\xc3\xbc\xc3\x9fe\n\ngr\xc3\xbc\xc3\x9fe \xff\xfe\n'],
  [['-f', 'nul@keep.example', 'u@long.example'], 'Subject: nul\n\na\0b\n\0\n'],
  [['-f', 'lines@keep.example', 'u@def.example'], `Subject: ${'word '.repeat(900)}\n\n${'x'.repeat(10_000)}\nend`],
  [
    ['-f', 'big@keep.example', 'u@def.example', 'v@long.example'],
    `Subject: big\n\n${`${'z'.repeat(74)}\n`.repeat(4000)}`,
  ],
  [['-f', 'list@keep.example', 'list@val.example', 'd@disc.example'], INPUT],
  [['-f', '', 'u@def.example'], INPUT],
  [['-f', '"odd sender"@keep.example', '"odd rcpt"@def.example', '"a\\"b"@def.example'], INPUT],
  [['-f', 'dsn@keep.example', '-N', 'success,delay', '-V', 'env+1', '-R', 'hdrs', 'u@def.example'], INPUT],
  [['-f', 'held@keep.example', 'u@waiting.example', 'v@waiting.example'], `X-Hold: yes\n${INPUT}`],
  [['-f', 'half@keep.example', 'd@disc.example', 'u@def.example', 'e@disc.example'], INPUT],
  [['-f', 'headerless@keep.example', 'u@def.example'], '\nno header\n'],
  [['-f', 'expired@keep.example', 'u@other.example'], INPUT],
  [['-f', 'heldlater@keep.example', 'u@other.example'], INPUT],
];

suite('queue tools beside the originals', () => {
  let real: RealPostfix;
  let ids: Map<string, string>;
  /** For the commands that only read. */
  let copy: Spool;

  suiteSetup(async function () {
    requireRealPostfix(this);
    real = new RealPostfix(MAIN);
    appendFileSync(join(real.config, 'main.cf'), `header_checks = regexp:${real.config}/checks\n`);
    writeFileSync(join(real.config, 'checks'), '/^X-Hold:/ HOLD\n');
    real.start();
    for (const [args, input] of MAILS) {
      const run = real.run('sendmail', args, Buffer.from(input, 'latin1'));
      assert.equal(run.status, 0, run.stderr);
    }
    await until(
      () => real.run('postqueue', ['-j']).stdout.match(/"(deferred|hold)"/g)?.length === MAILS.length,
      20_000,
      'all to be deferred',
    );
    real.run('postfix', ['stop']);
    ids = idsBySender(real);
    chmodSync(real.maillog, 0o666); // postsuper(1) writes it as mail_owner
    real.run('postsuper', ['-e', idOf('expired'), '-h', idOf('heldlater')]);
    real.run('sendmail', ['-f', 'dropped@keep.example', 'u@def.example', 'w@def.example'], INPUT);
    copy = new Spool(real);
  });

  suiteTeardown(() => {
    copy?.dispose();
    real?.dispose();
  });

  function idOf(sender: string): string {
    const id = ids.get(`${sender}@keep.example`);
    assert(id !== undefined, sender);
    return id;
  }

  /** `{plain}` in an argument or the input is the id of the message of plain@keep.example. */
  function withIds(text: string): string {
    return text.replace(/\{(\w+)\}/g, (_, sender: string) => idOf(sender));
  }

  /** Runs the same steps on a copy each; output and files must be equal after each. */
  async function compare(steps: readonly (readonly [command: string, input?: string])[], main = ''): Promise<void> {
    const theirs = new Spool(real, main);
    const ours = new Spool(real, main);
    try {
      for (const [command, input = ''] of steps) {
        const [name = '', ...argv] = words(withIds(command));
        const [a, b] = await Promise.all([
          theirs.theirs(name, argv, withIds(input)),
          ours.ours(name, argv, withIds(input)),
        ]);
        assert.equal(shownRun(b, ours), normalize(shownRun(a, theirs), command), command);
        assert.deepEqual(ours.files(), theirs.files(), command);
      }
    } finally {
      theirs.dispose();
      ours.dispose();
    }
  }

  const READ: readonly string[] = [
    'postqueue -p',
    'postqueue -j',
    'mailq',
    'sendmail -bp',
    'postqueue',
    'postqueue -p x',
    'postqueue -p -j',
    'postqueue -p -p',
    'postqueue -x',
    'postqueue -i',
    'postqueue -s',
    'postqueue -f',
    'postqueue -f x',
    'postqueue -i {plain}',
    'postqueue -i nosuch!',
    "postqueue -i ''",
    'postqueue -i ALL',
    'postqueue -s def.example',
    'postqueue -s mail.example.com',
    "postqueue -s ''",
    'postqueue -s [127.0.0.1]',
    'postqueue -s [mail.example.com]',
    "postqueue -s 'a b'",
    'postqueue -e {plain}',
    'postqueue -v -v',
    'postqueue -c /nosuch -p',
    'mailq -q',
    'mailq -v',
    'mailq -Ac',
    'sendmail -bp x',
    'qshape',
    'qshape deferred',
    'qshape -s deferred hold',
    'qshape -b 3 -t 1 deferred',
    'qshape -p -m 2 deferred hold incoming active',
    'qshape -l -b 4 deferred',
    'qshape -w 20 deferred',
    'qshape nosuch',
    'qshape -b 0 deferred',
    'qshape -b x deferred',
    'postcat -q {plain}',
    'postcat -q {held}',
    'postcat -vdoq {many}',
    'postcat -vdoq {dsn} {half} {list}',
    'postcat -bq {big}',
    'postcat -hq {lines}',
    'postcat -eq {lines}',
    'postcat -behq {nul}',
    'postcat -rvdq {eight}',
    'postcat -q nosuch!',
    'postcat -q 0000000',
    'postcat nosuch',
    'postcat -x',
    'postcat -s',
    'postcat -s x hold/{held}',
    'postcat hold',
    'postcat ../etc/main.cf',
    'postcat hold/{held} ../etc/main.cf hold/{heldlater}',
    'postcat /dev/null',
  ];

  for (const command of READ)
    test(command, async () => {
      const [name = '', ...argv] = words(withIds(command));
      const [theirs, ours] = await Promise.all([copy.theirs(name, argv), copy.ours(name, argv)]);
      assert.equal(shownRun(ours, copy), normalize(shownRun(theirs, copy), command));
    });

  test('postqueue -p with long queue ids', async () => {
    const wide = new Spool(real, 'enable_long_queue_ids = yes\n');
    try {
      const [theirs, ours] = await Promise.all([wide.theirs('postqueue', ['-p']), wide.ours('postqueue', ['-p'])]);
      assert.equal(shownRun(ours, wide), normalize(shownRun(theirs, wide), ''));
    } finally {
      wide.dispose();
    }
  });

  test('postcat of a file cut off, or with bytes that changed', async () => {
    const path = join(copy.spool, 'hold', idOf('held'));
    const whole = readFileSync(path);
    const damaged = new Map<string, Buffer>();
    for (let length = 0; length < whole.length; length += 29) damaged.set(`cut${length}`, whole.subarray(0, length));
    for (let at = 1; at < whole.length; at += 31) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x51;
      damaged.set(`changed${at}`, bytes);
    }
    for (const [name, bytes] of damaged) writeFileSync(join(copy.spool, name), bytes);
    const theirs = await Promise.all([...damaged.keys()].map(name => copy.theirs('postcat', ['-do', name])));
    for (const [at, name] of [...damaged.keys()].entries())
      assert.deepEqual(await copy.ours('postcat', ['-do', name]), theirs[at], name);
  });

  test('postqueue -p of damaged files', async () => {
    const broken = new Spool(real);
    try {
      const path = join(broken.spool, 'hold', idOf('held'));
      const whole = readFileSync(path);
      let serial = 0;
      const {uid, gid} = statSync(path);
      const put = (bytes: Buffer): void => {
        const damaged = join(broken.spool, 'hold', `ABCDE${++serial}F`);
        writeFileSync(damaged, bytes, {mode: 0o700});
        chownSync(damaged, uid, gid);
      };
      for (let length = 0; length < whole.length; length += 37) put(whole.subarray(0, length));
      put(Buffer.from('no queue file\n'));
      const [theirs, ours] = await Promise.all([broken.theirs('postqueue', ['-p']), broken.ours('postqueue', ['-p'])]);
      assert.equal(ours.stdout, theirs.stdout);
    } finally {
      broken.dispose();
    }
  });

  const SURGERY: readonly (readonly (readonly [string, string?])[])[] = [
    [['postsuper -d {plain}'], ['postsuper -d {plain}']],
    [['postsuper -d ALL']],
    [['postsuper -d ALL hold'], ['postsuper -d ALL deferred'], ['postsuper -d ALL maildrop']],
    [['postsuper -d -', '{plain}\n{many}\n\n{held}']],
    [['postsuper -d -', '{plain} {many}\nbad!id\n']],
    [['postsuper -d -', '']],
    [['postsuper -d - -h -', '{plain}\n']],
    [['postsuper -d {plain} hold'], ['postsuper -d {held} deferred'], ['postsuper -d {held} hold']],
    [['postsuper -h {plain}'], ['postsuper -h {plain}'], ['postsuper -H {plain}'], ['postsuper -H {plain}']],
    [['postsuper -h ALL'], ['postsuper -H ALL']],
    [['postsuper -h ALL deferred'], ['postsuper -h ALL maildrop']],
    [['postsuper -r {plain}'], ['postsuper -r {held}']],
    [['postsuper -r ALL']],
    [['postsuper -r ALL hold']],
    [['postsuper -r {plain} -d {many} -h {dsn}']],
    [['postsuper -d {plain} -d {many}']],
    [['postsuper -r {plain} -r {plain}']],
    [['postsuper -e {plain}'], ['postsuper -e {plain}'], ['postsuper -e {held}'], ['postsuper -e ALL']],
    [['postsuper -f {plain}'], ['postsuper -f {held}'], ['postsuper -f ALL']],
    [['postsuper -f {held} -H {heldlater}'], ['postsuper -e ALL hold']],
    [['postsuper -d nosuch!'], ['postsuper -d 0000000'], ["postsuper -d ''"], ['postsuper -d ../hold']],
    [['postsuper -d {plain} nosuch'], ['postsuper -h ALL saved']],
    [['postsuper -x'], ['postsuper -d'], ['postsuper -c etc -s'], ['postsuper -p'], ['postsuper -p maildrop']],
    [['postsuper -d {heldlater} hold'], ['postsuper -d ALL']],
    [['postsuper -d all'], ['postsuper -d ALL ALL']],
  ];
  for (const steps of SURGERY) test(steps.map(([command]) => command).join('; '), () => compare(steps));
});

/** Without what -v has the originals say of themselves, of sockets an ended mail system left, and of perl's lines. */
function normalize(text: string, command: string): string {
  const own = / -\w*v/.test(command) ? text.replace(/^post\w+: (?!warning|error|fatal|panic).*\n/gm, '') : text;
  return own
    .replace(/^postqueue: warning: (connect to public\/flush: Connection refused|Mail system is down -- .*)\n/gm, '')
    .replace(/^( at|Argument .*) .*qshape line \d+\.\n/gm, '');
}

function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
