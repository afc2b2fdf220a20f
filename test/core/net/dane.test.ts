import assert from 'node:assert/strict';
import {createHash, X509Certificate} from 'node:crypto';
import {findTlsa, type TlsaAnswer, type TlsaRecord, usableRecords} from '../../../src/core/net/dane.ts';
import {matchDane} from '../../../src/core/net/dane-match.ts';
import {Resolver} from '../../../src/core/net/resolver.ts';
import {DnsStub} from '../../support/dns-stub.ts';
import {ANCHOR, BETWEEN, LEAF, STRANGER} from './dane-chain.ts';

const keyOf = (der: Buffer): Buffer => new X509Certificate(der).publicKey.export({type: 'spki', format: 'der'});
const hash = (name: string, bytes: Buffer): Buffer => createHash(name).update(bytes).digest();

suite('DANE: matching a certificate', () => {
  const chain = [LEAF, BETWEEN, ANCHOR];
  const record = (usage: number, selector: number, matching: number, bytes: Buffer): TlsaRecord => ({
    usage,
    selector,
    matching,
    bytes,
  });
  const now = new Date('2030-01-01');
  const names = ['mx.example.net'];

  const cases: readonly (readonly [
    title: string,
    records: readonly TlsaRecord[],
    depth: number | undefined,
    chain?: readonly Buffer[],
    names?: readonly string[],
    now?: Date,
  ])[] = [
    ['3 1 1', [record(3, 1, 1, hash('sha256', keyOf(LEAF)))], 0],
    ['3 0 2', [record(3, 0, 2, hash('sha512', LEAF))], 0],
    ['3 0 0', [record(3, 0, 0, LEAF)], 0],
    ['3 1 0', [record(3, 1, 0, keyOf(LEAF))], 0],
    [
      '3 1 1 alone, for another name, long expired',
      [record(3, 1, 1, hash('sha256', keyOf(LEAF)))],
      0,
      [LEAF],
      [],
      new Date('2300-01-01'),
    ],
    ['3 1 1 of another key', [record(3, 1, 1, hash('sha256', keyOf(STRANGER)))], undefined],
    ['3 1 1 of the authority', [record(3, 1, 1, hash('sha256', keyOf(ANCHOR)))], undefined],
    ['2 1 1 of the anchor', [record(2, 1, 1, hash('sha256', keyOf(ANCHOR)))], 2],
    ['2 0 1 of the one between', [record(2, 0, 1, hash('sha256', BETWEEN))], 1],
    ['2 1 1 of the server itself', [record(2, 1, 1, hash('sha256', keyOf(LEAF)))], undefined],
    ['2 1 1, anchor not sent', [record(2, 1, 1, hash('sha256', keyOf(ANCHOR)))], undefined, [LEAF, BETWEEN]],
    ['2 0 0, anchor not sent', [record(2, 0, 0, ANCHOR)], 2, [LEAF, BETWEEN]],
    ['2 1 0, anchor not sent', [record(2, 1, 0, keyOf(ANCHOR))], 2, [LEAF, BETWEEN]],
    ['2 1 0, nothing but the server sent', [record(2, 1, 0, keyOf(BETWEEN))], 1, [LEAF]],
    ['2 0 1, a stranger in the chain', [record(2, 0, 1, hash('sha256', STRANGER))], undefined, [LEAF, STRANGER]],
    ['2 0 0, a stranger with the right name', [record(2, 0, 0, STRANGER)], undefined, [LEAF]],
    ['2 1 1 for another name', [record(2, 1, 1, hash('sha256', keyOf(ANCHOR)))], undefined, chain, ['other.example']],
    ['2 1 1 for a wildcard', [record(2, 1, 1, hash('sha256', keyOf(ANCHOR)))], 2, chain, ['a.wild.example']],
    [
      '2 1 1, expired',
      [record(2, 1, 1, hash('sha256', keyOf(ANCHOR)))],
      undefined,
      chain,
      names,
      new Date('2300-01-01'),
    ],
    ['records that are none', [record(2, 0, 0, Buffer.from('x')), record(2, 1, 0, Buffer.from('x'))], undefined],
    [
      'a chain that is none',
      [record(3, 1, 1, hash('sha256', keyOf(LEAF)))],
      undefined,
      [Buffer.from('no certificate')],
    ],
    ['no chain', [record(3, 1, 1, hash('sha256', keyOf(LEAF)))], undefined, []],
  ];
  for (const [title, records, depth, sent = chain, wanted = names, at = now] of cases)
    test(title, () => assert.equal(matchDane(sent, records, wanted, at)?.depth, depth));
});

