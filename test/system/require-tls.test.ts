/**
 * REQUIRETLS and TLS-Required (RFC 8689) between two servers: where the next one can be trusted to keep the promise mail
 * goes on, with the promise; where not, it comes back. What a message asked for outlives a restart.
 */
import assert from 'node:assert/strict';
import {appendFileSync} from 'node:fs';
import {DnsStub} from '../support/dns-stub.ts';
import {freePorts} from '../support/free-ports.ts';
import {Home, until} from '../support/home.ts';
import {content, playDialogue, STARTTLS} from '../support/smtp-dialogue.ts';
import {makeCertificate} from '../support/tls-authority.ts';

/** Where the second server listens, and as what. */
const GOOD = '127.0.0.2';
const WITHOUT_TLS = '127.0.0.4';
const WITHOUT_REQUIRETLS = '127.0.0.5';
const HOSTS: Readonly<Record<string, string>> = {
  'good.second.example': GOOD,
  'plain.second.example': WITHOUT_TLS,
  'old.second.example': WITHOUT_REQUIRETLS,
  'other.second.example': GOOD, // the certificate has another name
};
/** Domains of the second server, and their mail hosts. */
const DOMAINS: Readonly<Record<string, readonly string[]>> = {
  'second.example': ['good.second.example'],
  'plain.example': ['plain.second.example'],
  'old.example': ['old.second.example'],
  'wrong.example': ['other.second.example'],
  'mixed.example': ['plain.second.example', 'old.second.example', 'other.second.example', 'good.second.example'],
  'unsigned.example': ['good.second.example'],
  'strict.example': ['plain.second.example'],
};

