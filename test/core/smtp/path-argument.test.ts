import assert from 'node:assert/strict';
import {splitCommand} from '../../../src/core/smtp/command-line.ts';
import {parsePathArgument} from '../../../src/core/smtp/path-argument.ts';
import {decodeXtext, encodeXtext} from '../../../src/core/smtp/xtext.ts';

suite('the argument of MAIL and RCPT', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['<>', ''],
    ['< >', ''],
    ['<a@b>', 'a@b'],
    ['<a>', 'a'],
    ['a@b', 'a@b'],
    ['< a@b >', 'a@b'],
    ['<@hub,@hub2:a@b>', 'a@b'],
    ['<"a b"@c>', 'a b@c'],
    ['<"a>b"@c>', 'a>b@c'],
    ['<"a\\"b"@c>', 'a"b@c'],
    ['(c)<a@b>', 'a@b'],
    ['<a@b@c>', 'a@b@c'],
    ['<a..b@c>', 'a..b@c'],
    ['<.a.@c>', '.a.@c'],
    ['<|a@b>', '|a@b'],
    ['<a/b=c@d>', 'a/b=c@d'],
    ['<__proto__@d>', '__proto__@d'],
    ['<a\xe9@d>', 'a\xe9@d'],
    ['<a@b', undefined],
    ['a@b>', 'a@b'],
    ['<<a@b>>', 'a@b'],
    [':<a@b>', 'a@b'],
    ['<"">', ''],
    ['<a>@b>', undefined],
    ['<a@b>x', undefined],
    ['<a b@c>', undefined],
    ['<a;b@c>', undefined],
    ['<a,b@c>', undefined],
    ['<-a@b>', undefined],
    ['<a@b> <c@d>', 'a@b'],
  ];
  for (const [text, wanted] of cases)
    test(text, () => assert.equal(parsePathArgument('TO:', `TO:${text}`, false)?.address, wanted));

  test('parameters follow the address', () => {
    const {address, parameters} = parsePathArgument('FROM:', 'from: <a@b>  SIZE=1 Body=8BITMIME SMTPUTF8', false) ?? {};
    assert.equal(address, 'a@b');
    assert.deepEqual(
      parameters?.map(({name, value}) => [name, value]),
      [
        ['SIZE', '1'],
        ['BODY', '8BITMIME'],
        ['SMTPUTF8', undefined],
      ],
    );
  });

  test('the keyword has to be there, and something behind it', () => {
    for (const text of ['', 'FROM', 'FROM:', 'FROM: ', 'TO:<a>', 'FROM :<a>'])
      assert.equal(parsePathArgument('FROM:', text, false), undefined, text);
  });

  test('strict envelopes want brackets, without blanks in them', () => {
    for (const text of ['a@b', '< a@b>', '<a@b >', '(c)<a@b>'])
      assert.equal(parsePathArgument('TO:', `TO:${text}`, true)?.address, undefined, text);
    assert.equal(parsePathArgument('TO:', 'TO:<a@b>', true)?.address, 'a@b');
  });

  test('a quote that is never closed costs no more than its length', () => {
    const text = `TO:<"${'\\"'.repeat(50_000)}`;
    assert.equal(parsePathArgument('TO:', text, false)?.address, undefined);
  });
});

suite('a command line', () => {
  for (const [line, verb, argument] of [
    ['noop', 'NOOP', ''],
    ['  MAIL   FROM:<a>  ', 'MAIL', 'FROM:<a>'],
    ['', '', ''],
    ['EHLO\ta', 'EHLO', 'a'],
  ] as const)
    test(JSON.stringify(line), () => {
      const command = splitCommand(line);
      assert.deepEqual([command.verb, command.argument], [verb, argument]);
    });
});

suite('xtext', () => {
  for (const [text, wanted] of [
    ['a+2Bb', 'a+b'],
    ['rfc822', 'rfc822'],
    ['+', undefined],
    ['+2b', '+'],
    ['+2g', undefined],
    ['a=b', 'a=b'],
    ['', ''],
  ] as const)
    test(`${text} is ${wanted}`, () => assert.equal(decodeXtext(text), wanted));
  test('what is encoded is decoded', () => {
    const all = String.fromCharCode(...Array.from({length: 256}, (_none, code) => code));
    assert.equal(decodeXtext(encodeXtext(all)), all);
  });
});
