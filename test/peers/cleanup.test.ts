/**
 * pickup and cleanup beside the original: the same maildrop files go through both, and the queue files must be equal to
 * the byte. Ours is told the original's queue id and time of creation; everything it queues is held.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {AddressRewriter} from '../../src/core/address/address-rewriter.ts';
import {rewriteInternal, rewriteRules} from '../../src/core/address/rewrite.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import {Cleanup} from '../../src/core/queue/cleanup.ts';
import {Pickup} from '../../src/core/queue/pickup.ts';
import {RecordBuffer} from '../../src/core/queue/record-buffer.ts';
import {MemoryQueueFile, readRecords} from '../support/memory-queue-file.ts';
import {plainConfig} from '../support/plain-config.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

const MAIN: Readonly<Record<string, string>> = {
  myorigin: 'example.com',
  mydomain: 'example.com',
  append_dot_mydomain: 'yes',
  smtputf8_enable: 'yes',
  delay_warning_time: '4h',
  undisclosed_recipients_header: 'To: undisclosed-recipients:;',
  always_bcc: 'archive',
  hopcount_limit: '50',
};

interface Case {
  readonly title: string;
  /** Envelope records behind the arrival time; the sender is added when there is none. */
  readonly envelope?: readonly string[];
  readonly content: string;
  readonly extracted?: readonly string[];
}

const zeros = (count: number): string => 's'.repeat(count);

