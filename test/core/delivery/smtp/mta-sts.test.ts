import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {splitNexthop} from '../../../../src/core/delivery/smtp/destination.ts';
import {findHosts} from '../../../../src/core/delivery/smtp/find-hosts.ts';
import {readDestinationRules, readHostSettings} from '../../../../src/core/delivery/smtp/host-settings.ts';
import {MtaSts} from '../../../../src/core/delivery/smtp/mta-sts.ts';
import {openMtaSts} from '../../../../src/core/delivery/smtp/open-mta-sts.ts';
import {stsFetch} from '../../../../src/core/delivery/smtp/sts-fetch.ts';
import {allowsExchanger, readStsPolicy, readStsRecord} from '../../../../src/core/delivery/smtp/sts-policy.ts';
import {Log, type LogRecord} from '../../../../src/core/log/log.ts';
import {Resolver} from '../../../../src/core/net/resolver.ts';
import {DnsStub} from '../../../support/dns-stub.ts';
import {plainConfig} from '../../../support/plain-config.ts';
import {STS_CERTIFICATE, STS_KEY} from './sts-certificate.ts';

const POLICY = 'version: STSv1\r\nmode: enforce\r\nmx: mx1.example.net\r\nmx: *.wild.example\r\nmax_age: 86400\r\n';

suite('MTA-STS on paper', () => {
  const records: readonly (readonly [texts: readonly string[], id: string | undefined])[] = [
    [['v=STSv1; id=20160831085700Z;'], '20160831085700Z'],
    [['v=spf1 -all', 'v=STSv1;id=a'], 'a'],
    [['v=STSv1; id=a', 'v=STSv1; id=b'], undefined],
    [['v=STSv1; id=a-b'], undefined],
    [['v=STSv1'], undefined],
    [['v=STSv10; id=a'], undefined],
    [[], undefined],
  ];
  for (const [texts, id] of records) test(texts.join(' | '), () => assert.equal(readStsRecord(texts), id));

  test('a policy', () => {
    assert.deepEqual(readStsPolicy(POLICY), {
      mode: 'enforce',
      exchangers: ['mx1.example.net', '*.wild.example'],
      maxAgeSeconds: 86_400,
    });
    assert.equal(readStsPolicy(POLICY.replace('86400', '9999999999'))?.maxAgeSeconds, 31_557_600);
    assert.equal(readStsPolicy('version: STSv1\nmode: none\nmax_age: 1\nodd: x\n')?.mode, 'none');
  });

  for (const text of [
    '',
    'version: STSv2\nmode: none\nmax_age: 1\n',
    'version: STSv1\nmode: enforce\nmax_age: 1\n',
    'version: STSv1\nmode: maybe\nmx: a\nmax_age: 1\n',
    'version: STSv1\nmode: none\nmax_age: -1\n',
    '<html>',
  ])
    test(`no policy: ${JSON.stringify(text)}`, () => assert.equal(readStsPolicy(text), undefined));

  test('hosts that a policy allows', () => {
    const policy = readStsPolicy(POLICY);
    assert.ok(policy !== undefined);
    const allowed = ['MX1.example.net', 'a.wild.example'].map(host => allowsExchanger(policy, host));
    const others = ['mx2.example.net', 'wild.example', 'a.b.wild.example', 'localhost', ''];
    assert.deepEqual(allowed, [true, true]);
    assert.deepEqual(
      others.filter(host => allowsExchanger(policy, host)),
      [],
    );
  });
});

