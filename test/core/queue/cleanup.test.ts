/** Queue files as cleanup(8) 3.7.11 writes them (recorded), and its log lines. */
import assert from 'node:assert/strict';
import type {AddressRewriter} from '../../../src/core/address/address-rewriter.ts';
import {Refusal} from '../../../src/core/base/errors.ts';
import {Log, type LogRecord} from '../../../src/core/log/log.ts';
import type {Envelope, Submission} from '../../../src/core/queue/agent.ts';
import {Cleanup, type CleanupSupplies} from '../../../src/core/queue/cleanup.ts';
import {formatReceived} from '../../../src/core/message/received.ts';
import {MemoryQueueFile} from '../../support/memory-queue-file.ts';
import {plainConfig} from '../../support/plain-config.ts';

const complete = (address: string): string => {
  if (address === '' || address.includes('.')) return address;
  return address.includes('@') ? `${address}.example.com` : `${address}@example.com`;
};
const rewriter: AddressRewriter = {
  envelopeSender: complete,
  envelopeRecipient: address => complete(address === '' ? 'MAILER-DAEMON' : address),
  headerAddress: complete,
  expandRecipient: address => (address === 'many@example.com' ? ['one@x.y', 'two@x.y'] : [address]),
};

interface Bench {
  readonly file: MemoryQueueFile;
  readonly lines: string[];
  readonly queued: Envelope[];
  content: Buffer | undefined;
  submit(submission: Partial<Submission>): Promise<{readonly id: string}>;
}

function bench(set: Record<string, string> = {}, more: Partial<CleanupSupplies> = {}): Bench {
  const lines: string[] = [];
  const log = new Log('pickup', {write: (record: LogRecord) => void lines.push(`${record.program}: ${record.text}`)});
  const file = new MemoryQueueFile();
  const result: Bench = {file, lines, queued: [], content: undefined, submit: () => Promise.reject(new Error('unset'))};
  const cleanup = new Cleanup({
    config: plainConfig({myhostname: 'mail.example.com', ...set}),
    log,
    clock: {now: () => 1795495440_065.25},
    rewriter,
    checks: {primary: undefined, multipart: undefined, nested: undefined, body: undefined},
    bcc: {*forSender() {}, *forRecipient() {}} as CleanupSupplies['bcc'],
    createFile: () => Promise.resolve(file),
    onQueued: (envelope, content) => {
      result.queued.push(envelope);
      result.content = content;
    },
    ...more,
  });
  result.submit = submission =>
    cleanup.submit({
      sender: 'root',
      recipients: [{address: 'x'}],
      rewriteContext: 'local',
      content: Buffer.from(''),
      fullName: 'root',
      received: queueId =>
        formatReceived({hostName: 'mail.example.com', mailName: 'Postfix', queueId, seconds: 1795495440, uid: 0}),
      ...submission,
    });
  return result;
}

function checks(table: Record<string, string>, kind: 'primary' | 'body' = 'primary'): Partial<CleanupSupplies> {
  const name = kind === 'body' ? 'body_checks' : 'header_checks';
  const find = (text: string): string | undefined => Object.entries(table).find(([key]) => text.startsWith(key))?.[1];
  const none = {primary: undefined, multipart: undefined, nested: undefined, body: undefined};
  return {checks: {...none, [kind]: {name, find}}};
}

/** The content and extracted records, without our own Received, Message-Id, Date and From. */
async function contentOf(text: string, set: Record<string, string> = {}, more = {}): Promise<string[]> {
  const {file, submit} = bench(set, more);
  await submit({content: Buffer.from(text, 'latin1')});
  const records = file.records();
  return records
    .slice(records.indexOf('M ') + 3, -1)
    .filter(record => !/^N (Resent-)?(Message-Id|Date): /.test(record));
}