suite('DANE: looking for records', () => {
  let dns: DnsStub;
  const digest = 'ab'.repeat(32);
  const options = {digests: ['sha512', 'sha256'], isForced: false};

  suiteSetup(async () => {
    dns = await DnsStub.start({
      '_25._tcp.mx.example': {TLSA: [[3, 1, 1, digest]], secure: true},
      '_25._tcp.unsigned.example': {TLSA: [[3, 1, 1, digest]]},
      '_25._tcp.odd.example': {
        TLSA: [
          [1, 1, 1, digest],
          [3, 1, 1, 'abcd'],
          [3, 9, 1, digest],
        ],
        secure: true,
      },
      '_25._tcp.broken.example': '@servfail',
      '_25._tcp.alias.example': {TLSA: [[2, 0, 1, digest]], secure: true},
      'alias.example': {CNAME: 'elsewhere.example', secure: true},
      '_26._tcp.moved.example': {CNAME: '_25._tcp.mx.example', secure: true},
    });
  });
  suiteTeardown(() => dns.stop());

  const search = async (
    name: string,
    more: {canonicalName?: string; isSecure?: boolean; port?: number; isForced?: boolean} = {},
  ): Promise<string> => {
    const resolver = new Resolver({
      servers: [dns.server, 'attempts:1', 'timeout:1'],
      warn: () => {},
      resolvConf: '/nonexistent',
    });
    const target = {name, canonicalName: name, isSecure: true, port: 25, ...more};
    const answer: TlsaAnswer = await findTlsa(resolver, target, {...options, isForced: more.isForced === true});
    if (answer.kind === 'records') return `${answer.base} ${answer.usable.length}`;
    return answer.kind === 'failed' ? answer.text : 'none';
  };

  const cases: readonly (readonly [name: string, more: Parameters<typeof search>[1], expected: string])[] = [
    ['mx.example', {}, 'mx.example 1'],
    ['mx.example', {isSecure: false}, 'none'],
    ['mx.example', {isSecure: false, isForced: true}, 'mx.example 1'],
    ['mx.example', {port: 587}, 'none'],
    ['moved.example', {port: 26}, 'moved.example 1'],
    ['unsigned.example', {}, 'none'],
    ['odd.example', {}, 'odd.example 0'],
    ['none.example', {}, 'none'],
    ['broken.example', {}, 'TLSA lookup error for broken.example:25'],
    ['other.example', {canonicalName: 'mx.example'}, 'mx.example 1'],
    ['alias.example', {canonicalName: 'elsewhere.example'}, 'alias.example 1'],
    ['alias.example', {canonicalName: 'elsewhere.example', isSecure: false}, 'alias.example 1'],
    ['other.example', {canonicalName: 'mx.example', isSecure: false}, 'none'],
  ];
  for (const [name, more, expected] of cases)
    test(`${name} ${JSON.stringify(more)}`, async () => assert.equal(await search(name, more), expected));

  test('of several digests of the same thing the strongest counts', () => {
    const of = (usage: number, matching: number, bytes: number): Parameters<typeof usableRecords>[0][number] => ({
      name: 'x',
      type: 'TLSA',
      ttl: 1,
      preference: 0,
      value: 'ab'.repeat(bytes),
      tlsa: {usage, selector: 1, matching},
    });
    const kept = (records: Parameters<typeof usableRecords>[0]): unknown =>
      usableRecords(records, ['sha512', 'sha256']).map(({usage, matching}) => `${usage} ${matching}`);
    assert.deepEqual(kept([of(3, 1, 32), of(3, 2, 64), of(2, 1, 32), of(3, 0, 9)]), ['3 2', '2 1', '3 0']);
    assert.deepEqual(kept([of(3, 1, 32), of(3, 2, 63)]), ['3 1']);
  });
});
