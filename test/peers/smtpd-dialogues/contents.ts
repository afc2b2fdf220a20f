/** Messages: how DATA ends, BDAT, limits, what cleanup says, what is queued. */
import {bdat, content, HALF_CLOSE, pipelined, send, STARTTLS, UNTIL_CLOSED} from '../../support/smtp-dialogue.ts';
import type {DialogueCase} from '../../support/smtp-sides.ts';

const EHLO = 'EHLO client.example.net';
const MAIL = 'MAIL FROM:<sender@example.org>';
const RCPT = 'RCPT TO:<alice@example.com>';
const BOB = 'RCPT TO:<bob@example.com>';
const START: readonly string[] = [EHLO, MAIL, RCPT];
const DATA: readonly string[] = [...START, 'DATA'];

/** What may stand before and behind the dot. */
const BEFORE: Readonly<Record<string, string>> = {
  CRLF: '\r\n',
  LF: '\n',
  CR: '\r',
  CRCRLF: '\r\r\n',
  LFLF: '\n\n',
  CRLFLF: '\r\n\n',
  nothing: '',
};
const BEHIND: Readonly<Record<string, string>> = {
  CRLF: '\r\n',
  LF: '\n',
  CR: '\r',
  CRCRLF: '\r\r\n',
  'blank CRLF': ' \r\n',
  'NUL CRLF': '\0\r\n',
  'dot CRLF': '.\r\n',
  LFCR: '\n\r',
};

/** Whatever the server took for the end, the second dot ends it at the latest; then NOOPs show where it stands. */
const ends: readonly DialogueCase[] = ['no', 'yes'].flatMap(forbids =>
  Object.entries(BEFORE).flatMap(([before, first]) =>
    Object.entries(BEHIND).map(([behind, second]) => ({
      title: `${before} . ${behind}${forbids === 'yes' ? ', smtpd_forbid_bare_newline' : ''}`,
      set: {smtpd_forbid_bare_newline: forbids},
      say: [...DATA, send(`Subject: x\r\n\r\nbody${first}.${second}NOOP\r\n.\r\nNOOP\r\n`, 2), send('RSET\r\n', 1)],
      withoutLog: true, // "improper command pipelining" depends on when the bytes come
    })),
  ),
);

const modes: readonly DialogueCase[] = ['normalize', 'reject', 'yes', 'no'].flatMap(mode => [
  {
    title: `bare LF in the text, ${mode}`,
    set: {smtpd_forbid_bare_newline: mode},
    say: [...DATA, send('Subject: x\n\nline\nline\r\n.\r\n'), 'NOOP', MAIL],
  },
  {
    title: `bare LF in commands, ${mode}`,
    set: {smtpd_forbid_bare_newline: mode},
    say: [send('EHLO x\n'), send('NOOP\n'), send(`${MAIL}\n`)],
  },
  {
    title: `bare LF in a chunk, ${mode}`,
    set: {smtpd_forbid_bare_newline: mode},
    say: [...START, bdat('Subject: x\n\nline\n.\nline\n', 'LAST'), 'NOOP'],
  },
  {
    title: `bare LF from an excluded client, ${mode}`,
    client: 'inside',
    set: {smtpd_forbid_bare_newline: mode},
    say: [...DATA, send('Subject: x\n\nline\n.\n'), 'NOOP'],
  },
  {
    title: `bare LF with another code, ${mode}`,
    set: {smtpd_forbid_bare_newline: mode, smtpd_forbid_bare_newline_reject_code: '521'},
    say: [...DATA, send('Subject: x\n\nline\r\n.\r\n'), 'NOOP'],
  },
]);

