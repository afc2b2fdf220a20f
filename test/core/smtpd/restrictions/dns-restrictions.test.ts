import assert from 'node:assert/strict';
import {RestrictionBench} from '../../../support/restriction-bench.ts';

type Row = readonly [title: string, settings: string, zone: string, reply: string | undefined, given?: Given];

interface Given {
  readonly sender?: string;
  readonly recipient?: string;
  readonly helo?: string;
  readonly client?: {name?: string; address?: string; reverseName?: string};
}

const SENDER = 'smtpd_sender_restrictions = ';
const CLIENT = 'smtpd_client_restrictions = ';
const HELO = 'smtpd_helo_restrictions = ';
const LISTED = `5.100.51.198.rbl.example A 127.0.0.2
5.100.51.198.rbl.example A 127.0.0.10
5.100.51.198.rbl.example TXT listed: see the site
5.100.51.198.rbl.example TXT twice
x.example.dbl.example A 127.0.1.2
client.example.dbl.example A 127.0.1.2
client.example.org.dbl.example A 127.0.1.2
reverse.example.dbl.example A 127.0.1.2
else.example.dbl.example A 127.0.1.2
5.100.51.198.white.example A 127.0.0.1
client.example.org.white.example A 127.0.0.1
b.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.rbl.example A 127.0.0.2
5.100.51.198.slow.example A temporary`;
const blocked = (what: string, zone: string): string => `554 5.7.1 Service unavailable; ${what} blocked using ${zone}`;
const HOST = 'Client host [198.51.100.5]';
const REASON = '; listed: see the site / twice';

