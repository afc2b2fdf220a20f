/**
 * Delivery status notifications beside the original's: the same mail goes through both systems' sendmail, pickup, cleanup,
 * queue manager and bounce; the reports, kept in the queue by a transport that defers, must be equal record by record, and
 * so must the log lines about them.
 */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'mocha';
import {sendmail} from '../../src/commands/sendmail.ts';
import {ensureInstance} from '../../src/core/config/instance.ts';
import {loadConfig} from '../../src/core/config/load-config.ts';
import {Engine} from '../../src/core/daemon/engine.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import {until} from '../support/home.ts';
import {readRecords} from '../support/memory-queue-file.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {runInProcess} from '../support/stdio.ts';

interface Mail {
  readonly args: readonly string[];
  readonly input?: string;
}

interface Case {
  readonly title: string;
  readonly main?: string;
  /** The text of the file that TEMPLATES in `main` stands for. */
  readonly templates?: string;
  readonly mails: readonly Mail[];
}

const LONG =
  'a rather long text that has to be folded because it is longer than what fits in the seventy-nine columns of a line (really)';
const UNBROKEN = `${'w'.repeat(100)} x ${'y'.repeat(76)} z`;
const MAIN = `transport_maps = inline:{ {err.example=error:5.1.2 no such place at all} {long.example=error:5.7.1 ${LONG}}
  {word.example=error:5.0.0 ${UNBROKEN}} {def.example=retry:4.3.0 come back later} {keep.example=retry:4.9.9 kept}
  {example.com=retry:4.9.8 kept} {disc.example=discard:gone for good} {nosuch.example=nosuch:} }
virtual_alias_domains = val.example
virtual_alias_maps = inline:{ {x@val.example=u1@err.example} {many@val.example=a@disc.example, b@err.example}
  {one@val.example=a@disc.example} }
myorigin = example.com
`;
const INPUT = 'From: Alice <alice@keep.example>\nTo: x\nSubject: hello\n\nline one\n.dot\nline three\n';
const UTF8_HEADER = 'Subject: gr\xc3\xbc\xc3\x9fe\n\nx\n';
const UTF8_BODY = `${INPUT}gr\xc3\xbc\xc3\x9fe\n`;
const NOTICES = `notify_classes = bounce, 2bounce, delay
bounce_notice_recipient = pm@keep.example
2bounce_notice_recipient = pm2
delay_notice_recipient = pm3@keep.example
`;
const TEMPLATES = `# words of our own
failure_template = <<EOF
Charset: iso-8859-1
From: The Postman <postman@$myhostname>
Subject: Sorry: $mail_name
Postmaster-Subject: PM copy $$ here

Host \${myhostname} says gr\xfc\xdfe for $$5 ($(mail_name)).
end
EOF

delay_template = <<EOF
Charset: us-ascii
From: MAILER-DAEMON (Mail)
Subject: Delayed
Postmaster-Subject: PM Delay

over $delay_warning_time_seconds s, until $maximal_queue_lifetime_hours h, $maximal_queue_lifetime_weeks w
EOF
bogus_template = <<EOF
x
EOF
success_template = <<EOF
Subject: only subject

text
EOF
`;

const LISTS = `list a@err.example, b@disc.example
owner-list own1@keep.example
command "|exit 1"
owner-command own2@keep.example
ownerless "|exit 69"
true "|true"
killed "|kill -9 $$"
said "|echo 5.7.1 go away; exit 1"
talks "|echo hello there; exit 3"
knows "|echo hello there; exit 67"
both "|exit 1", a@err.example
owner-both own3@keep.example
`;

const from = (sender: string, ...args: readonly string[]): Mail => ({args: ['-f', sender, ...args]});

const OF_BOUNCES: readonly Mail[] = [
  from('', '-N', 'success', 'd@disc.example'),
  from('', '-v', 'd@disc.example'),
  from('', '-bv', 'd@disc.example'),
];

