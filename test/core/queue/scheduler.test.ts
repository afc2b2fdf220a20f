import assert from 'node:assert/strict';
import {setTimeout as pause} from 'node:timers/promises';
import type {Recipient} from '../../../src/core/queue/agent.ts';
import {Scheduler, type Batch, type Breakdown, type TransportLimits} from '../../../src/core/queue/scheduler.ts';

const LIMITS: TransportLimits = {
  processes: 100,
  recipients: 50,
  initial: 5,
  limit: 20,
  positive: {amount: 1, per: 'concurrency'},
  negative: {amount: 1, per: 'concurrency'},
  failedCohortLimit: 1,
  rateDelay: 0,
  transportRateDelay: 0,
  slotCost: 5,
  slotLoan: 3,
  slotDiscount: 50,
  minimumSlots: 3,
  recipientLimit: 20_000,
  extraRecipients: 1000,
  refillLimit: 100,
  refillDelay: 5,
};

/** A scheduler whose deliveries end when the test says so. */
class Bench {
  now = 0;
  readonly started: string[] = [];
  readonly suspended: string[] = [];
  readonly scheduler: Scheduler<string>;
  readonly #open: {batch: Batch<string>; end: (breakdown?: Breakdown) => void; release: () => void}[] = [];

  constructor(limits: Partial<TransportLimits> = {}, isOld = false) {
    this.scheduler = new Scheduler({
      limitsOf: () => ({...LIMITS, ...limits}),
      deliver: (batch, release) => {
        this.started.push(shown(batch));
        return new Promise(resolve => this.#open.push({batch, end: resolve, release}));
      },
      suspended: (batch, reason) => void this.suspended.push(`${shown(batch)} ${reason.text}`),
      now: () => this.now,
      deadDestinationSeconds: 300,
      deadTransportSeconds: 60,
      isOld,
    });
  }

  add(message: string, destination: string, ...users: string[]): void {
    for (const user of users)
      this.scheduler.add(message, {transport: 'smtp', nexthop: destination, destination}, recipient(user));
  }

  async end(breakdown?: Breakdown): Promise<void> {
    this.#open.shift()?.end(breakdown);
    await new Promise(resolve => setImmediate(resolve));
  }

  release(): void {
    this.#open[0]?.release();
  }

  get running(): number {
    return this.#open.length;
  }
}

function recipient(address: string): Recipient {
  return {address, offset: 0, notify: 0} as Recipient; // what a scheduler never looks at is left out
}

function shown({message, nexthop, recipients}: Batch<string>): string {
  return `${message}>${nexthop}:${recipients.map(({address}) => address).join('+')}`;
}

const REFUSED: Breakdown = {of: 'destination', status: '4.4.1', text: 'refused'};

suite('scheduler', () => {
  test('recipients of a message for one destination go together, up to the limit', () => {
    const bench = new Bench({recipients: 2});
    bench.add('m', 'a', 'x', 'y', 'z');
    bench.scheduler.run();
    assert.deepEqual(bench.started, ['m>a:x+y', 'm>a:z']);
  });

  /** Messages with so many deliveries each, one at a time; the answer is who had each. */
  const sequence = async (
    counts: readonly number[],
    limits: Partial<TransportLimits>,
    isOld = false,
  ): Promise<string> => {
    const bench = new Bench({recipients: 1, processes: 1, initial: 100, limit: 100, ...limits}, isOld);
    counts.forEach((count, at) => {
      for (let i = 0; i < count; i++) bench.add(String(at + 1), `d${at}`, `u${i}`);
    });
    bench.scheduler.run();
    while (bench.running > 0) await bench.end();
    return bench.started.map(text => text.charAt(0)).join('');
  };

  // The sequences of SCHEDULER_README, and what follows from its rules.
  const SEQUENCES: readonly [counts: number[], limits: Partial<TransportLimits>, expected: string][] = [
    [[10, 2, 2], {slotCost: 2, slotLoan: 0, slotDiscount: 0}, '11112211113311'],
    [[10, 2, 2], {slotCost: 2, slotLoan: 0, slotDiscount: 50}, '11221111331111'],
    [[10, 2, 2], {slotCost: 0}, '11111111112233'],
    [[10, 2, 2], {slotCost: 5}, '11111111112233'], // too few for minimum_delivery_slots
    [[30, 1, 1, 1, 1], {}, '2341'],
    [[3, 1], {slotCost: 2, minimumSlots: 1}, '2111'],
    [[20, 10, 2], {slotCost: 2, slotLoan: 0, slotDiscount: 0, minimumSlots: 3}, '1111331'],
  ];
  for (const [counts, limits, expected] of SEQUENCES)
    test(`${counts.join(', ')} deliveries, ${JSON.stringify(limits)}: ${expected}`, async () => {
      const shown = await sequence(counts, limits);
      assert.equal(shown.slice(0, expected.length), expected, shown);
      assert.equal(
        shown.length,
        counts.reduce((a, b) => a + b, 0),
      );
    });

  test('a stream of small messages makes a large one no more than a quarter later', async () => {
    const shown = await sequence([100, ...Array.from({length: 8}, () => 1), ...Array.from({length: 60}, () => 1)], {});
    const last = shown.lastIndexOf('1');
    assert.ok(last < 128, shown);
  });

  test('oqmgr: destinations take turns', async () => {
    assert.equal(await sequence([3, 2, 2], {}, true), '1231231');
  });

  test('a small message passes a large one at their common destination', async () => {
    const bench = new Bench({recipients: 1, initial: 1, limit: 1});
    for (let i = 0; i < 50; i++) bench.add('large', 'a', `r${i}`);
    bench.scheduler.run();
    bench.add('small', 'a', 's');
    bench.scheduler.run();
    await bench.end();
    assert.deepEqual(bench.started, ['large>a:r0', 'small>a:s']);
  });

  test('a destination gets no more than its window, and keeps nobody else waiting', () => {
    const bench = new Bench({initial: 2});
    for (let i = 0; i < 4; i++) bench.add(`m${i}`, 'slow', 'x');
    bench.add('other', 'fast', 'y');
    bench.scheduler.run();
    assert.deepEqual(bench.started, ['m0>slow:x', 'm1>slow:x', 'other>fast:y']);
  });

  test('a delivery may let the next one begin before it ends', () => {
    const bench = new Bench({initial: 1, limit: 1});
    bench.add('m0', 'a', 'x');
    bench.add('m1', 'a', 'x');
    bench.scheduler.run();
    bench.release();
    bench.release();
    assert.deepEqual(bench.started, ['m0>a:x', 'm1>a:x']);
    assert.equal(bench.running, 2);
  });

  test('a window grows by success', async () => {
    const bench = new Bench({initial: 1, positive: {amount: 1, per: 'delivery'}});
    for (let i = 0; i < 6; i++) bench.add(`m${i}`, 'a', 'x');
    bench.scheduler.run();
    assert.equal(bench.running, 1);
    await bench.end();
    assert.equal(bench.running, 2);
  });

  test('a dead destination is left alone until its time is over', async () => {
    const bench = new Bench({initial: 1});
    bench.add('m0', 'a', 'x');
    bench.add('m1', 'a', 'x');
    bench.add('m2', 'b', 'x');
    bench.scheduler.run();
    await bench.end(REFUSED);
    assert.deepEqual(bench.suspended, ['m1>a:x refused']);
    bench.add('m3', 'a', 'x');
    bench.scheduler.run();
    assert.deepEqual(bench.suspended, ['m1>a:x refused', 'm3>a:x refused']);
    bench.now = 301_000;
    bench.scheduler.sweep();
    bench.add('m4', 'a', 'x');
    bench.scheduler.run();
    assert.equal(bench.started.at(-1), 'm4>a:x');
  });

  test('a dead transport holds back all of its mail', async () => {
    const bench = new Bench({processes: 1});
    bench.add('m0', 'a', 'x');
    bench.add('m1', 'b', 'x');
    bench.scheduler.run();
    await bench.end({of: 'transport', status: '4.3.0', text: 'mail transport unavailable'});
    assert.deepEqual(bench.suspended, ['m1>b:x mail transport unavailable']);
  });

  test('a destination that asks for less gets one at a time, with a pause that grows and shrinks', async () => {
    const bench = new Bench({initial: 1, positive: {amount: 1, per: 'delivery'}});
    const paced: Breakdown = {of: 'pace', status: '4.7.0', text: 'slow down', isPaced: true};
    for (let i = 0; i < 9; i++) bench.add(`m${i}`, 'a', 'x');
    bench.scheduler.run();
    await bench.end(paced);
    assert.equal(bench.running, 0);
    bench.add('more', 'b', 'x');
    bench.scheduler.run();
    assert.equal(bench.started.at(-1), 'more>b:x'); // others are as fast as ever
    await bench.end();
    await pause(1100);
    assert.equal(bench.running, 1);
    await bench.end();
    assert.equal(bench.running, 1); // no pause any more, and the window grows again
    await bench.end();
    assert.equal(bench.running, 2);
  });

  test('a destination that goes as slow as can be and still asks for less counts as failed', async () => {
    const bench = new Bench({initial: 10, limit: 10});
    const refused: Breakdown = {of: 'destination', status: '4.7.0', text: '421 slow down', isPaced: true};
    for (let i = 0; i < 12; i++) bench.add(`m${i}`, 'a', 'x');
    bench.scheduler.run();
    for (let i = 0; i < 7; i++) await bench.end(refused); // 1, 2, 4, 8, 16, 32, 60 s
    assert.deepEqual(bench.suspended, []);
    await bench.end(refused);
    assert.equal(bench.suspended[0], 'm10>a:x 421 slow down');
  });

  test('a flush revives what is dead', async () => {
    const bench = new Bench({initial: 1});
    bench.add('m0', 'a', 'x');
    bench.scheduler.run();
    await bench.end(REFUSED);
    bench.scheduler.reviveAll();
    bench.add('m1', 'a', 'x');
    bench.scheduler.run();
    assert.deepEqual(bench.started, ['m0>a:x', 'm1>a:x']);
  });
});
