import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {AuthCache} from '../../../../src/core/account/auth/cache.ts';
import {isNameWanted, matchesWildcards} from '../../../../src/core/account/auth/name-filter.ts';
import {Penalty} from '../../../../src/core/account/auth/penalty.ts';

suite('penalty', () => {
  test('each new failure makes the next login wait longer, up to 15 seconds', () => {
    let now = 0;
    const penalty = new Penalty(() => now);
    const waits = ['a', 'b', 'c', 'd', 'e'].map(secret => {
      penalty.addFailure('10.0.0.1', secret);
      return penalty.delayMilliseconds('10.0.0.1');
    });
    assert.deepEqual(waits, [4000, 8000, 15_000, 15_000, 15_000]);
    now = 10_000;
    assert.equal(penalty.delayMilliseconds('10.0.0.1'), 5000);
    assert.equal(penalty.delayMilliseconds('10.0.0.2'), 0);
    now = 120_000;
    assert.equal(penalty.delayMilliseconds('10.0.0.1'), 0);
  });

  test('the same failure again does not, not even behind a success', () => {
    const penalty = new Penalty(() => 0);
    penalty.addFailure('10.0.0.1', 'a');
    penalty.addFailure('10.0.0.1', 'a');
    assert.equal(penalty.delayMilliseconds('10.0.0.1'), 4000);
    penalty.clear('10.0.0.1');
    penalty.addFailure('10.0.0.1', 'a');
    assert.equal(penalty.delayMilliseconds('10.0.0.1'), 0);
    assert.deepEqual([...penalty.list()], [{address: '10.0.0.1', penalty: 0, last: 0}]);
  });

  test('a /48 of IPv6 is one address', () => {
    const penalty = new Penalty(() => 0);
    penalty.addFailure('2001:db8:1:2::1', 'a');
    assert.equal(penalty.delayMilliseconds('2001:db8:1:9::7'), 4000);
    assert.equal(penalty.delayMilliseconds('2001:db8:2::1'), 0);
  });
});

suite('auth cache', () => {
  let now = 0;
  const make = (sizeBytes: number): AuthCache =>
    new AuthCache({sizeBytes, ttlSeconds: 10, negativeTtlSeconds: 5, now: () => now});
  const found = (password: string) => ({kind: 'found', password, fields: [['a', 'b'] as const]}) as const;

  test('what was found and what was not are kept for their times', () => {
    now = 0;
    const cache = make(10_000);
    cache.addPassdbEntry('P\tjoe', found('x'));
    cache.addPassdbEntry('P\tnobody', {kind: 'unknown'});
    cache.addPassdbEntry('P\tbroken', {kind: 'broken', text: 'x'});
    assert.deepEqual(cache.passdbEntry('P\tjoe'), found('x'));
    assert.equal(cache.passdbEntry('P\tbroken'), undefined);
    now = 6000;
    assert.equal(cache.passdbEntry('P\tnobody'), undefined);
    assert.notEqual(cache.passdbEntry('P\tjoe'), undefined);
    now = 10_000;
    assert.equal(cache.passdbEntry('P\tjoe'), undefined);
  });

  test('when it is full, what was asked for least lately goes', () => {
    now = 0;
    const cache = make(350);
    for (const name of ['one', 'two', 'three']) cache.addPassdbEntry(`P\t${name}`, found('x'));
    cache.passdbEntry('P\tone');
    cache.addPassdbEntry('P\tfour', found('x'));
    assert.deepEqual(
      ['one', 'two', 'three', 'four'].map(name => cache.passdbEntry(`P\t${name}`) !== undefined),
      [true, false, true, true],
    );
    cache.addPassdbEntry('P\thuge', found('x'.repeat(1000)));
    assert.equal(cache.passdbEntry('P\thuge'), undefined);
  });

  test('a password that was right is forgotten once it is wrong; users can be flushed', () => {
    now = 0;
    const cache = make(10_000);
    cache.addPassdbEntry('P\tjoe', found('x'));
    assert.equal(cache.forgetIfRight('P\tjoe'), false);
    cache.markRight('P\tjoe');
    assert.equal(cache.forgetIfRight('P\tjoe'), true);
    cache.addPassdbEntry('P\tjoe', found('x'));
    cache.addUserdbEntry('U\tjoe', {kind: 'found', fields: []});
    cache.addUserdbEntry('U\tann', {kind: 'found', fields: []});
    assert.equal(cache.flush(['joe']), 2);
    assert.equal(cache.flush(), 1);
  });
});

suite('names by wildcards', () => {
  const cases: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ['*', '', true],
    ['*', 'joe', true],
    ['j?e', 'joe', true],
    ['j?e', 'je', false],
    ['*@example.com', 'joe@example.com', true],
    ['*@example.com', 'joe@example.org', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['', '', true],
    ['', 'x', false],
  ];
  for (const [pattern, name, matches] of cases)
    test(`${pattern} ${matches ? 'is' : 'is not'} ${name}`, () =>
      assert.equal(matchesWildcards(pattern, name), matches));

  test('a pattern that could go back and forth does not', () => {
    const begin = performance.now();
    assert.equal(matchesWildcards('*a'.repeat(50), 'a'.repeat(5000) + 'b'), false);
    assert(performance.now() - begin < 500);
  });

  test('filters: wanted and unwanted', () => {
    assert.equal(isNameWanted('*@a !root@a', 'joe@a'), true);
    assert.equal(isNameWanted('*@a !root@a', 'root@a'), false);
    assert.equal(isNameWanted('!root', 'joe'), true);
    assert.equal(isNameWanted('ann, joe', 'bob'), false);
  });
});
