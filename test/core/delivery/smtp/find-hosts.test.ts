import assert from 'node:assert/strict';
import {splitNexthop} from '../../../../src/core/delivery/smtp/destination.ts';
import {findHosts} from '../../../../src/core/delivery/smtp/find-hosts.ts';
import {orderHosts} from '../../../../src/core/delivery/smtp/host-order.ts';
import type {HostSearch, HostSettings, MailHost} from '../../../../src/core/delivery/smtp/host-search.ts';
import {readDestinationRules, readHostSettings} from '../../../../src/core/delivery/smtp/host-settings.ts';
import {Log, type LogRecord} from '../../../../src/core/log/log.ts';
import {Resolver} from '../../../../src/core/net/resolver.ts';
import {DnsStub} from '../../../support/dns-stub.ts';
import {plainConfig} from '../../../support/plain-config.ts';

suite('the hosts of a next hop', () => {
  let dns: DnsStub;
  let log: string[];

  suiteSetup(async () => {
    dns = await DnsStub.start({
      'example.net': {
        MX: [
          [20, 'mx2.example.net'],
          [10, 'mx1.example.net'],
        ],
      },
      'mx1.example.net': {A: ['192.0.2.1']},
      'mx2.example.net': {A: ['192.0.2.2'], AAAA: ['2001:db8::2']},
      'implicit.example': {A: ['192.0.2.5']},
      'null.example': {MX: [[0, '.']]},
      'numeric.example': {MX: [[10, '192.0.2.9']]},
      'lost.example': {MX: [[10, 'nowhere.example']]},
      'softlost.example': {
        MX: [
          [10, 'broken.example'],
          [20, 'nowhere.example'],
        ],
      },
      'broken.example': '@servfail',
      'formerr.example': '@formerr',
      'formmx.example': {MX: '@formerr', A: ['192.0.2.6']},
      'backup.example': {
        MX: [
          [10, 'mx1.example.net'],
          [20, 'me.example'],
          [30, 'mx2.example.net'],
        ],
      },
      'mine.example': {MX: [[10, 'me.example']]},
      'worse.example': {
        MX: [
          [10, 'nowhere.example'],
          [20, 'me.example'],
        ],
      },
      'me.example': {A: ['127.0.0.1']},
      'alias.example': {CNAME: 'mx1.example.net'},
      'viaalias.example': {MX: [[10, 'alias.example']]},
      'sure.example': {MX: [[10, 'sure.mx.example']], secure: true},
      'sure.mx.example': {A: ['192.0.2.7'], secure: true},
    });
  });
  suiteTeardown(() => dns.stop());
  setup(() => {
    log = [];
  });

  async function search(
    nexthop: string,
    set: Readonly<Record<string, string>> = {},
    protocol: 'smtp' | 'lmtp' = 'smtp',
  ): Promise<HostSearch> {
    const config = plainConfig({inet_interfaces: '127.0.0.1', inet_protocols: 'ipv4', ...set});
    const [destination] = splitNexthop(nexthop, readDestinationRules(config, protocol));
    assert.ok(destination?.kind === 'inet');
    const sink = {write: ({text}: LogRecord): void => void log.push(text)};
    const resolver = new Resolver({
      servers: [dns.server, 'timeout:1', 'attempts:1'],
      warn: text => log.push(text),
      resolvConf: '/nonexistent',
      hostsFile: '/nonexistent',
    });
    const settings = readHostSettings(config, protocol);
    return findHosts(destination, {settings, dns: resolver, log: new Log('smtp', sink), random: () => 0.4});
  }
  const shown = (found: HostSearch): unknown =>
    found.kind === 'hosts'
      ? found.hosts.map(({name, address, port, preference}) => `${name}[${address}]:${port} ${preference}`)
      : `${found.outcome.status} ${found.outcome.kind} ${found.outcome.text}`;

  const unknown = 'Host or domain name not found. Name service error for name=';
  const cases: readonly (readonly [nexthop: string, expected: unknown, set?: Readonly<Record<string, string>>])[] = [
    ['example.net', ['mx1.example.net[192.0.2.1]:25 10', 'mx2.example.net[192.0.2.2]:25 20']],
    ['example.net:26', ['mx1.example.net[192.0.2.1]:26 10', 'mx2.example.net[192.0.2.2]:26 20']],
    ['[mx1.example.net]', ['mx1.example.net[192.0.2.1]:25 0']],
    ['[192.0.2.77]:587', ['192.0.2.77[192.0.2.77]:587 0']],
    ['implicit.example', ['implicit.example[192.0.2.5]:25 0']],
    ['numeric.example', ['192.0.2.9[192.0.2.9]:25 10']],
    ['null.example', '5.1.0 bounced Domain null.example does not accept mail (nullMX)'],
    ['nowhere.example', `5.4.4 bounced ${unknown}nowhere.example type=A: Host not found`],
    ['nowhere.example', `5.4.4 bounced ${unknown}nowhere.example type=AAAA: Host not found`, {inet_protocols: 'all'}],
    ['[nowhere.example]', `5.4.4 bounced ${unknown}nowhere.example type=A: Host not found`],
    ['broken.example', `4.4.3 deferred ${unknown}broken.example type=MX: Host not found, try again`],
    ['formerr.example', `5.4.3 bounced ${unknown}formerr.example type=MX: Non-recoverable error`],
    ['formmx.example', ['formmx.example[192.0.2.6]:25 0'], {ignore_mx_lookup_error: 'yes'}],
    ['lost.example', `5.4.4 bounced ${unknown}nowhere.example type=A: Host not found`],
    [
      'lost.example',
      `4.4.4 deferred ${unknown}nowhere.example type=A: Host not found`,
      {smtp_defer_if_no_mx_address_found: 'yes'},
    ],
    ['softlost.example', `4.4.4 deferred ${unknown}nowhere.example type=A: Host not found`],
    ['backup.example', ['mx1.example.net[192.0.2.1]:25 10']],
    [
      'backup.example:26',
      ['mx1.example.net[192.0.2.1]:26 10', 'me.example[127.0.0.1]:26 20', 'mx2.example.net[192.0.2.2]:26 30'],
    ],
    ['mine.example', '5.4.6 bounced mail for mine.example loops back to myself'],
    ['me.example', '5.4.6 bounced mail for me.example loops back to myself'],
    ['[127.0.0.1]', '5.4.6 bounced mail for 127.0.0.1 loops back to myself'],
    [
      'implicit.example',
      '5.4.6 bounced mail for implicit.example loops back to myself',
      {proxy_interfaces: '192.0.2.5'},
    ],
    ['worse.example', '4.4.4 deferred unable to find primary relay for worse.example'],
    ['viaalias.example', ['alias.example[192.0.2.1]:25 10']],
    ['viaalias.example', ['mx1.example.net[192.0.2.1]:25 10'], {smtp_cname_overrides_servername: 'yes'}],
    [
      'implicit.example',
      '5.3.0 bounced unable to look up host implicit.example: No address associated with hostname',
      {disable_dns_lookups: 'yes', inet_protocols: 'ipv6'},
    ],
    ['[mx1.example.net]', ['mx1.example.net[192.0.2.1]:25 0'], {smtp_host_lookup: 'native'}],
    ['example.net', '4.4.4 deferred all network protocols are disabled', {inet_protocols: 'none'}],
  ];
  for (const [nexthop, expected, set = {}] of cases)
    test(`${nexthop} ${Object.entries(set).join(' ')}`, async () => {
      assert.deepEqual(shown(await search(nexthop, set)), expected);
    });

  test('what an operator should know is logged', async () => {
    await search('lost.example');
    await search('numeric.example');
    assert.deepEqual(log, [
      'no MX host for lost.example has a valid address record',
      'numeric domain name in resource data of MX record for numeric.example: 192.0.2.9',
    ]);
  });

  test('a loop and a backup exchanger are told', async () => {
    const [mine, backup, plain] = [
      await search('mine.example'),
      await search('backup.example'),
      await search('example.net'),
    ];
    assert.ok(mine.kind === 'failed' && mine.isLoop);
    assert.ok(backup.kind === 'hosts' && backup.isBackup);
    assert.ok(plain.kind === 'hosts' && !plain.isBackup && plain.isFromMx && !plain.isMxSecure);
  });

  test('DNSSEC: MX and addresses are vouched for', async () => {
    const sure = await search('sure.example', {smtp_dns_support_level: 'dnssec'});
    assert.ok(sure.kind === 'hosts' && sure.isMxSecure && sure.hosts[0]?.isSecure);
    const unsure = await search('sure.example');
    assert.ok(unsure.kind === 'hosts' && !unsure.isMxSecure && !unsure.hosts[0]?.isSecure);
  });

  test('LMTP asks for no mail exchanger', async () => {
    assert.deepEqual(shown(await search('mx1.example.net', {}, 'lmtp')), ['mx1.example.net[192.0.2.1]:24 0']);
    assert.deepEqual(shown(await search('me.example:25', {}, 'lmtp')), ['me.example[127.0.0.1]:25 0']);
  });
});