const CASES: readonly Case[] = [
  {title: 'plain', content: 'Subject: hi\n\nbody\n'},
  {title: 'empty', content: ''},
  {title: 'only a blank line', content: '\n'},
  {title: 'no header', content: 'hello\nworld\n'},
  {title: 'no final newline', content: 'a: b\n\nx'},
  {title: 'no final newline in the header', content: 'a: b'},
  {title: 'leading white space', content: ' abc\nSubject: x\n\nb\n'},
  {title: 'leading tab', content: '\tabc\n'},
  {title: 'full name quoted', envelope: ['FJ. R. "Bob" Dobbs'], content: '\n'},
  {title: 'full name with comment', envelope: ['Fa (b) c\\'], content: '\n'},
  {title: 'no full name', envelope: ['F'], content: '\n'},
  {title: 'null sender', envelope: ['FX', 'S'], content: '\n'},
  {title: 'mailer daemon', envelope: ['SMailer-Daemon'], content: '\n'},
  {title: 'remote', envelope: ['Arewrite_context=remote'], content: 'To: a\n\nb\n'},
  {
    title: 'attributes',
    envelope: [
      'Aenvelope_id=e',
      'Aret_flags=2',
      'Arewrite_context=local',
      'Sa',
      'Aencoding=7bit',
      'Atrace_flags=1024',
      'V+=',
    ],
    content: '\n',
  },
  {
    title: 'odd recipients',
    envelope: [
      'Sa b@c',
      'Rodd name@x',
      'R@a:b@c',
      'Ra@b@c',
      'R',
      'R|x y',
      'R.a@b',
      'Ra..b@c',
      'Rh!u',
      'Ru%h',
      'Rx@[1.2.3.4]',
      'R[1.2.3.4]',
      'Ra"b',
      'Ra\\b@c',
      'Ra@b.',
      'Ra@',
      'R@b',
      'Ra,b',
      'R(a)',
      'R<a>',
    ],
    content: '\n',
  },
  {
    title: 'duplicates',
    envelope: [
      'Sa',
      'Rx',
      'RX',
      'Rx@example.com',
      'Rx',
      'Anotify_flags=6',
      'Rx',
      'Adsn_orig_rcpt=rfc822;y',
      'Oz',
      'Rx',
    ],
    content: '\n',
  },
  {
    title: 'UTF-8',
    envelope: ['Ss\xc3\xbc@x.y', 'R\xc3\xbc@x.y', 'R\xfc@x.y'],
    content: 'Subject: \xc3\xbc\nTo: \xc3\xbc@x\n\nbody\n',
  },
  {title: '8 bit', content: 'Subject: \xfc\n\n\xff\n'},
  {title: 'extracted', content: 'To: a, b\n\n', extracted: ['Anotify_flags=1', 'Ra', 'Rb@c', 'Ra']},
  {
    title: 'known headers',
    content:
      'From: a\nFrom: b\nTo: c\n continued\nTo: d\nSubject:\nReturn-Path: <x>\nContent-Length: 5\nBcc: z\nReply-To: r\nSender: s\nCc: c\n' +
      'Errors-To: e\nDisposition-Notification-To: n\nApparently-To: at\nMail-Followup-To: mf\nReturn-Receipt-To: rr\nDelivered-To: dt\nX-A:b\n\n',
  },
  {
    title: 'resent',
    content: 'To: a\nResent-To: b\nResent-From: c\nResent-Sender: d\nResent-Reply-To: e\nMessage-Id: <m>\n\n',
  },
  {title: 'resent, its own id', content: 'Resent-Message-Id: <r>\nResent-Date: x\n\n'},
  {title: 'name, blank, colon', content: 'TO  : a\nx-foo \t:bar\nDATE: x\n\n'},
  {title: 'not quite a header', content: 'a: b\n:nohdr\nTo: e\n'},
  {title: 'header with 8-bit name', content: 'a\xfc: b\n\n'},
  {title: 'header name with blank inside', content: 'a b: c\n\n'},
  {title: 'NUL and CR', content: 'Subject: a\0b\nX-Y: \rfoo\rbar\n c\0d\n\nbo\rdy\0x\ny\r\nz\r\r\nq\r'},
  {title: 'NUL before the colon', content: 'a\0b: c\nd: e\n\n'},
  {
    title: 'long header',
    content: `Subject: ${zeros(5000)}\nX-Big: ${zeros(60_000)}\n ${zeros(50_000)}\n more\nX-After: 1\n\nb\n`,
  },
  {title: 'header of exactly the limit', content: `X: ${zeros(102_397)}\n more\nY: ${zeros(102_396)}\n more\n\n`},
  {title: 'long rewritten header', content: `To: ${Array.from({length: 9000}, (_, i) => `user${i}@x`).join(', ')}\n\n`},
  {title: 'more tokens than the limit', content: `To: ${'a, '.repeat(6000)}b\n\n`},
  {title: 'long body line', content: `\n${zeros(5000)}\n${zeros(2048)}\n${zeros(2047)}\r\n${zeros(4096)}`},
  {
    title: 'folding',
    content:
      'To: aaaaaaaaaaaaaaaa@x.y, bbbbbbbbbbbbbbbbbbbbbbbb@x.y, cccccccccccccccccccccccc@x.y,dddddddddddd@x.y\nCc: aaaaaaaaaaaaaaaa,' +
      ' bbbbbbbbbbbbbbbbbbbbbbbb@x.y, cccccccccccccccccccccccc@x.y,dddddddddddd@x.y,\n   (com ment) eeeeeeeeeeee, "fffffffffff ffffff ff f" <fffffffffffffff@ffff.f>\n\n',
  },
  {title: 'comments beyond measure', content: `To: a (${'c'.repeat(260)}) <b@c.d>, e\nCc: ${'x '.repeat(140)}<b>\n\n`},
  {
    title: 'MIME: CTE in a part',
    content: 'Content-Type: multipart/mixed; boundary="a b"\n\n--a b\nContent-Transfer-Encoding: 8bit\n\nx\n--a b--\n',
  },
  {
    title: 'MIME: CTE behind the end',
    content: 'Content-Type: multipart/mixed; boundary=x\n\n--x--\nContent-Transfer-Encoding: 8bit\n\nx\n',
  },
  {
    title: 'MIME: CTE in an unknown part',
    content: 'Content-Type: multipart/mixed; boundary=x\n\n--y\nContent-Transfer-Encoding: 8bit\n\nx\n',
  },
  {
    title: 'MIME: nested',
    content:
      'Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative;\n boundary="y"\n\n--y\nContent-Transfer-Encoding: BINARY\n\n--x--\n',
  },
  {
    title: 'MIME: outer boundary ends the inner',
    content:
      'Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=y\n\n--x\n\n--y\nContent-Transfer-Encoding: 8bit\n\n--x--\n',
  },
  {
    title: 'MIME: message',
    content:
      'Content-Type: message/rfc822\nMIME-Version: 1.0\n\nTo: foo\nContent-Transfer-Encoding: binary\nBcc: x\n\nbody\n',
  },
  {
    title: 'MIME: message/partial',
    content: 'Content-Type: message/partial\n\nContent-Transfer-Encoding: binary\n\nbody\n',
  },
  {
    title: 'MIME: digest',
    content:
      'Content-Type: multipart/digest; boundary=x\n\n--x\n\nTo: a\nContent-Transfer-Encoding: 8bit\n\nbody\n--x--\n',
  },
  {
    title: 'MIME: header without end',
    content: 'Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Transfer-Encoding: 8bit\n--x\nfoo\n',
  },
  {
    title: 'MIME: comment and case',
    content:
      'CONTENT-TYPE: (c) MULTIPART (d) / (e) mixed ; (f) Boundary = "x\\"y"\n\n--x"y\nContent-Transfer-Encoding: 8bit\n\n',
  },
  {title: 'MIME: no boundary', content: 'Content-Type: multipart/mixed\n\n--\nContent-Transfer-Encoding: 8bit\n\n'},
  {title: 'MIME: 7bit, then 8bit', content: 'Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: 8bit\n\n'},
  {title: 'MIME: CTE with blank', content: 'Content-Transfer-Encoding: 8bit \n\n'},
  {title: 'MIME: CTE quoted', content: 'Content-Transfer-Encoding: "8bit"\n\n'},
  {title: 'addresses in all disorder', content: disorder()},
];

