import assert from 'node:assert/strict';
import {splitNexthop} from '../../../../src/core/delivery/smtp/destination.ts';
import {readDestinationRules} from '../../../../src/core/delivery/smtp/host-settings.ts';
import {plainConfig} from '../../../support/plain-config.ts';

suite('next hops', () => {
  const smtp = readDestinationRules(plainConfig(), 'smtp');
  const lmtp = readDestinationRules(plainConfig(), 'lmtp');
  const inet = (host: string, port: number, text = host): unknown => ({
    kind: 'inet',
    text,
    host,
    port,
    isBracketed: text.startsWith('['),
  });

  const cases: readonly (readonly [nexthop: string, expected: readonly unknown[]])[] = [
    ['example.net', [inet('example.net', 25)]],
    ['example.net:587', [inet('example.net', 587, 'example.net:587')]],
    ['[mx.example.net]:submission', [inet('mx.example.net', 587, '[mx.example.net]:submission')]],
    ['[127.0.0.1]', [inet('127.0.0.1', 25, '[127.0.0.1]')]],
    ['[IPv6:2001:db8::1]:26', [inet('2001:db8::1', 26, '[IPv6:2001:db8::1]:26')]],
    ['[ipv6:::1]', [inet('::1', 25, '[ipv6:::1]')]],
    ['[::1]:26', [inet('::1', 26, '[::1]:26')]],
    [
      'a.example, [b.example]:26\tc.example',
      [inet('a.example', 25), inet('b.example', 26, '[b.example]:26'), inet('c.example', 25)],
    ],
    [' ,, ', []],
    ['', []],
    ['[mx', [{kind: 'bad', fatal: 'missing "]" in server description: [mx'}]],
    ['[mx]x', [{kind: 'bad', fatal: 'garbage after "]" in server description: [mx]x'}]],
    ['[]:25', [{kind: 'bad', fatal: 'valid hostname or network address required in server description: []:25'}]],
    ['mx:', [inet('mx', 25, 'mx:')]],
    ['mx:0', [{kind: 'bad', fatal: 'bad network port: 0 for destination: mx:0'}]],
    ['mx:99999', [{kind: 'bad', fatal: 'bad network port: 99999 for destination: mx:99999'}]],
    ['a..b', [{kind: 'bad', fatal: 'valid hostname or network address required in server description: a..b'}]],
    ['[-x]', [{kind: 'bad', fatal: 'valid hostname or network address required in server description: [-x]'}]],
    ['mx:nonsense', [{kind: 'bad', fatal: 'unknown service: nonsense/tcp'}]],
  ];
  for (const [nexthop, expected] of cases)
    test(JSON.stringify(nexthop), () => assert.deepEqual(splitNexthop(nexthop, smtp), expected));

  test('of LMTP', () => {
    assert.deepEqual(splitNexthop('unix:private/dovecot, lmtp', lmtp), [
      {kind: 'unix', text: 'unix:private/dovecot, lmtp', path: 'private/dovecot, lmtp'},
    ]);
    assert.deepEqual(splitNexthop('inet:mx.example:26', lmtp), [inet('mx.example', 26, 'mx.example:26')]);
    assert.deepEqual(splitNexthop('mx.example', lmtp), [inet('mx.example', 24)]);
  });
});