const dots: readonly DialogueCase[] = [
  ['dots', '.\n..\n...\n.x\n..x\nx.\n. \n .'],
  ['an empty message', ''],
  ['only a header', 'Subject: x\n'],
  ['only a body', '\nbody'],
  ['no header', 'just some text\nmore text'],
  ['a header without a blank line', 'Subject: x\nnot a header\nbody'],
  ['folded headers', 'Subject: a\n b\n\tc\nTo: x\n\nbody'],
  ['a header that begins with a blank', ' Subject: x\n\nbody'],
  ['From_ at the top', 'From someone Mon Jan 1\nSubject: x\n\nFrom here'],
  ['>From at the top', '>From someone\nSubject: x\n\nbody'],
  ['Bcc', 'To: x@example.com\nBcc: secret@example.com\nSubject: x\n\nbody'],
  ['Return-Path and Content-Length', 'Return-Path: <x>\nContent-Length: 5\nSubject: x\n\nbody'],
  [
    'all headers',
    'Date: Mon, 1 Jan 2024 00:00:00 +0000\nFrom: a@example.org\nMessage-Id: <1@example.org>\nTo: b@example.com\n\nbody',
  ],
  ['Resent headers', 'Resent-From: a@example.org\nResent-To: b@example.com\nFrom: c@example.org\n\nbody'],
  ['Message-Id strange', 'Message-ID: no brackets here\n\nbody'],
  ['two Message-Ids', 'Message-ID: <1@x>\nMessage-ID: <2@x>\n\nbody'],
  ['addresses without a domain', 'From: sender\nTo: alice, bob\nCc: Some One <carol>\n\nbody'],
  ['8-bit header', 'Subject: \xfc\xff\nFrom: \xc3\xbc <a@example.org>\n\nbody'],
  ['8-bit body', 'Subject: x\n\n\xfc\xc3\xbc'],
  ['NULs', 'Subject: a\0b\n\nx\0y\n\0'],
  ['a bare CR', 'Subject: a\rb\n\nx\ry\r'],
  [
    'MIME',
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nX-Warn: in a part\n\nx\n--b--',
  ],
  ['a nested message', 'MIME-Version: 1.0\nContent-Type: message/rfc822\n\nSubject: inner\nX-Warn: inner\n\nbody'],
  ['a long line', `Subject: x\n\n${'y'.repeat(5000)}`],
  ['a line of line_length_limit', `Subject: x\n\n${'y'.repeat(2048)}\n${'z'.repeat(2047)}\n${'w'.repeat(2049)}`],
  ['a long header', `Subject: ${'x'.repeat(3000)}\n\nbody`],
  ['many headers', `${Array.from({length: 300}, (_, i) => `X-${i}: ${i}`).join('\n')}\n\nbody`],
  ['50 Received headers', `${'Received: from x\n'.repeat(50)}Subject: x\n\nbody`],
  ['51 Received headers', `${'Received: from x\n'.repeat(51)}Subject: x\n\nbody`],
  ['Delivered-To', 'Delivered-To: alice@example.com\n\nbody'],
  ['a header of 8-bit letters before the blank', 'S\xfcbject: x\n\nbody'],
  ['a colon at the start', ': x\nSubject: y\n\nbody'],
  ['a blank before the colon', 'Subject : x\nTo : alice\n\nbody'],
  ['odd header names', '!#$%: x\nA B: y\n\nbody'],
].map(([name = '', text = '']) => ({title: `the message: ${name}`, say: [...DATA, content(text), 'NOOP']}));

const checks: readonly DialogueCase[] = [
  'X-Reject: a',
  'X-Plain-Reject: a',
  'X-Discard: a',
  'X-Hold: a',
  'X-Warn: a',
  'X-Prepend: a',
  'X-Replace: a',
  'X-Ignore: a',
  'X-Code: a',
  'X-Filter: a',
  'X-Redirect: a',
  'X-Warn: a\nX-Hold: b\nX-Reject: c',
  'X-Discard: a\nX-Reject: b',
  'X-Reject: a\nX-Reject: b',
  `X-Warn: ${'long '.repeat(100)}`,
  'X-Warn: folded\n header',
  'X-Warn: a\tb\x01',
].map(header => ({
  title: `header_checks: ${header.slice(0, 30).replaceAll('\n', ' ')}`,
  set: {header_checks: 'regexp:FILES/headers'},
  say: [...DATA, content(`${header}\nSubject: x\n\nbody`), 'NOOP', MAIL, RCPT],
}));

