/** Maildrop files, good, requeued and damaged, on their way through pickup; log texts recorded from 3.7.11. */
import assert from 'node:assert/strict';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {Refusal} from '../../../src/core/base/errors.ts';
import {Log, type LogRecord} from '../../../src/core/log/log.ts';
import type {Submission} from '../../../src/core/queue/agent.ts';
import {Pickup} from '../../../src/core/queue/pickup.ts';
import {RecordBuffer} from '../../../src/core/queue/record-buffer.ts';
import {plainConfig} from '../../support/plain-config.ts';

const uid = process.getuid?.() ?? 0;

/** `T1 1` is type T, payload `1 1`. */
function records(...texts: string[]): Buffer {
  const buffer = new RecordBuffer();
  for (const text of texts) buffer.put(text.charAt(0), text.slice(1));
  return buffer.take();
}

const GOOD = [
  'T1795495440 7',
  'Arewrite_context=local',
  'FRoot',
  'Sa@b.c',
  'Rx',
  'M',
  'NSubject: hi',
  'N',
  'Nbody',
  'X',
  'E',
];

suite('pickup', () => {
  let home: string;
  let lines: string[];
  let taken: {submission: Submission; content: string; trailing: string[]}[];
  let refusal: Refusal | undefined;
  let pickup: Pickup;

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'pickup-'));
    mkdirSync(join(home, 'maildrop'));
    lines = [];
    taken = [];
    refusal = undefined;
    pickup = new Pickup({
      config: plainConfig({queue_directory: home}),
      log: new Log('x', {
        write: (record: LogRecord) => void lines.push(`${record.program}: ${record.severity} ${record.text}`),
      }),
      clock: {now: () => Date.now()},
      ownerUid: uid,
      submitter: {
        async submit(submission) {
          submission.announce?.('ID');
          let content = submission.content instanceof Uint8Array ? submission.content.toString('latin1') : '';
          if (!(submission.content instanceof Uint8Array))
            for await (const chunk of submission.content) content += chunk.toString('latin1');
          if (refusal !== undefined) throw refusal;
          const trailing: string[] = [];
          for await (const {address} of submission.trailingRecipients?.() ?? []) trailing.push(address);
          taken.push({submission, content, trailing});
          return {id: 'ID'};
        },
      },
    });
  });
  teardown(() => {
    rmSync(home, {recursive: true});
  });
  const drop = (name: string, bytes: Buffer, mode = 0o744): void => {
    writeFileSync(join(home, 'maildrop', name), bytes);
    chmodSync(join(home, 'maildrop', name), mode);
  };
  const left = (): string[] => readdirSync(join(home, 'maildrop'));

  test('hands on what the file says, logs, and removes it', async () => {
    drop(
      'A',
      records(
        'T1795495440 7',
        'Aenvelope_id=e',
        'Arewrite_context=remote',
        'F',
        'Sa b@c',
        'V+=',
        'Anotify_flags=6',
        'Adsn_orig_rcpt=rfc822;o',
        'Oorig',
        'Rx',
        'Ry',
        'M',
        'LTo:',
        'N\tz',
        'N',
        'X',
        'Anotify_flags=1',
        'Rr1',
        'E',
      ),
    );
    await pickup.scan();
    assert.deepEqual(left(), []);
    assert.deepEqual(lines, [`pickup: info ID: uid=${uid} from=<"a b"@c>`]);
    const [one] = taken;
    assert.ok(one !== undefined);
    const {sender, fullName, recipients, rewriteContext, verp, arrival, attributes} = one.submission;
    assert.deepEqual([sender, fullName, rewriteContext, verp], ['a b@c', '', 'remote', '+=']);
    assert.deepEqual(arrival, {seconds: 1795495440, microseconds: 7, text: '1795495440 7'});
    assert.deepEqual(recipients, [
      {address: 'x', original: 'orig', dsnOriginal: 'rfc822;o', notify: 6},
      {address: 'y', original: 'y', dsnOriginal: undefined, notify: 0},
    ]);
    assert.deepEqual(
      [...(attributes ?? [])],
      [
        ['envelope_id', 'e'],
        ['rewrite_context', 'remote'],
      ],
    );
    assert.deepEqual([one.content, one.trailing], ['To:\tz\n\n', ['r1']]);
  });

  test('a requeued file: done recipients and old records are skipped, the old id is logged', async () => {
    drop(
      'OLDID',
      records(
        'C1 2',
        'T1 1',
        'Acreate_time=1',
        'Lsmtp:x',
        'Sa',
        'Odone',
        'Ddone',
        'Oo',
        'Rx',
        'M',
        'Na',
        'p              0',
        'w  ',
        'X',
        '>r@x',
        'Aencoding=8bit',
        'E',
      ),
      0o700,
    );
    await pickup.scan();
    assert.deepEqual(lines, [`pickup: info ID: uid=${uid} from=<a> orig_id=OLDID`]);
    assert.deepEqual(
      taken[0]?.submission.recipients.map(r => [r.address, r.original]),
      [['x', 'o']],
    );
    assert.equal(taken[0]?.submission.attributes?.has('create_time'), false);
  });

  test('a file without the execute bit is still being written', async () => {
    drop('A', records(...GOOD), 0o600);
    await pickup.scan();
    assert.deepEqual([left(), lines], [['A'], []]);
  });

  test('a large file is streamed', async () => {
    const line = 'N' + 'y'.repeat(1000);
    drop('A', records(...GOOD.slice(0, 6), ...Array<string>(2000).fill(line), 'X', 'Rz', 'E'));
    await pickup.scan();
    assert.equal(taken[0]?.content.length, 2000 * 1001);
    assert.deepEqual(taken[0]?.trailing, ['z']);
  });

  const DAMAGED: readonly (readonly [string, Buffer, string[]])[] = [
    [
      'cut in a record',
      records(...GOOD).subarray(0, 30),
      [
        'maildrop/A: unexpected EOF in data, record type 65 length 21',
        `uid=${uid}: unexpected or malformed record type -2`,
      ],
    ],
    ['cut between records', records(...GOOD.slice(0, 8)), [`uid=${uid}: unexpected or malformed record type -1`]],
    [
      'garbage',
      Buffer.from('garbage\n'),
      [
        'maildrop/A: unexpected EOF in data, record type 103 length 97',
        `uid=${uid}: unexpected or malformed record type -2`,
      ],
    ],
    ['empty', Buffer.from(''), [`uid=${uid}: unexpected or malformed record type -1`]],
    ['a type that has no place there', records('T1 1', 'N'), [`uid=${uid}: unexpected or malformed record type 78`]],
    [
      'a length without end',
      Buffer.from('T\xff\xff\xff\xff\xff\xff', 'latin1'),
      ['maildrop/A: too many length bits, record type 84', `uid=${uid}: unexpected or malformed record type -2`],
    ],
    [
      'a length beyond the limit',
      Buffer.from('R\xb8\x17', 'latin1'),
      ['maildrop/A: illegal length 3000, record type 82', `uid=${uid}: unexpected or malformed record type -2`],
    ],
    ['no sender', records('T1 1', 'Rx', 'M', 'X', 'E'), [`uid=${uid}: no envelope sender`]],
  ];
  for (const [title, bytes, texts] of DAMAGED)
    test(`damaged: ${title}`, async () => {
      drop('A', bytes);
      drop('B', records(...GOOD));
      await pickup.scan();
      const warnings = lines.filter(line => line.startsWith('pickup: warning'));
      assert.deepEqual(
        warnings,
        texts.map(text => `pickup: warning ${text}`),
      );
      assert.deepEqual([left(), taken.length], [[], 1]);
    });

  test('what can be accepted later stays; what can not is removed', async () => {
    drop('A', records(...GOOD));
    refusal = new Refusal('4.3.1', 'Insufficient system storage');
    await pickup.scan();
    assert.deepEqual(left(), ['A']);
    refusal = new Refusal('5.1.0', 'no recipients specified');
    await pickup.scan();
    assert.deepEqual(left(), []);
    assert.equal(lines.at(-1), 'pickup: warning maildrop/A: error writing ID: no recipients specified');
  });

  test('files from the future or long queued are wondered at', async () => {
    for (const [name, ahead] of [
      ['A', 20_000],
      ['B', -3 * 86_400 - 60],
    ] as const) {
      drop(name, records(...GOOD));
      const when = Date.now() / 1000 + ahead;
      utimesSync(join(home, 'maildrop', name), when, when);
    }
    await pickup.scan();
    const warnings = lines.filter(line => line.startsWith('pickup: warning')).sort();
    assert.match(warnings[0] ?? '', /^pickup: warning ID: message dated (19999|20000|1999\d) seconds into the future$/);
    assert.equal(warnings[1], 'pickup: warning ID: message has been queued for 3 days');
  });

  test('a second scan asked for during the first sees new files', async () => {
    drop('A', records(...GOOD));
    const first = pickup.scan();
    drop('B', records(...GOOD));
    await Promise.all([first, pickup.scan()]);
    assert.deepEqual([taken.length, left()], [2, []]);
  });

  test('noise is never queued whole, and always ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 60}), async noise => {
        drop('N', Buffer.concat([records(...GOOD).subarray(0, noise[0] ?? 0), noise]));
        await pickup.scan();
        assert.equal(existsSync(join(home, 'maildrop', 'N')), false);
      }),
      {numRuns: 60},
    );
  });
});
