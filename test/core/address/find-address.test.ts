/** The order of keys in which an address is looked for. */
import assert from 'node:assert/strict';
import {AddressMaps, type AddressSupplies} from '../../../src/core/address/address-maps.ts';
import {extensionRules} from '../../../src/core/address/extension.ts';
import {findAddress, findAddressOrDomain, type FindRules} from '../../../src/core/address/find-address.ts';
import {run} from '../../../src/core/address/steps.ts';
import {type Found, type Table, TableError} from '../../../src/core/table/table.ts';
import {addressSupplies} from '../../support/address-supplies.ts';

interface Asked {
  readonly supplies: AddressSupplies & {readonly warnings: string[]};
  readonly maps: AddressMaps;
  readonly rules: FindRules;
  readonly keys: string[];
}

/** A table that answers `answer` and keeps the keys it was asked for. */
function asked(answer: (key: string) => ReturnType<Table['lookup']>, isPattern = false): Asked {
  const keys: string[] = [];
  const supplies = addressSupplies({recipient_delimiter: '+', canonical_maps: 'inline:{a=b}'});
  const lookup = (key: string): ReturnType<Table['lookup']> => {
    keys.push(key);
    return answer(key);
  };
  const table: Table = {name: 'spy', isPattern, lookup, close: () => undefined};
  const maps = new AddressMaps('canonical_maps', {...supplies, openTables: () => [table]});
  const extension = extensionRules(supplies.config);
  return {supplies, maps, keys, rules: {extension, *isOurs(domain) { return domain === 'ours.example'; }}}; // prettier-ignore
}

suite('address: looking for an address', () => {
  const nothing = (): undefined => undefined;
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['joe+x@far.example', ['joe+x@far.example', 'joe@far.example', '@far.example']],
    ['joe+x@ours.example', ['joe+x@ours.example', 'joe@ours.example', 'joe+x', 'joe', '@ours.example']],
    ['joe@ours.example', ['joe@ours.example', 'joe', '@ours.example']],
    ['joe', ['joe']],
    ['a b@far.example', ['"a b"@far.example', 'a b@far.example', '@far.example']],
  ];
  for (const [address, keys] of cases)
    test(address, () => {
      const spy = asked(nothing);
      void run(findAddress(spy.maps, address, spy.rules));
      assert.deepEqual(spy.keys, keys);
    });

  test('pattern tables see the whole address only', () => {
    const spy = asked(nothing, true);
    void run(findAddress(spy.maps, 'joe+x@ours.example', spy.rules));
    assert.deepEqual(spy.keys, ['joe+x@ours.example']);
  });

  test('transport_maps ask for the domain and its parents, with or without dot', () => {
    const dotted = asked(nothing);
    void run(findAddressOrDomain(dotted.maps, 'joe@a.b.example', dotted.rules, false));
    assert.deepEqual(dotted.keys, ['joe@a.b.example', 'a.b.example', '.b.example', '.example']);
    const plain = asked(nothing);
    void run(findAddressOrDomain(plain.maps, 'joe@a.b.example', plain.rules, true));
    assert.deepEqual(plain.keys, ['joe@a.b.example', 'a.b.example', 'b.example', 'example']);
  });

  test('the extension that did not match is told', () => {
    const spy = asked(key => (key === 'joe' ? {value: 'hit'} : undefined));
    const found = run(findAddress(spy.maps, 'joe+x@ours.example', spy.rules));
    assert.ok(found !== undefined && !(found instanceof Promise));
    assert.deepEqual([found.value, found.unmatchedExtension], ['hit', '+x']);
  });

  test('a table that takes its time is waited for; one that does not makes no promise', async () => {
    const later = asked(key =>
      Promise.resolve<Found | undefined>(key === '@far.example' ? {value: 'late'} : undefined),
    );
    const promise = run(findAddress(later.maps, 'joe@far.example', later.rules));
    assert.ok(promise instanceof Promise);
    assert.equal((await promise)?.value, 'late');
  });

  for (const [name, fail] of [
    [
      'at once',
      (): never => {
        throw new TableError('spy', 'broken');
      },
    ],
    ['later', () => Promise.reject(new TableError('spy', 'broken'))],
  ] as const)
    // prettier-ignore
    test(`a table that fails ${name} is said so, and throws`, async () => {
      const spy = asked(fail);
      await assert.rejects(async () => await run(findAddress(spy.maps, 'joe@far.example', spy.rules)), TableError);
      assert.deepEqual(spy.supplies.warnings, ['spy lookup error for "joe@far.example"']);
    });

  test('an empty result is an error', async () => {
    const spy = asked(() => ({value: ''}));
    await assert.rejects(async () => await run(findAddress(spy.maps, 'joe@far.example', spy.rules)), TableError);
    assert.deepEqual(spy.supplies.warnings, [
      'canonical_maps lookup of joe@far.example returns an empty string result',
      'canonical_maps should return NO RESULT in case of NOT FOUND',
    ]);
  });
});
