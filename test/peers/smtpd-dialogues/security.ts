/** TLS and AUTH. */
import {content, pipelined, send, STARTTLS, UNTIL_CLOSED, type Step} from '../../support/smtp-dialogue.ts';
import type {DialogueCase} from '../../support/smtp-sides.ts';

const EHLO = 'EHLO client.example.net';
const MAIL = 'MAIL FROM:<sender@example.org>';
const RCPT = 'RCPT TO:<alice@example.com>';
const LETTER = content('Subject: hello\n\nbody');
const MAY = {smtpd_tls_security_level: 'may'};
const ENCRYPT = {smtpd_tls_security_level: 'encrypt'};
const HANDSHAKE: Step = {kind: 'handshake'};

const encryption: readonly DialogueCase[] = [
  {title: 'STARTTLS', set: MAY, say: [EHLO, ...STARTTLS, EHLO, MAIL, RCPT, 'DATA', LETTER]},
  {title: 'STARTTLS without EHLO', set: MAY, say: [...STARTTLS, EHLO, MAIL]},
  {title: 'STARTTLS after HELO', set: MAY, say: ['HELO x', ...STARTTLS, 'HELO x', MAIL]},
  {title: 'STARTTLS in a transaction', set: MAY, say: [EHLO, MAIL, 'STARTTLS', {kind: 'handshake'}, MAIL, RCPT]},
  {
    title: 'STARTTLS after a recipient',
    set: MAY,
    say: [EHLO, MAIL, RCPT, 'STARTTLS', {kind: 'handshake'}, 'DATA', MAIL],
  },
  {title: 'STARTTLS twice', set: MAY, say: [EHLO, ...STARTTLS, EHLO, 'STARTTLS', MAIL]},
  {title: 'STARTTLS with an argument', set: MAY, say: [EHLO, 'STARTTLS x', 'STARTTLS <>', 'NOOP']},
  {
    title: 'STARTTLS with commands behind it',
    set: MAY,
    withoutLog: true,
    say: [EHLO, send('STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n', 1), HANDSHAKE, RCPT, MAIL],
  },
  {
    title: 'STARTTLS with commands behind it, smtpd_forbid_unauth_pipelining',
    set: {...MAY, smtpd_forbid_unauth_pipelining: 'yes'},
    withoutLog: true,
    say: [EHLO, send('STARTTLS\r\nNOOP\r\n', 2), UNTIL_CLOSED],
  },
  {
    title: 'plain text where the handshake should be',
    set: MAY,
    withoutLog: true,
    say: [EHLO, 'STARTTLS', send('EHLO again\r\n', 0), UNTIL_CLOSED],
  },
  {
    title: 'encryption is required',
    set: ENCRYPT,
    say: [
      EHLO,
      MAIL,
      RCPT,
      'DATA',
      'NOOP',
      'RSET',
      'HELP',
      'VRFY alice',
      'ETRN relay.example',
      'BOGUS',
      'AUTH PLAIN x',
      'HELO x',
      'XCLIENT NAME=x',
      'BDAT 0',
      ...STARTTLS,
      MAIL,
      EHLO,
      MAIL,
      RCPT,
      'DATA',
      LETTER,
    ],
  },
  {title: 'BDAT where encryption is required', set: ENCRYPT, say: [EHLO, send('BDAT 6\r\nNOOP\r\n', 1), 'NOOP']},
  {
    title: 'smtpd_tls_wrappermode',
    set: {smtpd_tls_wrappermode: 'yes'},
    before: [HANDSHAKE],
    say: [EHLO, 'STARTTLS', MAIL, RCPT, 'DATA', LETTER],
  },
  {
    title: 'smtpd_tls_wrappermode with encryption required',
    set: {smtpd_tls_wrappermode: 'yes', ...ENCRYPT},
    before: [HANDSHAKE],
    say: [EHLO, MAIL, RCPT, 'DATA', LETTER],
  },
  {title: 'commands pipelined in TLS', set: MAY, say: [EHLO, ...STARTTLS, EHLO, pipelined(MAIL, RCPT, 'DATA'), LETTER]},
  {title: 'smtpd_tls_loglevel 0', set: {...MAY, smtpd_tls_loglevel: '0'}, say: [EHLO, ...STARTTLS, EHLO, MAIL, RCPT]},
  {
    title: 'reject_plaintext_session',
    set: {...MAY, smtpd_sender_restrictions: 'reject_plaintext_session'},
    say: [EHLO, MAIL, RCPT, 'RSET', ...STARTTLS, EHLO, MAIL, RCPT],
  },
  {
    title: 'permit_tls_all_clientcerts without a certificate',
    set: {
      ...MAY,
      smtpd_tls_ask_ccert: 'yes',
      smtpd_relay_restrictions: 'permit_tls_all_clientcerts, reject_unauth_destination',
    },
    say: [EHLO, ...STARTTLS, EHLO, MAIL, 'RCPT TO:<x@elsewhere.example>', RCPT, 'DATA', LETTER],
  },
  {
    title: 'smtpd_tls_req_ccert without a certificate',
    withoutLog: true,
    set: {...ENCRYPT, smtpd_tls_req_ccert: 'yes', smtpd_tls_CAfile: 'FILES/both.pem'},
    say: [EHLO, 'STARTTLS', HANDSHAKE, UNTIL_CLOSED],
  },
  {
    title: 'TLS and XCLIENT',
    set: {...MAY, smtpd_authorized_xclient_hosts: '127.0.0.0/8'},
    say: [EHLO, ...STARTTLS, EHLO, 'XCLIENT NAME=x.example', EHLO, MAIL, RCPT],
  },
];

/** The backend is away: what is said before it is asked is the same. */
const NO_BACKEND = {smtpd_sasl_auth_enable: 'yes', smtpd_sasl_type: 'dovecot', smtpd_sasl_path: 'inet:127.0.0.1:1'};
const login: readonly DialogueCase[] = [
  {title: 'AUTH with no backend there', set: NO_BACKEND, withoutLog: true, say: [EHLO, UNTIL_CLOSED]},
  {
    title: 'AUTH excepted',
    set: {...NO_BACKEND, smtpd_sasl_exceptions_networks: '127.0.0.0/8'},
    withoutLog: true,
    say: [EHLO, 'AUTH PLAIN x', MAIL],
  },
  {
    title: 'AUTH only in TLS',
    set: {...NO_BACKEND, ...MAY, smtpd_tls_auth_only: 'yes'},
    withoutLog: true,
    say: [EHLO, 'AUTH PLAIN AGEAYg==', 'AUTH', 'AUTH PLAIN', MAIL, 'AUTH PLAIN x'],
  },
];

export const security: readonly DialogueCase[] = [...encryption, ...login];
