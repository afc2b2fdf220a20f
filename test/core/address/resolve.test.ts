/** Resolving. The large tables beside the original are in test/peers/address.test.ts. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {type Resolution, Resolver} from '../../../src/core/address/resolve.ts';
import {applyTransportEntry} from '../../../src/core/address/transport-entry.ts';
import {addressSupplies, Decisions} from '../../support/address-supplies.ts';

const COMMON = {myorigin: 'example.com', mydestination: 'example.com, mail.example.com', relay_domains: ''};

function resolve(address: string, set: Record<string, string> = {}): Resolution {
  const resolution = new Resolver(addressSupplies({...COMMON, ...set})).resolve(address, '');
  assert.ok(!(resolution instanceof Promise));
  return resolution;
}

suite('address: resolving', () => {
  const classes = {
    virtual_alias_domains: 'alias.example',
    virtual_mailbox_domains: 'box.example',
    relay_domains: 'relay.example',
  };
  const cases: readonly (readonly [string, string])[] = [
    ['joe@example.com', 'local local mail.example.com'],
    ['joe', 'local local mail.example.com'],
    ['joe@alias.example', 'virtual-alias error 5.1.1 User unknown in virtual alias table'],
    ['joe@box.example', 'virtual-mailbox virtual box.example'],
    ['joe@relay.example', 'relay relay relay.example'],
    ['joe@far.example', 'default smtp far.example'],
    ['joe%far.example@example.com', 'default smtp far.example'],
    ['joe@[127.0.0.1]', 'local local mail.example.com'],
    ['joe@127.0.0.1', 'default error 5.1.3 bad address syntax'],
    ['-joe@example.com', 'default error 5.1.3 bad address syntax'],
  ];
  for (const [address, expected] of cases)
    test(`${address}: ${expected}`, () => {
      const {addressClass, transport, nexthop} = resolve(address, {...classes, inet_interfaces: '127.0.0.1'});
      assert.equal(`${addressClass} ${transport} ${nexthop}`, expected);
    });

  test('a null transport in main.cf fails the look-up, with a warning', () => {
    const supplies = addressSupplies({...COMMON, default_transport: ''});
    const resolution = new Resolver(supplies).resolve('joe@far.example', '');
    assert.ok(!(resolution instanceof Promise));
    assert.deepEqual([resolution.problem, resolution.transport], ['failure', 'retry']);
    const text = 'file /etc/postfix/main.cf: parameter default_transport: null transport is not allowed';
    assert.deepEqual(supplies.warnings, [text]);
  });

  const warnings: readonly (readonly [Record<string, string>, string, readonly string[]])[] = [
    [{mydestination: 'fail:m'}, 'failure', ['mydestination: fail:m: table lookup problem']],
    [
      {relay_domains: 'fail:r'},
      'failure',
      ['relay_domains: fail:r: table lookup problem', 'relay_domains lookup failure'],
    ],
    [{transport_maps: 'fail:t'}, 'failure', ['fail:t lookup error for "u@a.example"', 'transport_maps lookup failure']],
    [
      {virtual_mailbox_domains: 'a.example', virtual_alias_domains: 'a.example', relay_domains: 'a.example'},
      'error',
      [
        'do not list domain a.example in BOTH virtual_alias_domains and virtual_mailbox_domains',
        'do not list domain a.example in BOTH virtual_alias_domains and relay_domains',
      ],
    ],
    [
      {
        mydestination: 'a.example',
        virtual_alias_domains: 'fail:va',
        virtual_mailbox_domains: 'a.example',
        relay_domains: 'a.example',
      },
      'local',
      [
        'virtual_alias_domains: fail:va: table lookup problem',
        'do not list domain a.example in BOTH mydestination and virtual_mailbox_domains',
      ],
    ],
    [{helpful_warnings: 'no', mydestination: 'a.example', virtual_mailbox_domains: 'a.example'}, 'local', []],
  ];
  for (const [set, result, expected] of warnings)
    test(`warnings with ${JSON.stringify(set)}`, () => {
      const supplies = addressSupplies({...COMMON, ...set});
      const resolution = new Resolver(supplies).resolve('u@a.example', '');
      assert.ok(!(resolution instanceof Promise));
      assert.equal(resolution.problem ?? resolution.transport, result);
      assert.deepEqual(supplies.warnings, expected); // seen: trivial-rewrite(8) 3.7.11
    });

  const entries: readonly (readonly [string, string])[] = [
    [':', 'smtp|old'],
    [':[x]:26', 'smtp|[x]:26'],
    ['slow', 'slow|a.example'],
    ['slow:', 'slow|a.example'],
    ['slow:[x]', 'slow|[x]'],
    ['error:', 'error|Address is undeliverable'],
    ['retry', 'retry|Address is undeliverable'],
    ['error:5.1.2 gone: away', 'error|5.1.2 gone: away'],
  ];
  for (const [entry, expected] of entries)
    test(`transport table entry ${entry}`, () => {
      const route = applyTransportEntry(entry, 'a.example', {transport: 'smtp', nexthop: 'old'});
      assert.equal(`${route.transport}|${route.nexthop}`, expected);
    });

  test('each step is recorded', () => {
    const decisions = new Decisions();
    const set = {
      relay_domains: 'relay.example',
      transport_maps: 'inline:{relay.example=slow:[x]}',
      relocated_maps: 'inline:{gone=new@x.example}',
    };
    const resolver = new Resolver(addressSupplies({...COMMON, ...set}));
    void resolver.resolve('joe@relay.example', '', decisions);
    void resolver.resolve('gone@example.com', '', decisions);
    assert.deepEqual(decisions.steps, [
      'address class: relay.example -> relay',
      'transport: relay.example -> relay',
      'transport_maps: joe@relay.example -> slow:[x]',
      'address class: example.com -> local',
      'transport: example.com -> local:mail.example.com',
      'relocated_maps: gone@example.com -> 5.1.6 User has moved to new@x.example',
    ]);
  });

  test('any bytes resolve to something, and end', () => {
    const resolver = new Resolver(addressSupplies({...COMMON, smtputf8_enable: 'yes', resolve_null_domain: 'yes'}));
    const noise = fc.oneof(
      fc.string({unit: fc.constantFrom(...'ab@%!.:,<>()[]"\\ +-'), maxLength: 24}),
      fc.uint8Array({maxLength: 40}).map(bytes => Buffer.from(bytes).toString('latin1')),
    );
    fc.assert(
      fc.property(noise, address => {
        const resolution = resolver.resolve(address, '');
        assert.ok(!(resolution instanceof Promise));
        assert.notEqual(resolution.transport, '');
        assert.notEqual(resolution.nexthop, '');
      }),
    );
  });
});
