import assert from 'node:assert/strict';
import {buildBtree} from '../../../../src/core/table/berkeley/btree-writer.ts';
import {buildHash} from '../../../../src/core/table/berkeley/hash-writer.ts';
import {BerkeleyFault} from '../../../../src/core/table/berkeley/pages.ts';
import {openDatabase, type DatabaseKind, type Pair} from '../../../../src/core/table/berkeley/reader.ts';

const BUILD: Readonly<Record<DatabaseKind, (pairs: readonly Pair[]) => Buffer>> = {hash: buildHash, btree: buildBtree};
const SEED = 20_261_124;

/** Numbers between 0 and `below`, the same in each run (xorshift). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function somePairs(count: number): Pair[] {
  return Array.from({length: count}, (_, i) => {
    const value = i % 50 === 0 ? 'long '.repeat(2000) : `value ${i}`;
    return [Buffer.from(`key${(i * 7919) % count}@example.com\0`), Buffer.from(`${value}\0`)] as const;
  });
}

suite('Berkeley DB files', () => {
  for (const kind of ['hash', 'btree'] as const) {
    for (const count of [0, 1, 10, 1000, 20_000])
      test(`${kind}: ${count} pairs are found again`, () => {
        const pairs = somePairs(count);
        const database = openDatabase(BUILD[kind](pairs), kind, '/x.db');
        for (const [key, value] of pairs) assert(database.get(key)?.equals(value), key.toString());
        assert.equal(database.get(Buffer.from('nosuch')), undefined);
        assert.equal([...database.pairs()].length, count);
        assert.equal(database.isWhole(), true);
      });

    test(`${kind}: of damaged bytes something is read, or a fault is told`, () => {
      const random = randomFrom(SEED);
      const pairs = somePairs(300);
      const whole = BUILD[kind](pairs);
      for (let round = 0; round < 300; round++) {
        const bytes = Buffer.from(round % 3 === 0 ? whole.subarray(0, random(whole.length)) : whole);
        if (bytes.length > 0) for (let i = 0; i < 8; i++) bytes[random(bytes.length)] = random(256);
        readAll(bytes, kind, pairs);
      }
    });
  }

  test('a file of the other kind is refused', () => {
    assert.throws(() => openDatabase(buildHash([]), 'btree', '/x.db'), BerkeleyFault);
  });
});

function readAll(bytes: Buffer, kind: DatabaseKind, pairs: readonly Pair[]): void {
  try {
    const database = openDatabase(bytes, kind, '/x.db');
    for (const [key] of pairs.slice(0, 20)) database.get(key);
    let count = 0;
    for (const _pair of database.pairs()) if (++count > 100_000) assert.fail('the pairs do not end');
    database.isWhole();
  } catch (fault) {
    if (!(fault instanceof BerkeleyFault)) throw fault;
  }
}
