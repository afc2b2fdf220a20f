import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {suite, test} from 'mocha';
import {DeliveryBench} from '../../support/delivery-bench.ts';

const UID = String(process.getuid?.() ?? 0);

const SET = {
  virtual_mailbox_base: 'ROOT/v',
  virtual_mailbox_maps:
    'inline:{a@v.example=a/, b@v.example=b, d@v.example=dir, e@v.example=e, f@v.example=f, @w.example=all/}',
  virtual_uid_maps: `inline:{a@v.example=${UID}, b@v.example=${UID}, d@v.example=${UID}, e@v.example=-1, @w.example=${UID}}`,
  virtual_gid_maps: 'inline:{@v.example=100, @w.example=100}',
  virtual_minimum_uid: '0',
  recipient_delimiter: '+',
};

async function withBench(
  run: (bench: DeliveryBench) => Promise<void>,
  set: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bench = new DeliveryBench({...SET, ...set});
  mkdirSync(bench.path('v/dir'), {recursive: true});
  try {
    await run(bench);
  } finally {
    await bench.dispose();
  }
}

const CASES: readonly (readonly [string, string])[] = [
  ['a@v.example', 'a@v.example 2.0.0 sent (delivered to maildir)'],
  ['A+x@V.example', 'A+x@V.example 2.0.0 sent (delivered to maildir)'],
  ['b@v.example', 'b@v.example 2.0.0 sent (delivered to mailbox)'],
  ['any@w.example', 'any@w.example 2.0.0 sent (delivered to maildir)'],
  ['No@v.example', 'No@v.example 5.1.1 bounced (unknown user: "no@v.example")'],
  [
    'd@v.example',
    'd@v.example 4.2.0 deferred (delivery failed to mailbox ROOT/v/dir: cannot open file: Is a directory)',
  ],
  ['e@v.example', 'e@v.example 4.3.5 deferred (mail system configuration error)'],
  ['f@v.example', 'f@v.example 4.3.5 deferred (mail system configuration error)'],
];

suite('virtual', () => {
  for (const [to, expected] of CASES)
    test(expected, async () => {
      await withBench(async bench => {
        const lines = await bench.deliver('virtual', to);
        assert.deepEqual(
          lines.map(line => line.replaceAll(bench.root, 'ROOT')),
          [expected],
        );
      });
    });

  test('says what is wrong with an owner', async () => {
    await withBench(async bench => {
      await bench.deliver('virtual', ['e@v.example', 'f@v.example']);
      assert.deepEqual(bench.warnings, [
        'warning: recipient e@v.example: bad uid -1 in virtual_uid_maps',
        'warning: recipient f@v.example: not found in virtual_uid_maps',
      ]);
    });
  });

  test('messages carry their headers; mbox has a From_ line and quotes', async () => {
    await withBench(async bench => {
      await bench.deliver('virtual', ['a@v.example', 'b@v.example'], {
        content: 'Delivered-To: a@v.example\n\nFrom\nFrom x\n',
      });
      assert.deepEqual(bench.maildir('v/a'), [
        'Return-Path: <sender@else.example>\nX-Original-To: a@v.example\nDelivered-To: a@v.example\nDelivered-To: a@v.example\n\nFrom\nFrom x\n',
      ]);
      assert.match(
        bench.read('v/b'),
        /^From sender@else\.example {2}.*\nReturn-Path: <sender@else\.example>\nX-Original-To: b@v\.example\nDelivered-To: b@v\.example\nDelivered-To: a@v\.example\n\nFrom\n>From x\n\n$/,
      );
    });
  });

  test('the same address twice in one request is delivered once', async () => {
    await withBench(async bench => {
      const lines = await bench.deliver('virtual', ['a@v.example', 'A@v.example']);
      assert.equal(lines[1]?.charAt(0), '-');
      assert.equal(bench.maildir('v/a').length, 1);
    });
  });

  test('virtual_mailbox_limit', async () => {
    await withBench(
      async bench => {
        const text = 'error writing message: File too large';
        assert.deepEqual(await bench.deliver('virtual', ['a@v.example', 'b@v.example']), [
          `a@v.example 5.2.2 bounced (maildir delivery failed: ${text})`,
          `b@v.example 5.2.2 bounced (delivery failed to mailbox ${bench.path('v/b')}: ${text})`,
        ]);
        assert.equal(bench.read('v/b'), '');
      },
      {virtual_mailbox_limit: '20'},
    );
  });
});

suite('error, retry, discard', () => {
  /** Transport, next hop, report. */
  const ends: readonly (readonly [string, string, string])[] = [
    ['error', '5.1.2 text', 'x@y 5.1.2 bounced (text)'],
    ['error', '4.2.1 text', 'x@y 5.0.0 bounced (text)'],
    ['error', 'hello', 'x@y 5.0.0 bounced (hello)'],
    ['retry', '4.3.0 text', 'x@y 4.3.0 deferred (text)'],
    ['retry', '5.1.1 yes', 'x@y 4.0.0 deferred (yes)'],
    ['retry', 'no code', 'x@y 4.0.0 deferred (no code)'],
    ['discard', 'whatever', 'x@y 2.0.0 sent (whatever)'],
  ];
  for (const [transport, nexthop, expected] of ends)
    test(`${transport}:${nexthop} gives ${expected}`, async () => {
      await withBench(async bench => {
        assert.deepEqual(await bench.deliver(transport, 'x@y', {nexthop}), [expected]);
      });
    });
});
