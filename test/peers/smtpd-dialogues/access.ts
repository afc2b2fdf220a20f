/** Restrictions at each stage, every action of access tables, and what stands in for a client: XCLIENT, XFORWARD, PROXY. */
import {bdat, content, send, UNTIL_CLOSED} from '../../support/smtp-dialogue.ts';
import type {DialogueCase} from '../../support/smtp-sides.ts';

const EHLO = 'EHLO client.example.net';
const MAIL = 'MAIL FROM:<sender@example.org>';
const RCPT = 'RCPT TO:<alice@example.com>';
const BOB = 'RCPT TO:<bob@example.com>';
const LETTER = content('Subject: hello\n\nbody');
const WHOLE = [EHLO, MAIL, RCPT, BOB, 'DATA', LETTER, 'VRFY alice', 'ETRN relay.example'];

const LISTS = [
  'smtpd_client_restrictions',
  'smtpd_helo_restrictions',
  'smtpd_sender_restrictions',
  'smtpd_recipient_restrictions',
  'smtpd_relay_restrictions',
  'smtpd_data_restrictions',
  'smtpd_end_of_data_restrictions',
  'smtpd_etrn_restrictions',
] as const;
const WORDS = [
  'reject',
  'defer',
  'permit',
  'defer_if_permit',
  'defer_if_reject',
  'warn_if_reject reject',
  'reject_plaintext_session',
  'bogus_restriction',
  'permit_mynetworks, reject',
  'static:REJECT',
  'check_client_access static:421',
];

const stages: readonly DialogueCase[] = ['yes', 'no'].flatMap(delay =>
  LISTS.flatMap(list =>
    WORDS.filter(
      word => delay === 'yes' || ['reject', 'defer', 'permit', 'check_client_access static:421'].includes(word),
    ).map(word => ({
      title: `${list} = ${word}${delay === 'no' ? ', smtpd_delay_reject = no' : ''}`,
      set: {
        [list]: list === 'smtpd_relay_restrictions' && word !== 'permit' ? `${word}, reject_unauth_destination` : word,
        ...(delay === 'no' ? {smtpd_delay_reject: 'no'} : {}),
      },
      say: WHOLE,
    })),
  ),
);

const ACTIONS = [
  'reject',
  'ok',
  'hold',
  'discard',
  'defer',
  'dip',
  'dir',
  '450',
  '550',
  '421',
  '521',
  'filter',
  'redirect',
  'bcc',
  'prepend',
  'warn',
  'info',
  'dunno',
  'bogus',
];

const actions: readonly DialogueCase[] = ACTIONS.flatMap(action => [
  {
    title: `check_sender_access: ${action}`,
    set: {smtpd_sender_restrictions: 'check_sender_access texthash:FILES/access'},
    say: [EHLO, `MAIL FROM:<${action}@example.org>`, RCPT, BOB, 'DATA', LETTER, 'NOOP', MAIL, RCPT],
  },
  {
    title: `check_sender_access at the end of data: ${action}`,
    set: {smtpd_end_of_data_restrictions: 'check_sender_access texthash:FILES/access'},
    say: [EHLO, `MAIL FROM:<${action}@example.org>`, RCPT, 'DATA', LETTER, 'NOOP'],
  },
  {
    title: `check_sender_access before the content: ${action}`,
    set: {smtpd_data_restrictions: 'check_sender_access texthash:FILES/access'},
    say: [EHLO, `MAIL FROM:<${action}@example.org>`, RCPT, bdat('Subject: x\r\n\r\n', 'LAST'), 'NOOP'],
  },
]);