const CASES: readonly Case[] = [
  {
    title: 'failures',
    mails: [
      from('c1@keep.example', 'u1@err.example'),
      from('c2@keep.example', 'b@err.example', 'a@err.example', 'x@val.example'),
      from('c3@keep.example', 'u1@long.example'),
      from('c4@keep.example', 'u1@word.example'),
      from('c5@keep.example', '"odd rcpt"@err.example'),
      from('c6@keep.example', '-R', 'hdrs', '-V', 'env+1', 'u1@err.example'),
      from('bare', 'u1@err.example'),
      from('c10@keep.example', '-B7BIT', 'u1@err.example'),
      from('', 'u1@err.example'),
    ],
  },
  {
    title: 'what is returned',
    mails: [
      {args: ['-f', 'c1@keep.example', 'u1@err.example'], input: '\nno header\n'},
      {args: ['-f', 'c2@keep.example', 'u1@err.example'], input: `${INPUT}${`${'y'.repeat(70)}\n`.repeat(800)}`},
      {args: ['-f', 'c3@keep.example', 'u1@err.example'], input: `Subject: long\n\n${'z'.repeat(5000)}\nend`},
      {args: ['-f', 'c4@keep.example', '-R', 'hdrs', 'u1@err.example'], input: 'Subject: no body\n'},
    ],
  },
  {
    title: 'SMTPUTF8',
    mails: [
      {args: ['-f', 'c1@keep.example', 'u1@err.example'], input: UTF8_HEADER},
      {args: ['-f', 'c2@keep.example', '-R', 'hdrs', 'u1@err.example'], input: UTF8_HEADER},
    ],
  },
  {
    title: 'NOTIFY',
    mails: [
      from('c1@keep.example', '-N', 'success', 'd@disc.example'),
      from('c2@keep.example', '-N', 'success,failure,delay', 'one@val.example'),
      from('c3@keep.example', '-N', 'success', 'many@val.example'),
      from('c4@keep.example', '-N', 'delay', 'u1@err.example', 'd@disc.example'),
      from('c5@keep.example', '-N', 'success,failure', '-V', 'id', '-R', 'full', 'u1@err.example'),
    ],
  },
  {
    title: 'failures and delays together',
    mails: [from('c1@keep.example', 'u1@err.example', 'u2@def.example'), from('c2@keep.example', 'u1@nosuch.example')],
  },
  {
    title: 'sendmail -v and -bv',
    mails: [
      from('c1@keep.example', '-v', 'd@disc.example'),
      from('c2@keep.example', '-v', 'u1@err.example'),
      from('c3@keep.example', '-v', 'u1@def.example'),
      from('c4@keep.example', '-bv', 'd@disc.example'),
      from('c5@keep.example', '-bv', 'u1@def.example', 'u2@def.example'),
      from('c6@keep.example', '-bv', 'x@val.example'),
      from('c7@keep.example', '-bv', 'u1@nosuch.example'),
    ],
  },
  {
    title: 'notices to the postmaster',
    main: NOTICES,
    mails: [
      from('c1@keep.example', 'u1@err.example'),
      from('', 'u1@err.example'),
      from('c2@err.example', 'u1@err.example'),
      from('c3@keep.example', '-R', 'hdrs', 'u1@err.example'),
      from('c4@keep.example', '-N', 'delay', 'u1@err.example'),
    ],
  },
  {
    title: 'success of a bounce',
    mails: OF_BOUNCES,
  },
  {
    title: 'success of a bounce, for the postmaster',
    main: 'notify_classes = 2bounce\n2bounce_notice_recipient = two@keep.example\n',
    mails: OF_BOUNCES,
  },
  {
    title: 'a notice that cannot be delivered ends there',
    main: 'notify_classes = bounce, 2bounce\nbounce_notice_recipient = pm@err.example\n',
    mails: [from('c1@keep.example', 'u1@err.example')],
  },
  {
    title: 'a bounce of a bounce goes to the postmaster',
    main: 'notify_classes = 2bounce\n',
    mails: [
      from('c1@err.example', 'u1@err.example'),
      from('c2@err.example', '-R', 'hdrs', 'u1@err.example'),
      from('c3@err.example', '-XV+=', 'u1@err.example'),
    ],
  },
  {
    title: 'a bounce of a double bounce is thrown away',
    main: 'notify_classes = bounce, 2bounce, delay\ndelay_warning_time = 1s\n',
    mails: [
      from('double-bounce@mail.example.com', 'u1@err.example'),
      from('Double-Bounce@mail.example.com', '-N', 'success', 'd@disc.example', 'u1@err.example', 'u1@def.example'),
      from('c1@keep.example', 'double-bounce@mail.example.com'),
      from('double-bounce@example.com', 'u1@err.example'),
      from('', '-N', 'success', 'd@disc.example', 'u1@err.example', 'u1@def.example'),
    ],
  },
  {
    title: 'the owner of a list',
    main: 'alias_maps = texthash:TEMPLATES\n',
    templates: LISTS,
    mails: [
      from('c1@keep.example', 'list@mail.example.com'),
      from('c2@keep.example', 'command@mail.example.com'),
      from('c3@keep.example', '-N', 'success,failure', '-V', 'id', 'command@mail.example.com'),
      from('', 'command@mail.example.com'),
      from('c4@keep.example', 'ownerless@mail.example.com'),
      from('c6@keep.example', '-v', 'command@mail.example.com'),
      from('c7@keep.example', '-bv', 'command@mail.example.com'),
      from('c8@keep.example', '-v', 'list@mail.example.com'),
      from('c14@keep.example', '-v', 'nobodyhere@mail.example.com'),
      from('c15@keep.example', '-bv', 'nobodyhere@mail.example.com'),
      from('c10@keep.example', 'killed@mail.example.com'),
      from('c11@keep.example', 'said@mail.example.com'),
      from('c12@keep.example', 'talks@mail.example.com'),
      from('c13@keep.example', 'knows@mail.example.com'),
      from('c9@keep.example', '-v', 'true@mail.example.com'),
      from('c5@keep.example', 'both@mail.example.com', 'u1@err.example'),
    ],
  },
  {
    title: 'delay warnings',
    main: `${NOTICES}delay_warning_time = 1s\nmaximal_queue_lifetime = 36h\n`,
    mails: [
      from('c1@keep.example', 'u1@def.example', 'u2@def.example'),
      from('c2@keep.example', '-N', 'failure', 'u1@def.example'),
      from('c3@keep.example', '-XV+=', 'u1@def.example'),
    ],
  },
  {
    title: 'expired at once',
    main: 'maximal_queue_lifetime = 0\nbounce_queue_lifetime = 1d\n',
    mails: [from('c1@keep.example', 'u1@def.example', 'u2@def.example')],
  },
  {
    title: 'VERP',
    main: NOTICES,
    mails: [
      from('c1@keep.example', '-XV+=', 'u1@err.example'),
      from('c2@keep.example', '-XV-=', 'x@val.example'),
      from('c3@keep.example', '-XV', '"a b"@err.example'),
    ],
  },
  {
    title: 'VERP bounces disabled',
    main: 'disable_verp_bounces = yes\n',
    mails: [from('c1@keep.example', '-XV+=', 'u1@err.example')],
  },
  {
    title: 'without SMTPUTF8',
    main: 'smtputf8_enable = no\n',
    mails: [
      from('c1@keep.example', 'u1@err.example'),
      from('c2@keep.example', '-B7BIT', 'u1@err.example'),
      {args: ['-f', 'c3@keep.example', '-B8BITMIME', 'u1@err.example'], input: UTF8_BODY},
      {args: ['-f', 'c4@keep.example', 'u1@err.example'], input: UTF8_BODY},
    ],
  },
  {
    title: 'templates',
    main: `${NOTICES}delay_warning_time = 1s\nbounce_template_file = TEMPLATES\n`,
    templates: TEMPLATES,
    mails: [
      from('c1@keep.example', 'u1@err.example'),
      from('c2@keep.example', 'u1@def.example'),
      from('c3@keep.example', '-N', 'success', 'd@disc.example'),
      from('c4@keep.example', '-v', 'd@disc.example'),
    ],
  },
  {
    title: 'templates without SMTPUTF8',
    main: 'smtputf8_enable = no\nbounce_template_file = TEMPLATES\n',
    templates: TEMPLATES,
    mails: [from('c1@keep.example', 'u1@err.example')],
  },
  {
    title: 'header_from_format, mail_name, bounce_size_limit',
    main: 'header_from_format = obsolete\nmail_name = Other\nbounce_size_limit = 300\n',
    mails: [from('c1@keep.example', 'u1@err.example')],
  },
  {
    title: 'enable_threaded_bounces',
    main: 'enable_threaded_bounces = yes\n',
    mails: [
      {
        args: ['-f', 'c1@keep.example', 'u1@err.example'],
        input: 'Message-Id: <abc@x.example>\nReferences: <r1@x>\nSubject: x\n\nhi\n',
      },
      {args: ['-f', 'c2@keep.example', 'u1@err.example'], input: 'Message-Id: garbage\nSubject: x\n\nhi\n'},
      {args: ['-f', 'c3@keep.example', 'u1@err.example'], input: 'Message-Id:\n <abc@x.example>\n\nhi\n'},
      {args: ['-f', 'c4@keep.example', 'u1@err.example'], input: 'References: <r1@x>\nMessage-ID : <abc@x>\n\nhi\n'},
    ],
  },
  {title: 'soft_bounce', main: 'soft_bounce = yes\n', mails: [from('c1@keep.example', 'u1@err.example')]},
];

