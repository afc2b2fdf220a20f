/** Address verification: probes through the queue manager, what is kept of their results, and for how long. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Outcome} from '../../../src/core/queue/agent.ts';
import {Verifier, type VerifyAnswer} from '../../../src/core/queue/verifier.ts';
import {isVerifySender, verifySender} from '../../../src/core/queue/verify-sender.ts';
import {Log} from '../../../src/core/log/log.ts';
import {until} from '../../support/home.ts';
import {plainConfig} from '../../support/plain-config.ts';
import {QueueBench} from '../../support/queue-bench.ts';

const REFUSED: Outcome = {kind: 'bounced', status: '5.1.1', text: 'host a said: 550 5.1.1 no such user'};
const BUSY: Outcome = {kind: 'deferred', status: '4.5.0', text: 'host a said: 450 4.5.0 later'};

suite('verifier', () => {
  let bench: QueueBench;
  const start = (main = ''): QueueBench => (bench = new QueueBench(main));
  teardown(() => bench.dispose());

  const verify = async (address: string): Promise<string> => shown(await bench.parts.verifier.verify(address));
  const query = async (address: string): Promise<string> => shown(await bench.parts.verifier.query(address));

  test('the first to ask waits for the probe; the next ones are answered from memory', async () => {
    start();
    assert.equal(await verify('a@there.example'), 'ok done');
    assert.equal(await query('a@there.example'), 'ok done');
    assert.deepEqual(bench.delivered, ['a@there.example']);
    assert.equal(bench.deliveries[0]?.verifyOnly, true);
    assert.equal(bench.deliveries[0]?.envelope.sender, 'double-bounce@example.com');
    assert.ok(
      bench.lines.some(line => line.endsWith('status=deliverable (done)')),
      bench.lines.join('\n'),
    );
  });

  test('refusals and delays are known, nobody is told, and nothing stays in the queue', async () => {
    start();
    bench.decide = address => (address.startsWith('no') ? REFUSED : BUSY);
    assert.equal(await verify('no@there.example'), `reject ${REFUSED.text}`);
    assert.equal(await verify('busy@there.example'), `defer ${BUSY.text}`);
    await bench.manager.whenIdle();
    const left = ['incoming', 'active', 'deferred', 'defer', 'bounce', 'trace'].flatMap(queue => bench.ids(queue));
    assert.deepEqual(left, []);
    assert.equal(bench.deliveries.length, 2);
  });

  test('without an answer in time it is in progress', async () => {
    start('address_verify_poll_count = 2\naddress_verify_poll_delay = 1s\n');
    let answer: (outcome: Outcome) => void = () => undefined;
    bench.decide = () => new Promise(resolve => (answer = resolve));
    assert.equal(await verify('a@there.example'), 'todo Address verification in progress');
    answer(REFUSED);
    await bench.manager.whenIdle();
    assert.equal(await query('a@there.example'), `reject ${REFUSED.text}`);
  });

  test('without negative caching, who waits hears of a refusal, and it is forgotten', async () => {
    start('address_verify_negative_cache = no\n');
    bench.decide = () => REFUSED;
    assert.equal(await verify('a@there.example'), `reject ${REFUSED.text}`);
    assert.ok(bench.lines.some(line => line.includes('status=undeliverable-but-not-cached')));
    assert.equal(await query('a@there.example'), 'todo Address verification in progress');
    await bench.manager.whenIdle();
  });

  test('probes have routes of their own', async () => {
    start('address_verify_transport_maps = inline:{ {there.example=error:5.1.2 only probes go here} }\n');
    assert.equal(await verify('a@there.example'), 'reject only probes go here');
    await bench.submit(['a@there.example']);
    await bench.manager.whenIdle();
    assert.deepEqual(bench.delivered, ['a@there.example']);
  });

  test('too many probes at once are put off', async () => {
    start('address_verify_pending_request_limit = 1\n');
    let answer: (outcome: Outcome) => void = () => undefined;
    bench.decide = () => new Promise(resolve => (answer = resolve));
    const first = verify('a@there.example');
    await until(() => bench.deliveries.length === 1, 5000, 'the first probe');
    assert.equal(await verify('b@there.example'), 'defer Too many address verification requests');
    answer(REFUSED);
    assert.equal(await first, `reject ${REFUSED.text}`);
  });

  test('a restart remembers', async () => {
    start();
    assert.equal(await verify('a@there.example'), 'ok done');
    await bench.parts.verifier.close();
    const journal = join(bench.root, 'var/lib/postfix/verify_cache.journal');
    assert.ok(existsSync(journal));
    assert.match(readFileSync(journal, 'latin1'), /^ok\t0\t\d+\ta@there\.example\tdone$/m);
    const {config} = bench.parts;
    const next = verifierAt(config, () => Date.now());
    assert.equal(shown(await next.verifier.verify('a@there.example')), 'ok done');
    assert.deepEqual(next.probes, []);
    await next.verifier.close();
  });

  test('results are probed again when they are old, and forgotten when they are older', async () => {
    start();
    let now = 1_000_000_000_000;
    const day = 86_400_000;
    const {verifier, probes} = verifierAt(
      plainConfig({address_verify_map: '', address_verify_poll_count: '1'}),
      () => now,
    );
    const step = async (text: string): Promise<void> => {
      assert.equal(shown(await verifier.verify('a@b.example')), text);
    };
    const learn = (outcome: Outcome): string =>
      verifier.learn({address: 'a@b.example', original: 'a@b.example', dsnOriginal: '', notify: 0, offset: 0}, outcome);
    await step('todo Address verification in progress');
    await step('todo Address verification in progress');
    assert.equal(probes.length, 1); // one is under way
    learn({kind: 'sent', status: '2.1.5', text: 'fine'});
    now += 6 * day;
    await step('ok fine');
    assert.equal(probes.length, 1);
    now += 2 * day;
    await step('ok fine');
    assert.equal(probes.length, 2);
    learn(REFUSED);
    await step('ok fine'); // stays good until it expires
    now += 24 * day;
    await step('todo Address verification in progress');
    assert.equal(probes.length, 3);
    learn(REFUSED);
    await step(`reject ${REFUSED.text}`);
    now += 4 * 3_600_000;
    await step(`reject ${REFUSED.text}`);
    assert.equal(probes.length, 4);
  });

  test('the time-dependent sender is known for one period before and after', () => {
    start();
    const config = plainConfig({address_verify_sender_ttl: '100s', myorigin: 'example.com'});
    const now = 1_795_497_426_000;
    const sender = `${verifySender(config, now)}@example.com`;
    assert.match(sender, /^double-bounce[0-9BCDFGHJKLMNPQRSTVWXYZ]+@example\.com$/);
    const isKnown = (at: number): boolean => isVerifySender(sender, config, at);
    assert.deepEqual(
      [-200, -100, 0, 100, 200].map(seconds => isKnown(now + seconds * 1000)),
      [false, true, true, true, false],
    );
    assert.equal(isVerifySender('double-bounce@example.com', config, now), false);
    assert.equal(isVerifySender('Double-Bounce@Example.com', plainConfig({myorigin: 'example.com'}), now), true);
  });
});

function shown({status, text}: VerifyAnswer): string {
  return `${status} ${text}`;
}

function verifierAt(
  config: ReturnType<typeof plainConfig>,
  now: () => number,
): {readonly verifier: Verifier; readonly probes: string[]} {
  const probes: string[] = [];
  const verifier = new Verifier({
    config,
    log: new Log('test', {write: () => undefined}),
    clock: {now},
    submitter: {
      submit: ({recipients}) => {
        probes.push(recipients[0]?.address ?? '');
        return Promise.resolve({id: 'ID'});
      },
    },
  });
  return {verifier, probes};
}
