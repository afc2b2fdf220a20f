import assert from 'node:assert/strict';
import fc from 'fast-check';
import {suite, test} from 'mocha';
import {ParseError} from '../../../src/core/base/errors.ts';
import {decodeXtext, parseParameters, parsePath, printPath} from '../../../src/core/lmtpd/path-syntax.ts';
import {splitDetail} from '../../../src/core/lmtpd/recipient.ts';

const NONE: ReadonlySet<string> = new Set();
const LOOSE = {mayBeNull: true, isStrict: false, workarounds: NONE};
const STRICT = {mayBeNull: false, isStrict: true, workarounds: NONE};

suite('paths of MAIL and RCPT', () => {
  const good: readonly (readonly [text: string, printed: string, rest: string])[] = [
    ['<a@b>', 'a@b', ''],
    ['<a@b> X=1', 'a@b', 'X=1'],
    ['<@x,@y:a@b>', 'a@b', ''],
    ['<"a b"@c>', '"a b"@c', ''],
    ['<"a\\"b\\\\"@c>', '"a\\"b\\\\"@c', ''],
    ['<"joe">', 'joe', ''],
    ['<a..b@c>', '"a..b"@c', ''],
    ['<a@[1.2.3.4]>', 'a@[1.2.3.4]', ''],
    ['<__proto__>', '__proto__', ''],
  ];
  for (const [text, printed, rest] of good)
    test(text, () => {
      const path = parsePath(text, STRICT);
      assert.deepEqual([printPath(path), path.rest], [printed, rest]);
    });

  const bad: readonly (readonly [text: string, options: typeof LOOSE, why: string])[] = [
    ['', LOOSE, 'Path is empty string'],
    ['a@b', LOOSE, "Missing '<' at beginning of path"],
    [' <a@b>', LOOSE, 'Unexpected whitespace before path'],
    ['<a@b', LOOSE, "Missing '>' at end of path"],
    ['<a@b>x', LOOSE, 'Invalid character in path'],
    ['<<a>>', LOOSE, 'Invalid character in path'],
    ['<a b@c>', LOOSE, 'Invalid character in localpart'],
    ['<"a>', LOOSE, 'Premature end of quoted string'],
    ['<a@>', LOOSE, "Missing domain after '@'"],
    ['<>', STRICT, 'Null path not allowed'],
    ['<a@-x>', STRICT, 'Invalid domain'],
  ];
  for (const [text, options, why] of bad)
    test(`${text}: ${why}`, () => assert.throws(() => parsePath(text, options), {name: 'ParseError', message: why}));

  test('workarounds', () => {
    const workarounds = new Set(['whitespace-before-path', 'mailbox-for-path']);
    assert.equal(printPath(parsePath('  <a@b>', {...STRICT, workarounds})), 'a@b');
    assert.deepEqual(parsePath('a@b X', {...STRICT, workarounds}), {localPart: 'a', domain: 'b', rest: 'X'});
  });

  test('noise parses or is a ParseError, and what is printed parses again', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        try {
          const path = parsePath(`<${text}>`, LOOSE);
          const again = parsePath(`<${printPath(path)}>`, LOOSE);
          assert.deepEqual([again.localPart, again.domain], [path.localPart, path.domain]);
        } catch (fault) {
          if (!(fault instanceof ParseError)) throw fault;
        }
      }),
      {numRuns: 500},
    );
  });

  test('parameters, xtext, details', () => {
    assert.deepEqual(parseParameters('body=8bitmime X', 'MAIL'), [
      {name: 'BODY', value: '8bitmime'},
      {name: 'X', value: undefined},
    ]);
    assert.throws(() => parseParameters(' X', 'MAIL'), /Invalid MAIL parameter: Parameter is empty/);
    assert.equal(decodeXtext('a+40b+2Bc'), 'a@b+c');
    assert.equal(decodeXtext('a+4'), undefined);
    assert.deepEqual(splitDetail('joe+x+y', 'd', '+'), {username: 'joe@d', detail: 'x+y'});
    assert.deepEqual(splitDetail('joe-x+y', '', '+-'), {username: 'joe', detail: 'x+y'});
    assert.deepEqual(splitDetail('+x', '', '+'), {username: '+x', detail: ''});
    assert.deepEqual(splitDetail('joe+x', '', ''), {username: 'joe+x', detail: ''});
  });
});