const MAIN_CHECKS: readonly DialogueCase[] = [
  {
    title: 'cleanup checks a header at end of data',
    say: [
      ...DATA,
      content('X-Main-Reject: 1\nSubject: x\n\nbody'),
      'NOOP',
      MAIL,
      RCPT,
      'DATA',
      content('Subject: next\n\nx'),
    ],
  },
  {
    title: 'cleanup checks a header, two recipients',
    say: [...START, BOB, 'DATA', content('X-Main-Reject: 1\nSubject: x\n\nbody')],
  },
  {
    title: 'cleanup checks a header in a chunk',
    say: [...START, bdat('X-Main-Reject: 1\r\n\r\n'), bdat('more\r\n'), bdat('', 'LAST'), 'NOOP'],
  },
  {title: 'cleanup discards', say: [...DATA, content('X-Main-Discard: 1\nSubject: x\n\nbody'), 'NOOP']},
  {title: 'cleanup holds', say: [...DATA, content('X-Main-Hold: 1\nSubject: x\n\nbody'), 'NOOP']},
  {title: 'cleanup warns', say: [...DATA, content('X-Main-Warn: 1\nSubject: x\n\nbody'), 'NOOP']},
  {
    title: 'cleanup rejects with a code of its own',
    say: [...DATA, content('X-Main-Code: 1\nSubject: x\n\nbody'), 'NOOP'],
  },
  {title: 'cleanup rejects without a text', say: [...DATA, content('X-Main-Plain: 1\nSubject: x\n\nbody'), 'NOOP']},
  {title: 'cleanup checks the body', say: [...DATA, content('Subject: x\n\nfirst\nforbidden body here\nlast'), 'NOOP']},
  {
    title: 'cleanup prepends, replaces and ignores',
    say: [...DATA, content('X-Main-Prepend: 1\nX-Main-Replace: 1\nX-Main-Ignore: 1\nSubject: x\n\nbody'), 'NOOP'],
  },
  {
    title: 'cleanup filters and redirects',
    say: [...DATA, content('X-Main-Filter: 1\nX-Main-Redirect: 1\nSubject: x\n\nbody'), 'NOOP'],
  },
  {title: 'cleanup checks with HELO', say: ['HELO x', MAIL, RCPT, 'DATA', content('X-Main-Reject: 1\n\nbody')]},
  {title: 'soft_bounce and cleanup', set: {soft_bounce: 'yes'}, say: [...DATA, content('X-Main-Reject: 1\n\nbody')]},
];

