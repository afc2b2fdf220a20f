/** Addresses as MAIL and RCPT take them. */
import type {DialogueCase} from '../../support/smtp-sides.ts';
import {content} from '../../support/smtp-dialogue.ts';

const EHLO = 'EHLO client.example.net';
const LETTER = content('Subject: hello\n\nbody');

/** `@` at the end stands for the domain of the test. */
const LOCAL_PARTS: readonly string[] = [
  'alice',
  'ALICE',
  'nobody',
  '"alice"',
  '"al"ice',
  '"odd name"',
  'odd name',
  'odd\\ name',
  '"odd\\ name"',
  'alice+ext',
  'alice+',
  '+alice',
  '.alice',
  'alice.',
  'al..ice',
  "o'hara",
  'a/b',
  '/etc/passwd',
  '|/bin/true',
  '"|/bin/true"',
  ':include:/x',
  'p%q',
  'r!s',
  'alice%example.com',
  'alice%elsewhere.example',
  'elsewhere.example!alice',
  'example.com!alice',
  '"alice@example.com"',
  '"alice@elsewhere.example"',
  'alice@elsewhere.example',
  'alice@example.com',
  '@elsewhere.example:alice',
  '@example.com:alice',
  '@a.example,@b.example:alice',
  '-alice',
  '--',
  '-',
  '*',
  '?',
  '#',
  '~',
  '$',
  '{}',
  '`id`',
  '^',
  '=',
  '&',
  'a;b',
  'a,b',
  'a:b',
  '(c)alice',
  'alice(c)',
  '[alice]',
  '<alice',
  'alice>',
  '"',
  '""',
  '"\\"',
  '"a\\"b"',
  'a\\b',
  '\\',
  '\x01',
  '\x7f',
  '\x00',
  'a\x00b',
  'a\tb',
  '\xc3\xbc',
  '\xff',
  '__proto__',
  'constructor',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(300),
  'x'.repeat(1200),
  'postmaster',
  'Postmaster',
  'MAILER-DAEMON',
  'double-bounce',
  'moved',
  'a@b@c',
  '!',
  '%',
  '@',
  '%example.com',
  'example.com!',
  'a!b!c%d',
];

const DOMAINS: readonly string[] = [
  'example.com',
  'EXAMPLE.COM',
  'example.com.',
  'example.com..',
  '.example.com',
  'example..com',
  'sub.example.com',
  'mail.example.com',
  'localhost',
  'elsewhere.example',
  'relay.example',
  'sub.relay.example',
  'vbox.example',
  'valias.example',
  'err.example',
  '[127.0.0.1]',
  '[127.0.0.2]',
  '[192.0.2.1]',
  '127.0.0.1',
  '192.0.2.1',
  '[IPv6:::1]',
  '[IPv6:2001:db8::1]',
  '[::1]',
  '[bad]',
  '[]',
  '127.0.0.1]',
  '[127.0.0.1]x',
  '[ipv6:::1]',
  '[x:1]',
  '[256.1.1.1]',
  '[1.2.3]',
  'under_score.example',
  '-dash.example',
  'dash-.example',
  'a.-b.example',
  'x'.repeat(63) + '.example',
  'x'.repeat(64) + '.example',
  `${'x.'.repeat(130)}example`,
  'single',
  'a b.example',
  'a\tb.example',
  'a;b.example',
  'a,b.example',
  '"q".example',
  'a(c).example',
  '\xc3\xbc.example',
  '\xff.example',
  'xn--tda.example',
  'xn--.example',
  'a\\b.example',
  'a/b.example',
  'a!b.example',
  'a%b.example',
  '#12345',
  '$x',
  '*',
  '1',
  '1.2',
  '12345',
  '\x01.example',
  'a\x00b.example',
  '',
  '.',
  '@',
  '<',
  '>',
];

function senders(list: readonly string[], option = ''): readonly string[] {
  return list.flatMap(address => [`MAIL FROM:<${address}>${option}`, 'RSET']);
}

function recipients(list: readonly string[], option = ''): readonly string[] {
  return [`MAIL FROM:<sender@example.org>${option}`, ...list.map(address => `RCPT TO:<${address}>`)];
}

const SETTINGS: readonly Readonly<Record<string, string>>[] = [
  {},
  {strict_rfc821_envelopes: 'yes'},
  {allow_percent_hack: 'no', swap_bangpath: 'no'},
  {allow_untrusted_routing: 'yes'},
  {resolve_dequoted_address: 'no'},
  {recipient_delimiter: '-'},
  {smtpd_reject_unlisted_recipient: 'no'},
  {resolve_null_domain: 'yes'},
  {resolve_numeric_domain: 'yes'},
  {allow_min_user: 'yes'},
  {append_at_myorigin: 'yes', append_dot_mydomain: 'yes'},
];

