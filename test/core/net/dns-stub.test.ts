/** The DNS stub of the tests, asked by Node's own resolver. */
import assert from 'node:assert/strict';
import {promises as nodeDns} from 'node:dns';
import {DnsStub} from '../../support/dns-stub.ts';

suite('the DNS stub', () => {
  let dns: DnsStub;
  const resolver = new nodeDns.Resolver({timeout: 300, tries: 1});

  setup(async () => {
    dns = await DnsStub.start({
      'example.net': {MX: [[10, 'mx1.example.net']], TXT: ['v=spf1 -all']},
      'mx1.example.net': {A: ['127.0.0.1'], AAAA: ['::1']},
      'www.example.net': {CNAME: 'mx1.example.net'},
      '*.rbl.example': {A: ['127.0.0.2']},
      'broken.example': '@servfail',
      'silent.example': '@timeout',
      'big.example': {A: ['127.0.0.1', '127.0.0.2'], truncated: true},
      '127.0.0.9': {PTR: ['client.example.net']},
      '2001:db8::1': {PTR: ['six.example.net']},
    });
    resolver.setServers([dns.server]);
  });
  teardown(() => dns.stop());

  test('answers from its zone', async () => {
    assert.deepEqual(await resolver.resolveMx('example.net'), [{exchange: 'mx1.example.net', priority: 10}]);
    assert.deepEqual(await resolver.resolve4('WWW.example.net'), ['127.0.0.1']);
    assert.deepEqual(await resolver.resolve6('mx1.example.net'), ['::1']);
    assert.deepEqual(await resolver.resolve4('9.0.0.127.rbl.example'), ['127.0.0.2']);
    assert.deepEqual(await resolver.resolveTxt('example.net'), [['v=spf1 -all']]);
    assert.deepEqual(await resolver.reverse('127.0.0.9'), ['client.example.net']);
    assert.deepEqual(await resolver.reverse('2001:db8::1'), ['six.example.net']);
  });

  test('says no in several ways', async () => {
    const codeOf = (answer: Promise<unknown>): Promise<unknown> =>
      answer.then(
        () => 'found',
        (fault: unknown) => (fault instanceof Error && 'code' in fault ? fault.code : fault),
      );
    assert.equal(await codeOf(resolver.resolve4('none.example')), 'ENOTFOUND');
    assert.equal(await codeOf(resolver.resolve4('example.net')), 'ENODATA');
    assert.equal(await codeOf(resolver.resolve4('broken.example')), 'ESERVFAIL');
    assert.equal(await codeOf(resolver.resolve4('silent.example')), 'ETIMEOUT');
  });

  test('cuts an answer over UDP, and gives it whole over TCP', async () => {
    assert.deepEqual(await resolver.resolve4('big.example'), ['127.0.0.1', '127.0.0.2']);
    assert.deepEqual(
      dns.questions.map(asked => asked.over),
      ['udp', 'tcp'],
    );
    assert.equal(dns.count('big.example', 'A'), 2);
  });
});
