/** TLS beside the real Postfix: its smtpd with our client, its smtp with our server side, and what each of them logs. */
import assert from 'node:assert/strict';
import {createHash, createPublicKey, X509Certificate} from 'node:crypto';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect as connectTls, type ConnectionOptions} from 'node:tls';
import {ClientTls} from '../../src/core/delivery/smtp/client-tls.ts';
import type {TlsTarget} from '../../src/core/delivery/smtp/tls-step.ts';
import {Log} from '../../src/core/log/log.ts';
import type {Dns} from '../../src/core/net/dns.ts';
import {SmtpdTls} from '../../src/core/smtpd/smtpd-tls.ts';
import {openTables} from '../../src/core/table/open-table.ts';
import {plainConfig} from '../support/plain-config.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {connectStartTls, StartTlsServer} from '../support/starttls-stub.ts';
import {makeCertificate, type Made} from '../support/tls-authority.ts';

type Settings = Readonly<Record<string, string>>;

const FIRST_PORT = 24300;
const CLIENT = 'localhost[127.0.0.1]';
const authority = makeCertificate('Test CA', {isAuthority: true});
const server = makeCertificate('mx.example.net', {by: authority, kind: 'rsa', dns: ['mx.example.net', 'localhost']});
const second = makeCertificate('mx.example.net', {by: authority, kind: 'p384', dns: ['localhost']});
const stranger = makeCertificate('localhost', {dns: ['localhost']});
const client = makeCertificate('client.example.org', {by: authority});
const rsaClient = makeCertificate('client.example.org', {by: authority, kind: 'rsa'});

