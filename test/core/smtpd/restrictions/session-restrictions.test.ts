import assert from 'node:assert/strict';
import type {Decision} from '../../../../src/core/log/decisions.ts';
import type {TlsSession} from '../../../../src/core/net/tls-session.ts';
import {RestrictionBench} from '../../../support/restriction-bench.ts';

const RECIPIENT = 'smtpd_recipient_restrictions = ';
const SASL = 'smtpd_sasl_auth_enable = yes\n';
const LOGINS = `${SASL}smtpd_sender_login_maps = inline:{ { a@x.example = joe, ann }, {@y.example = eve} }\n`;
const TLS = `smtpd_tls_ask_ccert = yes\nrelay_clientcerts = inline:{ { aa:bb = x } }\n`;

const CERTIFICATE: TlsSession = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  cipherBits: 256,
  algorithmBits: 256,
  peerHasCertificate: true,
  peerIsTrusted: false,
  peerIsMatched: false,
  peerSubject: 'client cert',
  peerIssuer: 'issuer',
  peerFingerprint: 'AA:BB',
  peerKeyFingerprint: 'CC:DD',
  details: '',
};

suite('smtpd restrictions: logins', () => {
  const notOwned = (sender: string, user: string): string =>
    `553 5.7.1 <${sender}>: Sender address rejected: not owned by user ${user}`;
  const notLoggedIn = (sender: string): string => `553 5.7.1 <${sender}>: Sender address rejected: not logged in`;
  const ROWS: readonly (readonly [restriction: string, login: string | undefined, sender: string, reply?: string])[] = [
    ['reject_sender_login_mismatch', 'joe', 'a@x.example'],
    ['reject_sender_login_mismatch', 'ANN', 'A@X.example'],
    ['reject_sender_login_mismatch', 'eve', 'a@x.example', notOwned('a@x.example', 'eve')],
    ['reject_sender_login_mismatch', 'eve', 'b@y.example'],
    ['reject_sender_login_mismatch', 'joe', 'nobody@z.example', notOwned('nobody@z.example', 'joe')],
    ['reject_sender_login_mismatch', 'joe', ''],
    ['reject_sender_login_mismatch', undefined, 'a@x.example', notLoggedIn('a@x.example')],
    ['reject_sender_login_mismatch', undefined, 'nobody@z.example'],
    ['reject_authenticated_sender_login_mismatch', undefined, 'a@x.example'],
    ['reject_unauthenticated_sender_login_mismatch', 'eve', 'a@x.example'],
    ['reject_known_sender_login_mismatch', 'joe', 'nobody@z.example'],
    ['reject_known_sender_login_mismatch', 'eve', 'a@x.example', notOwned('a@x.example', 'eve')],
    ['reject_known_sender_login_mismatch', undefined, 'a@x.example', notLoggedIn('a@x.example')],
  ];
  for (const [restriction, login, sender, reply] of ROWS)
    test(`${restriction}: ${login ?? 'nobody'} as <${sender}>`, async () => {
      const bench = new RestrictionBench(`${LOGINS}smtpd_sender_restrictions = ${restriction}`);
      bench.begin({}, login);
      assert.equal(await bench.mail(sender, 'b@example.com'), reply);
    });

  test('who has logged in may send anywhere, by default', async () => {
    const bench = new RestrictionBench(SASL);
    bench.begin({}, 'joe');
    assert.equal(await bench.mail('a@x.example', 'b@else.example'), undefined);
  });

  test('a login counts for nothing where SASL is off', async () => {
    const bench = new RestrictionBench('');
    bench.begin({}, 'joe');
    assert.equal(await bench.mail('a@x.example', 'b@else.example'), '454 4.7.1 <b@else.example>: Relay access denied');
  });

  test('check_sasl_access looks the login up', async () => {
    const bench = new RestrictionBench(`${SASL}${RECIPIENT}check_sasl_access inline:{ {joe=REJECT locked} }`);
    bench.begin({}, 'joe');
    assert.equal(await bench.mail('a@x.example', 'b@example.com'), '554 5.7.1 <joe>: SASL login name rejected: locked');
  });

  test('logins that can not be looked up put the mail off', async () => {
    const settings = `${SASL}smtpd_sender_login_maps = fail:x\nsmtpd_sender_restrictions = reject_sender_login_mismatch`;
    const bench = new RestrictionBench(settings);
    bench.begin({}, 'joe');
    assert.equal(await bench.mail('a@x.example', 'b@example.com'), '451 4.3.0 <a@x.example>: Temporary lookup failure');
  });
});

