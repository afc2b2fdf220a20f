/** Four messages that dialogues begin with (`@four`): plain, an answer, one of many parts, one without date and name. */
const MESSAGES: readonly string[] = [
  `From: Joe <joe@example.com>
To: ann@example.org
Subject: hello
Date: Mon, 01 Jan 2024 10:00:00 +0000
Message-ID: <1@x>

body one
`,
  `From: Ann <ann@example.org>
To: joe@example.com
Cc: bob@example.net
Subject: Re: hello
Date: Tue, 02 Jan 2024 10:00:00 +0000
Message-ID: <2@x>
In-Reply-To: <1@x>
References: <1@x>

body two
`,
  `From: =?utf-8?q?J=C3=B6rg?= <jo@example.com>
To: ann@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Wed, 03 Jan 2024 10:00:00 +0100
Message-ID: <3@x>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

preamble
--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hallo Welt =C3=BC=C3=B6
--b1
Content-Type: multipart/alternative; boundary="b2"

--b2
Content-Type: text/plain

alt plain
--b2
Content-Type: text/html
Content-Transfer-Encoding: base64

PGI+aGk8L2I+
--b2--
--b1
Content-Type: message/rfc822
Content-Disposition: attachment; filename="x.eml"

From: Inner <inner@example.com>
Subject: inner
Date: Thu, 04 Jan 2024 10:00:00 +0000

inner body
--b1
Content-Type: application/octet-stream; name="a.bin"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="a.bin"

AAECAwQFBgcICQ==
--b1--
`,
  `From: zed@example.com
Subject: another

no date no id
`,
];
const FLAGS = ['(\\Seen)', '(\\Answered foo)', '()', '(\\Flagged bar)'];

/** As steps of a dialogue. */
export const fourMessages: readonly string[] = ['STATUS INBOX (MESSAGES)', ...MESSAGES.map(appendStep)];

function appendStep(message: string, index: number): string {
  const text = message.replaceAll('\n', '\r\n');
  return `APPEND INBOX ${FLAGS[index] ?? '()'} " 1-Feb-2024 0${index}:00:00 +0000" {${text.length}+}\r\n${text}`;
}
