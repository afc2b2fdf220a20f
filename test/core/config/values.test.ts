import assert from 'node:assert/strict';
import {ConfigError} from '../../../src/core/base/errors.ts';
import {configFromText} from '../../../src/core/config/load-config.ts';
import type {ParameterName} from '../../../src/core/config/parameters.ts';

const VALUES: readonly [text: string, name: ParameterName, value: string | number | boolean][] = [
  ['', 'queue_run_delay', 300],
  ['queue_run_delay = 5m', 'queue_run_delay', 300],
  ['queue_run_delay = 2', 'queue_run_delay', 2],
  ['maximal_queue_lifetime = 2', 'maximal_queue_lifetime', 172_800],
  ['delay_warning_time = 1', 'delay_warning_time', 3600],
  ['soft_bounce = YES', 'soft_bounce', true],
  ['myorigin = a\n  b\n# between\n\tc', 'myorigin', 'a  b\tc'],
  ['a = 1\nmyorigin = $a$(a)${a}', 'myorigin', '111'],
  ['a = 1\nmyorigin = ${a?yes}${b?no}${a:no}${b:yes}', 'myorigin', 'yesyes'],
  ['a = 1\nmyorigin = ${a?{x y}:{z}}${b?{x}:{z}}', 'myorigin', 'x yz'],
  ['a = 2\nmyorigin = ${{$a} == {2} ? {two} : {other}}', 'myorigin', 'two'],
  ['a = 10\nmyorigin = ${{$a} > {9} ? {more} : {less}}', 'myorigin', 'more'],
  ['myorigin = ${{3.10} >=level {3.9} ? {newer} : {older}}', 'myorigin', 'newer'],
  ['a = ${b?{c}}\nb = 1\nmyorigin = ${a?{$a}}', 'myorigin', 'c'],
  ['myorigin = $$x', 'myorigin', '$x'],
  ['myhostname = host.example.com', 'mydomain', 'example.com'],
  ['mydomain = example.org', 'mydomain', 'example.org'],
];

const FAULTS: readonly [text: string, name: ParameterName, message: string][] = [
  ['soft_bounce = maybe', 'soft_bounce', 'bad boolean configuration: soft_bounce = maybe'],
  ['hopcount_limit = many', 'hopcount_limit', 'bad numerical configuration: hopcount_limit = many'],
  ['hopcount_limit = 0', 'hopcount_limit', 'invalid hopcount_limit parameter value 0 < 1'],
  ['queue_run_delay = 5 parsecs', 'queue_run_delay', 'parameter queue_run_delay: bad time value or unit: 5 parsecs'],
  ['mail_name =', 'mail_name', 'bad string length 0 < 1: mail_name = '],
  ['myorigin = ${a', 'myorigin', 'dictionary mail_dict: macro processing error'],
  ['a = $b\nb = $a\nmyorigin = $a', 'myorigin', 'dictionary mail_dict: macro processing error'],
];

suite('values of main.cf', () => {
  for (const [text, name, value] of VALUES)
    test(`${JSON.stringify(text)}: ${name}`, () => {
      assert.equal(configFromText(text, {root: '/', hostName: 'mail.example.net'}).get(name), value);
    });

  for (const [text, name, message] of FAULTS)
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(
        () => configFromText(text, {root: '/'}).get(name),
        (fault: unknown) => fault instanceof ConfigError && fault.message === message,
      );
    });

  test('a line that is none is told with file and line', () => {
    assert.throws(
      () => configFromText('myorigin = a\nnonsense\n', {root: '/'}),
      (fault: unknown) =>
        fault instanceof ConfigError &&
        fault.line === 2 &&
        fault.message === `/etc/postfix/main.cf, line 2: missing '=' after attribute name: "nonsense"`,
    );
  });
});
