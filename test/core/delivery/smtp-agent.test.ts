import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {DeliveryBench, type DeliveryOptions} from '../../support/delivery-bench.ts';
import {type Rules, ScriptServer} from '../../support/smtp-script.ts';

interface Run {
  readonly reports: readonly string[];
  readonly lines: readonly string[];
  readonly log: readonly string[];
}

async function deliver(
  rules: Rules,
  to: string | string[] = 'r@d.example',
  set: Readonly<Record<string, string>> = {},
  options: DeliveryOptions = {},
): Promise<Run> {
  const server = new ScriptServer(rules);
  const bench = new DeliveryBench(set, {smtp: ['smtp'], lmtp: ['lmtp']});
  try {
    const port = await server.listen();
    const reports = await bench.deliver('smtp', to, {nexthop: `[127.0.0.1]:${port}`, ...options});
    await new Promise(resolve => setTimeout(resolve, 20));
    const plain = (text: string): string => text.replaceAll(`:${port}`, ':PORT');
    return {reports: reports.map(plain), lines: server.lines, log: bench.warnings.map(plain)};
  } finally {
    await server.close();
    await bench.dispose();
  }
}

const H = '127.0.0.1[127.0.0.1]';

suite('smtp client', () => {
  test('a message goes out, commands in one write, and QUIT behind the dot', async () => {
    const {reports, lines} = await deliver({});
    assert.deepEqual(reports, ['r@d.example 2.0.0 sent (250 2.0.0 Ok: queued as 12345)']);
    assert.deepEqual(lines, [
      '(connect)',
      'EHLO mail.example.com',
      'MAIL FROM:<sender@else.example> SIZE=300',
      'RCPT TO:<r@d.example> ORCPT=rfc822;r@d.example',
      'DATA',
      'Subject: x',
      '',
      'hello',
      'From me',
      '..',
      '.',
      'QUIT',
      '(end)',
    ]);
  });

  /** What the server does, what is reported. */
  const ends: readonly (readonly [Rules, string])[] = [
    [
      {greeting: '421 mx.test Try again later'},
      `4.0.0 deferred (host ${H} refused to talk to me: 421 mx.test Try again later)`,
    ],
    [{greeting: '554 mx.test no'}, `4.0.0 deferred (host ${H} refused to talk to me: 554 mx.test no)`],
    [{'MAIL FROM': '550 5.1.8 no'}, `5.1.8 bounced (host ${H} said: 550 5.1.8 no (in reply to MAIL FROM command))`],
    [
      {'RCPT TO': '550-5.1.1 a\n550 5.1.1 b'},
      `5.1.1 bounced (host ${H} said: 550-5.1.1 a 550 5.1.1 b (in reply to RCPT TO command))`,
    ],
    [{'RCPT TO': '451 later'}, `4.0.0 deferred (host ${H} said: 451 later (in reply to RCPT TO command))`],
    [{DATA: '554 5.5.1 no'}, `5.5.1 bounced (host ${H} said: 554 5.5.1 no (in reply to DATA command))`],
    [{content: '552 5.3.4 big'}, `5.3.4 bounced (host ${H} said: 552 5.3.4 big (in reply to end of DATA command))`],
    [{greeting: 'CUT'}, `4.4.2 deferred (lost connection with ${H} while receiving the initial server greeting)`],
    [{EHLO: 'CUT'}, `4.4.2 deferred (lost connection with ${H} while performing the EHLO handshake)`],
    [{'RCPT TO': 'CUT'}, `4.4.2 deferred (lost connection with ${H} while sending RCPT TO)`],
  ];
  for (const [rules, expected] of ends)
    test(`${JSON.stringify(rules)}: ${expected}`, async () => {
      const {reports} = await deliver(rules);
      assert.deepEqual(reports, [`r@d.example ${expected}`]);
    });
});
