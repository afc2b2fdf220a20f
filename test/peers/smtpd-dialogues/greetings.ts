/** What EHLO offers under many settings. */
import type {DialogueCase} from '../../support/smtp-sides.ts';
import {STARTTLS} from '../../support/smtp-dialogue.ts';

const EHLO = 'EHLO client.example.net';
const ALL = 'pipelining,size,vrfy,etrn,starttls,auth,enhancedstatuscodes,8bitmime,dsn,smtputf8,chunking';

const SETTINGS: readonly Readonly<Record<string, string>>[] = [
  {},
  {message_size_limit: '0'},
  {message_size_limit: '50000'},
  {disable_vrfy_command: 'yes'},
  {smtputf8_enable: 'no'},
  {smtpd_discard_ehlo_keywords: 'dsn'},
  {smtpd_discard_ehlo_keywords: 'chunking'},
  {smtpd_discard_ehlo_keywords: 'SIZE, 8bitmime'},
  {smtpd_discard_ehlo_keywords: 'silent-discard, dsn, etrn'},
  {smtpd_discard_ehlo_keywords: ALL},
  {smtpd_discard_ehlo_keywords: `silent-discard,${ALL},xclient,xforward,bogus`},
  {smtpd_discard_ehlo_keywords: 'bogus'},
  {smtpd_discard_ehlo_keywords: 'pipelining enhancedstatuscodes'},
  {smtpd_discard_ehlo_keywords: 'smtputf8'},
  {smtpd_discard_ehlo_keywords: 'starttls', smtpd_tls_security_level: 'may'},
  {smtpd_discard_ehlo_keyword_address_maps: 'cidr:FILES/ehloByClient'},
  {smtpd_discard_ehlo_keyword_address_maps: 'cidr:FILES/ehloByClient', smtpd_tls_security_level: 'may'},
  {smtpd_discard_ehlo_keyword_address_maps: 'cidr:FILES/ehloByClient', smtpd_discard_ehlo_keywords: 'size'},
  {smtpd_tls_security_level: 'may'},
  {smtpd_tls_security_level: 'encrypt'},
  {smtpd_tls_security_level: 'none'},
  {smtpd_use_tls: 'yes'},
  {smtpd_enforce_tls: 'yes'},
  {smtpd_tls_security_level: 'may', smtpd_tls_auth_only: 'yes'},
  {smtpd_authorized_xclient_hosts: '127.0.0.0/8'},
  {smtpd_authorized_xforward_hosts: '127.0.0.0/8'},
  {smtpd_authorized_xclient_hosts: '127.0.0.0/8', smtpd_authorized_xforward_hosts: '127.0.0.0/8'},
  {smtpd_authorized_xclient_hosts: '127.0.0.0/8', smtpd_discard_ehlo_keywords: 'xclient'},
  {smtpd_delay_open_until_valid_rcpt: 'no'},
  {smtpd_etrn_restrictions: 'reject'},
  {smtpd_helo_restrictions: 'reject', smtpd_delay_reject: 'no'},
  {smtpd_client_restrictions: 'reject', smtpd_delay_reject: 'no'},
  {myhostname: 'other.example.net'},
  {smtp_greeting_unused: 'x'},
  {smtpd_banner: 'just a word'},
  {smtpd_banner: '$myhostname'},
  {mail_name: 'Mailer'},
];

const PROBES = [EHLO, 'HELO client.example.net', 'EHLO other', 'VRFY alice', 'ETRN relay.example'];
const MAILS = ['SIZE=100', 'BODY=8BITMIME', 'SMTPUTF8', 'RET=HDRS', 'ENVID=x', 'SIZE=60000'];

export const greetings: readonly DialogueCase[] = SETTINGS.flatMap(set => {
  const title = Object.entries(set)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
  return [
    {
      title: `EHLO with ${title === '' ? 'the defaults' : title}`,
      set,
      say: [
        ...PROBES,
        ...MAILS.flatMap(option => [`MAIL FROM:<sender@example.org> ${option}`, 'RSET']),
        'MAIL FROM:<sender@example.org>',
        'RCPT TO:<alice@example.com> NOTIFY=NEVER',
        'RCPT TO:<alice@example.com> ORCPT=rfc822;x',
        'BDAT 0',
      ],
    },
    ...('smtpd_tls_security_level' in set || 'smtpd_enforce_tls' in set || 'smtpd_use_tls' in set
      ? [
          {
            title: `EHLO in TLS with ${title}`,
            set,
            say: [
              'STARTTLS x',
              'MAIL FROM:<sender@example.org>',
              EHLO,
              'MAIL FROM:<sender@example.org>',
              'NOOP',
              'RSET',
              'VRFY alice',
              ...STARTTLS,
              'MAIL FROM:<sender@example.org>',
              'RSET',
              EHLO,
              'STARTTLS',
              'MAIL FROM:<sender@example.org>',
              'RCPT TO:<alice@example.com>',
            ],
          },
        ]
      : []),
  ];
});
