import assert from 'node:assert/strict';
import {existsSync, mkdirSync, rmSync} from 'node:fs';
import {type AddressInfo, Socket} from 'node:net';
import {connect, type TLSSocket} from 'node:tls';
import {SMTPServer} from 'smtp-server';
import {SmtpdTls} from '../../../src/core/smtpd/smtpd-tls.ts';
import {plainConfig} from '../../support/plain-config.ts';
import {connectStartTls} from '../../support/starttls-stub.ts';
import {makeCertificate} from '../../support/tls-authority.ts';
import {talkTls, TlsBench} from '../../support/tls-bench.ts';

const PEER = 'client.example.org[127.0.0.1]';
const authority = makeCertificate('Test CA', {isAuthority: true});
const server = makeCertificate('mail.example.com', {by: authority, dns: ['mail.example.com']});
const rsa = makeCertificate('mail.example.com', {by: authority, kind: 'rsa'});
const client = makeCertificate('client.example.org', {by: authority});

suite('TLS of smtpd', () => {
  let bench: TlsBench;
  let chain = '';
  setup(() => {
    bench = new TlsBench();
    chain = bench.file('chain.pem', server.key + server.certificate + authority.certificate);
  });
  teardown(async () => {
    await bench.close();
  });

  test('says version, cipher, key exchange and signature of a session', async () => {
    const port = await bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain}));
    assert.equal((await talkTls(port)).answer, 'hello');
    assert.deepEqual(bench.lines, [
      `Anonymous TLS connection established from ${PEER}: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) ` +
        'key-exchange X25519 server-signature ECDSA (prime256v1) server-digest SHA256',
    ]);
  });

  const forms: readonly (readonly [title: string, options: object, end: string])[] = [
    [
      'an older version without details',
      {maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384'},
      'TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)',
    ],
    [
      '128 bits',
      {ciphers: 'TLS_AES_128_GCM_SHA256', sigalgs: 'rsa_pss_rsae_sha512:rsa_pss_rsae_sha384'},
      'TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA512',
    ],
    [
      'another curve',
      {ecdhCurve: 'secp384r1'},
      'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange ECDHE (secp384r1) server-signature ECDSA (prime256v1) server-digest SHA256',
    ],
    [
      'TLS 1.1',
      {minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ECDHE-RSA-AES256-SHA:@SECLEVEL=0'},
      'TLSv1.1 with cipher ECDHE-RSA-AES256-SHA (256/256 bits)',
    ],
  ];
  for (const [title, options, end] of forms)
    test(`logs ${title}`, async () => {
      const both = bench.file('both.pem', server.key + server.certificate + rsa.key + rsa.certificate);
      const port = await bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: both}));
      await talkTls(port, options);
      assert.deepEqual(bench.lines, [`Anonymous TLS connection established from ${PEER}: ${end}`]);
    });

  test('takes up a session again, also after the certificate was renewed', async () => {
    const port = await bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain}));
    const first = await talkTls(port);
    const second = await talkTls(port, {session: first.session ?? Buffer.alloc(0)});
    assert.deepEqual([first.isReused, second.isReused], [false, true]);
    assert.match(bench.lines[1] ?? '', / key-exchange X25519 server-signature ECDSA \(prime256v1\)$/);
    bench.file('chain.pem', rsa.key + rsa.certificate + authority.certificate);
    bench.clock += 5000;
    assert.equal((await talkTls(port, {session: first.session ?? Buffer.alloc(0)})).isReused, true);
  });

  test('tickets open no session any more when their time is over', async () => {
    const port = await bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain}));
    const {session = Buffer.alloc(0)} = await talkTls(port);
    bench.clock += 3_600_000;
    assert.equal((await talkTls(port, {session})).isReused, false);
  });

  test('without session caching there are no tickets', async () => {
    const set = {smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain, smtpd_tls_session_cache_timeout: '0s'};
    const port = await bench.listen(bench.smtpd(set));
    const {session = Buffer.alloc(0)} = await talkTls(port);
    assert.equal((await talkTls(port, {session})).isReused, false);
  });

  test('reads certificates again when they change, and keeps the last good ones', async () => {
    const port = await bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain}));
    const renewed = makeCertificate('renewed.example.com');
    bench.file('chain.pem', renewed.key);
    bench.clock += 5000;
    assert.equal((await talkTls(port)).peerName, 'CN=mail.example.com');
    assert.deepEqual(bench.lines.slice(0, 3), [
      `warning: No certs for key at index 1 in ${chain}`,
      `warning: error loading private keys and certificates from: ${chain}: disabling TLS support`,
      'warning: the last good TLS certificates are used',
    ]);
    bench.file('chain.pem', renewed.key + renewed.certificate);
    bench.clock += 5000;
    assert.equal((await talkTls(port)).peerName, 'CN=renewed.example.com');
  });

  const owns: readonly (readonly [
    title: string,
    set: Readonly<Record<string, string>>,
    root: boolean,
    isMade: boolean,
  ])[] = [
    ['TLS without certificate', {smtpd_tls_security_level: 'may'}, true, true],
    ['wrapped TLS without certificate', {smtpd_tls_wrappermode: 'yes'}, true, true],
    ['no TLS', {}, true, false],
    [
      'TLS with a certificate of others',
      {smtpd_tls_security_level: 'may', smtpd_tls_cert_file: '/nonexistent'},
      true,
      false,
    ],
    ['TLS in the system’s own instance', {smtpd_tls_security_level: 'may'}, false, false],
  ];
  for (const [title, set, hasRoot, isMade] of owns)
    test(`a certificate is ${isMade ? '' : 'not '}made for ${title}`, async () => {
      const config = {
        ...plainConfig({...set, smtpd_tls_fingerprint_digest: 'sha256'}),
        root: hasRoot ? bench.folder : '/',
      };
      const tls = new SmtpdTls({config, log: bench.log});
      assert.equal(tls.isAvailable, isMade);
      assert.equal(existsSync(`${bench.folder}/etc/ssl/posthorn.key`), isMade);
      if (isMade) assert.equal((await talkTls(await bench.listen(tls))).peerName, 'CN=mail.example.com');
    });

  test('the certificate that main.cf of a new instance names is made', () => {
    const root = bench.folder;
    mkdirSync(`${root}/etc/postfix`, {recursive: true});
    const files = `${root}/etc/postfix/../ssl/posthorn.key, ${root}/etc/postfix/../ssl/posthorn.crt`;
    const set = {smtpd_tls_security_level: 'may', smtpd_tls_chain_files: files, smtpd_tls_fingerprint_digest: 'sha256'};
    assert.equal(new SmtpdTls({config: {...plainConfig(set), root}, log: bench.log}).isAvailable, true);
    assert.deepEqual(bench.lines, [
      `made a self-signed certificate for mail.example.com: ${root}/etc/ssl/posthorn.crt`,
    ]);
  });

  test('smtp-server’s STARTTLS works with the context and the options that are given', async () => {
    const ca = bench.file('ca.pem', authority.certificate);
    const set = {smtpd_tls_ask_ccert: 'yes', smtpd_tls_CAfile: ca};
    const tls = bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain, ...set});
    let subject = '';
    const listener = new SMTPServer({
      authOptional: true,
      logger: false,
      disableReverseLookup: true,
      onSecure: (socket, _session, callback) => {
        subject = tls.established(socket as TLSSocket, PEER).peerSubject;
        callback();
      },
    });
    const options = await tls.begin(new Socket(), PEER);
    assert.ok(options?.secureContext !== undefined);
    listener.secureContext = new Map([['*', options.secureContext]]);
    Object.assign(listener.options, {requestCert: options.requestCert, rejectUnauthorized: options.rejectUnauthorized});
    await new Promise<void>(resolve => void listener.listen(0, '127.0.0.1', resolve));
    const {port} = listener.server.address() as AddressInfo;
    const socket = await connectStartTls(port);
    const secure = connect({
      socket,
      ca: authority.certificate,
      servername: 'mail.example.com',
      key: client.key,
      cert: client.certificate,
    });
    await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
    assert.equal(secure.authorized, true);
    secure.write('EHLO x\r\n');
    await new Promise(resolve => secure.once('data', resolve));
    assert.equal(subject, 'client.example.org');
    assert.match(bench.lines[0] ?? '', /^Trusted TLS connection established from /);
    secure.on('error', () => undefined).destroy();
    await new Promise<void>(resolve => void listener.close(() => resolve()));
  });

  test('has TLS as soon as broken certificates are mended', async () => {
    rmSync(chain);
    const tls = bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain});
    assert.equal(tls.isAvailable, false);
    bench.file('chain.pem', server.key + server.certificate);
    bench.clock += 5000;
    assert.equal(tls.isAvailable, true);
  });

  const certificates: readonly (readonly [string, object, readonly string[], string])[] = [
    ['a trusted one is let in', {key: client.key, cert: client.certificate}, [], 'hello'],
    [
      'one by a stranger is refused',
      (({key, certificate}) => ({key, cert: certificate}))(makeCertificate('stranger')),
      [
        `certificate verification failed for ${PEER}: self-signed certificate`,
        `NOQUEUE: abort: TLS from ${PEER}: Client certificate not trusted`,
      ],
      '421 4.7.1 mail.example.com Error: Client certificate not trusted',
    ],
    [
      'none is refused',
      {},
      [`NOQUEUE: abort: TLS from ${PEER}: No client certificate presented`],
      '421 4.7.1 mail.example.com Error: No client certificate presented',
    ],
  ];
  for (const [title, options, lines, answer] of certificates)
    test(`of client certificates, ${title}`, async () => {
      const ca = bench.file('ca.pem', authority.certificate);
      const port = await bench.listen(
        bench.smtpd({
          smtpd_tls_security_level: 'encrypt',
          smtpd_tls_req_ccert: 'yes',
          smtpd_tls_loglevel: '0',
          smtpd_tls_chain_files: chain,
          smtpd_tls_CAfile: ca,
        }),
      );
      assert.equal((await talkTls(port, options)).answer, answer);
      assert.deepEqual(bench.lines, lines);
    });

  test('a failed handshake is logged in OpenSSL’s words', async () => {
    const port = await bench.listen(bench.smtpd({smtpd_tls_security_level: 'may', smtpd_tls_chain_files: chain}));
    await assert.rejects(talkTls(port, {ciphers: 'NULL:@SECLEVEL=0', maxVersion: 'TLSv1.2'}));
    assert.equal(bench.lines[0], `SSL_accept error from ${PEER}: -1`);
    assert.match(
      bench.lines[1] ?? '',
      /^warning: TLS library problem: error:0A0000C1:SSL routines::no shared cipher:\.\.\/ssl\/statem\/statem_srvr\.c:\d+:$/,
    );
  });

  const headers: readonly (readonly [title: string, set: object, options: object, lines: readonly string[]])[] = [
    ['nothing, by default', {smtpd_tls_received_header: 'no'}, {}, []],
    [
      'version, cipher and signatures',
      {smtpd_tls_ask_ccert: 'yes'},
      {key: client.key, cert: client.certificate},
      [
        '\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)',
        '\t key-exchange X25519 server-signature ECDSA (prime256v1) server-digest SHA256',
        '\t client-signature ECDSA (prime256v1) client-digest SHA256)',
        '\t(Client CN "client.example.org", Issuer "Test CA" (not verified))',
      ],
    ],
    [
      'no certificate that was asked for',
      {smtpd_tls_ask_ccert: 'yes'},
      {maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256'},
      [
        '\t(using TLSv1.2 with cipher ECDHE-ECDSA-AES128-GCM-SHA256 (128/128 bits))',
        '\t(Client did not present a certificate)',
      ],
    ],
    [
      'none asked for',
      {},
      {maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256'},
      [
        '\t(using TLSv1.2 with cipher ECDHE-ECDSA-AES128-GCM-SHA256 (128/128 bits))',
        '\t(No client certificate requested)',
      ],
    ],
  ];
  for (const [title, set, options, lines] of headers)
    test(`of TLS, Received: has ${title}`, async () => {
      const common = {smtpd_tls_security_level: 'may', smtpd_tls_received_header: 'yes', smtpd_tls_loglevel: '0'};
      const tls = bench.smtpd({...common, smtpd_tls_chain_files: chain, ...set});
      await talkTls(await bench.listen(tls), options);
      const [session] = bench.sessions;
      assert.ok(session !== undefined);
      assert.deepEqual(tls.receivedLines(session), lines);
    });

  test('a name of tls_server_sni_maps has its own certificate, others the common one', async () => {
    const named = makeCertificate('other.example.net', {kind: 'rsa'});
    const file = bench.file('named.pem', named.key + named.certificate);
    const maps = bench.file(
      'sni',
      `other.example.net ${file}\n.wild.example.net ${file}\nbroken.example.net ${chain}.none\n`,
    );
    const port = await bench.listen(
      bench.smtpd({
        smtpd_tls_security_level: 'may',
        smtpd_tls_chain_files: chain,
        tls_server_sni_maps: `texthash:${maps}`,
      }),
    );
    assert.equal((await talkTls(port, {servername: 'OTHER.example.net'})).peerName, 'CN=other.example.net');
    assert.equal((await talkTls(port, {servername: 'a.b.wild.example.net'})).peerName, 'CN=other.example.net');
    assert.equal((await talkTls(port, {servername: 'mail.example.com'})).peerName, 'CN=mail.example.com');
    const lines = bench.lines.filter(line => !line.startsWith('warning: ')); // of the broken entry
    assert.match(lines[0] ?? '', /established from client.example.org\[127.0.0.1\] to OTHER.example.net: /);
    assert.equal(lines[2], `TLS SNI mail.example.com from ${PEER} not matched, using default chain`);
  });
});