suite('smtpd restrictions that ask the DNS', () => {
  const ROWS: readonly Row[] = [
    ['a sender domain with MX', `${SENDER}reject_unknown_sender_domain`, 'x.example MX 10 mx.x.example', undefined],
    ['one with an address', `${SENDER}reject_unknown_sender_domain`, 'x.example A 192.0.2.1', undefined],
    [
      'one that does not exist',
      `${SENDER}reject_unknown_sender_domain`,
      '',
      '450 4.1.8 <a@x.example>: Sender address rejected: Domain not found',
    ],
    [
      'one with a code of its own',
      `unknown_address_reject_code = 550\n${SENDER}reject_unknown_address`,
      '',
      '550 5.1.8 <a@x.example>: Sender address rejected: Domain not found',
    ],
    [
      'one that takes no mail',
      `${SENDER}reject_unknown_sender_domain`,
      'x.example MX 0 .',
      '550 5.7.27 <a@x.example>: Sender address rejected: Domain x.example does not accept mail (nullMX)',
    ],
    [
      'one that can not be asked about, which is put off',
      `${SENDER}reject_unknown_sender_domain`,
      'x.example MX temporary',
      '450 4.1.8 <a@x.example>: Sender address rejected: Domain not found',
    ],
    [
      'one whose answer is malformed',
      `${SENDER}reject_unknown_sender_domain`,
      'x.example MX malformed',
      '450 4.1.8 <a@x.example>: Sender address rejected: Malformed DNS server reply',
    ],
    ['a sender of ours', `${SENDER}reject_unknown_sender_domain`, '', undefined, {sender: 'a@example.com'}],
    ['an address literal', `${SENDER}reject_unknown_sender_domain`, '', undefined, {sender: 'a@[192.0.2.1]'}],
    ['the null sender', `${SENDER}reject_unknown_sender_domain`, '', undefined, {sender: ''}],
    [
      'a recipient domain that takes no mail',
      'smtpd_relay_restrictions = permit_mynetworks, reject_unknown_recipient_domain, reject',
      'else.example MX 0 .',
      '556 5.1.10 <b@else.example>: Recipient address rejected: Domain else.example does not accept mail (nullMX)',
      {recipient: 'b@else.example'},
    ],
    ['a HELO name with MX', `${HELO}reject_unknown_helo_hostname`, 'client.example MX 5 mx.example', undefined],
    [
      'a HELO name that does not exist',
      `${HELO}reject_unknown_hostname`,
      '',
      '450 4.7.1 <client.example>: Helo command rejected: Host not found',
    ],
    ['an address literal as a HELO name', `${HELO}reject_unknown_helo_hostname`, '', undefined, {helo: '[192.0.2.1]'}],
    ['a HELO name that takes no mail', `${HELO}reject_unknown_helo_hostname`, 'client.example MX 0 .', undefined],
    ['a listed client', `${CLIENT}reject_rbl_client rbl.example`, LISTED, blocked(HOST, 'rbl.example') + REASON],
    ['another list', `${CLIENT}reject_rbl_client other.example`, LISTED, undefined],
    ['a list that does not answer', `${CLIENT}reject_rbl_client slow.example`, LISTED, undefined],
    [
      'a filter that fits',
      `${CLIENT}reject_rbl_client rbl.example=127.0.0.10`,
      LISTED,
      blocked(HOST, 'rbl.example') + REASON,
    ],
    ['a filter that does not', `${CLIENT}reject_rbl_client rbl.example=127.0.0.3`, LISTED, undefined],
    [
      'a range',
      `${CLIENT}reject_rbl_client rbl.example=127.0.[0;4].[3..12]`,
      LISTED,
      blocked(HOST, 'rbl.example') + REASON,
    ],
    ['a range beside', `${CLIENT}reject_rbl_client rbl.example=127.0.0.[3..9;11]`, LISTED, undefined],
    [
      'a broken filter',
      `${CLIENT}reject_rbl_client rbl.example=127.0.0`,
      LISTED,
      '451 4.3.5 Server configuration error',
    ],
    [
      'an IPv6 client',
      `${CLIENT}reject_rbl_client rbl.example`,
      LISTED,
      blocked('Client host [2001:db8::7b]', 'rbl.example'),
      {client: {address: '2001:db8::7b'}},
    ],
    [
      'a reply of the operator',
      `default_rbl_reply = 550 5.1.1 No: $client_name $rbl_what $rbl_class $rbl_domain$\{rbl_reason?, $rbl_reason}; $$5\n${CLIENT}reject_rbl_client rbl.example`,
      LISTED,
      '550 5.0.0 No: client.example.org 198.51.100.5 Client host rbl.example, listed: see the site / twice; $5',
    ],
    [
      'a reply for one zone',
      `rbl_reply_maps = inline:{ { rbl.example=$$rbl_code 4.7.1 by map } }\n${CLIENT}reject_rbl_client rbl.example`,
      LISTED,
      '554 5.7.1 by map',
    ],
    [
      'a reply for one zone that can not be filled',
      `rbl_reply_maps = inline:{ { rbl.example=550 $$nosuch } }\n${CLIENT}reject_rbl_client rbl.example`,
      LISTED,
      blocked(HOST, 'rbl.example') + REASON,
    ],
    [
      'a reply without code',
      `default_rbl_reply = no\n${CLIENT}reject_rbl_client rbl.example`,
      LISTED,
      '450 4.7.1 Service unavailable',
    ],
    [
      'maps_rbl_domains',
      `maps_rbl_domains = none.example, rbl.example\n${CLIENT}reject_maps_rbl`,
      LISTED,
      blocked(HOST, 'rbl.example') + REASON,
    ],
    [
      'a sender domain',
      `${SENDER}reject_rhsbl_sender dbl.example`,
      LISTED,
      blocked('Sender address [a@x.example]', 'dbl.example'),
    ],
    [
      'a HELO name',
      `${HELO}reject_rhsbl_helo dbl.example`,
      LISTED,
      blocked('Helo command [client.example]', 'dbl.example'),
    ],
    ['a HELO address', `${HELO}reject_rhsbl_helo dbl.example`, LISTED, undefined, {helo: '192.0.2.1'}],
    [
      'a client name',
      `${CLIENT}reject_rhsbl_client dbl.example`,
      LISTED,
      blocked('Client host [client.example.org]', 'dbl.example'),
    ],
    ['an unknown client', `${CLIENT}reject_rhsbl_client dbl.example`, LISTED, undefined, {client: {name: 'unknown'}}],
    [
      'a reverse name',
      `${CLIENT}reject_rhsbl_reverse_client dbl.example`,
      LISTED,
      blocked('Unverified Client host [reverse.example]', 'dbl.example'),
      {client: {reverseName: 'reverse.example'}},
    ],
    [
      'a recipient domain',
      'smtpd_relay_restrictions = reject_rhsbl_recipient dbl.example, reject',
      LISTED,
      blocked('Recipient address [b@else.example]', 'dbl.example'),
      {recipient: 'b@else.example'},
    ],
    ['a client on a white list', `${CLIENT}permit_dnswl_client white.example, reject`, LISTED, undefined],
    ['a name on a white list', `${CLIENT}permit_rhswl_client white.example, reject`, LISTED, undefined],
    [
      'a white list, but a recipient elsewhere',
      'smtpd_relay_restrictions = permit_dnswl_client white.example, reject_unauth_destination',
      LISTED,
      '554 5.7.1 <b@else.example>: Relay access denied',
      {recipient: 'b@else.example'},
    ],
    [
      'a white list that does not answer',
      `${CLIENT}permit_dnswl_client slow.example, reject`,
      LISTED,
      '450 4.7.1 <198.51.100.5>: Client host rejected: Service unavailable',
    ],
    [
      'the MX host of a sender',
      `${SENDER}check_sender_mx_access inline:{ {mx.bad.example=REJECT bad MX} }`,
      'x.example MX 5 mx.bad.example',
      '554 5.7.1 <a@x.example>: Sender address rejected: bad MX',
    ],
    [
      'the address of the MX host of a sender',
      `${SENDER}check_sender_mx_access inline:{ {192.0.2=REJECT bad network} }`,
      'x.example MX 5 mx.example\nmx.example A 192.0.2.1',
      '554 5.7.1 <a@x.example>: Sender address rejected: bad network',
    ],
    [
      'a sender without MX',
      `${SENDER}check_sender_mx_access inline:{ {x.example=REJECT itself} }`,
      '',
      '554 5.7.1 <a@x.example>: Sender address rejected: itself',
    ],
    ['a sender that takes no mail', `${SENDER}check_sender_mx_access static:REJECT`, 'x.example MX 0 .', undefined],
    [
      'an address literal',
      `${SENDER}check_sender_mx_access inline:{ {192.0.2.1=REJECT it} }`,
      '',
      '554 5.7.1 <a@[192.0.2.1]>: Sender address rejected: it',
      {sender: 'a@[192.0.2.1]'},
    ],
    [
      'the name server of the parent domain',
      `${HELO}check_helo_ns_access inline:{ {ns.bad.example=REJECT bad NS} }`,
      'example NS ns.bad.example',
      '554 5.7.1 <client.example>: Helo command rejected: bad NS',
    ],
    [
      'the address of a client name',
      `${CLIENT}check_client_a_access inline:{ {203.0.113.9=REJECT bad A} }`,
      'client.example.org A 203.0.113.9',
      '554 5.7.1 <client.example.org[198.51.100.5]>: Client host rejected: bad A',
    ],
    [
      'a table that would permit',
      `${SENDER}check_sender_mx_access inline:{ {mx.example=OK} }`,
      'x.example MX 5 mx.example',
      '451 4.3.5 Server configuration error',
    ],
    [
      'a domain that we back up',
      'smtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination',
      'else.example MX 5 mx.else.example\nelse.example MX 10 mail.example.com\nmx.else.example A 192.0.2.1',
      undefined,
      {recipient: 'b@else.example'},
    ],
    [
      'a domain that we are the first host of',
      'smtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination',
      'else.example MX 5 mail.example.com\nelse.example MX 10 mail.example.com',
      '554 5.7.1 <b@else.example>: Relay access denied',
      {recipient: 'b@else.example'},
    ],
    [
      'a domain whose first host is not in permit_mx_backup_networks',
      'permit_mx_backup_networks = 203.0.113.0/24\nsmtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination',
      'else.example MX 5 mx.else.example\nelse.example MX 10 mail.example.com\nmx.else.example A 192.0.2.1',
      '554 5.7.1 <b@else.example>: Relay access denied',
      {recipient: 'b@else.example'},
    ],
    [
      'a domain whose exchangers are not known for now',
      'smtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination',
      'else.example MX temporary',
      '450 4.4.4 <b@else.example>: Recipient address rejected: Unable to look up mail exchanger information: Host not found, try again',
      {recipient: 'b@else.example'},
    ],
  ];
  for (const [title, settings, zone, reply, given = {}] of ROWS)
    test(`${/[a-z_]+(?= [a-z.]+example|$)/.exec(settings)?.[0] ?? ''}: ${title}`, async () => {
      const bench = new RestrictionBench(settings, {zone});
      bench.client(given.client ?? {});
      const {sender = 'a@x.example', recipient = 'b@example.com', helo} = given;
      assert.equal(await bench.mail(sender, recipient, helo), reply);
    });

  test('a list is asked once about a client, however many recipients there are', async () => {
    const bench = new RestrictionBench(`${CLIENT}reject_rbl_client none.example`);
    await bench.mail('a@x.example', 'b@example.com');
    await bench.rcpt('c@example.com');
    assert.deepEqual(bench.dns.queries, ['5.100.51.198.none.example A']);
  });
});