const chunks: readonly DialogueCase[] = [
  {title: 'BDAT: one chunk', say: [...START, bdat('Subject: x\r\n\r\nbody\r\n', 'LAST')]},
  {title: 'BDAT: two chunks', say: [...START, bdat('Subject: x\r\n'), bdat('\r\nbody\r\n', 'LAST')]},
  {title: 'BDAT: an empty last chunk', say: [...START, bdat('Subject: x\r\n\r\nbody\r\n'), bdat('', 'LAST')]},
  {title: 'BDAT: an empty chunk', say: [...START, 'BDAT 0', 'NOOP', bdat('x', 'LAST'), 'RSET', MAIL]},
  {title: 'BDAT: an empty message', say: [...START, 'BDAT 0 LAST', 'NOOP']},
  {
    title: 'BDAT: a line in three chunks',
    say: [...START, bdat('Sub'), bdat('ject: x\r'), bdat('\n\r\nbo'), bdat('dy\r\n.\r\n..\r\n', 'LAST')],
  },
  {title: 'BDAT: no end of line at the end', say: [...START, bdat('Subject: x\r\n\r\nno end', 'LAST')]},
  {title: 'BDAT: a CR at the end', say: [...START, bdat('Subject: x\r\n\r\nbody\r', 'LAST')]},
  {title: 'BDAT: CR and LF in two chunks', say: [...START, bdat('Subject: x\r\n\r\nbody\r'), bdat('\n', 'LAST')]},
  {title: 'BDAT: bare CR and LF', say: [...START, bdat('Subject: x\n\nb\rc\nd\r\r\ne', 'LAST')]},
  {title: 'BDAT: NULs and 8-bit letters', say: [...START, bdat('Subject: x\r\n\r\n\0\xff\xc3\xbc\0', 'LAST')]},
  {title: 'BDAT: dots are text', say: [...START, bdat('Subject: x\r\n\r\n.\r\n..\r\n.x\r\n', 'LAST'), 'NOOP']},
  {
    title: 'BDAT: a long line',
    say: [...START, bdat(`Subject: x\r\n\r\n${'y'.repeat(5000)}`), bdat('z'.repeat(3000), 'LAST')],
  },
  ...[
    'BDAT',
    'BDAT ',
    'BDAT x',
    'BDAT -1',
    'BDAT +1',
    'BDAT 1x',
    'BDAT LAST',
    'BDAT 0 last',
    'BDAT 0 FIRST',
    'BDAT 0 LAST x',
    'BDAT 0x0',
    'BDAT 99999999999999999999',
    'BDAT 010',
    'BDAT <0>',
    'BDAT 0  LAST  ',
    'bdat 0 last',
    'BDAT 1.0',
    'BDAT 0 "LAST"',
  ].map(line => ({
    title: `${JSON.stringify(line)}`,
    say: [...START, ...(line === 'BDAT 010' ? [send('BDAT 010\r\n1234567890')] : [line]), 'NOOP', MAIL],
  })),
  ...['BDAT', 'BDAT x', 'BDAT 0', 'BDAT 0 LAST', 'BDAT 99999999999999999999'].map(line => ({
    title: `${line} without MAIL`,
    say: [EHLO, line, 'NOOP', MAIL, RCPT],
  })),
  {title: 'BDAT without MAIL: the chunk is read', say: [EHLO, bdat('NOOP\r\n'), 'NOOP', MAIL]},
  {title: 'BDAT without RCPT: the chunk is read', say: [EHLO, MAIL, bdat('NOOP\r\n'), 'NOOP', 'RSET', MAIL]},
  {
    title: 'BDAT after a refused RCPT',
    say: [EHLO, MAIL, 'RCPT TO:<x@elsewhere.example>', bdat('NOOP\r\n', 'LAST'), 'NOOP', RCPT, bdat('x')],
  },
  {title: 'BDAT after HELO', say: ['HELO x', MAIL, RCPT, bdat('Subject: x\r\n\r\nx\r\n', 'LAST')]},
  {title: 'BDAT without a greeting', say: [MAIL, RCPT, bdat('Subject: x\r\n\r\nx\r\n', 'LAST')]},
  {title: 'BDAT, then DATA', say: [...START, bdat('Subject: x\r\n'), 'DATA', 'NOOP', bdat('\r\n', 'LAST')]},
  {title: 'BDAT, then MAIL', say: [...START, bdat('Subject: x\r\n'), MAIL, 'NOOP', bdat('\r\n', 'LAST')]},
  {title: 'BDAT, then RCPT', say: [...START, bdat('Subject: x\r\n'), BOB, 'NOOP', bdat('\r\n', 'LAST')]},
  {
    title: 'BDAT, then RSET',
    say: [
      ...START,
      bdat('Subject: x\r\n'),
      'RSET',
      bdat('\r\n', 'LAST'),
      MAIL,
      RCPT,
      bdat('Subject: y\r\n\r\n', 'LAST'),
    ],
  },
  {title: 'BDAT, then EHLO', say: [...START, bdat('Subject: x\r\n'), EHLO, bdat('\r\n', 'LAST')]},
  {title: 'BDAT, then QUIT', say: [...START, bdat('Subject: x\r\n'), 'QUIT']},
  {
    title: 'BDAT, then VRFY, NOOP, ETRN, HELP',
    say: [...START, bdat('Subject: x\r\n'), 'VRFY alice', 'NOOP', 'ETRN relay.example', 'HELP', bdat('\r\n', 'LAST')],
  },
  {title: 'BDAT after LAST', say: [...START, bdat('x\r\n', 'LAST'), bdat('x\r\n', 'LAST'), 'DATA', MAIL]},
  {
    title: 'BDAT pipelined',
    say: [
      EHLO,
      send(`${MAIL}\r\n${RCPT}\r\nBDAT 12\r\nSubject: x\r\nBDAT 2\r\n\r\nBDAT 6 LAST\r\nbody\r\nNOOP\r\n`, 6),
    ],
  },
  {
    title: 'BDAT pipelined behind a refusal',
    say: [
      EHLO,
      send(`${MAIL}\r\nRCPT TO:<x@elsewhere.example>\r\nBDAT 6\r\nNOOP\r\nBDAT 6 LAST\r\nNOOP\r\nNOOP\r\n`, 5),
    ],
  },
  {title: 'BDAT: a bad command is the end', say: [...START, bdat('x\r\n'), 'BDAT x', 'NOOP']},
  {
    title: 'BDAT in TLS',
    set: {smtpd_tls_security_level: 'may'},
    say: [EHLO, ...STARTTLS, ...START, bdat('Subject: x\r\n\r\n'), bdat('body\r\n', 'LAST')],
  },
  {
    title: 'BDAT: a chunk of 70000 bytes',
    say: [...START, bdat(`Subject: x\r\n\r\n${'0123456789\r\n'.repeat(6000)}`, 'LAST')],
  },
];

