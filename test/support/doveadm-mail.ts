/** The mail that doveadm is tried on: headers folded, encoded and repeated, parts, attachments, line ends of both kinds. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Message, writeMaildir} from './doveadm-sides.ts';

const PLAIN = `Return-Path: <ann@example.com>
Received: from a.example (a.example [192.0.2.1])
	by b.example; Mon, 01 Jan 2018 10:00:00 +0100
Received: from b.example by c.example;
	Mon, 01 Jan 2018 10:00:02 +0100
From: "Ann O'Example" <ann@example.com>, =?utf-8?q?J=C3=BCrgen?= <jue@example.org>
To: joe@example.com (Joe Comment), group: a@b.example, "c d"@b.example;, bare
Cc: =?iso-8859-1?q?Andr=E9?= <andre@example.net>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from a
 folded   subject =?utf-8?b?w6TDtsO8?=
Message-ID: <one@example.com>
Date: Mon, 01 Jan 2018 10:00:00 +0530
X-Multi: first
X-Empty:
X-Multi: second
X-Multi: third
 with fold

Hello Joe,

this is the first line.
and a tab	here
`;

const MULTIPART = `From: ann@example.com
To: joe@example.com
Subject: parts
Message-ID: <two@example.com>
In-Reply-To: <one@example.com>
References: <one@example.com>
Date: Tue, 2 Jan 2018 23:30:00 -0800
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="xx"

preamble
--xx
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe =E4

--xx
Content-Type: multipart/alternative; boundary=yy

--yy
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PGI+aGVsbG88L2I+IMO8YmVyCg==

--yy--
--xx
Content-Type: application/octet-stream; name=a.bin
Content-Disposition: attachment; filename=a.bin
Content-Transfer-Encoding: base64

AAECAwQF
--xx
Content-Type: message/rfc822

From: inner@example.com
Subject: inner

inner body
--xx--
`;

const CRLF =
  'From: bob@example.com\r\nTo: joe@example.com\r\nSubject: crlf\r\nDate: Wed, 3 Jan 2018 00:15:00 +0000\r\n\r\nline one\r\nline two\r\n';
const BARE = 'X-Only: 1\n\nno from, no date\n';
const BROKEN =
  'From: <broken\nTo: undisclosed-recipients:;\nSubject: 8bit \xc3\xbc raw \xfc\nDate: not a date\nMessage-ID: <one@example.com>\n\n\xc3\xa4 body without line end';
const BIG = `From: big@example.com\nTo: joe@example.com\nSubject: big "quoted" \\ back\nDate: 5 Jan 2018 12:00 GMT\n\n${'0123456789abcdef\n'.repeat(4000)}`;
const EMPTY_BODY = 'From: e@example.com\nSubject: empty body\nDate: Sat, 06 Jan 2018 12:00:00 +0000\n\n';

const DAY = 86_400;
const START = 1_514_800_000; // 1 January 2018

/** Sizes are in the names, as deliveries put them there. */
function message(at: number, text: string, flags: string): Message {
  const virtual = text.replace(/\r?\n/g, '\r\n').length;
  return {
    name: `${START + at}.M${at}P1.host,S=${text.length},W=${virtual}:2,${flags}`,
    text,
    received: START + at * DAY,
  };
}

const INBOX: readonly Message[] = [
  message(0, PLAIN, 'S'),
  message(1, MULTIPART, 'FRS'),
  message(2, CRLF, ''),
  message(3, BARE, 'Dab'),
  message(4, BROKEN, 'T'),
  message(5, BIG, 'Sa'),
  message(6, EMPTY_BODY, 'RS'),
];

const GUIDS = {
  inbox: '11111111aaaaaaaa11111111aaaaaaaa',
  work: '22222222bbbbbbbb22222222bbbbbbbb',
  child: '33333333cccccccc33333333cccccccc',
  empty: '44444444dddddddd44444444dddddddd',
  umlaut: '55555555eeeeeeee55555555eeeeeeee',
  trash: '66666666ffffffff66666666ffffffff',
} as const;

export function fillHome(home: string): void {
  const joe = join(home, 'joe/Maildir');
  writeMaildir(joe, GUIDS.inbox, INBOX);
  writeFileSync(join(joe, 'dovecot-keywords'), '0 $Junk\n1 work\n');
  writeMaildir(join(joe, '.Work'), GUIDS.work, [message(10, CRLF, 'S'), message(11, PLAIN, '')]);
  writeMaildir(join(joe, '.Work.Child'), GUIDS.child, [message(12, CRLF, '')]);
  writeMaildir(join(joe, '.Empty'), GUIDS.empty, []);
  writeMaildir(join(joe, '.Entw&APw-rfe'), GUIDS.umlaut, [message(13, BARE, 'D')]);
  writeMaildir(join(joe, '.Trash'), GUIDS.trash, [
    message(14, CRLF, 'ST'),
    message(15, CRLF, 'ST'),
    message(16, BARE, 'ST'),
  ]);
  for (const folder of ['Work', 'Work.Child', 'Empty', 'Entw&APw-rfe', 'Trash'])
    writeFileSync(join(joe, `.${folder}`, 'maildirfolder'), '');
  writeFileSync(join(joe, 'subscriptions'), 'V\t2\n\nWork\nGone\nEntw&APw-rfe\n');
  const ann = join(home, 'ann/Maildir');
  writeMaildir(ann, '77777777aaaaaaaa77777777aaaaaaaa', [message(20, CRLF, 'S'), message(21, PLAIN, '')]);
  mkdirSync(join(home, 'bob/Maildir'));
}