suite('REQUIRETLS between two servers', function () {
  this.timeout(120_000);
  let dns: DnsStub;
  let first: Home;
  let second: Home;
  let port = 0;
  let serial = 0;

  suiteSetup(async () => {
    [port = 0] = await freePorts(1, GOOD);
    dns = await DnsStub.start({
      'first.example': {MX: [[10, 'mail.first.example']], secure: true},
      'mail.first.example': {A: ['127.0.0.1'], secure: true},
    });
    for (const [name, address] of Object.entries(HOSTS)) dns.add({[name]: {A: [address], secure: true}});
    for (const [domain, hosts] of Object.entries(DOMAINS))
      dns.add({[domain]: {MX: hosts.map((host, at) => [at * 10, host]), secure: domain !== 'unsigned.example'}});
    const authority = makeCertificate('Test CA', {isAuthority: true});
    const names = ['good.second.example', 'old.second.example'];
    const certificate = makeCertificate('second.example', {by: authority, dns: names});
    const common =
      `posthorn_dns_servers = ${dns.server}\nsmtp_tcp_port = ${port}\nsmtp_dns_support_level = dnssec\nmynetworks =\n` +
      'smtp_mx_session_limit = 9\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\n';
    first = new Home(['alice']);
    first.write('ca.pem', authority.certificate);
    first.configure(
      `${common}smtp_tls_security_level = may\nsmtp_tls_CAfile = ${first.path('ca.pem')}\nmynetworks = 127.0.0.1\n` +
        'smtp_tls_policy_maps = inline:{ strict.example=encrypt }\n' +
        'myhostname = mail.first.example\nmydestination = first.example\nmyorigin = first.example',
    );
    first.serve(`127.0.0.1:${port} inet n - n - - smtpd`);
    second = new Home(['bob', 'carol']);
    second.write('chain.pem', certificate.key + certificate.certificate + authority.certificate);
    second.write('ca.pem', authority.certificate);
    second.configure(
      `${common}smtpd_tls_chain_files = ${second.path('chain.pem')}\nsmtp_tls_CAfile = ${second.path('ca.pem')}\n` +
        `smtp_tls_security_level = may\nmyhostname = mail.second.example\nmyorigin = second.example\nmydestination = ${Object.keys(DOMAINS).join(', ')}`,
    );
    second.serve(
      `${GOOD}:${port} inet n - n - - smtpd\n` +
        `${WITHOUT_TLS}:${port} inet n - n - - smtpd -o smtpd_tls_security_level=none\n` +
        `${WITHOUT_REQUIRETLS}:${port} inet n - n - - smtpd -o requiretls_enable=no`,
    );
    appendFileSync(second.path('etc/aliases'), 'robert: bob\nfurther: someone@nowhere.example\n');
    dns.add({'nowhere.example': {MX: [[10, 'plain.second.example']], secure: true}});
    second.run('newaliases');
    await Promise.all([first.start(), second.start()]);
  });

  suiteTeardown(async () => {
    await Promise.all([first.stop(), second.stop(), dns.stop()]);
    if (process.env['SHOW_LOGS'] !== undefined) console.log(first.log(), second.log());
    for (const home of [first, second]) await home.dispose();
  });

  /** Hands the first server a message within TLS; answers its subject, which is its own. */
  async function send(to: string, option = ' REQUIRETLS', header = ''): Promise<string> {
    const subject = `number-${serial++}-`;
    const text = `Subject: ${subject}\n${header}\nSecret!`;
    const envelope = [`MAIL FROM:<alice@first.example>${option}`, `RCPT TO:<${to}>`];
    const steps = ['EHLO me', ...STARTTLS, 'EHLO me', ...envelope, 'DATA', content(text)];
    const transcript = await playDialogue(steps, {port});
    assert.ok(
      transcript.some(line => line.includes('250 2.0.0 Ok: queued as')),
      transcript.join('\n'),
    );
    return subject;
  }

  const arrived = (home: Home, user: string, subject: string): string | undefined =>
    home.messages(user).find(message => message.includes(`Subject: ${subject}`));

  async function delivered(user: string, subject: string): Promise<string> {
    await until(() => arrived(second, user, subject) !== undefined, 20_000, subject);
    return arrived(second, user, subject) ?? '';
  }

  /** The report about it, which has no more of it than the header. */
  async function returned(subject: string): Promise<string> {
    await until(() => arrived(first, 'alice', subject) !== undefined, 20_000, subject);
    const report = arrived(first, 'alice', subject) ?? '';
    assert.doesNotMatch(report, /Secret!/);
    return report;
  }

  test('a host that DNSSEC and its certificate vouch for gets the message', async () => {
    const message = await delivered('bob', await send('robert@second.example'));
    assert.match(message, /with ESMTPS id/);
  });

  test('and goes on to keep the promise: the next hop but one can’t, and the message comes back', async () => {
    const report = await returned(await send('further@second.example'));
    assert.match(report, /^Reporting-MTA: dns; mail\.second\.example$/m);
    assert.doesNotMatch(report, /^Original-Envelope-Id:/m); // nobody gave one
    assert.match(report, /^Status: 5\.7\.10$/m);
  });

  const failures: readonly (readonly [domain: string, status: RegExp, reason: RegExp])[] = [
    ['plain.example', /^Status: 5\.7\.10$/m, /TLS is required, but was not\s+offered\s+by\s+host\s+plain\.second/],
    ['old.example', /^Status: 5\.7\.30$/m, /REQUIRETLS is required, but was not\s+offered\s+by\s+host\s+old\.second/],
    ['wrong.example', /^Status: 5\.7\.10$/m, /Server certificate not verified/],
    ['unsigned.example', /^Status: 5\.7\.10$/m, /neither DNSSEC nor MTA-STS vouches/],
  ];
  for (const [domain, status, reason] of failures)
    test(`${domain}: it comes back`, async () => {
      const report = await returned(await send(`bob@${domain}`));
      assert.match(report, status);
      assert.match(report, reason);
      assert.match(report, /^Action: failed$/m);
    });

  test('without REQUIRETLS mail goes to all of these, as before and after', async () => {
    for (const domain of ['plain.example', 'old.example', 'wrong.example', 'unsigned.example'])
      await delivered('bob', await send(`bob@${domain}`, ''));
  });

  test('hosts that can’t are passed over for one that can', async () => {
    const message = await delivered('bob', await send('bob@mixed.example'));
    assert.match(message, /with ESMTPS id/);
  });

  test('TLS-Required: No goes where the policy would not let it', async () => {
    const waiting = await send('carol@strict.example', '');
    await delivered('carol', await send('carol@strict.example', '', 'TLS-Required: No\n'));
    assert.equal(arrived(second, 'carol', waiting), undefined);
    const both = await returned(await send('carol@strict.example', ' REQUIRETLS', 'TLS-Required: No\n'));
    assert.match(both, /^Status: 5\.7\.10$/m);
  });

  test('a restart, and a way back through maildrop, change nothing', async () => {
    await second.stop();
    const kept = [await send('bob@second.example'), await send('bob@old.example'), await send('bob@plain.example')];
    await until(() => first.log().split('status=deferred (connect to ').length > 3, 20_000);
    await first.killAll();
    first.run('postsuper', ['-r', 'ALL']);
    await Promise.all([first.start(), second.start()]);
    first.run('postqueue', ['-f']);
    await delivered('bob', kept[0] ?? '');
    assert.match(await returned(kept[1] ?? ''), /^Status: 5\.7\.30$/m);
    assert.match(await returned(kept[2] ?? ''), /^Status: 5\.7\.10$/m);
  });
});