const MESSAGE_LIMIT = {message_size_limit: '3000'};
const sizes: readonly DialogueCase[] = [
  {
    title: 'message_size_limit: SIZE=',
    set: MESSAGE_LIMIT,
    say: [EHLO, 'MAIL FROM:<sender@example.org> SIZE=3000', 'RSET', 'MAIL FROM:<sender@example.org> SIZE=3001', RCPT],
  },
  {
    title: 'message_size_limit: SIZE= with HELO',
    set: MESSAGE_LIMIT,
    say: ['HELO x', 'MAIL FROM:<sender@example.org> SIZE=3001'],
  },
  {
    title: 'message_size_limit: DATA',
    set: MESSAGE_LIMIT,
    say: [
      ...DATA,
      content(`Subject: x\n\n${'0123456789\n'.repeat(400)}`),
      'NOOP',
      MAIL,
      RCPT,
      'DATA',
      content('small'),
    ],
  },
  {
    title: 'message_size_limit: DATA of just less',
    set: MESSAGE_LIMIT,
    say: [...DATA, content(`Subject: x\n\n${'0123456789\n'.repeat(200)}`), 'NOOP'],
  },
  {
    title: 'message_size_limit: one long line',
    set: MESSAGE_LIMIT,
    say: [...DATA, content(`Subject: x\n\n${'0123456789'.repeat(1000)}`), 'NOOP'],
  },
  {
    title: 'message_size_limit: BDAT',
    set: MESSAGE_LIMIT,
    say: [...START, bdat('x'.repeat(2000)), bdat('x'.repeat(2000)), 'NOOP', bdat('x', 'LAST'), 'NOOP', 'RSET', MAIL],
  },
  {
    title: 'message_size_limit: BDAT LAST',
    set: MESSAGE_LIMIT,
    say: [...START, bdat('x'.repeat(4000), 'LAST'), 'NOOP', MAIL],
  },
  {
    title: 'message_size_limit: BDAT of an announced size only',
    set: MESSAGE_LIMIT,
    say: [...START, send('BDAT 2000000000\r\nNOOP\r\n', 0), HALF_CLOSE],
  },
  {
    title: 'message_size_limit = 0',
    set: {message_size_limit: '0'},
    say: [EHLO, 'MAIL FROM:<sender@example.org> SIZE=99999999999', RCPT, 'DATA', content('x')],
  },
  {
    title: 'message_size_limit as a huge number',
    set: {message_size_limit: '9000000000'},
    say: [EHLO, 'MAIL FROM:<sender@example.org> SIZE=8000000000'],
  },
  {
    title: 'header_size_limit',
    set: {header_size_limit: '200'},
    say: [...DATA, content(`Subject: ${'x'.repeat(500)}\nTo: y\n\nbody`)],
  },
  {
    title: 'line_length_limit in the message',
    set: {line_length_limit: '600'},
    say: [...DATA, content(`Subject: x\n\n${'y'.repeat(599)}\n${'z'.repeat(600)}\n${'w'.repeat(2000)}`)],
  },
  {
    title: 'line_length_limit and dots in the message',
    set: {line_length_limit: '600'},
    say: [...DATA, content(`Subject: x\n\n${'y'.repeat(600)}.\n${'z'.repeat(600)}`), 'NOOP'],
  },
];

