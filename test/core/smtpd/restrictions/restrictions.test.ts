import assert from 'node:assert/strict';
import {RestrictionBench} from '../../../support/restriction-bench.ts';

suite('smtpd restrictions', () => {
  const RELAY: readonly (readonly [address: string, recipient: string, reply: string | undefined])[] = [
    ['198.51.100.5', 'joe@example.com', undefined],
    ['198.51.100.5', 'joe@relay.example', undefined],
    ['198.51.100.5', 'joe@sub.relay.example', undefined],
    ['198.51.100.5', 'joe@elsewhere.example', '454 4.7.1 <joe@elsewhere.example>: Relay access denied'],
    ['192.0.2.9', 'joe@elsewhere.example', undefined],
    ['198.51.100.5', 'joe%else.example@example.com', '454 4.7.1 <joe%else.example@example.com>: Relay access denied'],
    ['198.51.100.5', 'else.example!joe@example.com', '454 4.7.1 <else.example!joe@example.com>: Relay access denied'],
    ['198.51.100.5', 'joe@else.example@example.com', '454 4.7.1 <joe@else.example@example.com>: Relay access denied'],
    [
      '198.51.100.5',
      'joe@else.example@relay.example',
      '454 4.7.1 <joe@else.example@relay.example>: Relay access denied',
    ],
    ['198.51.100.5', 'postmaster', undefined],
  ];
  for (const [address, recipient, reply] of RELAY)
    test(`by default, ${address} may ${reply === undefined ? '' : 'not '}send to ${recipient}`, async () => {
      const bench = new RestrictionBench('').client({address});
      assert.equal(await bench.mail('joe@x.example', recipient), reply);
    });

  test('a refusal is logged with all that is known', async () => {
    const bench = new RestrictionBench('');
    await bench.mail('odd name@x.example', 'joe@else.example');
    assert.deepEqual(bench.lines, [
      'NOQUEUE: reject: RCPT from client.example.org[198.51.100.5]: 454 4.7.1 <joe@else.example>: Relay access denied; ' +
        'from=<"odd name"@x.example> to=<joe@else.example> proto=ESMTP helo=<client.example>',
    ]);
  });
});
