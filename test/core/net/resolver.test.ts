import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {decode, encode} from 'dns-packet';
import {openDns} from '../../../src/core/address/open-dns.ts';
import type {DnsAnswer, DnsType} from '../../../src/core/net/dns.ts';
import {nameServiceError} from '../../../src/core/net/name-service-error.ts';
import {Resolver} from '../../../src/core/net/resolver.ts';
import {DnsStub} from '../../support/dns-stub.ts';
import {plainConfig} from '../../support/plain-config.ts';

suite('the resolver', () => {
  let dns: DnsStub;
  let folder: string;
  let warnings: string[];

  setup(async () => {
    warnings = [];
    folder = mkdtempSync(join(tmpdir(), 'resolver-'));
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost here.example\n::1 localhost # six\n');
    writeFileSync(join(folder, 'resolv.conf'), 'search first.example second.example\noptions timeout:1 attempts:1\n');
    dns = await DnsStub.start({
      'example.net': {
        MX: [
          [20, 'mx2.example.net'],
          [10, 'mx1.example.net'],
        ],
        TXT: [['two ', 'strings\r\n']],
        secure: true,
      },
      'mx1.example.net': {A: ['127.0.0.1'], AAAA: ['2001:db8::1']},
      'alias.example': {CNAME: 'mx1.example.net'},
      'outside.example': {CNAME: 'nowhere.example'},
      'circle.example': {CNAME: 'circle2.example'},
      'circle2.example': {CNAME: 'circle.example'},
      'null.example': {MX: [[0, '.']]},
      'numeric.example': {MX: [[10, '127.0.0.1']]},
      'bad.example': {MX: [[10, 'not a host!']]},
      'half.example': {
        MX: [
          [10, '-x.example'],
          [20, 'mx1.example.net'],
        ],
      },
      'tlsa.example': {TLSA: [[3, 1, 1, 'ab01']]},
      'broken.example': '@servfail',
      'refused.example': '@refused',
      'formerr.example': '@formerr',
      'garbage.example': '@garbage',
      'short.example': '@short',
      'wrong.example': '@wrong-id',
      'silent.example': '@timeout',
      'big.example': {TXT: Array.from({length: 40}, (_, i) => `${i}${'x'.repeat(200)}`)},
      'www.second.example': {A: ['127.0.0.7']},
      '127.0.0.9': {PTR: ['client.example.net']},
      '127.0.0.10': {PTR: ['127.0.0.10']},
      '2001:db8::5': {PTR: ['six.example.net']},
    });
  });
  teardown(async () => {
    await dns.stop();
    rmSync(folder, {recursive: true});
  });

  function resolver(servers: readonly string[] = [dns.server]): Resolver {
    return new Resolver({
      servers,
      warn: text => warnings.push(text),
      resolvConf: join(folder, 'resolv.conf'),
      hostsFile: join(folder, 'hosts'),
    });
  }
  const valuesOf = (answer: DnsAnswer): unknown =>
    answer.kind === 'found' ? answer.records.map(({value}) => value) : `${answer.kind}: ${answer.text}`;

  const cases: readonly (readonly [name: string, type: DnsType, expected: unknown])[] = [
    ['example.net', 'MX', ['mx2.example.net', 'mx1.example.net']],
    ['EXAMPLE.net', 'TXT', ['two strings  ']],
    ['mx1.example.net', 'AAAA', ['2001:db8::1']],
    ['alias.example', 'A', ['127.0.0.1']],
    ['outside.example', 'A', 'no-name: Host not found'],
    ['circle.example', 'A', 'no-name: Name server loop'],
    ['null.example', 'MX', ['.']],
    ['numeric.example', 'MX', ['127.0.0.1']],
    ['bad.example', 'MX', 'failure: Malformed or unexpected name server reply'],
    ['half.example', 'MX', ['mx1.example.net']],
    ['tlsa.example', 'TLSA', ['ab01']],
    ['none.example', 'A', 'no-name: Host not found'],
    ['example.net', 'A', 'no-record: Host found but no data record of requested type'],
    ['broken.example', 'A', 'temporary: Host not found, try again'],
    ['refused.example', 'A', 'temporary: Host not found, try again'],
    ['formerr.example', 'A', 'failure: Non-recoverable error'],
    ['silent.example', 'A', 'temporary: Host not found, try again'],
    ['wrong.example', 'A', 'temporary: Host not found, try again'],
    ['garbage.example', 'A', 'temporary: Host not found, try again'],
    ['short.example', 'A', 'temporary: Malformed or unexpected name server reply'],
    ['127.0.0.1', 'A', 'no-name: invalid host or domain name'],
    ['a..b', 'A', 'no-name: invalid host or domain name'],
    ['__proto__', 'A', 'no-name: Host not found'],
    ['x'.repeat(64), 'A', 'no-name: invalid host or domain name'],
  ];
  for (const [name, type, expected] of cases)
    test(`${type} of ${name.slice(0, 30)}`, async () => {
      assert.deepEqual(valuesOf(await resolver().query(name, type)), expected);
    });

  test('a reply that is too large for UDP comes over TCP', async () => {
    const answer = await resolver().query('big.example', 'TXT');
    assert.equal(answer.kind === 'found' && answer.records.length, 40);
    assert.deepEqual(
      dns.questions.map(({over}) => over),
      ['udp', 'tcp'],
    );
  });

  test('the word of the server on DNSSEC is asked for and passed on', async () => {
    const answers = [
      await resolver().query('example.net', 'MX', {wantsSecure: true}),
      await resolver().query('example.net', 'A', {wantsSecure: true}),
      await resolver().query('mx1.example.net', 'A', {wantsSecure: true}),
      await resolver().query('example.net', 'MX'),
    ];
    assert.deepEqual(
      answers.map(answer => 'isSecure' in answer && answer.isSecure),
      [true, true, false, false],
    );
    assert.deepEqual(
      dns.questions.map(({wantsSecure}) => wantsSecure),
      [true, true, true, false],
    );
  });

  test('what is odd in a reply is warned of', async () => {
    await resolver().query('numeric.example', 'MX');
    await resolver().query('bad.example', 'MX');
    assert.deepEqual(warnings, [
      'numeric domain name in resource data of MX record for numeric.example: 127.0.0.1',
      'valid_hostname: invalid character 92(decimal): not\\032a\\032host!',
      'malformed domain name in resource data of MX record for bad.example: not\\032a\\032host!',
    ]);
  });

  test('the next server is asked when one fails, is silent or is not there', async () => {
    const other = await DnsStub.start({'broken.example': {A: ['127.0.0.3']}, 'silent.example': {A: ['127.0.0.4']}});
    const closed = await DnsStub.start();
    await closed.stop();
    try {
      const both = resolver([closed.server, dns.server, other.server]);
      assert.deepEqual(valuesOf(await both.query('broken.example', 'A')), ['127.0.0.3']);
      assert.deepEqual(valuesOf(await both.query('silent.example', 'A')), ['127.0.0.4']);
    } finally {
      await other.stop();
    }
  });

  test('equal questions at the same time are asked once', async () => {
    const one = resolver();
    const answers = await Promise.all([1, 2, 3].map(() => one.query('example.net', 'MX')));
    assert.equal(answers.filter(({kind}) => kind === 'found').length, 3);
    assert.equal(dns.questions.length, 1);
    await one.query('example.net', 'MX');
    assert.equal(dns.questions.length, 2); // nothing is remembered
  });

  test('a thousand questions at once are all answered', async () => {
    const one = resolver();
    const names = Array.from({length: 1000}, (_, i) => `n${i}.example`);
    dns.add(Object.fromEntries(names.map(name => [name, {A: ['127.0.0.1']}])));
    const answers = await Promise.all(names.map(name => one.query(name, 'A')));
    assert.equal(answers.filter(({kind}) => kind === 'found').length, 1000);
  });

  test('a reply with another number, another question or no response bit is passed over', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('message', (bytes, {port, address}) => {
      const {id = 0, questions = []} = decode(bytes);
      const answerWith = (data: string): Parameters<typeof encode>[0] => ({
        type: 'response',
        id,
        questions: [...questions],
        answers: [{type: 'A', name: 'x.example', ttl: 1, data}],
      });
      const send = (message: Parameters<typeof encode>[0]): void => server.send(encode(message), port, address);
      send({...answerWith('10.0.0.1'), id: id ^ 1});
      send({...answerWith('10.0.0.2'), questions: [{type: 'A', name: 'y.example'}]});
      send({...answerWith('10.0.0.3'), type: 'query'});
      server.send(Buffer.from([id >> 8, id & 255]), port, address);
      setTimeout(() => send({...answerWith('127.0.0.8'), questions: [{type: 'A', name: 'X.EXAMPLE'}]}), 20);
    });
    try {
      const answer = await resolver([`127.0.0.1:${server.address().port}`]).query('x.example', 'A');
      assert.deepEqual(valuesOf(answer), ['127.0.0.8']);
    } finally {
      server.close();
    }
  });

  test('records of other names in the reply are not believed', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('message', (bytes, {port, address}) => {
      const {id = 0, questions = []} = decode(bytes);
      const answers = [{type: 'A' as const, name: 'other.example', data: '10.0.0.1'}];
      server.send(encode({type: 'response', id, questions: [...questions], answers}), port, address);
    });
    try {
      const answer = await resolver([`127.0.0.1:${server.address().port}`]).query('x.example', 'A');
      assert.equal(answer.kind, 'no-record');
    } finally {
      server.close();
    }
  });

  suite('hosts', () => {
    test('the hosts file is asked first, and answers at once', () => {
      assert.deepEqual(resolver().hostAddresses('LOCALHOST', [4, 6]), {kind: 'found', addresses: ['127.0.0.1', '::1']});
      assert.deepEqual(resolver().hostAddresses('localhost', [6]), {kind: 'found', addresses: ['::1']});
      assert.deepEqual(resolver().hostName('::ffff:127.0.0.1'), {kind: 'found', name: 'localhost'});
      assert.deepEqual(resolver().hostAddresses('0:0::1', [6]), {kind: 'found', addresses: ['::1']});
    });

    test('then the DNS, with the search domains', async () => {
      const addressesOf = async (name: string): Promise<unknown> => resolver().hostAddresses(name, [4, 6]);
      assert.deepEqual(await addressesOf('mx1.example.net'), {kind: 'found', addresses: ['127.0.0.1', '2001:db8::1']});
      assert.deepEqual(await addressesOf('www'), {kind: 'found', addresses: ['127.0.0.7']});
      assert.deepEqual(await addressesOf('example.net'), {kind: 'none', text: 'No address associated with hostname'});
      assert.deepEqual(await addressesOf('none.example'), {kind: 'none', text: 'Name or service not known'});
      assert.deepEqual(await addressesOf('broken.example'), {
        kind: 'temporary',
        text: 'Temporary failure in name resolution',
      });
    });

    test('addresses have names, unless these are none', async () => {
      assert.deepEqual(await resolver().hostName('127.0.0.9'), {kind: 'found', name: 'client.example.net'});
      assert.deepEqual(await resolver().hostName('2001:DB8:0::5'), {kind: 'found', name: 'six.example.net'});
      assert.deepEqual(await resolver().hostName('127.0.0.10'), {kind: 'none', text: 'Name or service not known'});
      assert.deepEqual(await resolver().hostName('127.0.0.11'), {kind: 'none', text: 'Name or service not known'});
      assert.deepEqual(warnings, ['numeric hostname: 127.0.0.10']);
    });

    test('both files are read again when they change', async () => {
      const one = resolver([]);
      writeFileSync(join(folder, 'resolv.conf'), `options timeout:1 attempts:1\nnameserver 127.0.0.254\n`);
      writeFileSync(join(folder, 'hosts'), '127.0.0.2 localhost\n');
      assert.deepEqual(one.hostAddresses('localhost', [4]), {kind: 'found', addresses: ['127.0.0.2']});
      writeFileSync(join(folder, 'hosts'), '127.0.0.33 localhost\n');
      await sleep(60);
      assert.deepEqual(one.hostAddresses('localhost', [4]), {kind: 'found', addresses: ['127.0.0.33']});
      rmSync(join(folder, 'hosts'));
      await sleep(60);
      assert.deepEqual(one.hostAddresses('localhost', [4]), {kind: 'found', addresses: ['127.0.0.33']});
    });
  });

  test('posthorn_dns_servers come before those of resolv.conf', async () => {
    const config = plainConfig({posthorn_dns_servers: `${dns.server} attempts:1`});
    assert.deepEqual(valuesOf(await openDns(config, () => {}).query('mx1.example.net', 'A')), ['127.0.0.1']);
  });

  test('faults in the words of Postfix', () => {
    const wordsOf = (text: string): string => nameServiceError('example.net', 'MX', {kind: 'failure', text});
    assert.equal(
      wordsOf('Host not found'),
      'Host or domain name not found. Name service error for name=example.net type=MX: Host not found',
    );
    assert.equal(
      wordsOf('invalid host or domain name'),
      'Name service error for example.net: invalid host or domain name',
    );
    assert.equal(
      wordsOf('Malformed or unexpected name server reply'),
      'Name service error for name=example.net type=MX: Malformed or unexpected name server reply',
    );
    assert.equal(wordsOf('Name server loop'), 'Name server loop for example.net');
  });
});
