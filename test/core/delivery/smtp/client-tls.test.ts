import assert from 'node:assert/strict';
import {createHash, X509Certificate} from 'node:crypto';
import {connect, createServer, type Server} from 'node:net';
import {ClientTls} from '../../../../src/core/delivery/smtp/client-tls.ts';
import type {TlsStart, TlsTarget} from '../../../../src/core/delivery/smtp/tls-step.ts';
import {Log} from '../../../../src/core/log/log.ts';
import type {Dns, DnsRecord} from '../../../../src/core/net/dns.ts';
import {openTables} from '../../../../src/core/table/open-table.ts';
import {plainConfig} from '../../../support/plain-config.ts';
import {makeCertificate, type Made} from '../../../support/tls-authority.ts';
import {TlsBench} from '../../../support/tls-bench.ts';

const authority = makeCertificate('Test CA', {isAuthority: true});
const between = makeCertificate('Between CA', {isAuthority: true, by: authority});
const good = makeCertificate('mx.example.net', {by: between, dns: ['mx.example.net', '*.sub.example.net']});
const old = {from: new Date('2020-01-01'), to: new Date('2021-01-01')};
const expired = makeCertificate('mx.example.net', {by: authority, dns: ['mx.example.net'], ...old});
const own = makeCertificate('mx.example.net', {dns: ['mx.example.net']});
const stranger = makeCertificate('mx.example.net', {by: makeCertificate('Other CA', {isAuthority: true})});
const PEER = 'mx.example.net[127.0.0.1]:25';
const T13 =
  'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (prime256v1) server-digest SHA256';

const target: TlsTarget = {
  nexthop: 'example.net',
  domain: 'example.net',
  name: 'mx.example.net',
  canonicalName: 'mx.example.net',
  isSecure: true,
  port: 25,
  isMxSecure: true,
};

