/** Address lists as the original prints them back after completing each address (recorded from cleanup(8) 3.7.11). */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {extractAddresses, parseAddressList, printAddressList} from '../../../src/core/message/address-list.ts';

/** Header value, and the original's output with `@x` added to addresses without domain. */
const PRINTED: readonly (readonly [string, string])[] = [
  ['a b c', 'a@x, b@x, c@x'],
  ['a b c <d>', 'a b c <d@x>'],
  ['<d> e f', '<d@x>, e@x, f@x'],
  ['a@b c@d', 'a@b, c@d'],
  ['grp: a, b;', 'grp: a@x, b@x;'],
  ['grp: a, b; c', 'grp: a@x, b@x;, c@x'],
  ['(comment) a (x)', 'a@x (comment) (x)'],
  ['a (x) b', 'a@x, b@x (x)'],
  ['"q s" <x@y.z>', '"q s" <x@y.z>'],
  ['"q s"@y.z', '"q s"@y.z'],
  ['q s@y.z', 'q@x, s@y.z'],
  ['A. B. C <c@d>', 'A.B.C <c@d>'],
  ['<@r1,@r2:u@h.i>', '<u@h.i>'],
  ['@r1:u@h.i', 'u@h.i'],
  ['a,,b,', 'a@x, , b@x, '],
  [',a', ', a@x'],
  ['<a> <b>', '<a@x> <b@x>'],
  ['a <b> c <d> e', 'a <b@x>c <d@x>, e@x'],
  ['<a', '"<a"@x'],
  ['a>', 'a@x>'],
  ['<a, b>', '<"a,b"@x>'],
  ['a ""', 'a@x, ""@x'],
  ['<>', '<>'],
  ['"unclosed a', '"unclosed a"@x'],
  ['(unclosed a@b', '(unclosed a@b'],
  ['[1.2.3.4]', '"[1.2.3.4]"@x'],
  ['u@[1.2.3.4]', 'u@[1.2.3.4]'],
  ['a;b', 'a@x;, b@x'],
  ['a:b:c', '"a:b:c"@x'],
  ['Mr. "X Y" <a@b>', 'Mr."X Y" <a@b>'],
  ['a@@b', '"a@"@b'],
  ['a\\ b@c', '"a b"@c'],
  ['"a\\"b"@c.d', '"a\\"b"@c.d'],
  ['foo (a (nested) b) <x@y>', 'foo (a (nested) b) <x@y>'],
  ['Last, First <x@y>', 'Last@x, First <x@y>'],
  ['""@b', '""@b'],
  ['|cmd', '|cmd@x'],
  ['"|cmd arg"', '"|cmd arg"@x'],
  [':include:/x', '":include:/x"@x'],
  ['a@b (c) , (d)', 'a@b (c), (d)'],
  ['x <y> (z), w', 'x <y@x>(z), w@x'],
  ['\ttab\t<x>', 'tab <x@x>'],
  ['a\n ,\n\tb', 'a@x, b@x'],
];

function complete(text: string): string {
  const items = parseAddressList(text);
  for (const item of items) if (item.kind === 'address' && !item.address.includes('@')) item.address += '@x';
  return printAddressList(items);
}

suite('address lists', () => {
  for (const [text, printed] of PRINTED)
    test(JSON.stringify(text), () => {
      assert.equal(complete(text), printed);
    });

  test('comments of more than 250 bytes are stripped, with a warning', () => {
    const warnings: string[] = [];
    const items = parseAddressList(`a (${'c'.repeat(260)}) <b@x>, d`);
    assert.equal(
      printAddressList(items, ' ', text => warnings.push(text)),
      '<b@x>, d',
    );
    assert.equal(warnings[0], `stripping too many comments from address: a (${'c'.repeat(97)}...`);
  });

  test('no more tokens than the limit are read', () => {
    assert.deepEqual(extractAddresses('a, b, c', 3), ['a', 'b']);
  });

  test('noise never throws', () => {
    const noise = fc.string({unit: fc.constantFrom(...'ab@.,;:<>()"\\[]| \t\n\x80'), maxLength: 40});
    fc.assert(fc.property(noise, text => typeof printAddressList(parseAddressList(text)) === 'string'));
  });

  test('a list of mailboxes keeps its addresses when it is printed', () => {
    const word = fc.string({unit: fc.constantFrom(...'abc019_-'), minLength: 1, maxLength: 8});
    const quoted = fc.string({unit: fc.constantFrom(...'ab ,;<>@()[]'), minLength: 1, maxLength: 8});
    const local = fc.oneof(
      word,
      quoted.map(text => `"${text}"`),
    );
    const address = fc.tuple(local, word).map(([user, host]) => `${user}@${host}.example`);
    const mailbox = fc.tuple(fc.option(local), address).map(([name, at]) => (name === null ? at : `${name} <${at}>`));
    fc.assert(
      fc.property(fc.array(mailbox, {minLength: 1, maxLength: 6}), list => {
        const text = list.join(', ');
        const printed = printAddressList(parseAddressList(text));
        assert.deepEqual(extractAddresses(printed), extractAddresses(text));
        assert.equal(extractAddresses(text).length, list.length);
        assert.equal(printAddressList(parseAddressList(printed)), printed);
      }),
    );
  });

  test('a long list of nested openings takes linear time', () => {
    assert.equal(parseAddressList('(<"['.repeat(100_000)).length, 1);
    assert.equal(extractAddresses('a '.repeat(50_000)).length, 50_000);
  });
});