const HELOS = [
  'client.example.net',
  'nodots',
  '!bad',
  '[127.0.0.1]',
  '[bad]',
  '127.0.0.1',
  'under_score.example',
  '-x.example',
  'mail.example.com',
  'x..y',
  '\xc3\xbc.example',
  'x'.repeat(70) + '.example',
  '[IPv6:::1]',
  'localhost',
];
const HELO_LISTS = [
  'reject_invalid_helo_hostname',
  'reject_non_fqdn_helo_hostname',
  'check_helo_access static:REJECT',
  'check_helo_access inline:{nodots=REJECT}',
  'permit_inet_interfaces, reject',
];
const SENDERS = [
  'a@example.org',
  'a',
  'a@nodots',
  '',
  'a@[127.0.0.1]',
  'a@example.com',
  'alice@example.com',
  'a@127.0.0.1x',
];
const SENDER_LISTS = [
  'reject_non_fqdn_sender',
  'reject_sender_login_mismatch',
  'reject_unlisted_sender',
  'check_sender_access static:DUNNO, reject',
  'check_sender_access inline:{{<>=REJECT null sender}}',
  'check_sender_access fail:x',
];
const RECIPIENTS = [
  'alice@example.com',
  'alice',
  'x@nodots',
  'dave@relay.example',
  'x@elsewhere.example',
  'nobody@example.com',
  'postmaster',
  'alice@[127.0.0.1]',
  'list@valias.example',
  'alice+ext@example.com',
];
const RECIPIENT_LISTS = [
  'reject_non_fqdn_recipient',
  'reject_unlisted_recipient',
  'reject_unauth_destination',
  'defer_unauth_destination',
  'permit_auth_destination, reject',
  'reject_multi_recipient_bounce',
  'check_recipient_access inline:{alice@example.com=REJECT}',
  'check_recipient_access inline:{example.com=REJECT}',
  'check_recipient_access inline:{alice@=REJECT}',
  'check_recipient_access inline:{{.=REJECT}}',
  'check_recipient_access regexp:{{/^al/ REJECT $0}}',
  'check_client_access cidr:{{127.0.0.0/8 REJECT from here}}',
  'check_client_access inline:{127.1=REJECT}',
  'check_client_access inline:{unknown=REJECT}',
  'warn_if_reject reject_non_fqdn_recipient',
  'sleep 0',
  'reject_unverified_nothing',
];