suite('MTA-STS', () => {
  let dns: DnsStub;
  let web: Server;
  let folder: string;
  let log: string[];
  let now: number;
  let answer: {status: number; type: string; body: string};
  let fetches: number;

  suiteSetup(async () => {
    web = createServer({cert: STS_CERTIFICATE, key: STS_KEY}, (request, response) => {
      fetches++;
      const isIt = request.url === '/.well-known/mta-sts.txt' && request.headers.host?.startsWith('mta-sts.') === true;
      response.writeHead(isIt ? answer.status : 404, {'Content-Type': answer.type});
      response.end(answer.body);
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
  });
  suiteTeardown(() => void web.close());
  setup(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'mta-sts-')), 'policies');
    [log, now, fetches] = [[], 1e12, 0];
    answer = {status: 200, type: 'text/plain; charset=utf-8', body: POLICY};
    dns = await DnsStub.start({
      '_mta-sts.example.net': {TXT: ['v=STSv1; id=1;']},
      'mta-sts.example.net': {A: ['127.0.0.1']},
      '_mta-sts.other.example': {TXT: ['v=STSv1; id=1;']},
      'mta-sts.other.example': {A: ['127.0.0.1']},
      'example.net': {
        MX: [
          [10, 'mx1.example.net'],
          [20, 'mx2.example.net'],
        ],
      },
      'mx1.example.net': {A: ['127.0.0.11']},
      'mx2.example.net': {A: ['127.0.0.12']},
    });
  });
  teardown(async () => {
    await dns.stop();
    rmSync(join(folder, '..'), {recursive: true});
  });

  const resolver = (): Resolver =>
    new Resolver({servers: [dns.server, 'attempts:1'], warn: () => {}, resolvConf: '/nonexistent'});
  const logger = (): Log => new Log('smtp', {write: ({text}: LogRecord): void => void log.push(text)});
  function mtaSts(): MtaSts {
    const place = web.address();
    const port = typeof place === 'object' ? place?.port : undefined;
    const fetch = stsFetch({dns: resolver(), families: [4], port, authorities: STS_CERTIFICATE, timeoutMs: 2000});
    return new MtaSts({dns: resolver(), fetch, folder, log: logger(), now: () => now});
  }
  const modeOf = async (sts: MtaSts, domain = 'Example.NET'): Promise<string> =>
    (await sts.policyOf(domain))?.mode ?? '-';

  test('a policy is fetched once, and kept in memory and on disk', async () => {
    const sts = mtaSts();
    assert.deepEqual(await Promise.all([modeOf(sts), modeOf(sts)]), ['enforce', 'enforce']);
    assert.equal(await modeOf(sts), 'enforce');
    assert.equal(await modeOf(mtaSts()), 'enforce');
    assert.equal(fetches, 1);
    assert.deepEqual(readdirSync(folder), ['example.net.policy']);
  });

  test('it is fetched again when its id changes or its time is over', async () => {
    const sts = mtaSts();
    await modeOf(sts);
    answer.body = POLICY.replace('enforce', 'testing');
    assert.equal(await modeOf(sts), 'enforce');
    dns.add({'_mta-sts.example.net': {TXT: ['v=STSv1; id=2;']}});
    assert.equal(await modeOf(sts), 'testing');
    answer.body = POLICY.replace('enforce', 'none');
    now += 86_400_001;
    assert.equal(await modeOf(sts), '-');
    assert.equal(fetches, 3);
  });

  test('it stays in force while the DNS or the web server is out of order', async () => {
    const sts = mtaSts();
    await modeOf(sts);
    dns.add({'_mta-sts.example.net': '@servfail'});
    assert.equal(await modeOf(sts), 'enforce');
    dns.add({'_mta-sts.example.net': {TXT: ['v=STSv1; id=2;']}});
    answer.status = 500;
    assert.equal(await modeOf(sts), 'enforce');
    assert.equal(await modeOf(sts), 'enforce');
    assert.equal(fetches, 2); // the failure is not repeated at once
    assert.deepEqual(log, ['MTA-STS policy of example.net cannot be had']);
    now += 300_000;
    answer.status = 200;
    await modeOf(sts);
    assert.equal(fetches, 3);
  });

  const bad: readonly (readonly [title: string, change: Partial<typeof answer>])[] = [
    ['redirections', {status: 301}],
    ['other types', {type: 'text/html'}],
    ['endless texts', {body: `${POLICY}${'x: y\n'.repeat(20_000)}`}],
    ['other texts', {body: 'hello'}],
  ];
  for (const [title, change] of bad)
    test(`${title} are no policy`, async () => {
      Object.assign(answer, change);
      assert.equal(await modeOf(mtaSts()), '-');
    });

  test('a certificate for another name is no policy', async () => {
    assert.equal(await modeOf(mtaSts(), 'other.example'), '-');
    assert.equal(fetches, 0);
  });

  test('domains that are none are not asked for', async () => {
    for (const domain of ['../../etc/passwd', '', 'a..b', '[127.0.0.1]', '\xe9.example'])
      assert.equal(await modeOf(mtaSts(), domain), '-');
    assert.equal(dns.questions.length, 0);
  });

  test('a kept policy that is broken is fetched again', async () => {
    await modeOf(mtaSts());
    writeFileSync(join(folder, 'example.net.policy'), 'broken');
    assert.equal(await modeOf(mtaSts()), 'enforce');
    assert.equal(fetches, 2);
  });

  test('it is off unless it is set', () => {
    assert.equal(openMtaSts(plainConfig(), resolver(), logger()), undefined);
    assert.ok(openMtaSts(plainConfig({posthorn_smtp_mta_sts: 'yes'}), resolver(), logger()) !== undefined);
  });

  test('the search for hosts leaves out those that are not allowed', async () => {
    const [destination] = splitNexthop('example.net', readDestinationRules(plainConfig(), 'smtp'));
    assert.ok(destination?.kind === 'inet');
    const settings = readHostSettings(plainConfig({inet_protocols: 'ipv4'}), 'smtp');
    const search = async (): Promise<unknown> => {
      const found = await findHosts(destination, {
        settings,
        dns: resolver(),
        log: logger(),
        random: Math.random,
        sts: mtaSts(),
      });
      return found.kind === 'hosts' ? [found.sts, ...found.hosts.map(({name}) => name)] : found.outcome;
    };
    assert.deepEqual(await search(), ['enforce', 'mx1.example.net']);
    dns.add({'_mta-sts.example.net': {TXT: ['v=STSv1; id=2']}});
    answer.body = POLICY.replace('enforce', 'testing');
    assert.deepEqual(await search(), ['testing', 'mx1.example.net', 'mx2.example.net']);
    dns.add({'_mta-sts.example.net': {TXT: ['v=STSv1; id=3']}});
    answer.body = POLICY.replace('mx1', 'mx9');
    assert.deepEqual(await search(), {
      kind: 'deferred',
      status: '4.7.5',
      text: 'MTA-STS policy of example.net allows none of its mail hosts',
    });
  });
});
