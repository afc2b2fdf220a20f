import assert from 'node:assert/strict';
import fc from 'fast-check';
import {quoteAddress, splitAddress, unquoteAddress} from '../../../src/core/message/address-syntax.ts';

/** Internal form, external form. */
const QUOTED: readonly (readonly [string, string])[] = [
  ['', ''],
  ['joe', 'joe'],
  ['joe@example.com', 'joe@example.com'],
  ['odd name@x', '"odd name"@x'],
  ['@x', '""@x'],
  ['.a@x', '".a"@x'],
  ['a.@x', '"a."@x'],
  ['a..b@x', '"a..b"@x'],
  ['a"b@x', '"a\\"b"@x'],
  ['a\\b@x', '"a\\\\b"@x'],
  ['a@b@x', '"a@b"@x'],
  ['f\xfc@x', 'f\xfc@x'],
  ['a\tb@x', '"a\tb"@x'],
  ['/a/b=c|d!e%f@x', '/a/b=c|d!e%f@x'],
  ['a@[1.2.3.4]', 'a@[1.2.3.4]'],
  ['@a,@b:c@d', '@a,@b:c@d'],
];

suite('quoting of local parts', () => {
  for (const [internal, external] of QUOTED)
    test(JSON.stringify(internal), () => {
      assert.equal(quoteAddress(internal), external);
      assert.equal(unquoteAddress(external), internal);
    });

  test('what was quoted comes back, whatever it was', () => {
    const local = fc.string({unit: fc.constantFrom(...'ab@. "\\<>(),\r\n\xff'), maxLength: 12});
    fc.assert(
      fc.property(local, text => {
        const internal = `${text}@example.com`;
        assert.equal(unquoteAddress(quoteAddress(internal)), internal);
      }),
    );
  });

  test('the last @ parts the domain', () => {
    assert.deepEqual(splitAddress('a@b@c'), {localPart: 'a@b', domain: 'c'});
    assert.deepEqual(splitAddress('a'), {localPart: 'a', domain: undefined});
    assert.deepEqual(splitAddress('a@'), {localPart: 'a', domain: ''});
  });
});