const lists: readonly DialogueCase[] = [
  ...HELO_LISTS.flatMap(list =>
    ['yes', 'no'].map(delay => ({
      title: `${list}, smtpd_delay_reject = ${delay}`,
      set: {smtpd_helo_restrictions: list, smtpd_delay_reject: delay, smtpd_helo_required: 'yes'},
      say: HELOS.flatMap(name => [`EHLO ${name}`, MAIL, RCPT, 'RSET']),
    })),
  ),
  ...SENDER_LISTS.flatMap(list =>
    ['yes', 'no'].map(delay => ({
      title: `${list}, smtpd_delay_reject = ${delay}`,
      set: {smtpd_sender_restrictions: list, smtpd_delay_reject: delay},
      say: [EHLO, ...SENDERS.flatMap(name => [`MAIL FROM:<${name}>`, RCPT, 'RSET'])],
    })),
  ),
  ...RECIPIENT_LISTS.flatMap(list =>
    ['stranger', 'inside'].map(client => ({
      title: `${list}, from ${client}`,
      client,
      set: {smtpd_recipient_restrictions: list},
      say: [
        EHLO,
        MAIL,
        ...RECIPIENTS.map(name => `RCPT TO:<${name}>`),
        'RSET',
        'MAIL FROM:<>',
        RCPT,
        BOB,
        'VRFY alice',
      ],
    })),
  ),
  {
    title: 'reject_multi_recipient_bounce in smtpd_data_restrictions',
    set: {smtpd_data_restrictions: 'reject_multi_recipient_bounce'},
    say: [EHLO, 'MAIL FROM:<>', RCPT, BOB, 'DATA', 'RSET', 'MAIL FROM:<>', RCPT, 'DATA', LETTER],
  },
  {
    title: 'codes of refusals',
    set: {
      access_map_reject_code: '521',
      reject_code: '555',
      defer_code: '421',
      relay_domains_reject_code: '559',
      invalid_hostname_reject_code: '599',
      non_fqdn_reject_code: '588',
      access_map_defer_code: '451',
      smtpd_helo_restrictions: 'reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname',
    },
    say: [
      'EHLO !x',
      MAIL,
      RCPT,
      'RSET',
      'EHLO nodots',
      MAIL,
      RCPT,
      'RSET',
      EHLO,
      MAIL,
      'RCPT TO:<x@elsewhere.example>',
    ],
  },
  {
    title: 'smtpd_restriction_classes',
    set: {
      smtpd_restriction_classes: 'strict',
      strict: 'reject_non_fqdn_sender, permit',
      smtpd_recipient_restrictions: 'check_recipient_access inline:{alice@example.com=strict}',
    },
    say: [EHLO, 'MAIL FROM:<nodots>', RCPT, BOB],
  },
  {
    title: 'smtpd_relay_before_recipient_restrictions = no',
    set: {smtpd_relay_before_recipient_restrictions: 'no', smtpd_recipient_restrictions: 'reject'},
    say: [EHLO, MAIL, 'RCPT TO:<x@elsewhere.example>', RCPT],
  },
  {
    title: 'smtpd_reject_footer and restrictions',
    set: {
      smtpd_reject_footer: '\\c; ask $myhostname, you are $client_address',
      smtpd_recipient_restrictions: 'check_recipient_access inline:{alice@example.com=REJECT}',
    },
    say: [EHLO, MAIL, RCPT, BOB, 'DATA', LETTER],
  },
  {
    title: 'smtpd_log_access_permit_actions',
    set: {smtpd_log_access_permit_actions: 'static:all', smtpd_recipient_restrictions: 'permit'},
    say: [EHLO, MAIL, RCPT],
  },
  {
    title: 'smtpd_client_port_logging',
    withoutLog: true,
    set: {smtpd_client_port_logging: 'yes'},
    say: [EHLO, MAIL, RCPT, 'RCPT TO:<x@elsewhere.example>'],
  },
  {
    title: 'smtpd_policy service that is not there',
    set: {
      smtpd_recipient_restrictions: 'check_policy_service inet:127.0.0.1:1',
      smtpd_policy_service_retry_delay: '1s',
    },
    say: [EHLO, MAIL, RCPT],
  },
  {
    title: 'policy service: default action',
    set: {smtpd_recipient_restrictions: 'check_policy_service {inet:127.0.0.1:1, default_action=DUNNO, try_limit=1}'},
    say: [EHLO, MAIL, RCPT],
  },
  {
    title: 'a table that is not there',
    set: {smtpd_recipient_restrictions: 'check_recipient_access fail:x'},
    say: [EHLO, MAIL, RCPT, 'VRFY alice'],
  },
];

const XCLIENT_ON = {smtpd_authorized_xclient_hosts: '127.0.0.0/8'};
const XFORWARD_ON = {smtpd_authorized_xforward_hosts: '127.0.0.0/8'};

let serial = 0;
/** An address that the log names for one case only. */
function other(): string {
  serial++;
  return `192.0.2.${serial}`;
}

const XCLIENTS = [
  'NAME=host.example.net',
  'NAME=[UNAVAILABLE]',
  'NAME=[TEMPUNAVAIL]',
  'NAME=spike+2Eexample',
  'NAME=',
  'NAME',
  'NAME=!bad',
  'PORT=1234',
  'PORT=x',
  'PORT=[UNAVAILABLE]',
  'PORT=99999',
  'PROTO=SMTP',
  'PROTO=ESMTP',
  'PROTO=x',
  'HELO=other.example',
  'HELO=[UNAVAILABLE]',
  'HELO=',
  'REVERSE_NAME=rev.example',
  'REVERSE_NAME=[TEMPUNAVAIL]',
  'LOGIN=someone',
  'LOGIN=[UNAVAILABLE]',
  'DESTADDR=192.0.2.250',
  'DESTADDR=x',
  'DESTPORT=26',
  'DESTPORT=x',
  'ADDR=x',
  'ADDR=1.2.3',
  'BOGUS=x',
  'name=lower.example helo=lower',
  'NAME=a NAME=b',
  'NAME=+',
  'NAME=\xc3\xbc',
  'NAME=a+00b',
  'SOURCE=x',
  '=x',
  'x',
  'LOGIN=+',
  'HELO=+4',
  `HELO=${'x'.repeat(300)}`,
];

