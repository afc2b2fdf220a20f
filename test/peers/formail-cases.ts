/** Messages, mailboxes and command lines for the comparison with the original formail. */

export const MESSAGE = `From me@x.org Mon Jan  1 00:00:00 2024
Received: from a
\tby b
Received: from c
From: John Doe <jd@example.com> (comment)
To: a@b
Subject: hello
 world
Message-ID: <1@x>
Date: Mon, 1 Jan 2024
Empty:
Spaced :  x y  
X-Loop: me
References: <0@x>

body line
From fake one here
Subject: in body
more
 
end
`;

export const BARE = `Reply-To: "A, B" <reply@host.example>
From: sender (Some (nested) body) @ host . example
Sender: <s@host>
Return-Path: <bounce@host.example>
Subject: Re: question
received: one
RECEIVED: two
X-Empty: 
Message-Id:<2@y>

text
>From quoted
From here on
no newline`;

export const MAILBOX = `From a@x.org Mon Jan  1 00:00:00 2024
Subject: one
To: x

body 1
From not split here
From b@x.org Mon Jan  1 00:00:00 2024
Not: split

From c@x.org Mon Jan  1 00:00:00 2024
Subject: two
Content-Length: 30

body 2

From inside content length
X: y

tail
From d@x.org Mon Jan  1 00:00:00 2024
Subject: three
Message-Id: <1@x>
To: a

body

From: digest@x
Subject: four

body 4

Article 55 of foo.bar
Path: x!y
From: z@x

news

From e@x.org Mon Jan  1 00:00:00 2024
Message-Id: <1@x>
Subject: five again

last`;

const words = (text: string): string[] => text.split(' ');

/** Asked of each message above. */
export const HEADER_OPTIONS: readonly (readonly string[])[] = [
  [],
  ...[
    '-f -c -z -b -Y -k -t -r -rt -rk -rtk -rkb -rkf -rb -fc -cz -bf',
    '-xSubject: -XSubject: -xRec -XRec -XReceived: -cxSubject: -czxSpaced: -zxSpaced: -xX-Empty: -zxX-Empty: -xNope:',
    '-IReceived: -iReceived: -uReceived: -UReceived: -IRec -iRec -uRec -URec -ISubject:new -iSubject:new -IEmpty: -IX-',
    '-aFoo:bar -ATo:q -aTo:q -aFoo: -aMessage-ID: -aResent-Message-ID: -aSubject:x -aReply-To:me',
    '-lbox -q- -q -pX -rkp| -rkpab -m3 -e -d -+1 -Q -D -x -R -p -l',
  ]
    .flatMap(words)
    .map(option => [option]),
  ['-x', 'Subject:'],
  ['-k', '-X', 'From:', '-X', 'Subject:'],
  ['-X', ''],
  ['-x', ''],
  ['-I', ''],
  ['-i', ''],
  ['-k', '-x', 'Subject:'],
  ['-X', 'Subject:', '-x', 'To:'],
  ['-R', 'Received:', 'X-Rec:'],
  ['-R', 'Rec', 'X-'],
  ['-R', 'Received', ''],
  ['-R', 'Received:', ''],
  ['-R', 'A:', 'B'],
  ['-R', 'A:B:'],
  ['-R', 'Received: Seen:'],
  ['-R', 'From ', 'X-From_:'],
  ['-R', 'Subject:', 'From '],
  ['-R', 'Subject', 'Sub ject'],
  ['-i', 'From '],
  ['-I', 'From '],
  ['-I', 'From ', '-a', 'From '],
  ['-a', 'From '],
  ['-a', 'Date:'],
  ['-x', 'From '],
  ['-X', 'From '],
  ['-u', 'From:', '-U', 'Received:'],
  ['-u', 'Received:', '-U', 'Received:'],
  ['-i', 'Subject: new', '-A', 'X-A: b', '-I', 'To:', '-R', 'Date:', 'X-Date:'],
  ['-i', 'Message-ID:', '-a', 'Message-ID:'],
  ['-rI', 'Precedence: junk', '-A', 'X-Loop: me@x'],
  ['-rt', '-i', 'Subject: mine'],
  ['-rt', '-i', 'Subject:'],
  ['-r', '-i', 'Received:'],
  ['-rk', '-I', 'To:'],
  ['-r', '-a', 'Resent-'],
  ['-rt', '-a', 'Resent-'],
  ['-a', 'Resent-'],
  ['-a', 'Foo'],
  ['-A', 'Foo'],
  ['-x', 'Two words'],
  ['-A', 'X y: z'],
  ['-A', 'X : z'],
  ['-z', '-A', 'X:y'],
  ['-l', 'a folder\twith tab', '-A', 'X: y'],
  ['-l', 'f'.repeat(70)],
  ['-c', '-l', 'box'],
  ['-D', '100', 'cache'],
  ['-rD', '100', 'cache'],
  ['-q-D', '100', 'full.cache'],
  ['-D', '100', '/no/where'],
  ['-D100', 'cache'],
  ['-p', '', '-rk'],
  ['+1'],
  ['-2'],
  ['-n'],
];

/** Asked of the mailbox. */
export const SPLIT_OPTIONS: readonly (readonly string[])[] = [
  ['-s'],
  ['-ds'],
  ['+1', '-s'],
  ['+1', '-1', '-s'],
  ['-2', '-ds'],
  ['-0', '-s'],
  ['+9', '-s'],
  ['-m1', '-s'],
  ['-m3', '-ds'],
  ['-m', '1', '-ds'],
  ['-Ys'],
  ['-Yds'],
  ['-bs'],
  ['-fs'],
  ['-rs'],
  ['-rks'],
  ['-cs'],
  ['-A', 'X: y', '-s'],
  ['-x', 'Subject:', '-s'],
  ['-X', 'Subject:', '-ds'],
  ['-k', '-X', 'Subject:', '-ds'],
  ['-I', 'Content-Length:', '-s'],
  ['-l', 'box', '-s'],
  ['-l', 'box', '-ds'],
  ['-q-', '-s'],
  ['-D', '1000', 'cache', '-s'],
  ['-q-', '-D', '1000', 'cache', '-ds'],
  ['-D', '20', 'cache', '-ds'],
  ['-s', 'cat'],
  ['-ds', 'cat'],
  ['-s', 'sh', '-c', 'echo "[$FILENO]"; cat'],
  ['-ds', 'sh', '-c', 'echo "[$FILENO]"; cat'],
  ['-s', 'sh', '-c', 'cat; exit 3'],
  ['-s', 'sh', '-c', 'cat >/dev/null; kill -9 $$'],
  ['-n1', '-s', 'cat'],
  ['-n', '1', '-s', 'cat'],
  ['-ns', 'cat'],
  ['-es'],
  ['-sx'],
];

/** BABYL, as Emacs's rmail keeps it. */
export const BABYL = `BABYL OPTIONS:
Version: 5
Labels:
Note:   This is the header of an rmail file.
\x1f\f
0, unseen,,
*** EOOH ***
From: a@x
Subject: one

From: a@x
Subject: one

body 1
\x1f\f
1,,
Mail-from: From b@y Mon Jan  1 00:00:00 2024
From: b@y
*** EOOH ***
From: b@y

body 2
\x1f`;