/** What both systems are asked for: the records of each queued message, and the log lines, in an order of their own. */
interface Yield {
  readonly messages: readonly (readonly string[])[];
  readonly logs: readonly string[];
}

interface Pair {
  readonly ours: Yield;
  readonly theirs: Yield;
}

suite('bounce beside the original', function () {
  this.timeout(60_000);
  let real: Original | undefined;
  suiteSetup(function () {
    requireRealPostfix(this);
    real = new Original();
  });
  suiteTeardown(() => real?.dispose());
  for (const one of CASES)
    test(one.title, async () => {
      assert.ok(real);
      const {ours, theirs} = await yieldsOf(one, real);
      assert.deepEqual(ours.messages, theirs.messages);
      assert.deepEqual(ours.logs, theirs.logs);
    });
});

async function yieldsOf(one: Case, real: Original): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-templates-'));
  try {
    chmodSync(folder, 0o755);
    const templates = join(folder, 'bounce.cf');
    writeFileSync(templates, one.templates ?? '', {encoding: 'latin1', mode: 0o644});
    const main = `${MAIN}${one.main ?? ''}`.replaceAll('TEMPLATES', templates);
    const [ours, theirs] = await Promise.all([yieldOfOurs(main, one.mails), real.yieldOf(main, one.mails)]);
    return {ours, theirs};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** One instance of the original, which takes most of a second to start, for all cases. */
class Original {
  readonly #real = new RealPostfix();
  readonly #mainFile: string;
  readonly #baseMain: string;
  /** The settings that it runs with. */
  #main: string | undefined;

  constructor() {
    this.#mainFile = join(this.#real.config, 'main.cf');
    this.#baseMain = readFileSync(this.#mainFile, 'latin1');
    this.#real.start();
  }

  dispose(): void {
    this.#real.dispose();
  }

  async yieldOf(main: string, mails: readonly Mail[]): Promise<Yield> {
    const real = this.#real;
    for (const queue of ['deferred', 'defer', 'bounce', 'trace'])
      for (const path of filesBelow(join(real.spool, queue))) rmSync(path);
    const start = real.log().length;
    if (main !== this.#main) await this.#restart(main);
    // A transport found dead is remembered.
    this.#main = mails.some(({args}) => args.some(arg => arg.endsWith('nosuch.example'))) ? undefined : main;
    for (const {args, input} of mails) {
      const done = real.run('sendmail', args, Buffer.from(input ?? INPUT, 'latin1'));
      assert.equal(done.status, 0, done.stderr);
      await idle(real.spool);
    }
    await quiet(() => real.log(), 100);
    const lines = real.log().slice(start).split('\n');
    return {messages: messagesIn(real.spool), logs: normalLogs(lines.map(withoutPrefix))};
  }

  async #restart(main: string): Promise<void> {
    const real = this.#real;
    writeFileSync(this.#mainFile, `${this.#baseMain}${main}`, 'latin1');
    const master = Number(readFileSync(join(real.spool, 'pid/master.pid'), 'latin1'));
    process.kill(master);
    await until(() => !existsSync(`/proc/${master}`), 10_000, 'the original has ended');
    // Not by `postfix start`, which looks at every file first.
    const done = spawnSync('/usr/lib/postfix/sbin/master', ['-c', real.config, '-w'], {stdio: 'ignore'});
    assert.equal(done.status, 0, real.log());
    await quiet(() => real.log(), 50);
  }
}

/** Until all mail has left the queues it moves through; twice, as a report comes in before its mail goes. */
async function idle(spool: string): Promise<void> {
  const isEmpty = (): boolean =>
    ['maildrop', 'incoming', 'active'].every(queue => filesBelow(join(spool, queue)).length === 0);
  await until(() => isEmpty() && isEmpty(), 20_000, 'an idle queue');
}

function withoutPrefix(line: string): string {
  return line.slice(16).replace(/^\S+ postfix\/([\w-]+)\[\d+\]: /, '$1: ');
}

async function yieldOfOurs(main: string, mails: readonly Mail[]): Promise<Yield> {
  const root = mkdtempSync(join(tmpdir(), 'posthorn-bounce-'));
  const directory = join(root, 'etc/postfix');
  const spool = join(root, 'var/spool/postfix');
  ensureInstance({root, configDirectory: directory, isNamed: false});
  const own = `myhostname = mail.example.com\nmydestination = $myhostname, localhost\nalias_maps =\nposthorn_sendmail_delivers = no\n`;
  appendFileSync(join(directory, 'main.cf'), `${own}${main}`, 'latin1');
  const logs: string[] = [];
  const sink = {
    write: ({program, severity, text}: LogRecord) =>
      void logs.push(`${program}: ${severity === 'info' ? '' : `${severity}: `}${text}`),
  };
  const engine = new Engine({config: loadConfig(directory, {root}), log: new Log('qmgr', sink)});
  try {
    await engine.start();
    for (const {args, input} of mails) {
      const done = await runInProcess(sendmail, args, {input: input ?? INPUT, env: {POSTHORN_HOME: root}});
      assert.equal(done.status, 0, done.stderr);
      await engine.parts.pickup.scan();
      await idle(spool);
    }
    await engine.stop(true);
    return {messages: messagesIn(spool), logs: normalLogs(logs)};
  } finally {
    rmSync(root, {recursive: true, force: true});
  }
}

/** Waits until nothing more is written to the log. */
async function quiet(log: () => string, milliseconds: number): Promise<void> {
  let last = '';
  let since = performance.now();
  const isQuiet = (): boolean => {
    const now = log();
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > milliseconds;
  };
  await until(isQuiet, 20_000, 'a quiet log');
}

const ABOUT_TEMPLATES = /ignoring this template|template conversion|reduce time unit|see the bounce\(5\) manual/;
const LOGGED = /^(?:bounce|qmgr|error|discard|local): /;
const UNCOMPARED = /overriding earlier entry|queue active|message-id|daemon started|transport private/;

/** The lines of the programs concerned; ids, times and the order of processes differ. */
function normalLogs(lines: readonly string[]): string[] {
  const normal = lines
    .filter(line => LOGGED.test(line) && !UNCOMPARED.test(line))
    .map(line => line.replace(/\b[0-9A-F]{9,14}\b/g, 'ID').replace(/delay=[^,]*, delays=[^,]*/, 'delay='))
    .sort();
  // The original reads its templates in each of its processes, and fills in those of reports that it then does not send.
  return normal.filter((line, at) => !ABOUT_TEMPLATES.test(line) || line !== normal[at - 1]);
}

function messagesIn(spool: string): string[][] {
  return filesBelow(join(spool, 'deferred'))
    .map(path => joined(readRecords(readFileSync(path)).map(normalRecord)))
    .sort((a, b) => (a.slice(1).join('\n') < b.slice(1).join('\n') ? -1 : 1));
}

/** The original copies a last line without an end, and puts the end behind it: one line in two records. */
function joined(records: readonly string[]): string[] {
  const isCut = (at: number): boolean => records[at]?.startsWith('L') === true && records[at + 1] === 'N ';
  return records.flatMap((record, at) => (isCut(at) ? [record.replace('L', 'N')] : isCut(at - 1) ? [] : [record]));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true}).flatMap(entry =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const DATE = /\w{3}, [ \d]\d \w{3} \d{4} \d\d:\d\d:\d\d [-+]\d{4} \(\w+\)/g;

function normalRecord(record: string): string {
  if (record.startsWith('C')) return `C ... ${record.slice(-1)}`; // sizes depend on the length of ids
  if (record.startsWith('T')) return 'T';
  return record
    .replace(DATE, 'DATE')
    .replace(/\b\d{14}\.[0-9A-F]{9,14}\b/g, 'TIME.ID')
    .replace(/\b[0-9A-F]{9,14}\.\d{10}\//g, 'ID.TIME/')
    .replace(/\b[0-9A-F]{9,14}\b/g, 'ID')
    .replace(/create_time=\d+/, 'create_time=')
    .replace(/^W +\d+$/, 'W time');
}