const pipelining: readonly DialogueCase[] = [
  {
    title: 'smtpd_forbid_unauth_pipelining: data behind EHLO',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [send(`${EHLO}\r\n${MAIL}\r\n`, 2), UNTIL_CLOSED],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: data behind HELO',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [send(`HELO x\r\n${MAIL}\r\n`, 2)],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: data behind DATA',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [...START, send('DATA\r\nSubject: x\r\n\r\n.\r\n', 2)],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: data behind the dot',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [...DATA, send('Subject: x\r\n\r\nx\r\n.\r\nNOOP\r\nRSET\r\n', 3)],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: data behind VRFY, NOOP and ETRN',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [
      EHLO,
      send('VRFY alice\r\nNOOP\r\n', 2),
      send('NOOP\r\nRSET\r\n', 2),
      send('ETRN relay.example\r\nNOOP\r\n', 2),
      send('QUIT\r\nNOOP\r\n', 2),
    ],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: MAIL, RCPT and RSET may',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [EHLO, pipelined(MAIL, RCPT, 'RSET', MAIL, RCPT, 'DATA'), content('x')],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: commands without EHLO',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [pipelined(MAIL, RCPT)],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: unknown commands',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [EHLO, pipelined('BOGUS', 'NOOP')],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: from inside',
    client: 'inside',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [pipelined(EHLO, MAIL)],
  },
  {
    title: 'smtpd_forbid_unauth_pipelining: BDAT',
    set: {smtpd_forbid_unauth_pipelining: 'yes'},
    say: [EHLO, send(`${MAIL}\r\n${RCPT}\r\nBDAT 5\r\nx: y\nBDAT 0 LAST\r\n`, 4)],
  },
  {
    title: 'reject_unauth_pipelining in smtpd_data_restrictions',
    set: {smtpd_data_restrictions: 'reject_unauth_pipelining'},
    say: [...START, send('DATA\r\nSubject: x\r\n\r\n.\r\n', 2), 'NOOP'],
  },
  {
    title: 'reject_unauth_pipelining in smtpd_data_restrictions, BDAT',
    set: {smtpd_data_restrictions: 'reject_unauth_pipelining'},
    say: [...START, bdat('Subject: x\r\n\r\n', 'LAST'), 'NOOP'],
  },
  {
    title: 'reject_unauth_pipelining in smtpd_recipient_restrictions with HELO',
    set: {smtpd_recipient_restrictions: 'reject_unauth_pipelining'},
    say: ['HELO x', pipelined(MAIL, RCPT, 'DATA')],
  },
].map(one => ({...one, withoutLog: true}));

