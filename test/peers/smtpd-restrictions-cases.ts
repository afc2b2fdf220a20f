/** Settings and dialogues for smtpd-restrictions.test.ts: whatever needs no DNS. */
import type {Client} from '../support/restriction-bench.ts';

export interface RestrictionCase {
  readonly client?: Client;
  /** null: no EHLO. */
  readonly helo?: string | null;
  readonly sender?: string;
  readonly recipient?: string;
  /** Further recipients. */
  readonly more?: readonly string[];
  readonly login?: string;
  readonly etrn?: string;
  /** On to DATA and a message. */
  readonly goesOn?: true;
}

export interface Group {
  readonly title: string;
  /** As in main.cf. */
  readonly settings: string;
  readonly cases: readonly RestrictionCase[];
}

type More = Partial<RestrictionCase>;

const mail = (sender = 'a@x.example', recipient = 'joe@example.com', more: More = {}): RestrictionCase => ({
  sender,
  recipient,
  ...more,
});
const to = (recipient: string, more: More = {}): RestrictionCase => mail('a@x.example', recipient, more);
const from = (name: string, address = '198.51.100.5', more: Client = {}): RestrictionCase =>
  mail('a@x.example', 'joe@example.com', {client: {name, address, ...more}});
const greet = (helo: string | null, more: More = {}): RestrictionCase =>
  mail('a@x.example', 'joe@example.com', {helo, ...more});

/** Each value of an access table under its own sender. */
const table = (values: readonly string[]): string =>
  `inline:{ ${values.map((value, at) => `{ s${at}@x.example = ${value} }`).join(', ')} }`;
const senders = (values: readonly string[], more: More = {}): RestrictionCase[] =>
  values.map((_value, at) => mail(`s${at}@x.example`, 'joe@example.com', more));

const ACTIONS = [
  ...['OK', 'ok because', 'RELAY', 'DUNNO', 'dunno text', 'REJECT', 'reject go away', 'REJECT  two blanks'],
  ...['REJECT 5.1.1 x', 'REJECT 5.1.2 x', 'REJECT 5.1.3 x', 'REJECT 5.1.4 x', 'REJECT 5.1.5 x', 'REJECT 5.1.6 x'],
  ...['REJECT 5.1.7 x', 'REJECT 5.1.8 x', 'REJECT 5.1.9 x', 'REJECT 5.1.10 x', 'REJECT 4.7.1 x', 'REJECT 5.7.1'],
  ...[
    'REJECT 5.7.1x y',
    'REJECT 5.7 y',
    'REJECT 6.7.1 y',
    'REJECT 5.1234.1 y',
    'REJECT 2.0.0 y',
    'DEFER',
    'DEFER later',
  ],
  ...['DEFER 4.2.0 later', '550 no', '550 5.1.1 x', '450 4.1.8 wait', '421 bye', '521 bye now', '599 last', '550'],
  ...[
    '600 six',
    '55 no',
    '5500 no',
    '12345',
    '1a',
    'DEFER_IF_PERMIT',
    'DEFER_IF_PERMIT 4.3.0 hm',
    'DEFER_IF_PERMIT hm',
  ],
  ...['DEFER_IF_REJECT hm', 'INFO', 'INFO seen', 'WARN', 'WARN seen', 'HOLD', 'HOLD for review', 'DISCARD'],
  ...['DISCARD at once', 'FILTER', 'FILTER smtp', 'FILTER smtp:[127.0.0.1]:1', 'REDIRECT', 'REDIRECT joe'],
  ...['REDIRECT joe@example.com', 'BCC joe', 'BCC joe@example.com', 'PREPEND', 'PREPEND no header', 'PREPEND X-T: 1'],
  ...['reject', 'permit', 'permit_mynetworks, reject', 'permit_mynetworks reject', 'defer', 'defer_if_permit'],
  ...['reject_non_fqdn_sender, nosuch', 'check_sender_access hash:/x', 'nosuch', ',', 'warn_if_reject reject'],
  ...[
    'warn_if_reject',
    'reject_plaintext_session',
    'STRICT',
    'LOOP',
    'reject_unlisted_sender',
    'REJECT caf\u00e9',
    'REJECT \u0001x',
  ],
];