const stand: readonly DialogueCase[] = [
  ...XCLIENTS.map(line => ({
    title: `XCLIENT ${line.slice(0, 60)}`,
    set: XCLIENT_ON,
    say: [EHLO, `XCLIENT ${line}`, EHLO, MAIL, RCPT, 'RCPT TO:<x@elsewhere.example>', 'DATA', LETTER],
  })),
  ...[
    'NAME=host.example.net',
    'NAME=[UNAVAILABLE]',
    'ADDR=[UNAVAILABLE]',
    'PORT=1',
    'PORT=x',
    'PROTO=SMTP',
    'PROTO=ESMTP',
    'PROTO=x',
    'HELO=other.example',
    'IDENT=ABC123',
    'IDENT=',
    'SOURCE=LOCAL',
    'SOURCE=REMOTE',
    'SOURCE=x',
    'LOGIN=x',
    'ADDR=x',
    'ADDR=IPV6:2001:db8::1',
    'ADDR=192.0.2.250',
    'BOGUS=x',
    'NAME=a NAME=b',
    'name=lower',
    'NAME=+',
    'NAME=a+20b',
    '',
    'NAME=host.example.net ADDR=192.0.2.251 PORT=99 PROTO=ESMTP HELO=h IDENT=Q1 SOURCE=REMOTE',
    'DOMAIN=local',
    'IDENT=+',
    `PROTO=${'x'.repeat(70)}`,
    `HELO=${'x'.repeat(300)}`,
  ].map(line => ({
    title: `XFORWARD ${line.slice(0, 100)}`,
    set: XFORWARD_ON,
    say: [EHLO, `XFORWARD ${line}`, MAIL, RCPT, 'DATA', LETTER, MAIL, RCPT, 'DATA', LETTER],
  })),
  ...[other()].map(address => ({
    title: 'XCLIENT with an address',
    alsoLoggedAs: [address],
    set: XCLIENT_ON,
    say: [
      EHLO,
      `XCLIENT NAME=host.example.net ADDR=${address} PORT=99 HELO=x PROTO=SMTP`,
      MAIL,
      RCPT,
      'RSET',
      EHLO,
      MAIL,
      RCPT,
      'DATA',
      LETTER,
    ],
  })),
  ...[other()].map(address => ({
    title: 'XCLIENT pretends to be from inside',
    alsoLoggedAs: ['127.2.99.9', address],
    set: XCLIENT_ON,
    say: [EHLO, 'XCLIENT ADDR=127.2.99.9 NAME=inside.example', EHLO, MAIL, 'RCPT TO:<x@elsewhere.example>'],
  })),
  ...[other()].map(address => ({
    title: 'XCLIENT twice',
    alsoLoggedAs: [address],
    set: XCLIENT_ON,
    say: [EHLO, `XCLIENT ADDR=${address}`, `XCLIENT NAME=second.example ADDR=${address}`, EHLO, MAIL, RCPT],
  })),
  ...[other()].map(address => ({
    title: 'XCLIENT and smtpd_client_restrictions',
    alsoLoggedAs: [address],
    set: {
      ...XCLIENT_ON,
      smtpd_client_restrictions: `check_client_access inline:{${address}=REJECT}`,
      smtpd_delay_reject: 'no',
    },
    say: [EHLO, `XCLIENT ADDR=${address}`, EHLO, MAIL],
  })),
  {
    title: 'XCLIENT in a transaction',
    set: XCLIENT_ON,
    say: [EHLO, MAIL, 'XCLIENT NAME=x', 'RSET', 'XCLIENT NAME=x', MAIL],
  },
  {title: 'XCLIENT without a greeting', set: XCLIENT_ON, say: ['XCLIENT NAME=x.example', MAIL]},
  {
    title: 'XFORWARD in a transaction',
    set: XFORWARD_ON,
    say: [EHLO, MAIL, 'XFORWARD NAME=x', 'RSET', 'XFORWARD NAME=x', MAIL],
  },
  {title: 'XFORWARD without a greeting', set: XFORWARD_ON, say: ['XFORWARD NAME=x.example', MAIL]},
  {
    title: 'XCLIENT IPv6',
    alsoLoggedAs: ['2001:db8::77'],
    set: XCLIENT_ON,
    say: [EHLO, 'XCLIENT ADDR=IPV6:2001:db8::77', EHLO, MAIL, RCPT, 'DATA', LETTER],
  },
];