function disorder(): string {
  const lists =
    `a b c|a b c <d>|<d> e f|a@b c@d|grp: a, b;|grp: a, b; c|grp:;|(comment) a (x)|a (x) b|"q s" <x@y.z>|"q s"@y.z|q s@y.z
a. b <c>|A. B. C <c@d>|<@r1,@r2:u@h.i>|@r1:u@h.i|a,,b,|,a|<a> <b>|a <b> c <d> e|<a|a>|<a, b>|<>||"unclosed <a@b>|(unclosed a@b|[1.2.3.4]
u@[1.2.3.4]|a;b|a:b|a:b:c|Mr. "X Y" <a@b>|=?utf-8?q?x?= <a@b>|a@b.c.|a@@b|a\\ b@c|"a\\"b"@c.d|h!u|u%h|u%h@|undisclosed-recipients:;
foo (a (nested) b) <x@y>|foo@bar (Name Here)|"a@b"@c|"Last, First" <x@y>|Last, First <x@y>|a <b@c>, d <e@f> , g|"" <a@b>|""@b|"|cmd arg"
/file/name|:include:/x|a@b (c) , (d)|(only)|x <y> (z), w|a@b.c.d|.@a|a.@b|.a@b|a..b@c|"a\\\\b"@c|a@"b c"|a@[b\\]c]|<"a b"@c> (d)|a@b.c,d@e.f
x@y;z@w|"|"@a|a@b@c.d|@|<@>|a@|@b|<a@b> c;|grp: a <b>, c (d); e|"x`.split(/[|\n]/);
  return `${lists.map((list, index) => `${index % 2 === 0 ? 'To' : 'From'}: ${list}`).join('\n')}\n\n`;
}

const ARRIVAL = '1795495440 65250';
const WRITTEN = 1795495400;