/** Rewriting is asked of a service that reads main.cf only: these do nothing as `-o` of smtpd, which is the fact here. */
const matrix: readonly DialogueCase[] = SETTINGS.flatMap(set => {
  const name = Object.entries(set)
    .map(([key, value]) => ` ${key}=${value}`)
    .join('');
  const local = LOCAL_PARTS.map(part => `${part}@example.com`);
  const bare = LOCAL_PARTS;
  const domain = DOMAINS.map(one => `alice@${one}`);
  const utf8: readonly DialogueCase[] = [
    {title: `senders with SMTPUTF8:${name}`, set, say: [EHLO, ...senders([...local, ...domain], ' SMTPUTF8')]},
    {title: `recipients with SMTPUTF8:${name}`, set, say: [EHLO, ...recipients([...local, ...domain], ' SMTPUTF8')]},
  ];
  return [
    {title: `sender local parts:${name}`, set, say: [EHLO, ...senders(local)]},
    {title: `sender local parts without a domain:${name}`, set, say: [EHLO, ...senders(bare)]},
    {title: `sender domains:${name}`, set, say: [EHLO, ...senders(domain)]},
    {title: `recipient local parts:${name}`, set, say: [EHLO, ...recipients(local)]},
    {title: `recipient local parts without a domain:${name}`, set, say: [EHLO, ...recipients(bare)]},
    {title: `recipient domains:${name}`, set, say: [EHLO, ...recipients(domain)]},
    {title: `recipient domains, from inside:${name}`, set, client: 'inside', say: [EHLO, ...recipients(domain)]},
    {title: `recipient local parts, from inside:${name}`, set, client: 'inside', say: [EHLO, ...recipients(local)]},
    ...(name === '' || name.includes('strict') ? utf8 : []),
  ];
});

/** Accepted addresses as they are queued. */
const queued: readonly DialogueCase[] = [
  'alice@example.com',
  'ALICE@EXAMPLE.com',
  '"odd name"@example.com',
  'alice',
  'alice@example.com.',
  '@x.example:alice@example.com',
  '"alice"@example.com',
  'alice+ext@example.com',
  'alice@[127.0.0.1]',
  "o'hara@example.com",
  'moved',
  'postmaster',
  'list@valias.example',
  'carol@vbox.example',
  'dave@relay.example',
  '(c)alice@example.com',
  'al.ice+x@localhost',
  'alice%example.com',
  'p%q@example.com',
].flatMap(address => [
  {
    title: `recipient <${address}> in the queue`,
    say: [EHLO, 'MAIL FROM:<sender@example.org>', `RCPT TO:<${address}>`, 'DATA', LETTER],
  },
  {
    title: `sender <${address}> in the queue`,
    say: [EHLO, `MAIL FROM:<${address}>`, 'RCPT TO:<alice@example.com>', 'DATA', LETTER],
  },
]);

const classes: readonly DialogueCase[] = [
  {
    title: 'unlisted recipients of each class',
    say: [
      EHLO,
      ...recipients([
        'nobody@example.com',
        'nodave@relay.example',
        'nocarol@vbox.example',
        'nolist@valias.example',
        'moved@example.com',
        'x@err.example',
        'errelay@relay.example',
      ]),
    ],
  },
  {
    title: 'unlisted recipients from inside',
    client: 'inside',
    say: [
      EHLO,
      ...recipients([
        'nobody@example.com',
        'nodave@relay.example',
        'nocarol@vbox.example',
        'nolist@valias.example',
        'moved@example.com',
        'x@err.example',
        'errelay@relay.example',
        'x@elsewhere.example',
      ]),
    ],
  },
  {
    title: 'unlisted codes',
    set: {
      unknown_local_recipient_reject_code: '450',
      unknown_relay_recipient_reject_code: '451',
      unknown_virtual_alias_reject_code: '452',
      unknown_virtual_mailbox_reject_code: '553',
      relay_domains_reject_code: '521',
    },
    say: [
      EHLO,
      ...recipients([
        'nobody@example.com',
        'nodave@relay.example',
        'nocarol@vbox.example',
        'nolist@valias.example',
        'x@elsewhere.example',
      ]),
    ],
  },
  {
    title: 'show_user_unknown_table_name = no',
    set: {show_user_unknown_table_name: 'no'},
    say: [
      EHLO,
      ...recipients(['nobody@example.com', 'nodave@relay.example', 'nocarol@vbox.example', 'nolist@valias.example']),
    ],
  },
];

export const addresses: readonly DialogueCase[] = [...matrix, ...queued, ...classes];