suite('smtpd restrictions: TLS', () => {
  const foreign = '554 5.7.1 <b@else.example>: Relay access denied';
  const ROWS: readonly (readonly [
    title: string,
    list: string,
    tls: Partial<TlsSession> | undefined,
    reply?: string,
  ])[] = [
    [
      'reject_plaintext_session without TLS',
      'reject_plaintext_session',
      undefined,
      '450 4.7.1 Session encryption is required',
    ],
    ['permit_tls_clientcerts by fingerprint', 'permit_tls_clientcerts', {}],
    [
      'permit_tls_clientcerts by public key',
      'permit_tls_clientcerts',
      {peerFingerprint: 'x', peerKeyFingerprint: 'aa:bb'},
    ],
    ['permit_tls_clientcerts, another', 'permit_tls_clientcerts', {peerFingerprint: 'x', peerIsTrusted: true}, foreign],
    ['permit_tls_all_clientcerts', 'permit_tls_all_clientcerts', {peerFingerprint: 'x', peerIsTrusted: true}],
    ['permit_tls_all_clientcerts, not trusted', 'permit_tls_all_clientcerts', {peerFingerprint: 'x'}, foreign],
    ['permit_tls_clientcerts without one', 'permit_tls_clientcerts', {peerHasCertificate: false}, foreign],
    [
      'check_ccert_access',
      'check_ccert_access inline:{ {aa:bb=REJECT stolen} }',
      {},
      '554 5.7.1 <client cert>: Client certificate rejected: stolen',
    ],
    [
      'check_ccert_access by public key',
      'check_ccert_access { inline:{ {cc:dd=OK} }, { search_order = pubkey_fingerprint } }',
      {},
    ],
    [
      'check_ccert_access without it',
      'check_ccert_access { inline:{ {cc:dd=OK} }, { search_order = cert_fingerprint } }',
      {},
      foreign,
    ],
    [
      'check_ccert_access by subject',
      'check_ccert_access { inline:{ {x=OK} }, { search_order = subject_cn } }',
      {},
      '451 4.3.5 Server configuration error',
    ],
    [
      'check_ccert_access, malformed',
      'check_ccert_access { inline:{ {x=OK} }, { order = x } }',
      {},
      '451 4.3.5 Server configuration error',
    ],
  ];
  for (const [title, list, tls, reply] of ROWS)
    test(title, async () => {
      const bench = new RestrictionBench(`${TLS}smtpd_relay_restrictions = ${list}, reject_unauth_destination`);
      bench.state.tls = tls && {...CERTIFICATE, ...tls};
      assert.equal(await bench.mail('a@x.example', 'b@else.example'), reply);
    });
});

suite('smtpd restrictions: verification', () => {
  const ROWS: readonly (readonly [
    settings: string,
    status: 'ok' | 'reject' | 'defer' | 'todo' | 'none',
    reply?: string,
  ])[] = [
    ['', 'ok'],
    ['', 'reject', '450 4.1.1 <b@example.com>: Recipient address rejected: unverified address: why'],
    [
      'unverified_recipient_reject_code = 550',
      'reject',
      '550 5.1.1 <b@example.com>: Recipient address rejected: undeliverable address: why',
    ],
    ['unverified_recipient_reject_code = 250', 'reject'],
    [
      'unverified_recipient_reject_reason = no such user\nunverified_recipient_reject_code = 550',
      'reject',
      '550 5.1.1 <b@example.com>: Recipient address rejected: undeliverable address: no such user',
    ],
    ['', 'defer', '450 4.1.1 <b@example.com>: Recipient address rejected: unverified address: why'],
    ['unverified_recipient_defer_code = 250', 'todo'],
    [
      'unverified_recipient_tempfail_action = defer',
      'todo',
      '450 4.1.1 <b@example.com>: Recipient address rejected: unverified address: why',
    ],
    ['', 'none', '450 4.1.1 <b@example.com>: Recipient address rejected: address verification problem'],
  ];
  for (const [settings, status, reply] of ROWS)
    test(`${status} ${settings}`, async () => {
      const verify = (): {status: 'ok' | 'reject' | 'defer' | 'todo'; text: string} | undefined =>
        status === 'none' ? undefined : {status, text: 'why'};
      const bench = new RestrictionBench(`${settings}\n${RECIPIENT}reject_unverified_recipient`, {more: {verify}});
      assert.equal(await bench.mail('a@x.example', 'b@example.com'), reply);
    });

  test('a probe under way is asked about again', async () => {
    const answers = ['todo', 'todo', 'ok'] as const;
    let count = 0;
    const verify = (): {status: 'todo' | 'ok'; text: string} => ({status: answers[count++] ?? 'ok', text: ''});
    const bench = new RestrictionBench('smtpd_sender_restrictions = reject_unverified_sender', {more: {verify}});
    assert.equal(await bench.mail('a@x.example', 'b@example.com'), undefined);
    assert.equal(count, 3);
  });
});