suite('cleanup beside the original', function () {
  this.timeout(60_000);
  let real: RealPostfix;
  let home: string;
  const theirs = new Map<number, string>();

  suiteSetup(async function () {
    requireRealPostfix(this);
    const settings = Object.entries(MAIN).map(([name, value]) => `${name} = ${value}\n`);
    real = new RealPostfix(
      `${settings.join('')}header_checks = static:HOLD\nin_flow_delay = 0s\nlocal_recipient_maps =\n`,
    );
    home = mkdtempSync(join(tmpdir(), 'ours-'));
    mkdirSync(join(home, 'maildrop'));
    real.start();
    for (const [index, one] of CASES.entries()) dropInto(join(real.spool, 'maildrop'), index, one);
    real.run('postkick', ['public', 'pickup', 'W']);
    await untilHeld();
  });
  suiteTeardown(() => {
    real?.dispose();
    if (home !== undefined) rmSync(home, {recursive: true});
  });

  async function untilHeld(): Promise<void> {
    const hold = join(real.spool, 'hold');
    for (let tries = 0; tries < 200 && readdirSync(hold).length < CASES.length; tries++)
      await new Promise(resolve => setTimeout(resolve, 100));
    for (const name of readdirSync(hold)) {
      const records = readRecords(readFileSync(join(hold, name)));
      const mark = records.find(record => /^O case\d+$/.test(record)) ?? '';
      theirs.set(Number(mark.slice(6)), name);
    }
  }

  function dropInto(folder: string, index: number, one: Case): void {
    const records = new RecordBuffer();
    const put = (text: string): void => records.put(text.charAt(0), text.slice(1));
    put(`T${ARRIVAL}`);
    const envelope = one.envelope ?? ['Arewrite_context=local', 'Froot'];
    const recipients = envelope.filter(text => /^R|^O|^Anotify|^Adsn/.test(text));
    const others = envelope.filter(text => !recipients.includes(text));
    const sender = others.some(text => text.startsWith('S')) ? [] : ['Sme@x.y'];
    for (const text of [...others, ...sender, `Rcase${index}`, ...recipients, 'M']) put(text);
    putContent(records, Buffer.from(one.content, 'latin1'));
    for (const text of ['X', ...(one.extracted ?? []), 'E']) put(text);
    const path = join(folder, `NEW${index}`);
    writeFileSync(path, records.take());
    utimesSync(path, WRITTEN, WRITTEN);
    chmodSync(path, 0o744);
    const name = `00000${statSync(path).ino.toString(16).toUpperCase()}`;
    chownSync(path, 0, 0);
    renameSync(path, join(folder, name));
  }

  function putContent(records: RecordBuffer, content: Buffer): void {
    for (let at = 0; at < content.length;) {
      const newline = content.indexOf(0x0a, at);
      const isWhole = newline >= 0 && newline < at + 2048;
      const end = isWhole ? newline : Math.min(at + 2048, content.length);
      records.put(isWhole ? 'N' : 'L', content.subarray(at, end));
      at = isWhole ? end + 1 : end;
    }
  }

  /** Our queue file for a case, made under the name and time of theirs. */
  async function ours(index: number, one: Case, id: string, createdSeconds: number): Promise<string[]> {
    const file = new MemoryQueueFile(id, createdSeconds);
    const config = plainConfig({...MAIN, queue_directory: home});
    const lines: string[] = [];
    const log = new Log('x', {write: (record: LogRecord) => void lines.push(record.text)});
    const clock = {now: () => WRITTEN * 1000};
    const cleanup = new Cleanup({
      config,
      log,
      clock,
      rewriter: simpleRewriter(),
      checks: {primary: undefined, multipart: undefined, nested: undefined, body: undefined},
      bcc: {*forSender() {}, *forRecipient() {}} as never,
      createFile: () => Promise.resolve(file),
      onQueued: () => undefined,
    });
    const pickup = new Pickup({config, log, clock, submitter: cleanup, ownerUid: -1});
    dropInto(join(home, 'maildrop'), index, one);
    await pickup.scan();
    assert.deepEqual(readdirSync(join(home, 'maildrop')), [], lines.join('\n'));
    return readRecords(file.bytes);
  }

  function simpleRewriter(): AddressRewriter {
    const rules = rewriteRules(plainConfig(MAIN), 'local');
    const rewrite = (address: string): string => rewriteInternal(address, rules);
    return {
      envelopeSender: rewrite,
      envelopeRecipient: address => rewrite(address === '' ? 'MAILER-DAEMON' : address),
      headerAddress: rewrite,
      expandRecipient: address => [address],
    };
  }

  for (const [index, one] of CASES.entries())
    test(one.title, async () => {
      const id = theirs.get(index);
      assert.ok(id !== undefined, `not queued: ${real.log().slice(-2000)}`);
      const wanted = readRecords(readFileSync(join(real.spool, 'hold', id)));
      const created = wanted.find(record => record.startsWith('A create_time='))?.slice(14) ?? '';
      assert.deepEqual(timeless(await ours(index, one, id, Number(created))), timeless(wanted));
    });
});

/** Between making the file and making a Message-Id, a second may have begun. */
function timeless(records: readonly string[]): string[] {
  return records.map(record => record.replace(/(Message-Id: <)\d{14}\./i, '$1TIME.'));
}