suite('TLS of smtp', () => {
  let bench: TlsBench;
  let lines: string[];
  let reused: boolean[];
  let tlsa: readonly DnsRecord[];
  let now: number;
  setup(() => {
    bench = new TlsBench();
    lines = [];
    reused = [];
    tlsa = [];
    now = Date.now();
  });
  teardown(async () => {
    await bench.close();
  });

  function client(set: Readonly<Record<string, string>>): ClientTls {
    const defaults = {
      smtp_tls_fingerprint_digest: 'sha256',
      smtp_tls_dane_insecure_mx_policy: 'dane',
      smtp_tls_loglevel: '1',
    };
    const config = plainConfig({...defaults, smtp_tls_CAfile: bench.file('ca.pem', authority.certificate), ...set});
    const log = new Log('smtp', {
      write: ({severity, text}) => void lines.push(severity === 'info' ? text : `${severity}: ${text}`),
    });
    const dns: Dns = {
      query: () =>
        Promise.resolve(
          tlsa.length === 0
            ? {kind: 'no-record', text: '', isSecure: true}
            : {kind: 'found', records: tlsa, isSecure: true, canonicalName: ''},
        ),
      hostAddresses: () => ({kind: 'none', text: ''}),
      hostName: () => ({kind: 'none', text: ''}),
    };
    const open = (list: string): ReturnType<typeof openTables> => openTables(list, {config, log});
    return new ClientTls({config, protocol: 'smtp', log, dns, openTables: open, now: () => now});
  }

  async function serve(made: Made, above = ''): Promise<number> {
    const chain = bench.file('chain.pem', made.key + made.certificate + above);
    return bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain}));
  }

  async function start(tls: ClientTls, port: number, over: Partial<TlsTarget> = {}): Promise<TlsStart> {
    const planning = await tls.plan({...target, ...over});
    if (planning.kind === 'failed') return planning;
    const result = await tls.start(connect(port, '127.0.0.1'), planning.plan, PEER);
    if (result.kind === 'on') {
      reused.push(result.socket.isSessionReused());
      await new Promise(resolve => result.socket.once('data', resolve).write('x')); // tickets have come as well
      const closed = new Promise(resolve => result.socket.once('close', resolve));
      result.socket.on('error', () => undefined).end();
      await closed;
    }
    return result;
  }

  const failed = 'Server certificate not verified';
  const verdicts: readonly (readonly [
    title: string,
    made: Made,
    set: Readonly<Record<string, string>>,
    lines: readonly string[],
    refusal?: string,
  ])[] = [
    ['may: trusted', good, {smtp_tls_security_level: 'may'}, [`Trusted TLS connection established to ${PEER}: ${T13}`]],
    [
      'may: self-signed',
      own,
      {smtp_tls_security_level: 'may'},
      [`Untrusted TLS connection established to ${PEER}: ${T13}`],
    ],
    [
      'verify: named by the host',
      good,
      {smtp_tls_security_level: 'verify'},
      [`Verified TLS connection established to ${PEER}: ${T13}`],
    ],
    [
      'secure: not for the domain',
      good,
      {smtp_tls_security_level: 'secure', smtp_tls_secure_cert_match: 'nexthop'},
      [
        `server certificate verification failed for ${PEER}: num=62:hostname mismatch`,
        `Untrusted TLS connection established to ${PEER}: ${T13}`,
      ],
      failed,
    ],
    [
      'secure: for what the policy says',
      good,
      {smtp_tls_security_level: 'secure', smtp_tls_secure_cert_match: '.example.net'},
      [`Verified TLS connection established to ${PEER}: ${T13}`],
    ],
    [
      'verify: self-signed',
      own,
      {smtp_tls_security_level: 'verify'},
      [
        `certificate verification failed for ${PEER}: self-signed certificate`,
        `Untrusted TLS connection established to ${PEER}: ${T13}`,
      ],
      failed,
    ],
    [
      'verify: by a stranger',
      stranger,
      {smtp_tls_security_level: 'verify'},
      [
        `certificate verification failed for ${PEER}: untrusted issuer /CN=Other CA`,
        `Untrusted TLS connection established to ${PEER}: ${T13}`,
      ],
      failed,
    ],
    [
      'verify: expired',
      expired,
      {smtp_tls_security_level: 'verify', smtp_tls_loglevel: '0'},
      [`server certificate verification failed for ${PEER}: certificate has expired`],
      failed,
    ],
    [
      'fingerprint: the right one',
      own,
      {smtp_tls_security_level: 'fingerprint', smtp_tls_fingerprint_cert_match: print(own)},
      [`Verified TLS connection established to ${PEER}: ${T13}`],
    ],
    [
      'fingerprint: another one',
      good,
      {smtp_tls_security_level: 'fingerprint', smtp_tls_fingerprint_cert_match: print(own)},
      [
        `server certificate verification failed for ${PEER}: num=65:no matching DANE TLSA records`,
        `Untrusted TLS connection established to ${PEER}: ${T13}`,
      ],
      failed,
    ],
  ];
  for (const [title, made, set, expected, refusal] of verdicts)
    test(title, async () => {
      const result = await start(client(set), await serve(made, made === good ? between.certificate : ''));
      assert.ok(result.kind === 'on');
      assert.deepEqual(lines, expected);
      assert.deepEqual(result.refusal, refusal === undefined ? undefined : {status: '4.7.5', text: refusal});
    });

  const enforced: readonly (readonly [
    title: string,
    made: Made,
    set: Readonly<Record<string, string>>,
    line: RegExp,
    refusal?: string,
  ])[] = [
    ['may becomes secure', good, {smtp_tls_security_level: 'may'}, /^Verified TLS/],
    ['none becomes secure', good, {smtp_tls_security_level: 'none'}, /^Verified TLS/],
    ['a certificate nobody signed', own, {smtp_tls_security_level: 'may'}, /verification failed/, failed],
    [
      'the host’s own name counts, whatever main.cf matches',
      good,
      {smtp_tls_security_level: 'encrypt', smtp_tls_secure_cert_match: 'nexthop'},
      /^Verified TLS/,
    ],
    ['what a table says is kept', own, {smtp_tls_policy_maps: 'inline:{example.net=encrypt}'}, /^Untrusted TLS/],
    [
      'DANE without records',
      own,
      {smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'},
      /verification failed/,
      failed,
    ],
  ];
  for (const [title, made, set, line, refusal] of enforced)
    test(`MTA-STS enforced: ${title}`, async () => {
      const port = await serve(made, made === good ? between.certificate : '');
      const result = await start(client(set), port, {isStsEnforced: true});
      assert.ok(result.kind === 'on');
      assert.match(lines[0] ?? '', line);
      assert.deepEqual(result.refusal, refusal === undefined ? undefined : {status: '4.7.5', text: refusal});
    });

  test('MTA-STS enforced: DANE comes first', async () => {
    tlsa = [record(3, own)];
    const tls = client({smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'});
    const result = await start(tls, await serve(own), {isStsEnforced: true});
    assert.ok(result.kind === 'on' && result.refusal === undefined);
  });

  test('a trust anchor stands for itself, without the authorities above it', async () => {
    const anchor = bench.file('anchor.pem', between.certificate);
    const tls = client({smtp_tls_security_level: 'verify', smtp_tls_CAfile: '', smtp_tls_trust_anchor_file: anchor});
    const result = await start(tls, await serve(good, between.certificate));
    assert.match(lines[0] ?? '', /^Verified /);
    assert.ok(result.kind === 'on' && result.refusal === undefined);
  });

  test('DANE: the server’s own certificate by its record, whoever signed it', async () => {
    tlsa = [record(3, own)];
    const result = await start(
      client({smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'}),
      await serve(own),
    );
    assert.deepEqual(lines, [`Verified TLS connection established to ${PEER}: ${T13}`]);
    assert.ok(result.kind === 'on' && result.refusal === undefined);
  });

  test('DANE: an authority by its record, whose certificate is for one of our names', async () => {
    tlsa = [record(2, between)];
    const set = {smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'};
    const port = await serve(good, between.certificate);
    await start(client(set), port);
    await start(client(set), port, {name: 'mx2.example.net', canonicalName: 'mx2.example.net'});
    assert.deepEqual(lines, [
      `Verified TLS connection established to ${PEER}: ${T13}`,
      `server certificate verification failed for ${PEER}: num=62:hostname mismatch`,
      `Untrusted TLS connection established to ${PEER}: ${T13}`,
    ]);
  });

  test('DANE: another certificate is refused', async () => {
    tlsa = [record(3, good)];
    const result = await start(
      client({smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'}),
      await serve(own),
    );
    assert.equal(lines[0], `server certificate verification failed for ${PEER}: num=65:no matching DANE TLSA records`);
    assert.ok(result.kind === 'on' && result.refusal?.text === failed);
  });

  const levels: readonly (readonly [
    title: string,
    set: Readonly<Record<string, string>>,
    over: Partial<TlsTarget>,
    level: string,
  ])[] = [
    ['without records is may', {}, {}, 'may'],
    ['only, without records, waits', {smtp_tls_security_level: 'dane-only'}, {}, 'no TLSA records found'],
    ['without DNSSEC is may', {smtp_dns_support_level: ''}, {}, 'may'],
    [
      'only, without DNSSEC, waits',
      {smtp_dns_support_level: '', smtp_tls_security_level: 'dane-only'},
      {},
      'client TLS configuration problem',
    ],
    [
      'only, with MX records nobody vouches for, waits',
      {smtp_tls_security_level: 'dane-only'},
      {isMxSecure: false},
      'non DNSSEC destination',
    ],
  ];
  for (const [title, set, over, level] of levels)
    test(`DANE: ${title}`, async () => {
      const planning = await client({smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec', ...set}).plan({
        ...target,
        ...over,
      });
      assert.equal(planning.kind === 'plan' ? planning.plan.level : planning.failure.text, level);
    });

  test('DANE: records of no use make TLS a must', async () => {
    tlsa = [{...record(3, own), tlsa: {usage: 1, selector: 0, matching: 1}}];
    const planning = await client({smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'}).plan(target);
    assert.equal(planning.kind === 'plan' && planning.plan.level, 'encrypt');
  });

  test('DANE: a matching server that MX records nobody vouches for lead to is only trusted', async () => {
    tlsa = [record(3, own)];
    await start(client({smtp_tls_security_level: 'dane', smtp_dns_support_level: 'dnssec'}), await serve(own), {
      isMxSecure: false,
    });
    assert.match(lines[0] ?? '', /^Trusted /);
  });

  test('a session is taken up again with what was found out about the certificate', async () => {
    const tls = client({smtp_tls_security_level: 'verify', smtp_tls_session_cache_database: 'btree:/x'});
    const port = await serve(good, between.certificate);
    const results = [await start(tls, port), await start(tls, port)];
    assert.deepEqual(reused, [false, true]);
    assert.deepEqual(lines, [
      `Verified TLS connection established to ${PEER}: ${T13}`,
      `Verified TLS connection established to ${PEER}: ${T13.replace(' server-digest SHA256', '')}`,
    ]);
    assert.ok(results.every(result => result.kind === 'on' && result.session.peerSubject === 'mx.example.net'));
    now += 3_600_001;
    await start(tls, port);
    assert.deepEqual(reused, [false, true, false]);
  });

  test('our certificate is shown to who asks for it', async () => {
    const chain = bench.file('chain.pem', good.key + good.certificate + between.certificate);
    const ours = bench.file('ours.pem', own.key + own.certificate);
    const port = await bench.listen(
      bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_ask_ccert: 'yes', smtpd_tls_chain_files: chain}),
    );
    await start(client({smtp_tls_security_level: 'may', smtp_tls_chain_files: ours}), port);
    assert.equal(
      lines[0],
      `Trusted TLS connection established to ${PEER}: ${T13} client-signature ECDSA (prime256v1) client-digest SHA256`,
    );
    assert.equal(bench.sessions[0]?.peerSubject, 'mx.example.net');
    assert.equal(bench.sessions[0].peerFingerprint, print(own));
  });

  test('a handshake that fails closes the connection and says why', async () => {
    const port = await serve(good);
    const tls = client({
      smtp_tls_security_level: 'may',
      smtp_tls_protocols: '<=TLSv1.2',
      smtp_tls_policy_maps: 'static:foo',
    });
    assert.equal((await start(tls, port)).kind, 'failed');
    lines.length = 0;
    const result = await start(client({smtp_tls_security_level: 'may', smtp_tls_protocols: 'foo'}), port);
    assert.deepEqual(result, {kind: 'failed', failure: {status: '4.7.5', text: 'Cannot start TLS: handshake failure'}});
    assert.deepEqual(lines, [`warning: ${PEER}: Invalid TLS protocol list "foo": aborting TLS session`]);
  });

  const ends: readonly (readonly [title: string, answer: string | undefined, lines: readonly RegExp[]])[] = [
    [
      'words instead of TLS',
      '500 what\r\n',
      [
        /^SSL_connect error to .*: -1$/,
        /^warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:\.\.\/ssl\/record\/ssl3_record\.c:\d+:$/,
      ],
    ],
    ['a cut', undefined, [/^SSL_connect error to .*: lost connection$/]],
  ];
  for (const [title, answer, expected] of ends)
    test(`a handshake that is answered with ${title}`, async () => {
      const server: Server = createServer(socket =>
        socket
          .on('error', () => undefined)
          .once('data', () => (answer === undefined ? socket.end() : socket.write(answer))),
      );
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const {port} = server.address() as {port: number};
      const result = await start(client({smtp_tls_security_level: 'may'}), port);
      server.close();
      assert.equal(result.kind, 'failed');
      for (const [at, pattern] of expected.entries()) assert.match(lines[at] ?? '', pattern);
    });

  test('a hanging handshake ends after smtp_starttls_timeout', async () => {
    const server = createServer(socket => socket.on('error', () => undefined));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as {port: number};
    await start(client({smtp_tls_security_level: 'may', smtp_starttls_timeout: '1s'}), port);
    server.close();
    assert.deepEqual(lines, [`SSL_connect error to ${PEER}: Connection timed out`]);
  });

  test('what a server without TLS is answered depends on the level', async () => {
    const at = async (level: string): Promise<readonly (string | undefined)[]> => {
      const tls = client({smtp_tls_security_level: level});
      const planning = await tls.plan(target);
      assert.ok(planning.kind === 'plan');
      const {plan} = planning;
      return [
        tls.notOffered(plan, 'h[a]')?.text,
        tls.refused(plan, 'h[a]', '454 4.7.0 no'),
        tls.unavailable(plan)?.text,
      ];
    };
    assert.deepEqual(await at('may'), [undefined, undefined, undefined]);
    assert.deepEqual(await at('encrypt'), [
      'TLS is required, but was not offered by host h[a]',
      'TLS is required, but host h[a] refused to start TLS: 454 4.7.0 no',
      'TLS is required, but our TLS engine is unavailable',
    ]);
  });

  test('mail that has waited may go in the clear after a failed handshake, but at level may only, and without login', async () => {
    const tls = client({smtp_tls_security_level: 'may'});
    const planning = await tls.plan(target);
    assert.ok(planning.kind === 'plan');
    const {plan} = planning;
    assert.deepEqual(
      [tls.mayGoPlain(plan, 10, false), tls.mayGoPlain(plan, 300, false), tls.mayGoPlain(plan, 300, true)],
      [false, true, false],
    );
    assert.equal(tls.mayGoPlain({...plan, level: 'encrypt'}, 300, false), false);
  });

  test('certificates that are not there: no TLS', () => {
    const tls = client({
      smtp_tls_security_level: 'may',
      smtp_tls_cert_file: '/nonexistent',
      smtp_tls_key_file: '/nonexistent',
    });
    assert.equal(tls.isAvailable, false);
    assert.deepEqual(lines, ['warning: error opening chain file: /nonexistent: No such file or directory']);
  });
});

function print({certificate}: Made): string {
  return createHash('sha256')
    .update(new X509Certificate(certificate).raw)
    .digest('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');
}

function record(usage: number, {certificate}: Made): DnsRecord {
  const value = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
  return {
    name: '_25._tcp.mx.example.net',
    type: 'TLSA',
    ttl: 60,
    value,
    preference: 0,
    tlsa: {usage, selector: 0, matching: 1},
  };
}
