import assert from 'node:assert/strict';
import {AddressMaps} from '../../../src/core/address/address-maps.ts';
import {filterDns} from '../../../src/core/address/filtered-dns.ts';
import {Log, type LogRecord} from '../../../src/core/log/log.ts';
import type {Dns, DnsAnswer, DnsRecord} from '../../../src/core/net/dns.ts';
import {addressSupplies} from '../../support/address-supplies.ts';

suite('the filter of DNS replies', () => {
  const record = (value: string): DnsRecord => ({name: 'Example.net', type: 'MX', ttl: 300, preference: 10, value});
  const records = [record('mx1.example.net'), record('mx2.example.net')];
  const inner: Dns = {
    query: async name => {
      if (name !== 'example.net') return {kind: 'no-name', text: 'Host not found', isSecure: false};
      return {kind: 'found', records, isSecure: true, canonicalName: name};
    },
    hostAddresses: () => ({kind: 'found', addresses: ['127.0.0.1']}),
    hostName: () => ({kind: 'found', name: 'localhost'}),
  };
  let log: string[];
  const logger = new Log('smtp', {write: ({text}: LogRecord): void => void log.push(text)});
  const filtered = (filter: string): Dns => {
    log = [];
    return filterDns(
      inner,
      new AddressMaps('smtp_dns_reply_filter', addressSupplies({smtp_dns_reply_filter: filter})),
      logger,
    );
  };
  const shown = (answer: DnsAnswer): string =>
    answer.kind === 'found' ? answer.records.map(({value}) => value).join(' ') : `${answer.kind}: ${answer.text}`;

  const first = 'example.net. 300 IN MX 10 mx1.example.net.';
  const second = 'example.net. 300 IN MX 10 mx2.example.net.';
  const cases: readonly (readonly [filter: string, expected: string])[] = [
    [`inline:{{${first} = IGNORE}}`, 'mx2.example.net'],
    [`inline:{{${first} = ignore it}}`, 'mx2.example.net'],
    [`inline:{{${first} = IGNORE}{${second} = IGNORE}}`, 'temporary: DNS reply filter drops all results'],
    [`inline:{{${first} = REJECT}}`, 'temporary: Invalid DNS reply filter syntax'],
    ['fail:x', 'temporary: Invalid DNS reply filter syntax'],
    ['inline:{{x = IGNORE}}', 'mx1.example.net mx2.example.net'],
  ];
  for (const [filter, expected] of cases)
    test(filter, async () => assert.equal(shown(await filtered(filter).query('example.net', 'MX')), expected));

  test('other answers, and those of the system, pass', async () => {
    const dns = filtered(`inline:{{${first} = IGNORE}}`);
    assert.equal(shown(await dns.query('none.example', 'MX')), 'no-name: Host not found');
    assert.deepEqual(dns.hostAddresses('localhost', [4]), {kind: 'found', addresses: ['127.0.0.1']});
    assert.deepEqual(dns.hostName('127.0.0.1'), {kind: 'found', name: 'localhost'});
    assert.equal(filtered(''), inner);
  });

  test('what is left out is logged', async () => {
    await filtered(`inline:{{${first} = IGNORE}}`).query('example.net', 'MX');
    assert.deepEqual(log, ['ignoring DNS RR: Example.net. 300 IN MX 10 mx1.example.net.']);
    await filtered(`inline:{{${first} = REJECT}}`).query('example.net', 'MX');
    assert.deepEqual(log, ['smtp_dns_reply_filter: unknown DNS filter action: "REJECT"']);
  });
});
