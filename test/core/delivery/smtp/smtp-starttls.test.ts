import assert from 'node:assert/strict';
import {createServer, type Socket} from 'node:net';
import {TLSSocket} from 'node:tls';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {makeSelfSigned} from '../../../../src/core/net/self-signed.ts';
import {DeliveryBench} from '../../../support/delivery-bench.ts';
import {DnsStub} from '../../../support/dns-stub.ts';

interface Heard {
  readonly report: string;
  readonly plain: string;
  readonly inside: string;
}

const REPLIES: readonly (readonly [RegExp, string])[] = [
  [/^EHLO/, '250-mx.test\r\n250-STARTTLS\r\n250 8BITMIME\r\n'],
  [/^(MAIL|RCPT)/, '250 2.1.0 ok\r\n'],
  [/^DATA/, '354 go on\r\n'],
  [/^\.$/, '250 2.0.0 queued\r\n'],
];

/** Answers line by line; in TLS nobody minds that content is answered by nothing. */
function converse(socket: Socket, heard: string[], onStartTls: (() => void) | undefined): void {
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString('latin1').split('\r\n').slice(0, -1)) {
      heard.push(line);
      if (line === 'STARTTLS') return onStartTls?.();
      const reply = REPLIES.find(([pattern]) => pattern.test(line))?.[1];
      if (reply !== undefined) socket.write(reply);
    }
  });
}

/** `injected`: what a man in the middle puts behind the reply to STARTTLS; `policy`: MTA-STS of sts.example. */
async function deliverOverTls(set: Readonly<Record<string, string>>, injected = '', policy?: string): Promise<Heard> {
  const {key, certificate} = makeSelfSigned('mx.test', new Date());
  const plain: string[] = [];
  const inside: string[] = [];
  const isWrapped = set['smtp_tls_wrappermode'] === 'yes';
  const server = createServer(socket => {
    const upgrade = (): void => {
      socket.removeAllListeners('data');
      const secure = new TLSSocket(socket, {isServer: true, key, cert: certificate});
      converse(secure, inside, undefined);
      if (isWrapped) secure.write('220 mx.test ESMTP\r\n');
    };
    if (isWrapped) return upgrade();
    converse(socket, plain, () => {
      socket.write(`220 2.0.0 go\r\n${injected}`);
      upgrade();
    });
    socket.write('220 mx.test ESMTP\r\n');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const bench = new DeliveryBench({smtp_tls_fingerprint_digest: 'sha256', ...set}, {smtp: ['smtp']});
  if (policy !== undefined) bench.write('lib/mta-sts/sts.example.policy', policy);
  const nexthop = policy === undefined ? '[127.0.0.1]' : 'sts.example';
  try {
    const [report = ''] = await bench.deliver('smtp', 'r@d.example', {nexthop: `${nexthop}:${port}`});
    return {report, plain: plain.join(' '), inside: inside.join(' ')};
  } finally {
    server.close();
    await bench.dispose();
  }
}

suite('smtp client: STARTTLS', () => {
  test('EHLO is said again inside, and the mail goes there', async () => {
    const {report, plain, inside} = await deliverOverTls({smtp_tls_security_level: 'encrypt'});
    assert.match(report, /2\.0\.0 sent \(250 2\.0\.0 queued\)/);
    assert.equal(plain, 'EHLO mail.example.com STARTTLS');
    assert.match(inside, /^EHLO mail\.example\.com MAIL FROM:.* \. ?(QUIT)?$/);
  });

  test('replies that were put in before the handshake count for nothing', async () => {
    const injected = '250-evil.test\r\n250 AUTH PLAIN\r\n250 2.1.0 evil\r\n';
    const {report} = await deliverOverTls({smtp_tls_security_level: 'may'}, injected);
    assert.match(report, /2\.0\.0 sent \(250 2\.0\.0 queued\)/);
  });

  test('wrapper mode: TLS before the greeting', async () => {
    const set = {smtp_tls_security_level: 'encrypt', smtp_tls_wrappermode: 'yes'};
    const {report, plain} = await deliverOverTls(set);
    assert.match(report, /2\.0\.0 sent/);
    assert.equal(plain, '');
  });

  test('a certificate that is not trusted: no mail', async () => {
    const {report, inside} = await deliverOverTls({smtp_tls_security_level: 'verify'});
    assert.match(report, /4\.7\.5 deferred \(Server certificate not (trusted|verified)\)/);
    assert.doesNotMatch(inside, /MAIL/);
  });
});

suite('smtp client: MTA-STS', () => {
  let dns: DnsStub;
  suiteSetup(async () => {
    dns = await DnsStub.start({
      'sts.example': {MX: [[10, 'mx.test']]},
      'mx.test': {A: ['127.0.0.1']},
    });
  });
  suiteTeardown(async () => await dns.stop());

  const cases: readonly (readonly [title: string, isOn: boolean, mode: string, mx: string, report: RegExp])[] = [
    ['off: not looked at', false, 'enforce', 'mx.test', /2\.0\.0 sent/],
    ['testing: delivered all the same', true, 'testing', 'mx.test', /2\.0\.0 sent/],
    [
      'enforced: no mail to whom no authority vouches for',
      true,
      'enforce',
      'mx.test',
      /4\.7\.5 deferred \(Server cert/,
    ],
    ['enforced: no mail to hosts that are not listed', true, 'enforce', 'mx.else', /4\.7\.5 deferred \(MTA-STS policy/],
  ];
  for (const [title, isOn, mode, mx, expected] of cases)
    test(title, async () => {
      const set = {
        posthorn_smtp_mta_sts: isOn ? 'yes' : 'no',
        posthorn_dns_servers: dns.server,
        data_directory: 'ROOT/lib',
        inet_protocols: 'ipv4',
        smtp_tls_security_level: 'may',
      };
      const policy = `id: 1\nexpires: ${Date.now() + 86_400_000}\nversion: STSv1\nmode: ${mode}\nmax_age: 86400\nmx: ${mx}\n`;
      const {report, inside} = await deliverOverTls(set, '', policy);
      assert.match(report, expected);
      assert.equal(/MAIL/.test(inside), report.includes('sent'));
    });
});