const received: readonly DialogueCase[] = [
  {title: 'Received: ESMTP, one recipient', say: [...DATA, content('Subject: x\n\nx')]},
  {title: 'Received: two recipients', say: [...START, BOB, 'DATA', content('Subject: x\n\nx')]},
  {title: 'Received: SMTP', say: ['HELO client', MAIL, RCPT, 'DATA', content('x')]},
  {title: 'Received: no greeting', say: [MAIL, RCPT, 'DATA', content('x')]},
  {title: 'Received: a strange greeting', say: ['EHLO (odd) "name" <x>', MAIL, RCPT, 'DATA', content('x')]},
  {title: 'Received: an 8-bit greeting', say: ['EHLO \xc3\xbc\xff\x01', MAIL, RCPT, 'DATA', content('x')]},
  {title: 'Received: an address literal', say: ['EHLO [127.0.0.1]', MAIL, RCPT, 'DATA', content('x')]},
  {title: 'Received: ESMTPS', set: {smtpd_tls_security_level: 'may'}, say: [EHLO, ...STARTTLS, ...DATA, content('x')]},
  {
    title: 'Received: ESMTPS, smtpd_tls_received_header',
    set: {smtpd_tls_security_level: 'may', smtpd_tls_received_header: 'yes'},
    say: [EHLO, ...STARTTLS, ...DATA, content('x')],
  },
  {
    title: 'Received: SMTPS is SMTP in TLS',
    set: {smtpd_tls_security_level: 'may'},
    say: [EHLO, ...STARTTLS, 'HELO x', MAIL, RCPT, 'DATA', content('x')],
  },
  {title: 'Received: UTF8SMTP', say: [EHLO, `${MAIL} SMTPUTF8`, RCPT, 'DATA', content('x')]},
  {
    title: 'Received: UTF8SMTPS',
    set: {smtpd_tls_security_level: 'may'},
    say: [EHLO, ...STARTTLS, EHLO, `${MAIL} SMTPUTF8`, RCPT, 'DATA', content('x')],
  },
  {title: 'Received: a quoted recipient', say: [EHLO, MAIL, 'RCPT TO:<"odd name"@example.com>', 'DATA', content('x')]},
  {title: 'Received: a recipient without a domain', say: [EHLO, MAIL, 'RCPT TO:<alice>', 'DATA', content('x')]},
  {title: 'Received: a virtual recipient', say: [EHLO, MAIL, 'RCPT TO:<list@valias.example>', 'DATA', content('x')]},
  {title: 'Received: from inside', client: 'inside', say: [...DATA, content('x')]},
  {
    title: 'Received: smtpd_peername_lookup',
    client: '127.0.0.1',
    set: {smtpd_peername_lookup: 'yes'},
    say: [...DATA, content('x')],
  },
  {
    title: 'local_header_rewrite_clients',
    client: 'inside',
    set: {local_header_rewrite_clients: 'permit_mynetworks'},
    say: [...DATA, content('From: sender\nTo: alice\n\nx')],
  },
  {
    title: 'local_header_rewrite_clients: a stranger',
    set: {local_header_rewrite_clients: 'permit_mynetworks'},
    say: [...DATA, content('From: sender\nTo: alice\n\nx')],
  },
  {
    title: 'an end in the message in TLS',
    set: {smtpd_tls_security_level: 'may'},
    say: [EHLO, ...STARTTLS, ...DATA, send('Subject: x\r\n', 0), HALF_CLOSE],
  },
];

const all: readonly (readonly DialogueCase[])[] = [
  ends,
  modes,
  dots,
  checks,
  MAIN_CHECKS,
  chunks,
  sizes,
  pipelining,
  received,
];
export const contents: readonly DialogueCase[] = all.flat();