suite('smtpd restrictions: start and explanation', () => {
  const PROTECTION: readonly (readonly [settings: string, isSafe: boolean])[] = [
    ['', true],
    ['smtpd_relay_restrictions =', false],
    ['smtpd_relay_restrictions = permit_mynetworks', false],
    ['smtpd_relay_restrictions = permit, reject', false],
    ['smtpd_relay_restrictions = warn_if_reject reject', false],
    ['smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = Reject_Unauth_Destination', true],
    ['smtpd_relay_restrictions = OWN\nsmtpd_restriction_classes = OWN\nOWN = reject_unauth_destination', true],
    ['smtpd_relay_restrictions = OWN\nsmtpd_restriction_classes = OWN\nOWN = OWN', false],
  ];
  for (const [settings, isSafe] of PROTECTION)
    test(`${isSafe ? 'protects' : 'does not protect'}: ${settings}`, () => {
      const fault = new RestrictionBench(settings).restrictions.startFault;
      assert.equal(fault === undefined, isSafe);
    });

  const UNUSABLE: readonly (readonly [settings: string, message: string])[] = [
    ['smtpd_restriction_classes = OWN', "restriction class `OWN' needs a definition"],
    ['unknown_address_tempfail_action = x', 'bad configuration: unknown_address_tempfail_action = x'],
    [`${RECIPIENT}check_policy_service nosuch`, 'need service transport:endpoint instead of "nosuch"'],
    [`${RECIPIENT}check_policy_service tcp:x`, 'invalid transport name: tcp in service: tcp:x'],
    [`${RECIPIENT}check_policy_service { inet:h:1, x=y }`, 'unknown option: "x = y"'],
    [`${RECIPIENT}check_policy_service { inet:h:1, timeout=0 }`, 'invalid timeout parameter value 0 < 1'],
    [`${RECIPIENT}check_policy_service { }`, 'empty policy service: "{ }"'],
  ];
  for (const [settings, message] of UNUSABLE)
    test(`can't be used: ${settings}`, () => {
      assert.throws(() => new RestrictionBench(settings), {message});
    });

  test('classes that name each other end in a refusal', async () => {
    const bench = new RestrictionBench(`${RECIPIENT}A\nsmtpd_restriction_classes = A, B\nA = B\nB = A`);
    assert.equal(await bench.mail('a@x.example', 'b@example.com'), '451 4.3.5 Server configuration error');
  });

  test('each decision is told, with its table and what it said', async () => {
    const decisions: Decision[] = [];
    const bench = new RestrictionBench(`${RECIPIENT}check_sender_access inline:{ {x.example=REJECT no} }`);
    bench.state.recorder = {decided: decision => void decisions.push(decision)};
    await bench.mail('a@x.example', 'b@example.com');
    const told = decisions.map(({step, subject, result, source}) => [step, subject, result, source]);
    assert.deepEqual(told, [
      ['permit_mynetworks', 'b@example.com', 'no decision', 'smtpd_relay_restrictions'],
      ['permit_sasl_authenticated', 'b@example.com', 'no decision', 'smtpd_relay_restrictions'],
      ['defer_unauth_destination', 'b@example.com', 'no decision', 'smtpd_relay_restrictions'],
      [
        'check_sender_access inline:{ {x.example=REJECT no} }',
        'x.example',
        '554 5.7.1 <a@x.example>: Sender address rejected: no (REJECT no)',
        'inline:{ {x.example=REJECT no} }',
      ],
    ]);
  });

  test('any bytes in a dialogue are answered', async () => {
    const list =
      'reject_non_fqdn_sender, reject_unlisted_sender, check_sender_access inline:{a=b}, reject_non_fqdn_recipient';
    const bench =
      new RestrictionBench(`smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
${RECIPIENT}${list}, check_recipient_access inline:{a=b}, check_recipient_mx_access inline:{a=b}, reject_rhsbl_recipient x`);
    let seed = 7;
    const next = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648);
    const noise = (): string => String.fromCharCode(...Array.from({length: next() % 12}, () => next() % 256));
    for (let i = 0; i < 500; i++) {
      const reply = await bench.mail(noise(), `${noise()}@${noise()}`, noise());
      assert.match(reply ?? '450 4.0.0 x', /^[45]\d\d [45]\.\d+\.\d+ /);
    }
  });
});