const INCOMPLETE = [
  'FILTER',
  'FILTER smtp',
  'REDIRECT',
  'REDIRECT joe',
  'BCC joe',
  'PREPEND',
  'PREPEND x',
  'nosuch',
  'a:b',
  ',',
];

const CLASSES = `smtpd_restriction_classes = STRICT, strict2
STRICT = reject_non_fqdn_helo_hostname, reject
strict2 = STRICT`;

/** The same refusal of each thing there is, by whatever list it is named in. */
const ANYTHING = `inline:{ {client.example.org = REJECT}, {a@x.example = REJECT}, {joe@example.com = REJECT}, {client.example = REJECT}, {etrn.relay.example = REJECT} }`;

export const GROUPS: readonly Group[] = [
  {
    title: 'access results',
    settings: `${CLASSES}\nsmtpd_recipient_restrictions = check_sender_access ${table(ACTIONS)}`,
    cases: senders(ACTIONS),
  },
  {
    title: 'access results, at the end of which all is refused',
    settings: `${CLASSES}\nsmtpd_recipient_restrictions = check_sender_access ${table(ACTIONS)}, reject`,
    cases: senders(ACTIONS),
  },
  {
    title: 'access results under warn_if_reject',
    settings: `${CLASSES}\nsmtpd_sender_restrictions = warn_if_reject check_sender_access ${table(ACTIONS)}`,
    cases: senders(ACTIONS),
  },
  {
    title: 'access results before RCPT',
    settings: `${CLASSES}\nsmtpd_delay_reject = no\nsmtpd_sender_restrictions = check_sender_access ${table(ACTIONS)}`,
    cases: senders(ACTIONS),
  },
  {
    title: 'access results with soft_bounce and codes of their own',
    settings: `${CLASSES}\nsoft_bounce = yes\naccess_map_reject_code = 571\naccess_map_defer_code = 421
reject_code = 555\ndefer_code = 455\nplaintext_reject_code = 530
smtpd_sender_restrictions = check_sender_access ${table(ACTIONS)}`,
    cases: senders(ACTIONS),
  },
  {
    title: 'access results at DATA',
    settings: `${CLASSES}\nsmtpd_data_restrictions = check_sender_access ${table(ACTIONS)}`,
    cases: senders(ACTIONS, {goesOn: true}),
  },
  {
    title: 'access results at the end of data',
    settings: `${CLASSES}\nsmtpd_end_of_data_restrictions = check_sender_access ${table(ACTIONS)}`,
    cases: senders(ACTIONS, {goesOn: true}),
  },
  {
    title: 'access results that are incomplete',
    settings: `smtpd_sender_restrictions = check_sender_access ${table(INCOMPLETE)}`,
    cases: senders(INCOMPLETE),
  },
  {
    title: 'codes out of range',
    settings: 'reject_code = 600\nsmtpd_sender_restrictions = reject',
    cases: [mail()],
  },
  ...['client', 'helo', 'sender', 'relay', 'recipient', 'data', 'end_of_data', 'etrn'].map(list => ({
    title: `a table for each thing in smtpd_${list}_restrictions`,
    settings:
      `smtpd_${list}_restrictions = warn_if_reject check_client_access ${ANYTHING}, warn_if_reject check_helo_access ${ANYTHING},
warn_if_reject check_sender_access ${ANYTHING}, warn_if_reject check_recipient_access ${ANYTHING}, warn_if_reject check_etrn_access ${ANYTHING},
warn_if_reject check_reverse_client_hostname_access ${ANYTHING}, warn_if_reject reject, warn_if_reject defer, reject_unauth_destination`.replaceAll(
        '\n',
        ' ',
      ),
    cases: [
      mail('a@x.example', 'joe@example.com', {goesOn: true}),
      mail('', 'joe@example.com', {more: ['ann@example.com'], goesOn: true}),
      {etrn: 'etrn.relay.example'},
    ],
  })),
  ...['client', 'helo', 'sender', 'relay', 'recipient', 'etrn', 'data', 'end_of_data'].map(list => ({
    title: `a table by itself in smtpd_${list}_restrictions`,
    settings: `smtpd_${list}_restrictions = ${ANYTHING}, reject_unauth_destination`,
    cases: [mail('a@x.example', 'joe@example.com', {goesOn: true}), {etrn: 'etrn.relay.example'}],
  })),
  ...['client', 'helo', 'sender'].map(list => ({
    title: `smtpd_${list}_restrictions with smtpd_delay_reject = no`,
    settings: `smtpd_delay_reject = no\nsmtpd_${list}_restrictions = check_${list}_access ${ANYTHING}`,
    cases: [
      mail(),
      mail('b@x.example'),
      greet('other.example'),
      from('other.example'),
      {etrn: 'etrn.relay.example'},
      greet(null),
    ],
  })),
  {
    title: 'actions for the message before there is one',
    settings: `smtpd_delay_reject = no
smtpd_client_restrictions = check_client_access inline:{ {a.example=HOLD}, {b.example=DISCARD}, {c.example=PREPEND X: y}, {d.example=BCC a@b}, {e.example=FILTER a:b}, {f.example=REDIRECT a@b} }`,
    cases: ['a', 'b', 'c', 'd', 'e', 'f'].map(name => from(`${name}.example`)),
  },
  {
    title: 'actions for the message at ETRN',
    settings: `smtpd_etrn_restrictions = check_etrn_access inline:{ {a.example=HOLD}, {b.example=DISCARD}, {c.example=PREPEND X: y}, {d.example=BCC a@b}, {e.example=FILTER a:b}, {f.example=REDIRECT a@b} }, reject`,
    cases: ['a', 'b', 'c', 'd', 'e', 'f'].map(name => ({etrn: `${name}.example`})),
  },
  {
    title: 'relaying by default',
    settings: '',
    cases: [
      mail(),
      mail(''),
      to('joe@relay.example'),
      to('joe@sub.relay.example'),
      to('joe@else.example'),
      to('joe@else.example', {client: {address: '192.0.2.1'}}),
      to('joe%else.example@example.com'),
      to('joe%else.example@relay.example'),
      to('else.example!joe@example.com'),
      to('"joe@else.example"@example.com'),
      to('"joe@else.example"@relay.example'),
      to('@example.com:joe@else.example'),
      to('joe@[127.0.0.1]'),
      to('joe@[198.51.100.1]'),
      to('joe%example.com'),
      to('joe%else.example'),
      to('joe'),
      to('postmaster'),
      to('PostMaster'),
      mail('"odd name"@x.example', '"odd name"@else.example'),
    ],
  },
  {
    title: 'reject_unauth_destination with a code of its own',
    settings: 'smtpd_relay_restrictions = reject_unauth_destination\nrelay_domains_reject_code = 550',
    cases: [mail(), to('joe@else.example'), to('joe%else.example@example.com')],
  },
  {
    title: 'allow_untrusted_routing',
    settings: 'allow_untrusted_routing = yes\nsmtpd_relay_restrictions = reject_unauth_destination',
    cases: [to('joe@else.example@relay.example'), to('"joe@else.example"@relay.example'), to('joe@else.example')],
  },
  {
    title: 'check_relay_domains, permit_auth_destination',
    settings: 'smtpd_relay_restrictions = permit_auth_destination, check_relay_domains, permit',
    cases: [mail(), to('joe@else.example'), to('joe@else.example', {client: {name: 'a.relay.example'}})],
  },
  {
    title: 'relay and recipient restrictions both',
    settings: `smtpd_relay_before_recipient_restrictions = no
smtpd_relay_restrictions = reject_unauth_destination\nsmtpd_recipient_restrictions = check_recipient_access inline:{ {joe@else.example = REJECT first}, {ann@else.example = OK} }`,
    cases: [to('joe@else.example'), to('ann@else.example'), mail()],
  },
  {
    title: 'relay restrictions first',
    settings: `smtpd_relay_before_recipient_restrictions = yes
smtpd_relay_restrictions = reject_unauth_destination\nsmtpd_recipient_restrictions = check_recipient_access inline:{ {joe@else.example = REJECT first}, {ann@else.example = OK} }`,
    cases: [to('joe@else.example'), to('ann@else.example'), mail()],
  },
  {
    title: 'the defaults of releases before smtpd_relay_restrictions',
    settings: `compatibility_level = 0
smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access inline:{ {joe@else.example=OK}, {no@example.com=REJECT} }, reject_unauth_destination`,
    cases: [
      mail(),
      to('joe@else.example'),
      to('ann@else.example'),
      to('no@example.com'),
      to('joe@else.example', {client: {address: '192.0.2.1'}}),
    ],
  },
  {
    title: 'the defaults of releases before smtpd_relay_before_recipient_restrictions',
    settings: `compatibility_level = 3
smtpd_recipient_restrictions = check_recipient_access inline:{ {no@else.example=REJECT} }`,
    cases: [mail(), to('no@else.example'), to('ann@else.example')],
  },
  {
    title: 'names of clients',
    settings: 'smtpd_client_restrictions = reject_unknown_reverse_client_hostname, reject_unknown_client_hostname',
    cases: [
      from('client.example'),
      from('[UNAVAILABLE]'),
      from('[TEMPUNAVAIL]'),
      from('[UNAVAILABLE]', '198.51.100.5', {reverseName: 'a.example'}),
      from('[TEMPUNAVAIL]', '198.51.100.5', {reverseName: 'a.example'}),
    ],
  },
  {
    title: 'names of clients, with a code of its own',
    settings:
      'unknown_client_reject_code = 550\nsmtpd_client_restrictions = reject_unknown_client, reject_unknown_reverse_client_hostname',
    cases: [
      from('[UNAVAILABLE]'),
      from('[TEMPUNAVAIL]'),
      from('[UNAVAILABLE]', '198.51.100.5', {reverseName: 'a.example'}),
    ],
  },
  {
    title: 'check_client_access: names, parents, addresses, networks',
    settings: `inet_protocols = all
smtpd_client_restrictions = check_client_access inline:{ {a.example=REJECT name}, {parent.example=REJECT parent}, {.dot.example=REJECT dot}, {198.51.100.7=REJECT address}, {198.51=REJECT network}, {203=REJECT a net}, {2001:db8=REJECT six}, {top=REJECT top}, {unknown=REJECT unknown} }`,
    cases: [
      from('a.example'),
      from('A.Example'),
      from('b.parent.example', '192.0.2.5'),
      from('b.dot.example', '192.0.2.5'),
      from('dot.example', '192.0.2.5'),
      from('c.example', '198.51.100.7'),
      from('c.example', '198.51.1.1'),
      from('c.example', '203.0.113.9'),
      from('c.example', '192.0.2.5'),
      from('x.top', '192.0.2.5'),
      from('[UNAVAILABLE]', '192.0.2.5'),
      from('c.example', 'IPV6:2001:db8::1'),
    ],
  },
  {
    title: 'check_client_access without smtpd_access_maps among parent_domain_matches_subdomains',
    settings: `parent_domain_matches_subdomains =
smtpd_client_restrictions = check_client_access inline:{ {parent.example=REJECT parent}, {.dot.example=REJECT dot} }
smtpd_sender_restrictions = check_sender_access inline:{ {parent.example=REJECT parent}, {.dot.example=REJECT dot} }`,
    cases: [
      from('b.parent.example'),
      from('parent.example'),
      from('b.dot.example'),
      from('dot.example'),
      mail('a@b.parent.example'),
      mail('a@parent.example'),
      mail('a@b.dot.example'),
      mail('a@dot.example'),
    ],
  },
  {
    title: 'pattern tables see whole keys only',
    settings: `smtpd_client_restrictions = check_client_access regexp:{ {/^example$$/ REJECT}, {/^a\\.example/ REJECT a}, {/^198\\.51\\.100$$/ REJECT}, {/^198\\.51\\.100\\.9/ REJECT b} }
smtpd_sender_restrictions = check_sender_access regexp:{ {/^x\\.example/ REJECT}, {/^joe@$$/ REJECT}, {/^joe@x/ REJECT c}, {/^<>$$/ REJECT null}, {/"/ REJECT quoted} }`,
    cases: [
      from('a.example'),
      from('b.example'),
      from('b.example', '198.51.100.9'),
      mail('joe@x.example'),
      mail('ann@x.example'),
      mail(''),
      mail('"a b"@x.example'),
      mail('JOE@X.EXAMPLE'),
    ],
  },
  {
    title: 'check_client_access by network',
    settings:
      'inet_protocols = all\nsmtpd_client_restrictions = check_client_access cidr:{ {198.51.100.0/24 REJECT net}, {2001:db8::/32 REJECT six} }',
    cases: [from('a.example'), from('a.example', '192.0.2.1'), from('a.example', 'IPV6:2001:db8::1')],
  },
  {
    title: 'check_reverse_client_hostname_access',
    settings: `smtpd_client_restrictions = check_reverse_client_hostname_access inline:{ {a.example=REJECT name}, {ok.example=OK}, {drop.example=DISCARD}, {198.51.100.7=REJECT address}, {unknown=REJECT none} }`,
    cases: [
      from('a.example'),
      from('x.example', '198.51.100.5', {reverseName: 'a.example'}),
      from('ok.example'),
      from('drop.example'),
      from('x.example', '198.51.100.7'),
      from('[UNAVAILABLE]'),
    ],
  },
  {
    title: 'mail addresses in tables',
    settings:
      `smtpd_sender_restrictions = check_sender_access inline:{ {joe+ext@x.example=REJECT whole}, {ann@x.example=REJECT bare}, {y.example=REJECT domain}, {parent.example=REJECT parent}, {eve@=REJECT user}, {bob+b@=REJECT user with extension}, {<>=REJECT null}, {odd name@x.example=REJECT internal}, {\\"even name\\"@x.example=REJECT external}, {[192.0.2.1]=REJECT literal}, {local@mail.example.com=REJECT completed}, {bare@example.com=REJECT bare name} }
smtpd_recipient_restrictions = check_recipient_access inline:{ {joe%else.example@example.com=OK}, {else.example=OK} }`.replaceAll(
        '\\',
        '',
      ),
    cases: [
      mail('joe+ext@x.example'),
      mail('JOE+Ext@X.Example'),
      mail('joe@x.example'),
      mail('ann+1@x.example'),
      mail('ann@x.example'),
      mail('z@y.example'),
      mail('z@a.b.parent.example'),
      mail('eve@q.example'),
      mail('eve+1@q.example'),
      mail('bob+b@q.example'),
      mail('bob+c@q.example'),
      mail(''),
      mail('"odd name"@x.example'),
      mail('"even name"@x.example'),
      mail('joe@[192.0.2.1]'),
      mail('local'),
      mail('bare'),
      mail('joe%y.example'),
      mail('y.example!joe'),
      to('joe%else.example@example.com'),
      to('joe@else.example'),
    ],
  },
  {
    title: 'smtpd_null_access_lookup_key',
    settings:
      'smtpd_null_access_lookup_key = nobody\nsmtpd_sender_restrictions = check_sender_access inline:{ {nobody=REJECT null}, {<>=REJECT other} }',
    cases: [mail('')],
  },
  {
    title: 'HELO names',
    settings: 'smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname',
    cases: [
      ...[
        'good.example',
        'good.example.',
        'bad..example',
        'bad.example..',
        '.bad.example',
        'short',
        '-bad.example',
        'bad-.example',
      ],
      ...[
        'under_score.example',
        '_x.example',
        'a b',
        '!bad',
        '127.0.0.1',
        '1.2.3',
        '1234',
        '12.example',
        '[127.0.0.1]',
        '[127.0.0.256]',
      ],
      ...[
        '[IPv6:::1]',
        '[ipv6:2001:db8::1]',
        '[IPv6:x]',
        '[::1]',
        '[]',
        '[127.0.0.1',
        '::1',
        '0.0.0.0',
        '[0.1.2.3]',
        '[0.0.0.0]',
        '01.2.3.4',
      ],
      ...[
        `${'a'.repeat(63)}.example`,
        `${'a'.repeat(64)}.example`,
        'b\u00fccher.example',
        'a--b.example',
        '.',
        '*',
        'x.1',
        '1.x',
      ],
    ].map(name => greet(name)),
  },
  {
    title: 'HELO names, the earlier spellings and codes of their own',
    settings: `invalid_hostname_reject_code = 550\nnon_fqdn_reject_code = 550
smtpd_helo_restrictions = warn_if_reject reject_invalid_hostname, warn_if_reject reject_non_fqdn_hostname, permit_naked_ip_address, reject_unknown_helo_hostname`,
    cases: [
      greet('short'),
      greet('a..b'),
      greet('127.0.0.1'),
      greet('1.2.3'),
      greet('[127.0.0.1]'),
      greet('[x]'),
      greet('::1'),
    ],
  },
  {
    title: 'HELO names in tables',
    settings:
      'smtpd_helo_restrictions = check_helo_access inline:{ {a.example=REJECT}, {parent.example=REJECT parent}, {127=REJECT number}, {127.0.0.1=REJECT address}, {[127.0.0.1]=REJECT literal}, {x.=REJECT dot} }',
    cases: [
      greet('a.example'),
      greet('A.EXAMPLE'),
      greet('b.parent.example'),
      greet('127.0.0.1'),
      greet('127.0.0.2'),
      greet('[127.0.0.1]'),
      greet('x.'),
      greet('.'),
      greet(null),
    ],
  },
  {
    title: 'addresses that need a full domain',
    settings:
      'smtpd_recipient_restrictions = reject_non_fqdn_sender, reject_non_fqdn_recipient, reject_unauth_destination',
    cases: [
      ...['joe', 'joe@host', 'joe@host.', 'joe@a.example.', 'joe@[127.0.0.1]', 'joe@a_b.example', '', '"a b"@host'].map(
        sender => mail(sender),
      ),
      ...['joe', 'joe@host', 'joe@a.example', 'joe@[127.0.0.1]', 'postmaster', 'postmaster@host'].map(each => to(each)),
    ],
  },
  {
    title: 'unlisted recipients and senders of our domains',
    settings: `local_recipient_maps = inline:{ {joe=x}, {ann@example.com=x} }\nrelay_recipient_maps = inline:{ {joe@relay.example=x} }
virtual_alias_maps = inline:{ {joe@alias.example=joe@example.com}, {mapped@example.com=joe@example.com} }
virtual_mailbox_maps = inline:{ {joe@box.example=x} }
canonical_maps = inline:{ {canon@example.com=joe@example.com} }\nsender_canonical_maps = inline:{ {scanon@example.com=joe@example.com} }
smtpd_reject_unlisted_sender = yes`,
    cases: [
      ...[
        'joe@example.com',
        'joe+x@example.com',
        'ann@example.com',
        'nobody@example.com',
        'NoBody@Example.com',
        'nobody@mail.example.com',
        'joe@[127.0.0.1]',
      ],
      ...[
        'postmaster@example.com',
        'double-bounce@example.com',
        'mailer-daemon@example.com',
        'mapped@example.com',
        'canon@example.com',
      ],
      ...[
        'scanon@example.com',
        'moved@example.com',
        'err@example.com',
        'err2@example.com',
        'retry@example.com',
        'retry2@example.com',
        'joe@relay.example',
        'no@relay.example',
      ],
      ...[
        'joe@alias.example',
        'no@alias.example',
        'joe@box.example',
        'no@box.example',
        'nobody',
        '"odd name"@example.com',
      ],
    ].flatMap(address => [to(address), mail(address)]),
  },
  {
    title: 'unlisted recipients with codes of their own and without the table in the text',
    settings: `show_user_unknown_table_name = no\nlocal_recipient_maps = inline:{ {joe=x} }\nrelay_recipient_maps = inline:{ {joe@relay.example=x} }
virtual_mailbox_maps = inline:{ {joe@box.example=x} }
unknown_local_recipient_reject_code = 450\nunknown_relay_recipient_reject_code = 451\nunknown_virtual_alias_reject_code = 452\nunknown_virtual_mailbox_reject_code = 453`,
    cases: ['no@example.com', 'no@relay.example', 'no@box.example'].map(address => to(address)),
  },
  {
    title: 'unlisted recipients by name',
    settings: `local_recipient_maps = inline:{ {joe=x} }\nsmtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = warn_if_reject reject_unlisted_recipient, reject_unlisted_recipient, reject_unlisted_sender`,
    cases: [to('no@example.com'), mail('no@example.com'), mail()],
  },
  {
    title: 'unlisted recipients where receive_override_options says not to ask',
    settings:
      'local_recipient_maps = inline:{ {joe=x} }\nreceive_override_options = no_unknown_recipient_checks\nsmtpd_recipient_restrictions = reject_unlisted_recipient',
    cases: [to('no@example.com')],
  },
  {
    title: 'putting off: refusals become temporary',
    settings: `smtpd_recipient_restrictions = defer_if_reject, check_recipient_access inline:{ {no@example.com=REJECT}, {later@example.com=450 later} }, reject_unauth_destination`,
    cases: [to('no@example.com'), to('later@example.com'), to('joe@else.example'), mail()],
  },
  {
    title: 'putting off: permission becomes temporary',
    settings: `smtpd_client_restrictions = check_client_access inline:{ {a.example=DEFER_IF_PERMIT client}, {w.example=warn_if_reject defer_if_permit} }
smtpd_helo_restrictions = check_helo_access inline:{ {a.example=DEFER_IF_PERMIT helo} }
smtpd_sender_restrictions = check_sender_access inline:{ {a.example=DEFER_IF_PERMIT sender}, {r.example=DEFER_IF_REJECT sender} }
smtpd_recipient_restrictions = check_recipient_access inline:{ {a@example.com=DEFER_IF_PERMIT recipient}, {r@example.com=REJECT}, {both@example.com=STOP} }
smtpd_restriction_classes = STOP\nSTOP = defer_if_permit, defer_if_reject, nosuch`,
    cases: [
      from('a.example'),
      from('w.example'),
      greet('a.example'),
      mail('x@a.example'),
      mail('x@r.example', 'r@example.com'),
      to('a@example.com'),
      to('both@example.com'),
      to('r@example.com', {client: {name: 'a.example'}, helo: 'a.example'}),
      mail('x@a.example', 'a@example.com', {client: {name: 'a.example'}, helo: 'a.example'}),
      {client: {name: 'a.example'}, etrn: 'x.example'},
    ],
  },
  {
    title: 'putting off, across several recipients and to DATA',
    settings:
      'smtpd_recipient_restrictions = check_recipient_access inline:{ {a@example.com=DEFER_IF_PERMIT recipient} }\nsmtpd_data_restrictions = defer_if_permit',
    cases: [
      mail('x@x.example', 'joe@example.com', {goesOn: true}),
      mail('x@x.example', 'joe@example.com', {more: ['a@example.com']}),
    ],
  },
  {
    title: 'what is never reached, and words that are none',
    settings: `smtpd_client_restrictions = warn_if_reject permit, permit\nsmtpd_helo_restrictions = permit, reject
smtpd_sender_restrictions = warn_if_reject reject, warn_if_reject nosuch, permit`,
    cases: [mail()],
  },
  ...[
    ['sleep', 'sleep'],
    ['sleep x', 'sleep x'],
    ['sleep 0', 'sleep 0, reject'],
    ['reject_rbl_client without a zone', 'reject_rbl_client'],
    ['reject_rhsbl_sender without a zone', 'reject_rhsbl_sender'],
    ['permit_dnswl_client without a zone', 'permit_dnswl_client'],
    ['check_policy_service without a service', 'check_policy_service'],
    ['check_sender_access without a table', 'check_sender_access'],
    ['check_sender_access with a word', 'check_sender_access nosuch, reject'],
    ['CHECK_SENDER_ACCESS with a word', 'CHECK_SENDER_ACCESS nosuch, reject'],
    ['reject after reject', 'reject, reject'],
    ['REJECT', 'REJECT'],
    ['Permit, then more', 'Permit, reject'],
    ['a list that ends with warn_if_reject', 'warn_if_reject'],
    ['check_sasl_access without SASL', 'check_sasl_access inline:{a=b}'],
    ['reject_sender_login_mismatch without SASL', 'reject_sender_login_mismatch'],
    ['reject_plaintext_session', 'reject_plaintext_session'],
    [
      'permit_tls_clientcerts',
      'permit_tls_clientcerts, permit_tls_all_clientcerts, check_ccert_access inline:{a=REJECT}, reject',
    ],
    ['a table that is not there', 'check_sender_access hash:/nonexistent/x, reject'],
    ['a table that fails', 'check_sender_access fail:x, reject'],
    ['a client table that fails', 'check_client_access fail:x, reject'],
    ['a list of networks that fails', 'reject_unauth_pipelining, permit_inet_interfaces'],
    ['an empty result', 'check_sender_access inline:{ {a@x.example= } }, reject'],
    ['check_relay_domains first', 'check_relay_domains, reject'],
    ['check_recipient_maps', 'check_recipient_maps, check_address_map, reject'],
    ['reject_multi_recipient_bounce', 'reject_multi_recipient_bounce'],
    [
      'obsolete names',
      'reject_unknown_client, reject_invalid_hostname, reject_non_fqdn_hostname, check_recipient_maps, reject',
    ],
  ].map(([title = '', list = '']) => ({
    title,
    settings: `smtpd_recipient_restrictions = ${list}`,
    cases: [mail(), mail('', 'joe@example.com', {more: ['ann@example.com']})],
  })),
  {
    title: 'mynetworks can not be asked',
    settings: 'mynetworks = fail:x',
    cases: [mail()],
  },
  {
    title: 'mynetworks is not there',
    settings: 'mynetworks = hash:/nonexistent/x',
    cases: [mail()],
  },
  {
    title: 'mynetworks is wrong',
    settings: 'mynetworks = 192.0.2.1/24',
    cases: [mail()],
  },
  {
    title: 'local_recipient_maps can not be asked',
    settings: 'local_recipient_maps = fail:x',
    cases: [mail()],
  },
  {
    title: 'local_recipient_maps is not there',
    settings: 'local_recipient_maps = hash:/nonexistent/x',
    cases: [mail()],
  },
  {
    title: 'multi-recipient bounces',
    settings: 'smtpd_data_restrictions = reject_multi_recipient_bounce\nmulti_recipient_bounce_reject_code = 553',
    cases: [
      mail('', 'joe@example.com', {goesOn: true}),
      mail('', 'joe@example.com', {more: ['ann@example.com'], goesOn: true}),
      mail('a@x.example', 'joe@example.com', {more: ['ann@example.com'], goesOn: true}),
    ],
  },
  {
    title: 'permissions that are logged',
    settings: `smtpd_log_access_permit_actions = static:all
smtpd_client_restrictions = permit_mynetworks, check_client_access inline:{ {a.example=OK}, {n.example=123}, {d.example=DISCARD}, {c.example=permit} }
smtpd_sender_restrictions = defer_if_reject, permit\nsmtpd_relay_restrictions = permit_auth_destination, reject`,
    cases: [
      from('x.example', '192.0.2.1'),
      from('a.example'),
      from('n.example'),
      from('d.example'),
      from('c.example'),
      mail(),
    ],
  },
  {
    title: 'some permissions that are logged',
    settings: `smtpd_log_access_permit_actions = permit_mynetworks, OK
smtpd_client_restrictions = PERMIT_MYNETWORKS, check_client_access inline:{ {a.example=ok}, {n.example=123} }
smtpd_sender_restrictions = permit`,
    cases: [from('x.example', '192.0.2.1'), from('a.example'), from('n.example')],
  },
  {
    title: 'lists that are empty or absurd',
    settings: 'smtpd_client_restrictions = ,,\nsmtpd_sender_restrictions = { reject }',
    cases: [mail()],
  },
];