const PROXY = {smtpd_upstream_proxy_protocol: 'haproxy', smtpd_upstream_proxy_timeout: '2s'};
const V2 = '\r\n\r\n\0\r\nQUIT\n';
const proxies: readonly DialogueCase[] = [
  ...[other()].map(address => ({
    title: 'PROXY v1',
    alsoLoggedAs: [address],
    set: PROXY,
    before: [send(`PROXY TCP4 ${address} 192.0.2.254 1234 25\r\n`, 0)],
    say: [EHLO, MAIL, RCPT, 'DATA', LETTER],
  })),
  ...['2001:db8::99'].map(address => ({
    title: 'PROXY v1, IPv6',
    alsoLoggedAs: [address],
    set: PROXY,
    before: [send(`PROXY TCP6 ${address} 2001:db8::2 1234 25\r\n`, 0)],
    say: [EHLO, MAIL, RCPT],
  })),
  {title: 'PROXY v1, unknown', set: PROXY, before: [send('PROXY UNKNOWN\r\n', 0)], say: [EHLO, MAIL]},
  ...[other()].map(address => {
    const bytes = address
      .split('.')
      .map(part => String.fromCharCode(Number(part)))
      .join('');
    return {
      title: 'PROXY v2',
      alsoLoggedAs: [address],
      set: PROXY,
      before: [send(`${V2}\x21\x11\0\x0c${bytes}\xc0\0\x02\xfe\x04\xd2\0\x19`, 0)],
      say: [EHLO, MAIL, RCPT, 'DATA', LETTER],
    };
  }),
  {title: 'PROXY v2, local', set: PROXY, before: [send(`${V2}\x20\0\0\0`, 0)], say: [EHLO, MAIL, RCPT]},
  ...[
    'PROXY TCP4 x y 1 2',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1',
    'PROXY',
    'EHLO x',
    'PROXY TCP4 192.0.2.1 192.0.2.2 99999 25',
    'PROXY UDP4 192.0.2.1 192.0.2.2 1 2',
    `PROXY ${'x'.repeat(200)}`,
  ].map(line => ({
    title: `PROXY v1, malformed: ${line.slice(0, 40)}`,
    set: PROXY,
    before: [send(`${line}\r\n`, 0)],
    say: [UNTIL_CLOSED],
  })),
  {
    title: 'PROXY v2, malformed',
    set: PROXY,
    before: [send(`${V2}\x31\x11\0\x0c123456789012`, 0)],
    say: [UNTIL_CLOSED],
  },
  {title: 'no PROXY line comes', set: PROXY, say: [UNTIL_CLOSED]},
];

const all: readonly (readonly DialogueCase[])[] = [stages, actions, lists, stand, proxies];
export const access: readonly DialogueCase[] = all.flat();