suite('cleanup', () => {
  test('a message by sendmail, byte for byte', async () => {
    const {file, lines, submit, queued} = bench();
    assert.deepEqual(await submit({content: Buffer.from('Subject: hi\n\nbody\n')}), {id: '91812252934'});
    const size = [268, 242, 1, 0, 268, 0].map(value => String(value).padStart(15)).join(' ');
    assert.deepEqual(file.records(), [
      `C ${size}`,
      'T 1795495440 65250',
      'A create_time=1795495445',
      'A rewrite_context=local',
      'F root',
      'S root@example.com',
      'A dsn_orig_rcpt=rfc822;x@example.com',
      'O x',
      'R x@example.com',
      'M ',
      'N Received: by mail.example.com (Postfix, from userid 0)',
      'N \tid 91812252934; Tue, 24 Nov 2026 04:44:00 +0000 (UTC)',
      'N Subject: hi',
      'N Message-Id: <20261124044405.91812252934@mail.example.com>',
      'N Date: Tue, 24 Nov 2026 04:44:00 +0000 (UTC)',
      'N From: root <root@example.com>',
      'N ',
      'N body',
      'X ',
      'E ',
    ]);
    assert.deepEqual(lines, ['cleanup: 91812252934: message-id=<20261124044405.91812252934@mail.example.com>']);
    assert.equal(file.bytes[queued[0]?.recipients[0]?.offset ?? 0], 'R'.charCodeAt(0));
  });

  test('the content handed on in memory is the content segment', async () => {
    const one = bench();
    await one.submit({content: Buffer.from('a: b\n\nc\n')});
    const envelope = one.queued[0];
    assert.ok(envelope !== undefined && one.content !== undefined);
    assert.deepEqual(
      one.content,
      one.file.bytes.subarray(envelope.dataOffset, envelope.dataOffset + envelope.sizeBytes),
    );
  });

  const CONTENT: readonly (readonly [string, string, string[]])[] = [
    ['no header at all', 'hello\nworld\n', ['N From: root <root@example.com>', 'N ', 'N hello', 'N world', 'X ']],
    ['nothing', '', ['N From: root <root@example.com>', 'X ']],
    ['leading white space', ' a\nb\n', ['N From: root <root@example.com>', 'N ', 'N  a', 'N b', 'X ']],
    ['no final newline', '\nb', ['N From: root <root@example.com>', 'N ', 'L b', 'N ', 'X ']],
    ['name, blank, colon', 'to : b\n', ['N to: b@example.com', 'N From: root <root@example.com>', 'X ']],
    ['NUL in a header', 'A: a\0b\n\nc\0d\n', ['N A: a', 'N From: root <root@example.com>', 'N ', 'N c\0d', 'X ']],
    ['stray CR', 'A: \rb\n\nc\rd\n', ['N A:  b', 'N From: root <root@example.com>', 'N ', 'N c d', 'X ']],
    [
      'Bcc, Return-Path, Content-Length, Resent-',
      'Bcc: a\nReturn-Path: <b>\nContent-Length: 1\nResent-Bcc: c\n',
      ['N Resent-From: root <root@example.com>', 'X '],
    ],
    [
      'CTE in a MIME part',
      'From: a@b.c\nContent-Type: multipart/mixed; boundary="x y"\n\n--x y\nContent-Transfer-Encoding: 8bit\n\n--x y--\n',
      [
        'N From: a@b.c',
        'N Content-Type: multipart/mixed; boundary="x y"',
        'N ',
        'N --x y',
        'N Content-Transfer-Encoding: 8bit',
        'N ',
        'N --x y--',
        'X ',
        'A encoding=8bit',
      ],
    ],
    [
      'CTE in a digest',
      'From: a@b.c\nContent-Type: multipart/digest; boundary=x\n\n--x\n\nTo: a\nContent-Transfer-Encoding: 8bit\n\nb\n',
      [
        'N From: a@b.c',
        'N Content-Type: multipart/digest; boundary=x',
        'N ',
        'N --x',
        'N ',
        'N To: a',
        'N Content-Transfer-Encoding: 8bit',
        'N ',
        'N b',
        'X ',
        'A encoding=8bit',
      ],
    ],
    [
      'CTE with a trailing blank does not count',
      'From: a@b.c\nContent-Transfer-Encoding: 8bit \n',
      ['N From: a@b.c', 'N Content-Transfer-Encoding: 8bit ', 'X '],
    ],
    [
      'a line of exactly the limit',
      `From: a@b.c\n\n${'y'.repeat(2048)}\nz\n`,
      ['N From: a@b.c', 'N ', `L ${'y'.repeat(2048)}`, 'N ', 'N z', 'X '],
    ],
    [
      'a rewritten list is folded at 70',
      'From: a@b.c\nCc: aaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbb@x.y, cccccccccccccccccccccccc@x.y,dddddddddddd@x.y,\n   (com ment) eeeeeeeeeeee, "fffffffffff ffffff ff f" <fffffffffffffff@ffff.f>\n',
      [
        'N From: a@b.c',
        'N Cc: aaaaaaaaaaaaaaaa@example.com, bbbbbbbbbbbbbbbbbbbbbbbb@x.y,',
        'N \tcccccccccccccccccccccccc@x.y, dddddddddddd@x.y,',
        'N \teeeeeeeeeeee@example.com (com ment),',
        'N \t"fffffffffff ffffff ff f" <fffffffffffffff@ffff.f>',
        'X ',
      ],
    ],
  ];
  for (const [title, text, records] of CONTENT)
    test(title, async () => {
      assert.deepEqual(await contentOf(text), records);
    });

  test('a header beyond the limit is cut, others stay', async () => {
    const records = await contentOf(`From: a@b.c\nX: ${'s'.repeat(200_000)}\n more\nY: z\n\nb\n`);
    const total = records
      .filter(record => /^. (X: )?s+$/.test(record))
      .reduce((sum, record) => sum + record.length - 2, 0);
    assert.equal(total, 102_400);
    assert.deepEqual(records.slice(-4), ['N Y: z', 'N ', 'N b', 'X ']);
  });

  const FROM: readonly (readonly [string, string])[] = [
    ['Foo Bar', 'Foo Bar <root@example.com>'],
    ['J. R. Foo', '"J. R. Foo" <root@example.com>'],
    ['a (b) c', '"a (b) c" <root@example.com>'],
    ['x "y" z', '"x \\"y\\" z" <root@example.com>'],
    ['a\\b', '"a\\\\b" <root@example.com>'],
    [' lead', 'lead <root@example.com>'],
    ['two  spaces', 'two spaces <root@example.com>'],
    ["O'Neil", "O'Neil <root@example.com>"],
    ['', 'root@example.com'],
    [' ', '<root@example.com>'],
  ];
  for (const [fullName, from] of FROM)
    test(`From: of ${JSON.stringify(fullName)}`, async () => {
      const {file, submit} = bench();
      await submit({fullName});
      assert.ok(file.records().includes(`N From: ${from}`), file.records().join('\n'));
    });

  test('several members of an alias do not report success each; the hints keep what was asked', async () => {
    const {file, submit} = bench();
    await submit({
      recipients: [
        {address: 'many', notify: 6},
        {address: 'x', notify: 2},
        {address: 'x', notify: 2},
      ],
    });
    const records = file.records();
    assert.deepEqual(records.slice(6, records.indexOf('M ')), [
      'A notify_flags=4',
      'A dsn_orig_rcpt=rfc822;many@example.com',
      'O many',
      'R one@x.y',
      'A notify_flags=4',
      'A dsn_orig_rcpt=rfc822;many@example.com',
      'O many',
      'R two@x.y',
      'A notify_flags=2',
      'A dsn_orig_rcpt=rfc822;x@example.com',
      'O x',
      'R x@example.com',
    ]);
    assert.equal(records[0]?.slice(2).split(/ +/)[4], '12');
  });

  test('always_bcc, content filter, warning time, DSN attributes in their places', async () => {
    const {file, submit} = bench({always_bcc: 'arch', delay_warning_time: '4h'});
    const attributes = new Map([
      ['envelope_id', 'env'],
      ['ret_flags', '1'],
      ['rewrite_context', 'local'],
      ['encoding', '8bit'],
      ['trace_flags', '1024'],
    ]);
    await submit({contentFilter: 'smtp:[1.2.3.4]', attributes, verp: '+='});
    const records = file.records();
    assert.deepEqual(records.slice(1, 13), [
      'L smtp:[1.2.3.4]',
      'T 1795495440 65250',
      'A create_time=1795495445',
      'A envelope_id=env',
      'A ret_flags=1',
      'A rewrite_context=local',
      'F root',
      'S root@example.com',
      'A encoding=8bit',
      'A trace_flags=1024',
      'V +=',
      `W ${String(1795495440 + 14400).padStart(15)}`,
    ]);
    assert.deepEqual(records.slice(records.indexOf('X ')), [
      'X ',
      'A encoding=8bit',
      'A notify_flags=1',
      'O arch@example.com',
      'R arch@example.com',
      'E ',
    ]);
  });

  test('remote mail is neither rewritten nor completed without remote_header_rewrite_domain', async () => {
    const {file, lines, submit} = bench();
    await submit({rewriteContext: 'remote', content: Buffer.from('To: a\n\n')});
    assert.deepEqual(file.records().slice(-4), ['N To: a', 'N ', 'X ', 'E ']);
    assert.deepEqual(lines, ['cleanup: 91812252934: message-id=<>']);
  });

  test('UTF-8 in addresses and headers asks for SMTPUTF8', async () => {
    const {file, submit} = bench({smtputf8_enable: 'yes'});
    await submit({recipients: [{address: '\xc3\xbc@x.y'}, {address: '\xfc@x.y'}], content: Buffer.from('A: \xfc\n')});
    const records = file.records();
    assert.equal(records[0]?.slice(-1), '3');
    assert.ok(records.includes('A dsn_orig_rcpt=utf-8;\xc3\xbc@x.y'));
    assert.ok(records.includes('A dsn_orig_rcpt=utf-8;\xfc@x.y'));
  });

  test('-t: recipients come from the header', async () => {
    const {file, submit} = bench();
    await submit({recipients: [], extractRecipients: true, content: Buffer.from('To: a, b (c)\nBcc: d\n\n')});
    assert.deepEqual(
      file.records().filter(record => record.startsWith('R ')),
      ['R a@example.com', 'R b@example.com', 'R d@example.com'],
    );
  });

  test('nothing is large in memory, and all of it arrives', async () => {
    const {file, submit, queued} = bench({message_size_limit: '0'});
    const chunk = Buffer.from(`${'z'.repeat(63)}\n`.repeat(1024));
    async function* source(): AsyncIterable<Buffer> {
      yield Buffer.from('\n');
      for (let i = 0; i < 40; i++) yield await Promise.resolve(chunk);
    }
    await submit({content: source()});
    assert.equal(file.records().filter(record => record.startsWith('N zzz')).length, 40 * 1024);
    const envelope = queued[0];
    assert.equal(file.bytes[(envelope?.dataOffset ?? 0) + (envelope?.sizeBytes ?? 0)], 'X'.charCodeAt(0));
  });

  const LOGGED = 'from local; from=<root@example.com> to=<x@example.com>';
  const ACTIONS: readonly (readonly [string, string | undefined, string[]])[] = [
    ['WARN careful', `warning: header X: y ${LOGGED}: careful`, ['N X: y']],
    ['INFO hm', `info: header X: y ${LOGGED}: hm`, ['N X: y']],
    ['HOLD', `hold: header X: y ${LOGGED}`, ['N X: y']],
    ['IGNORE', undefined, []],
    ['DUNNO', undefined, ['N X: y']],
    ['STRIP gone', `strip: header X: y ${LOGGED}: gone`, []],
    ['PREPEND A: b', `prepend: header X: y ${LOGGED}: A: b`, ['N A: b', 'N X: y']],
    ['REPLACE To: c', `replace: header X: y ${LOGGED}: To: c`, ['N To: c@example.com']],
    ['REDIRECT r@x.y', `redirect: header X: y ${LOGGED}: r@x.y`, ['N X: y']],
    ['FILTER smtp:h', `filter: header X: y ${LOGGED}: smtp:h`, ['N X: y']],
    ['BCC b@x.y', `bcc: header X: y ${LOGGED}: b@x.y`, ['N X: y']],
    ['PASS ok', `pass: header X: y ${LOGGED}: ok`, ['N X: y']],
  ];
  for (const [action, line, header] of ACTIONS)
    test(`header_checks ${action}`, async () => {
      const {file, lines, submit} = bench({}, checks({'X:': action}));
      await submit({content: Buffer.from('X: y\n\n')});
      const wanted = line === undefined ? [] : [`cleanup: 91812252934: ${line}`];
      assert.deepEqual(lines.slice(0, -1), wanted);
      assert.deepEqual(file.records().slice(12, 12 + header.length), header);
      assert.equal(file.queue, action === 'HOLD' ? 'hold' : 'incoming');
      const extracted = file.records().slice(file.records().indexOf('X ') + 1, -1);
      if (action.startsWith('REDIRECT')) assert.deepEqual(extracted, ['> r@x.y']);
      if (action.startsWith('FILTER')) assert.deepEqual(extracted, ['L smtp:h']);
      if (action.startsWith('BCC')) assert.deepEqual(extracted, ['A notify_flags=1', 'O b@x.y', 'R b@x.y']);
    });

  const COMPLAINTS: readonly (readonly [string, string])[] = [
    ['PREPEND x', 'bad PREPEND header text "x" in header_checks map -- need "headername: headervalue"'],
    ['REPLACE', 'REPLACE action without text in header_checks map'],
    ['REDIRECT r', 'bad REDIRECT target "r" in header_checks map -- need user@domain'],
    ['FILTER', 'missing FILTER command argument in header_checks map'],
    ['FILTER smtp', 'bad FILTER command smtp in header_checks -- need transport:destination'],
    ['BCC b', 'bad BCC address "b" in header_checks map -- need user@domain'],
    ['DELAY 1h', 'unknown command in header_checks map: DELAY 1h'],
  ];
  for (const [action, complaint] of COMPLAINTS)
    test(`header_checks ${action} is complained of`, async () => {
      const {file, lines, submit} = bench({}, checks({'X:': action}));
      await submit({content: Buffer.from('X: y\n\n')});
      assert.equal(lines[0], `cleanup: ${complaint}`);
      assert.ok(file.records().includes('N X: y'));
    });

  const REFUSED: readonly (readonly [string, string, string])[] = [
    ['REJECT go away', '5.7.1', 'go away'],
    ['REJECT', '5.7.1', 'message content rejected'],
    ['REJECT 4.7.1 later', '4.7.1', 'later'],
    ['REJECT 2.0.0 hm', '4.0.0', 'hm'],
  ];
  for (const [action, code, text] of REFUSED)
    test(`header_checks ${action} refuses`, async () => {
      const {file, queued, submit} = bench({}, checks({'X:': action}));
      await assert.rejects(submit({content: Buffer.from('X: y\n\n')}), (fault: unknown) => {
        assert.ok(fault instanceof Refusal);
        assert.deepEqual([fault.code, fault.message], [code, text]);
        return true;
      });
      assert.ok(file.isAborted);
      assert.deepEqual(queued, []);
    });

  test('what is refused for good goes back by mail, when the submitter wants that', async () => {
    const returned: string[] = [];
    const {file, queued, submit} = bench(
      {},
      {
        ...checks({'X:': 'REJECT go away'}),
        returnRefused: (envelope, fault) => {
          returned.push(`${envelope.sender} ${envelope.path} ${fault.status} ${fault.text}`);
          return Promise.resolve(true);
        },
      },
    );
    assert.deepEqual(await submit({returnsRefused: true, content: Buffer.from('X: y\n\n')}), {id: '91812252934'});
    assert.deepEqual(returned, ['root@example.com /spool/incoming/91812252934 5.7.1 go away']);
    assert.ok(file.isAborted);
    assert.deepEqual(queued, []);
  });

  test('DISCARD accepts and keeps nothing', async () => {
    const {file, queued, submit} = bench({}, checks({'X:': 'DISCARD'}));
    await submit({content: Buffer.from('X: y\n\n')});
    assert.ok(file.isAborted);
    assert.deepEqual(queued, []);
  });

  test('body_checks, with tables that need time, keep the order', async () => {
    const table: Record<string, string> = {p: 'PREPEND q', r: 'REPLACE s', i: 'IGNORE'};
    const find = (text: string): Promise<string | undefined> => Promise.resolve(table[text.charAt(0)]);
    const more = {
      checks: {primary: undefined, multipart: undefined, nested: undefined, body: {name: 'body_checks', find}},
    };
    assert.deepEqual(await contentOf('From: a@b.c\n\np1\nr2\ni3\nx4\n', {}, more), [
      'N From: a@b.c',
      'N ',
      'N q',
      'N p1',
      'N s',
      'N x4',
      'X ',
    ]);
  });

  test('too many hops', async () => {
    const {lines, submit} = bench({hopcount_limit: '2'});
    await assert.rejects(submit({content: Buffer.from('Received: x\n\n')}), {code: '5.4.0', message: 'too many hops'});
    assert.equal(lines[0], 'cleanup: 91812252934: message rejected: hopcount exceeded');
  });

  test('larger than message_size_limit', async () => {
    const {file, lines, submit} = bench({message_size_limit: '1000'});
    const content = Buffer.from(`\n${'x'.repeat(2000)}\n`);
    await assert.rejects(submit({content}), {code: '5.3.4', message: 'message file too big'});
    assert.ok(lines.includes('cleanup: 91812252934: queue file size limit exceeded'));
    assert.ok(file.isAborted);
  });

  test('a full disk is said, and nothing is left', async () => {
    const {file, submit} = bench();
    file.fault = Object.assign(new Error('no space'), {code: 'ENOSPC'});
    await assert.rejects(submit({}), {code: '4.3.1'});
    assert.ok(file.isAborted);
  });

  test('no recipients', async () => {
    const {submit} = bench();
    await assert.rejects(submit({recipients: []}), {message: 'no recipients specified'});
  });
});