suite('the order of hosts', () => {
  const all: Pick<HostSettings, 'randomizes' | 'prefers' | 'balances' | 'addressLimit'> = {
    randomizes: false,
    prefers: 'any',
    balances: true,
    addressLimit: 5,
  };
  const host = (family: 4 | 6, number: number, preference = 10): MailHost => ({
    name: `mx${number}`,
    canonicalName: `mx${number}`,
    address: family === 4 ? `4.${number}` : `6.${number}`,
    family,
    port: 25,
    preference,
    isSecure: false,
  });
  const addresses = (hosts: readonly MailHost[]): string => hosts.map(({address}) => address).join(' ');
  const four = [1, 2, 3, 4].map(number => host(4, number));
  const six = [1, 2, 3, 4].map(number => host(6, number));

  const cases: readonly (readonly [hosts: readonly MailHost[], settings: Partial<typeof all>, expected: string])[] = [
    [[host(4, 1, 20), host(4, 2, 10)], {}, '4.2 4.1'],
    [[...four, ...six], {prefers: 'ipv6', addressLimit: 0}, '6.1 6.2 6.3 6.4 4.1 4.2 4.3 4.4'],
    [[...four, ...six], {prefers: 'ipv6'}, '6.1 6.2 6.3 4.1 4.2'],
    [[...four, ...six], {prefers: 'ipv4'}, '4.1 4.2 4.3 6.1 6.2'],
    [[...six, host(4, 1)], {}, '6.1 6.2 6.3 6.4 4.1'],
    [[...six, ...four.slice(0, 1)], {addressLimit: 4}, '6.1 6.2 6.3 4.1'],
    [[...six, ...four], {balances: false}, '6.1 6.2 6.3 6.4 4.1 4.2 4.3 4.4'],
    [[...six, ...four], {addressLimit: 1}, '6.1 6.2 6.3 6.4 4.1 4.2 4.3 4.4'],
  ];
  for (const [hosts, settings, expected] of cases)
    test(expected, () => assert.equal(addresses(orderHosts(hosts, {...all, ...settings}, () => 0)), expected));

  test('equals are shuffled evenly, and preferences kept', () => {
    let state = 1;
    const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    const first = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const [top, , , last] = orderHosts([host(4, 9, 20), ...four.slice(0, 3)], {...all, randomizes: true}, random);
      first.set(top?.address ?? '', (first.get(top?.address ?? '') ?? 0) + 1);
      assert.equal(last?.address, '4.9');
    }
    assert.deepEqual([...first.keys()].sort(), ['4.1', '4.2', '4.3']);
    for (const count of first.values()) assert.ok(count > 900 && count < 1100, `${count}`);
  });
});