suite('TLS beside the real Postfix', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-peers-'));
  chmodSync(folder, 0o755);
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const both = file('both.pem', server.key + server.certificate + second.key + second.certificate);
  const one = file('one.pem', server.key + server.certificate);
  const self = file('self.pem', stranger.key + stranger.certificate);
  const ca = file('ca.pem', authority.certificate);
  const caKey = file(
    'ca-key.pem',
    createPublicKey(authority.certificate).export({type: 'spki', format: 'pem'}).toString(),
  );
  const keyless = file('keyless.pem', server.certificate);
  const wild = file('sni', `other.example.net ${self}\n.wild.example.net ${self}\n`);

  /** What smtpd is told, and who comes to it. */
  const visits: readonly (readonly [title: string, smtpd: Settings, visitor: ConnectionOptions])[] = [
    ['nobody special', {smtpd_tls_chain_files: one}, {}],
    ['an elliptic certificate is taken before RSA', {smtpd_tls_chain_files: both}, {}],
    [
      'a client that takes RSA only',
      {smtpd_tls_chain_files: both},
      {sigalgs: 'rsa_pss_rsae_sha384:rsa_pss_rsae_sha256'},
    ],
    ['TLS 1.2', {smtpd_tls_chain_files: one}, {maxVersion: 'TLSv1.2'}],
    ['TLS 1.0', {smtpd_tls_chain_files: one}, {minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0'}],
    [
      'a version that is not let in',
      {smtpd_tls_chain_files: one, smtpd_tls_protocols: '>=TLSv1.3'},
      {maxVersion: 'TLSv1.2'},
    ],
    [
      'the server’s order of ciphers',
      {smtpd_tls_chain_files: one, tls_preempt_cipherlist: 'yes'},
      {maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES256-SHA'},
    ],
    [
      'the client’s order of ciphers',
      {smtpd_tls_chain_files: one},
      {maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES256-SHA'},
    ],
    [
      'ciphers that are excluded',
      {smtpd_tls_chain_files: one, smtpd_tls_exclude_ciphers: 'AES128-SHA'},
      {maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES256-SHA'},
    ],
    [
      'no cipher in common',
      {smtpd_tls_chain_files: one, smtpd_tls_ciphers: 'high'},
      {maxVersion: 'TLSv1.2', ciphers: 'NULL:@SECLEVEL=0'},
    ],
    ['an unknown grade', {smtpd_tls_chain_files: one, smtpd_tls_ciphers: 'foo'}, {}],
    ['an exclusion that is none', {smtpd_tls_chain_files: one, smtpd_tls_exclude_ciphers: '!aNULL'}, {}],
    [
      'the list of ciphers',
      {smtpd_tls_chain_files: one, smtpd_tls_loglevel: 'summary,verbose', smtpd_tls_exclude_ciphers: 'MD5, RC4'},
      {},
    ],
    ['anonymous ciphers', {smtpd_tls_chain_files: one}, {maxVersion: 'TLSv1.2', ciphers: 'aNULL:@SECLEVEL=0'}],
    [
      'no certificate but anonymous ciphers',
      {smtpd_tls_cert_file: 'none'},
      {maxVersion: 'TLSv1.2', ciphers: 'aNULL:@SECLEVEL=0'},
    ],
    [
      'the strong curve',
      {smtpd_tls_chain_files: one, smtpd_tls_eecdh_grade: 'strong'},
      {ecdhCurve: 'prime256v1:secp384r1'},
    ],
    [
      'the ultra curve',
      {smtpd_tls_chain_files: one, smtpd_tls_eecdh_grade: 'ultra'},
      {ecdhCurve: 'prime256v1:secp384r1'},
    ],
    [
      'a certificate that was asked for',
      {smtpd_tls_chain_files: one, smtpd_tls_ask_ccert: 'yes', smtpd_tls_CAfile: ca},
      keysOf(client),
    ],
    [
      'an RSA certificate that was asked for',
      {smtpd_tls_chain_files: one, smtpd_tls_ask_ccert: 'yes', smtpd_tls_CAfile: ca},
      keysOf(rsaClient),
    ],
    ['a certificate by nobody known', {smtpd_tls_chain_files: one, smtpd_tls_ask_ccert: 'yes'}, keysOf(client)],
    [
      'a certificate that is required',
      {
        smtpd_tls_chain_files: one,
        smtpd_tls_security_level: 'encrypt',
        smtpd_tls_req_ccert: 'yes',
        smtpd_tls_CAfile: ca,
      },
      keysOf(client),
    ],
    [
      'a certificate that is required, from a stranger',
      {
        smtpd_tls_chain_files: one,
        smtpd_tls_security_level: 'encrypt',
        smtpd_tls_req_ccert: 'yes',
        smtpd_tls_CAfile: ca,
      },
      keysOf(stranger),
    ],
    [
      'a certificate that is required, from nobody',
      {
        smtpd_tls_chain_files: one,
        smtpd_tls_security_level: 'encrypt',
        smtpd_tls_req_ccert: 'yes',
        smtpd_tls_loglevel: '0',
      },
      {},
    ],
    [
      'a name of its own',
      {smtpd_tls_chain_files: one, tls_server_sni_maps: `texthash:${wild}`},
      {servername: 'other.example.net'},
    ],
    [
      'a name below one',
      {smtpd_tls_chain_files: one, tls_server_sni_maps: `texthash:${wild}`},
      {servername: 'a.b.Wild.example.net'},
    ],
    [
      'a name that is unknown',
      {smtpd_tls_chain_files: one, tls_server_sni_maps: `texthash:${wild}`},
      {servername: 'foo.example.net'},
    ],
    [
      'names and certificate in full',
      {smtpd_tls_chain_files: one, smtpd_tls_ask_ccert: 'yes', smtpd_tls_loglevel: 'summary,peercert'},
      keysOf(client),
    ],
  ];
  /** smtpd's settings that it warns of when it begins. */
  const beginnings: readonly (readonly [title: string, smtpd: Settings])[] = [
    ['no certificate', {}],
    ['a level that is the client’s', {smtpd_tls_security_level: 'verify', smtpd_tls_chain_files: one}],
    ['certificates required without TLS', {smtpd_tls_req_ccert: 'yes', smtpd_tls_chain_files: one}],
    ['a chain without key', {smtpd_tls_chain_files: keyless}],
    ['chain and legacy files', {smtpd_tls_chain_files: one, smtpd_tls_cert_file: one}],
    ['a list of versions that is none', {smtpd_tls_protocols: 'foo', smtpd_tls_chain_files: one}],
    ['an unknown digest', {smtpd_tls_fingerprint_digest: 'foo', smtpd_tls_chain_files: one}],
    ['an unknown option', {tls_ssl_options: 'foo', smtpd_tls_chain_files: one}],
    ['an unknown workaround', {tls_disable_workarounds: 'foo', smtpd_tls_chain_files: one}],
    ['DH parameters that are not there', {smtpd_tls_dh1024_param_file: '/nonexistent', smtpd_tls_chain_files: one}],
    ['a key of another certificate', {smtpd_tls_cert_file: one, smtpd_tls_key_file: self}],
  ];
  /** smtp's settings, and the server it comes to: with which chain, or without TLS. */
  const deliveries: readonly (readonly [title: string, smtp: Settings, chain: string | undefined])[] = [
    ['may: trusted', {smtp_tls_security_level: 'may'}, one],
    ['may: not trusted', {smtp_tls_security_level: 'may'}, self],
    ['may: not offered', {smtp_tls_security_level: 'may'}, undefined],
    ['none, and an offer', {smtp_tls_note_starttls_offer: 'yes'}, one],
    ['encrypt: not offered', {smtp_tls_security_level: 'encrypt'}, undefined],
    ['encrypt: an elliptic certificate', {smtp_tls_security_level: 'encrypt'}, both],
    ['verify', {smtp_tls_security_level: 'verify'}, one],
    ['verify: self-signed', {smtp_tls_security_level: 'verify'}, self],
    ['verify: another name', {smtp_tls_security_level: 'verify', smtp_tls_verify_cert_match: 'foo.example'}, one],
    [
      'secure: names in full',
      {smtp_tls_security_level: 'secure', smtp_tls_loglevel: 'summary,certmatch,peercert'},
      one,
    ],
    ['fingerprint', {smtp_tls_security_level: 'fingerprint', smtp_tls_fingerprint_cert_match: print(server)}, one],
    [
      'fingerprint: another one',
      {smtp_tls_security_level: 'fingerprint', smtp_tls_fingerprint_cert_match: print(server)},
      self,
    ],
    ['a trust anchor', {smtp_tls_security_level: 'verify', smtp_tls_CAfile: '', smtp_tls_trust_anchor_file: ca}, one],
    ['an unknown grade', {smtp_tls_security_level: 'may', smtp_tls_ciphers: 'foo'}, one],
    ['TLS 1.2', {smtp_tls_security_level: 'may', smtp_tls_protocols: '<=TLSv1.2'}, one],
    ['a policy', {smtp_tls_policy_maps: 'static:fingerprint'}, one],
    ['a policy table that can’t be asked', {smtp_tls_policy_maps: 'fail:x'}, one],
    ['a site table that can’t be asked', {smtp_tls_per_site: 'fail:x'}, one],
    ['per site', {smtp_tls_per_site: 'inline:{localhost=MUST}'}, self],
    [
      'a trust anchor that is a key',
      {smtp_tls_security_level: 'verify', smtp_tls_CAfile: '', smtp_tls_trust_anchor_file: caKey},
      one,
    ],
    ['a trust anchor that is none', {smtp_tls_security_level: 'verify', smtp_tls_trust_anchor_file: wild}, one],
    ['an unknown log level', {smtp_tls_security_level: 'may', smtp_tls_loglevel: 'foo'}, one],
    ['an exclusion that is none', {smtp_tls_security_level: 'may', smtp_tls_exclude_ciphers: '!aNULL'}, one],
    ['authorities that are none', {smtp_tls_security_level: 'encrypt', smtp_tls_CAfile: wild}, one],
    ['dane without DNSSEC', {smtp_tls_security_level: 'dane'}, one],
    ['dane-only without DNSSEC', {smtp_tls_security_level: 'dane-only'}, one],
  ];

  let real: RealPostfix;
  const servers: StartTlsServer[] = [];

  suiteSetup(async function () {
    requireRealPostfix(this);
    this.timeout(60_000);
    const options = (set: Settings): string =>
      Object.entries(set)
        .map(([name, value]) => ` -o {${name} = ${value}}`)
        .join('');
    let port = FIRST_PORT;
    let master = '';
    for (const [, set] of [...visits, ...beginnings])
      master += `127.0.0.1:${port} inet n - n - - smtpd -o syslog_name=s${port++}${options({...SMTPD, ...set})}\n`;
    const routes: string[] = [];
    for (const [at, [, set, chain]] of deliveries.entries()) {
      const tls =
        chain === undefined ? undefined : ourServer({smtpd_tls_chain_files: chain, smtpd_tls_loglevel: '0'}).tls;
      const stub = await StartTlsServer.start(tls, CLIENT);
      servers.push(stub);
      master += `d${at} unix - - n - - smtp -o syslog_name=d${at}${options({...SMTP, smtp_tls_CAfile: ca, ...set})}\n`;
      routes.push(`{d${at}@x.example=d${at}:[localhost]:${stub.port}}`);
    }
    real = new RealPostfix(`transport_maps = inline:{${routes.join(' ')}}\nsmtp_host_lookup = native\n`, master);
    real.start();
  });
  suiteTeardown(async () => {
    (real as RealPostfix | undefined)?.dispose();
    for (const stub of servers) await stub.stop();
    rmSync(folder, {recursive: true});
  });

  for (const [at, [title, set, visitor]] of visits.entries())
    test(`smtpd: ${title}`, async () => {
      const theirs = await visit(FIRST_PORT + at, visitor);
      const {tls, lines} = ourServer(set);
      const stub = await StartTlsServer.start(tls, CLIENT);
      const ours = await visit(stub.port, visitor);
      await stub.stop();
      assert.equal(ours, theirs);
      const log = await realLines(`s${FIRST_PORT + at}`);
      assert.deepEqual(lines.map(plain), log.filter(isAboutTls).map(plain));
    });

  for (const [at, [title, set]] of beginnings.entries())
    test(`smtpd begins with ${title}`, async () => {
      const port = FIRST_PORT + visits.length + at;
      await visit(port, {}).catch(() => undefined);
      const log = await realLines(`s${port}`);
      const {lines} = ourServer(set);
      const told = log.filter(line => isAboutTls(line) && !line.includes('established')).map(plain);
      assert.deepEqual(lines.map(plain), told);
    });

  test('our client with a certificate of its own comes to the real smtpd, and takes the session up again', async () => {
    const at = visits.findIndex(([title]) => title === 'a certificate that is required');
    const own = file('own.pem', client.key + client.certificate);
    const set = {
      smtp_tls_security_level: 'verify',
      smtp_tls_chain_files: own,
      smtp_tls_session_cache_database: 'btree:x',
    };
    const lines: string[] = [];
    const tls = ourClient(set, lines);
    const planning = await tls.plan(TARGET);
    assert.ok(planning.kind === 'plan');
    const seen: unknown[] = [];
    for (let times = 0; times < 2; times++) {
      const result = await tls.start(await connectStartTls(FIRST_PORT + at), planning.plan, 'localhost[127.0.0.1]:25');
      assert.ok(result.kind === 'on');
      const {socket, session, refusal} = result;
      seen.push([session.isReused, session.peerIsMatched, session.peerSubject, refusal]);
      const answer = new Promise<string>(resolve => socket.once('data', data => resolve(data.toString('latin1'))));
      socket.write('EHLO client.example.org\r\n');
      assert.match(await answer, /^250-/);
      const closed = new Promise(resolve => socket.once('close', resolve));
      socket.on('error', () => undefined); // smtpd closes without ceremony
      socket.resume().end('QUIT\r\n');
      await closed;
    }
    assert.deepEqual(seen, [
      [false, true, 'mx.example.net', undefined],
      [true, true, 'mx.example.net', undefined],
    ]);
  });

  for (const [at, [title, set]] of deliveries.entries())
    test(`smtp: ${title}`, async function () {
      this.timeout(20_000);
      real.run('sendmail', ['-f', 'a@mail.example.com', `d${at}@x.example`], 'Subject: x\n\nhi\n');
      const log = await realLines(`d${at}`, /status=/);
      const port = servers[at]?.port ?? 0;
      const lines = await deliver(set, port);
      const once = log.filter((line, index) => line !== log[index - 1]); // some warnings are said twice
      assert.deepEqual(
        lines.map(plain),
        once.map(line => plain(line.replace(/^.*\bstatus=(\w+) \((.*)\)$/, '$1 $2'))),
      );
    });

  async function realLines(tag: string, end = /disconnect from/): Promise<string[]> {
    for (let tries = 0; ; tries++) {
      const lines = real
        .log()
        .split('\n')
        .filter(line => line.includes(` ${tag}/`));
      if (lines.some(line => end.test(line)) || tries > 100) return lines.map(line => line.replace(/^.*?\]: /, ''));
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  function ourServer(set: Settings): {tls: SmtpdTls; lines: string[]} {
    const lines: string[] = [];
    const log = new Log('smtpd', {
      write: ({severity, text}) => void lines.push(severity === 'info' ? text : `${severity}: ${text}`),
    });
    const tls = new SmtpdTls({config: plainConfig({...SMTPD, ...set}), log});
    return {tls, lines};
  }

  function ourClient(set: Settings, lines: string[]): ClientTls {
    const log = new Log('smtp', {
      write: ({severity, text}) => void lines.push(severity === 'info' ? text : `${severity}: ${text}`),
    });
    const config = plainConfig({...SMTP, smtp_tls_CAfile: ca, smtp_host_lookup: 'native', ...set});
    const open = (list: string): ReturnType<typeof openTables> => openTables(list, {config, log});
    return new ClientTls({config, protocol: 'smtp', log, dns: NO_DNS, openTables: open, now: Date.now});
  }

  /** The same delivery as far as our client goes: what it logs, and how it would end. */
  async function deliver(set: Settings, port: number): Promise<string[]> {
    const lines: string[] = [];
    const tls = ourClient(set, lines);
    const nexthop = `[localhost]:${port}`;
    const planning = await tls.plan({...TARGET, nexthop, port});
    if (planning.kind === 'failed') return [...lines, `deferred ${planning.failure.text}`];
    const {plan} = planning;
    if (plan.level !== 'none' && !tls.isAvailable) return [...lines, `deferred ${tls.unavailable(plan)?.text}`];
    const isOffered =
      servers.some(stub => stub.port === port) &&
      !deliveries.some(([, , chain], at) => chain === undefined && servers[at]?.port === port);
    if (plan.level === 'none' || !isOffered) {
      if (isOffered) tls.noteOffer('localhost');
      const failure = tls.notOffered(plan, CLIENT);
      return [
        ...lines,
        failure === undefined || plan.level === 'none' ? 'sent 250 2.0.0 Ok' : `deferred ${failure.text}`,
      ];
    }
    const result = await tls.start(await connectStartTls(port), plan, `localhost[127.0.0.1]:${port}`);
    if (result.kind === 'failed') return [...lines, `deferred ${result.failure.text}`];
    result.socket.on('error', () => undefined).end('QUIT\r\n');
    return [...lines, result.refusal === undefined ? 'sent 250 2.0.0 Ok' : `deferred ${result.refusal.text}`];
  }
});

const SMTPD: Settings = {
  smtpd_tls_security_level: 'may',
  smtpd_tls_loglevel: '1',
  smtpd_tls_fingerprint_digest: 'sha256',
  smtpd_starttls_timeout: '10s',
};
const SMTP: Settings = {
  smtp_tls_loglevel: '1',
  smtp_tls_fingerprint_digest: 'sha256',
  smtp_tls_dane_insecure_mx_policy: 'dane',
};
const TARGET: TlsTarget = {
  nexthop: '',
  domain: 'localhost',
  name: 'localhost',
  canonicalName: 'localhost',
  isSecure: false,
  port: 25,
  isMxSecure: undefined,
};
const NO_DNS: Dns = {
  query: () => Promise.resolve({kind: 'temporary', text: ''}),
  hostAddresses: () => ({kind: 'none', text: ''}),
  hostName: () => ({kind: 'none', text: ''}),
};

/** A client that says EHLO inside TLS and leaves: how the handshake ended, and whose certificate it saw. */
async function visit(port: number, options: ConnectionOptions): Promise<string> {
  const socket = await connectStartTls(port);
  const secure = connectTls({
    socket,
    rejectUnauthorized: false,
    ciphers: 'ALL:@SECLEVEL=0',
    minVersion: 'TLSv1',
    ...options,
  });
  return new Promise(resolve => {
    let seen = '';
    let answer = '';
    secure.on('error', fault => {
      seen ||= fault.message.replace(/^[0-9A-F]+:/, '');
      secure.destroy();
    });
    secure.once('secureConnect', () => {
      const {name} = secure.getCipher();
      seen = `${secure.getProtocol()} ${name} ${secure.getPeerX509Certificate()?.fingerprint256 ?? 'anonymous'}`;
      secure.write('EHLO x\r\n');
    });
    secure.on('data', data => {
      answer = data.toString('latin1');
      if (!answer.startsWith('4')) secure.write('QUIT\r\n');
    });
    secure.once('close', () => resolve(`${seen} ${answer.startsWith('4') ? answer : ''}`));
  });
}

function keysOf({key, certificate}: Made): ConnectionOptions {
  return {key, cert: certificate};
}

function print({certificate}: Made): string {
  const hex = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex').toUpperCase();
  return hex.replace(/..(?!$)/g, '$&:');
}

/** Lines about something else than TLS. */
function isAboutTls(line: string): boolean {
  return !/^(?:connect from|disconnect from|lost connection|improper command)/.test(line);
}

/** Without what depends on the version of OpenSSL: places in its source. */
function plain(line: string): string {
  return line.replace(/\.\.\/(?:ssl|crypto)\/[\w/]+\.c:\d+:/, '');
}
