/** Rc files and messages for the comparison with the original procmail. */

export const PLAIN = `From a@b Mon Jan  1 00:00:00 2024
Subject: hello
 wor
To: x

body
From me
`;

export const LISTED = `From owner-list@example.org Tue Jan  2 03:04:05 2024
Received: from mail.example.org (mail.example.org [192.0.2.1])
\tby host.example.com with ESMTP id ABC;
\tTue, 2 Jan 2024 03:04:05 +0000
From: "List Owner" <owner-list@example.org>
To: list@example.org, "Other" <other@example.net>
Cc: webmaster@example.com
Subject: [list] SPAM offer!!! 100% free
Message-ID: <20240102.1@example.org>
Precedence: bulk
X-Spam-Level: *******
Content-Type: text/html

<html>
<body>Make $$$ fast, viagra!</body>
elvis presley elvis
> quoted one
> quoted two
end of it
</html>

-- 
sig
`;

export const DAEMON = `From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
To: me@example.com
Subject: Returned mail
Content-Length: 20

short
no newline`;

export const ODD = `

From x
Subject:no blank
Broken header line
X-Long: ${'a'.repeat(3000)}
\tfolded \xe9\xff
TO: Me <ME@EXAMPLE.COM>

line\x00with nul
From nul
`;

/** Conditions, one recipe each; what they look at is in the messages above. */
export const CONDITIONS: readonly string[] = String.raw`
^Subject
^subject: HELLO
^Subject:.*wor$
hello$ wor
^^From
^^Subject
^^
^^^^
()^^
x?^^
^From.*b.*$
^To:.*(x|y)
^(To|Cc):.*webmaster
[]abc]
[^]abc]
[a-c]ody
[a\]x
[^-a-d]q
a**
b+o
bo?d
(bod|ody)y
(b|)(o|)dy
(
)
)foo
a|
|a
()
\<subject
()\<subject
()\<hello\>
()\<hell\>
hel\lo
\^TO
\\^Subject
^TO_x
^TOx
^TO_list@example.org
^TO_ist@example
^TO(list|other)
^FROM_DAEMON
^FROM_MAILER
! ^FROM_DAEMON
^FROM_DAEMON|hello
^Received:.*by host
^Received:.*\/by [^ ]+
^Subject:.*\/h.*
^Subject:\/.*
^Subject:[ ]*\/[^ ]+
^To:.*\/[a-z]+@[a-z.]+
()\/^Subject.*
()\/^^From
()\/(.|$)*
.*\/e.*
()\/o?
a\/b\/c
^From:.*\/(<[^>]*>)
^X-Spam-Level: \*\*\*\*\*
^X-Spam-Level: \/\**
^Precedence:.*(junk|bulk|list)
< 100
> 100
< 10000
> $LINEBUF
< 100 foo
<html>
[<]html>
\<html>
! < 100
>
<
> -5
! ^Subject
!^Nothing
! ! ^Subject
!$ ^Sub
$ ^Sub${'${X:-je}'}ct
$ ^Sub${'${X-je}'}ct
$ ^$\SUBJ
$ ^${'${HOME+Sub}'}
$ ! ^Nope
$ "^Sub
$ 'o
B ?? body
B ?? ^^body
B ?? me$^^
B ?? me$$^^
B ?? ^From
B ?? <html>
B ?? [<]html>
H ?? body
HB ?? body
BH ?? hello
D ?? x
LOGNAME ?? root
LOGNAME ?? ^^root^^
$ LOGNAME ?? ^^$LOGNAME^^
NOSUCH ?? ^^^^
NOSUCH ?? ^$
NOSUCH ?? x
HOME ?? < 3
HOME ?? > 3
? true
? false
! ? false
? exit 3
? test -f /etc/passwd
? test -f /etc/passwd -a -d /
? grep -q hello
? sh -c 'exit 7'
? $NOPE
1^0 ^Subject
1^1 e
1^.5 e
2^2 e
-1^0
-150^0
1^1 ^.*$
1^1 B ?? ^.*$
1^1 B ?? elvis|presley
1000^.75 B ?? elvis|presley
-100^1 B ?? ^>
350^.9 B ?? :-\)
-100^3 > 2000
1^1 < 100
10^2 < 100
10^2 > 100
10^0.5 > 100
-10^1 > 0
10^1 > 0
10^1 < 0
1^1 ? true
3^4 ? false
! 1^2 ? sh -c 'exit 3'
! 5^1 nothing
! 1^1 e
5^
5^x
007^1 e
1e1^1 e
1.5^1 me
.5^1 e
-.5^1 me
1^,5 me
+3^1 me
 5 ^ 1 o
1^1
1^.5
1^2
-1^.5
3^0.5 ^
100^-1 e
0^0 e
1^1 ()\/o
99999999999^1 > 10
1^1 \<
2147483647^1 e
-2147483647^1 e
?
!
$
o # no comment
   padded   
^Subject:.*hello|
.
..*$
$$
^$
x$
$`
  .split('\n')
  .slice(1);

/** Rc files: what stands first, then the message. `MAILDIR`, `DEFAULT` and `ORGMAIL` are set before. */
export const RC_FILES: readonly (readonly [title: string, rc: string, message: string])[] = [
  ['nothing but comments', '# nothing\n\n   # here\n', PLAIN],
  ['an mbox', ':0\nbox\n', PLAIN],
  ['an mbox with a lock', 'VERBOSE=on\n:0:\nbox\n', PLAIN],
  ['a named lock', 'VERBOSE=on\n:0:my.lock\nbox\n', PLAIN],
  ['a lock apart from the flags', 'VERBOSE=on\n:0 c : my.lock\nbox\n', PLAIN],
  ['a maildir', ':0\nmd/\n', PLAIN],
  ['an MH folder', ':0c\nmh/.\n:0\nmh/.\n', PLAIN],
  ['a directory', 'A=`mkdir dd`\n:0\ndd\n', PLAIN],
  ['a directory and a prefix', 'A=`mkdir dd`\nMSGPREFIX=msg.x\n:0\ndd\n', PLAIN],
  ['several directories', 'VERBOSE=on\nA=`mkdir dd`\n:0\ndd mh/. md/ nn\n', PLAIN],
  ['a file and something after it', ':0\nbox more words # and a comment\n', PLAIN],
  ['a file in place of a maildir', 'A=`echo x > file`\n:0\nfile/\n', PLAIN],
  ['a maildir below nothing', ':0\nno/where/\n:0\nbox\n', PLAIN],
  ['an mbox below nothing', ':0\nno/where\n:0\nbox\n', PLAIN],
  ['/dev/null', 'VERBOSE=on\n:0\n/dev/null\n', PLAIN],
  ['copies', 'LOGABSTRACT=all\nLOGFILE=log\n:0c\na\n:0c\nb/\n:0\nc\n', PLAIN],
  ['the header only', ':0h\nbox\n', PLAIN],
  ['the body only', ':0b\nbox\n', PLAIN],
  ['raw', ':0r\nbox\n', DAEMON],
  ['not raw', ':0\nbox\n', DAEMON],
  ['raw to a program', ':0rw\n|cat > out\n', DAEMON],
  ['a program', ':0w\n|cat > out\n', PLAIN],
  ['a program without shell', 'VERBOSE=on\n:0w\n|tee out\n', PLAIN],
  ['a program that is not there', 'VERBOSE=on\n:0w\n|nosuchprog a b\n', PLAIN],
  ['a program that fails', ':0w\n|false\n:0W\n|false\n:0e\nfailed\n', PLAIN],
  // They read the mail first: else it is chance whether the original's write comes too late.
  ['a program that fails, told', 'VERBOSE=on\n:0w\n|cat>v;false\n:0W\n|cat>w;false\n:0W\n|cat>x;exit 3\n', PLAIN],
  ['an appending program and its lock', 'VERBOSE=on\n:0w:\n|cat >>out\n', PLAIN],
  ['no lock to be found', ':0w:\n|cat >out\n', PLAIN],
  ['the lock of a variable', 'F=out\nVERBOSE=on\n:0w:\n|cat >>$F\n', PLAIN],
  ['a filter', ':0f\n|sed s/body/BODY/\n:0\nbox\n', PLAIN],
  ['a filter for the header', ':0fhw\n|sed s/Subject/Xubject/\n:0\nbox\n', PLAIN],
  ['a filter for the body', ':0fbw\n|cat; echo more\n:0\nbox\n', PLAIN],
  [
    'a filter that fails',
    ':0fw\n|sed s/body/BODY/; exit 1\n:0fW\n|cat; exit 2\n:0f\n|cat; exit 3\n:0e\nfailed\n:0\nbox\n',
    PLAIN,
  ],
  ['a filter that writes nothing', ':0f\n|cat >/dev/null\n:0\nbox\n', PLAIN],
  ['formail as a filter', ':0fhw\n|formail -I "X-New: yes" -A "X-Other: no"\n:0\nbox\n', PLAIN],
  ['a capture', 'A=old\n:0\nA=|echo new\nLOG="$A\n"\n:0w\nA=|echo bad; exit 1\nLOG="$A $?\n"\n', PLAIN],
  ['a capture that fails, unset before', ':0w\nA=|echo bad; exit 1\nLOG="${A-unset}\n"\n', PLAIN],
  ['a capture of a steering variable', ':0\nLOGFILE=|echo log\nVERBOSE=on\nA=b\n', PLAIN],
  ['forwarding', 'SENDMAIL=@DIR@/sendmail\n:0w\n! a@b c@d\n', PLAIN],
  ['forwarding with flags', 'SENDMAIL=@DIR@/sendmail\nSENDMAILFLAGS="-oi -f me"\n:0wc\n!"x y" $HOME\n:0\nbox\n', PLAIN],
  ['forwarding, told', 'SENDMAIL=@DIR@/sendmail\nVERBOSE=on\n:0w\n! a@b\n', PLAIN],
  ['forwarding fails', 'SENDMAIL=@DIR@/refuse\n:0w\n! a@b\n:0\nbox\n', PLAIN],
  ['blocks', 'VERBOSE=on\n:0\n* ^Subject\n{\n A=1\n :0\n * ^Nope\n { B=2 }\n C=3\n}\nD=4\n', PLAIN],
  ['flag A', ':0c\n* ^Subject\none\n:0Ac\ntwo\n:0c\n* ^Nope\nthree\n:0Ac\nfour\n:0\nrest\n', PLAIN],
  ['flag a', ':0c\n* ^Subject\n/no/where\n:0ac\ntwo\n:0c\nthree\n:0ac\nfour\n:0\nrest\n', PLAIN],
  ['flag E', ':0c\n* ^Nope\none\n:0Ec\n* ^Nope\ntwo\n:0Ec\nthree\n:0Ec\nfour\n:0\nrest\n', PLAIN],
  ['flag e', ':0c\n/no/where\n:0ec\ntwo\n:0ec\nthree\n:0\nrest\n', PLAIN],
  ['flags after a block', ':0\n* ^Subject\n{\n :0\n * ^Nope\n x\n}\n:0Ac\nyes\n:0Ec\nno\n', PLAIN],
  ['conflicting flags', ':0Eae\nx\n:0eE\ny\n', PLAIN],
  ['flags that a block ignores', ':0hbir:\n{ }\n:0\nbox\n', PLAIN],
  ['flags that a copy ignores', ':0fcw\n|cat\nA=x\n:0cw\nA=|echo\n:0f\nbox\n', PLAIN],
  // With `w`: the original does not wait for a clone, and ends before it.
  ['a clone', ':0cw\n{\n :0\n clone\n}\n:0\nparent\n', PLAIN],
  ['a clone that goes on', ':0cw\n{\n A=clone\n}\nLOG="${A-parent}\n"\n:0\nbox$A\n', PLAIN],
  ['a clone that fails', 'VERBOSE=on\n:0cw\n{\n EXITCODE=5\n :0\n /dev/null\n}\n:0e\nfailed\n:0\nbox\n', PLAIN],
  ['a clone changes its directory', 'A=`mkdir dd`\n:0cw\n{\n MAILDIR=dd\n :0\n x\n}\n:0\ny\n', PLAIN],
  ['an unclosed block', ':0\n* ^Subject\n{\n A=1\n', PLAIN],
  ['an unclosed block that is not entered', ':0\n* ^Nope\n{\n A=1\n', PLAIN],
  ['a brace too many', 'A=1\n}\nVERBOSE=on\nB=2\n', PLAIN],
  ['a missing action', ':0\n* ^Subject\n\n:0\nbox\n', PLAIN],
  ['an incomplete recipe', ':0\n* ^Subject\n', PLAIN],
  ['an incomplete recipe that does not match', ':0\n* ^Nope\n', PLAIN],
  ['what is no assignment', 'foo-bar\n+x\nVERBOSE=on\nA\nB C=d E=f # comment\n"x"\n', PLAIN],
  ['unknown flags', ':0Qx:\nbox\n', PLAIN],
  ['words behind the lock', ':0:lock more words\nbox\n', PLAIN],
  ['the old form', ':\n^Subject\nbox\n', PLAIN],
  ['the old form with a number', ':2\n^Subject\n^To\nbox\n', PLAIN],
  ['the old form with flags', ':1B\nbody\nbox\n', PLAIN],
  ['flags in a variable', 'F=Bc\n:0$F\n* body\nbox\n:0\nrest\n', PLAIN],
  ['flag B', ':0B\n* ^From me\nbox\n:0B\n* ^Subject\nno\n', PLAIN],
  ['flags H and B', ':0HB\n* ^From me\n* ^Subject\nbox\n', PLAIN],
  ['flag D', ':0D\n* ^subject\nno\n:0D\n* ^Subject\nyes\n', PLAIN],
  ['conditions continued', ':0\n* ^Subj\\\n  ect\nbox\n', PLAIN],
  ['comments between conditions', ':0\n# one\n* ^Subject\n # two\n\n* ^To\n# three\nbox\n', PLAIN],
  [
    'scores together',
    'VERBOSE=on\n:0\n* 1^1 e\n* -1^0\n* 2^1 o\n{ A=$= }\nB=$=\n:0\n* -5^0\n* 1^1 o\nno\n:0\nyes\n',
    PLAIN,
  ],
  ['a score of nought', 'VERBOSE=on\n:0\n* 0^0\nno\n:0\n* .4^0\nyes\n', PLAIN],
  ['minus infinity ends it', 'VERBOSE=on\n:0\n* -2147483647^0\n* ? echo never\nno\n', PLAIN],
  ['plus infinity skips', 'VERBOSE=on\n:0\n* 2147483647^0\n* 1^0 ? echo never\nyes\n', PLAIN],
  [
    'the scoring example',
    ':0 HB\n* !^Precedence:.*(junk|bulk)\n* 2000^0 ^From:.*list\nno\n:0 Bh\n* -15^0\n* 1^1 ^.*$\nlong\n',
    LISTED,
  ],
  ['quotes', `VERBOSE=on\nA="a  b" B='$A "x"' C=a\\ b D="\\$A \\"q\\" \\x" E=a"b"'c'd\n`, PLAIN],
  [
    'defaults',
    'VERBOSE=on\nE=\nA=${X:-x} B=${E:-e} C=${E-e} D=${X+x} F=${HOME+yes} G=${E:+no} H=${X:-${Y:-y}} I="${X:-a b}"\n',
    PLAIN,
  ],
  ['defaults within quotes', 'VERBOSE=on\nA="${X:-"q"}" B="${HOME:-\'x\'}" C=${X:-"a } b"} D=${X:-\\}}\n', PLAIN],
  ['bad substitutions', 'A=${X:x}\nB=${X*}\nC=${12}\nD=${}\nVERBOSE=on\nE=$\nF=$%\nG="$\n"\n', PLAIN],
  ['special variables', 'VERBOSE=on\nA=$# B=$? C=$= D=$- E=$1 G="$@"\n', PLAIN],
  ['the rc file', 'LOG="$_\n"\n', PLAIN],
  ['disarmed values', 'S="a.b*(c)[d]^$|+?\\\\"\nVERBOSE=on\n:0\n* $ S ?? ^^$\\S^^\nyes\n', PLAIN],
  [
    'backquotes',
    'VERBOSE=on\nA=`echo a b` B="`echo c   d`" C=`false` D=$? E=`cat | head -1` F=`echo \\`echo x\\``\n',
    PLAIN,
  ],
  ['backquotes, several lines', 'A=`printf "a\\nb\\n\\n"`\nLOG="[$A]\n"\n', PLAIN],
  ['an unclosed quote', 'A="x\nB=y\n', PLAIN],
  ['an unclosed quote in an action', ':0\n"box\n', PLAIN],
  ['a folder with blanks', ':0\n"a box"\n', PLAIN],
  ['a folder of a variable', 'F="a b"\n:0c\n$F\n:0\n"$F"\n', PLAIN],
  ['a folder like an assignment', ':0\nabc = def\n', PLAIN],
  ['a folder with a brace', ':0\n{abc\n', PLAIN],
  ['LOG', 'LOG="one\n"\nLOG=two\nLOG="\n"\n', PLAIN],
  ['LOGFILE', 'VERBOSE=on\nLOGFILE=log1\nA=1\nLOGFILE=log2\nB=2\nLOGFILE\nC=3\n', PLAIN],
  ['a LOGFILE that can’t be', 'LOGFILE=/no/where\nLOG="x\n"\n', PLAIN],
  ['no abstract', 'LOGFILE=log\nLOGABSTRACT=no\n:0\nbox\n', PLAIN],
  ['an abstract without LOGFILE', 'LOGABSTRACT=yes\n:0\nbox\n', LISTED],
  ['an abstract of a long folder', `LOGFILE=log\n:0\n${'f'.repeat(70)}\n`, LISTED],
  ['an abstract of a program', 'LOGFILE=log\n:0w\n| cat >/dev/null # x\n', LISTED],
  ['an abstract of little', 'LOGFILE=log\n:0\n/dev/null\n', 'X: y\n'],
  ['a long subject', `LOGFILE=log\n:0\n/dev/null\n`, `From x\nSubject: ${'s\t'.repeat(60)}\n\n`],
  ['EXITCODE', 'EXITCODE=7\n:0\n/dev/null\n', PLAIN],
  ['EXITCODE of TRAP', "TRAP='exit 5'\nEXITCODE=\n:0\n/dev/null\n", PLAIN],
  ['TRAP', "TRAP='echo trapped $EXITCODE $HOME; cat | wc -c; exit 5'\n:0\n/dev/null\n", PLAIN],
  ['TRAP without shell', "VERBOSE=on\nTRAP='echo trapped $EXITCODE'\n:0\n/dev/null\n", PLAIN],
  ['EXITCODE that is negative', "TRAP='exit 5'\nEXITCODE=-1\n:0\n/dev/null\n", PLAIN],
  ['lost mail', 'DEFAULT=/no/where\nORGMAIL=/no/where\nLOCKSLEEP=0\nLOGFILE=log\n', PLAIN],
  ['lost mail with TRAP', "DEFAULT=\nORGMAIL=\nTRAP='echo $EXITCODE'\nLOGFILE=log\n", PLAIN],
  ['ORGMAIL takes what DEFAULT can’t', 'DEFAULT=/no/where\nLOCKSLEEP=0\n', PLAIN],
  ['DEFAULT as a maildir', 'DEFAULT=@DIR@/Maildir/\n', PLAIN],
  ['DEFAULT as an MH folder', 'VERBOSE=on\nDEFAULT=@DIR@/mh/.\n', PLAIN],
  ['HOST mismatched', 'VERBOSE=on\nHOST=elsewhere\nA=1\n', PLAIN],
  ['HOST matched', 'VERBOSE=on\nHOST=$HOST\nA=1\n', PLAIN],
  ['INCLUDERC', 'A=1\nINCLUDERC=@DIR@/other.rc\nLOG="$A $B\n"\n', PLAIN],
  ['INCLUDERC, relative', 'VERBOSE=on\nINCLUDERC=other.rc\nC=3\n', PLAIN],
  [
    'INCLUDERC of nothing',
    'INCLUDERC=/no/where\nINCLUDERC=@DIR@\nINCLUDERC=/dev/null\nINCLUDERC=\nVERBOSE=on\nA=1\n',
    PLAIN,
  ],
  ['INCLUDERC in a block', ':0\n{\n INCLUDERC=other.rc\n}\nLOG="$B\n"\n', PLAIN],
  ['INCLUDERC with an open block', 'INCLUDERC=open.rc\nVERBOSE=on\nA=1\n', PLAIN],
  ['SWITCHRC', 'A=1\nSWITCHRC=other.rc\nA=2\n', PLAIN],
  ['SWITCHRC of nothing', 'SWITCHRC=/no/where\nVERBOSE=on\nA=1\nSWITCHRC=/dev/null\nB=2\n', PLAIN],
  ['SWITCHRC unset', 'SWITCHRC\nVERBOSE=on\nA=1\n', PLAIN],
  ['SWITCHRC in an included file', 'INCLUDERC=switch.rc\nLOG="after\n"\n', PLAIN],
  ['$_ in an included file', 'INCLUDERC=where.rc\nLOG="$_\n"\n', PLAIN],
  ['UMASK', 'UMASK=022\n:0c\nbox\n:0c\nmd/\n:0\nmh/.\n', PLAIN],
  ['UMASK and a box that is there', 'A=`echo > box; chmod 600 box`\nUMASK=0\n:0\nbox\n', PLAIN],
  ['UMASK unset', 'UMASK\n:0\nbox\n', PLAIN],
  ['MAILDIR', 'VERBOSE=on\nA=`mkdir dd`\nMAILDIR=dd\n:0\nbox\n', PLAIN],
  ['a MAILDIR that is not there', 'VERBOSE=on\nMAILDIR=/no/where\n:0\nbox\n', PLAIN],
  ['SHELLMETAS', 'VERBOSE=on\nSHELLMETAS=x\n:0wc\n|echo a;b\n:0w\n|tee xx\n', PLAIN],
  ['SHELL', 'VERBOSE=on\nSHELL=/bin/sh\nSHELLFLAGS=-ec\n:0w\n|false; cat >out\n:0\nbox\n', PLAIN],
  ['LINEBUF', 'LINEBUF=100\nVERBOSE=on\nLINEBUF=300\n', PLAIN],
  [
    'LINEBUF is too small for a value',
    `LINEBUF=128\nA=${'a'.repeat(60)}\nVERBOSE=on\nB=$A$A$A\nC=1\n:0\n$A$A$A\n:0\nbox\n`,
    PLAIN,
  ],
  ['LINEBUF is too small for a program', `LINEBUF=128\n:0w\n|echo ${'a'.repeat(130)}\n:0\nbox\n`, PLAIN],
  ['SHIFT', 'LOG="$# $1\n"\nSHIFT=1\nLOG="$#\n"\n', PLAIN],
  ['DELIVERED', 'DELIVERED=yes\nDEFAULT=\nORGMAIL=\nLOGFILE=log\n', PLAIN],
  ['COMSAT off', 'VERBOSE=on\nCOMSAT=no\nCOMSAT=off\n:0\n/dev/null\n', PLAIN],
  ['truths', 'VERBOSE=y\nA=1\nVERBOSE=f\nB=2\nVERBOSE=" On"\nC=3\nVERBOSE=0\nD=4\nVERBOSE=x\nE=5\n', PLAIN],
  ['LOCKFILE', 'VERBOSE=on\nLOCKFILE=all.lock\n:0c:\nbox\nLOCKFILE=other.lock\nLOCKFILE\nA=`ls`\n', PLAIN],
  ['LOCKFILE is the local one', 'LOCKFILE=box.lock\n:0:\nbox\n', PLAIN],
  ['LOCKEXT', 'VERBOSE=on\nLOCKEXT=.lk\n:0:\nbox\n', PLAIN],
  ['an old lock', 'VERBOSE=on\nA=`touch -d "2 hours ago" box.lock`\nLOCKTIMEOUT=100\nSUSPEND=0\n:0:\nbox\n', PLAIN],
  ['a lock in no directory', 'LOCKSLEEP=0\n:0:no/where.lock\nbox\n', PLAIN],
  ['a timeout', 'TIMEOUT=1\n:0w\n|sleep 20\n:0\nbox/\n', PLAIN],
  ['a timeout of a filter', 'LOGFILE=/dev/null\nTIMEOUT=1\n:0fw\n|sleep 20\n:0\nbox/\n', PLAIN],
  ['a timeout of a condition', 'TIMEOUT=1\n:0\n* ? sleep 20\nno\n:0\nbox/\n', PLAIN],
  ['a program that dies', `:0w\n|sh -c 'kill -9 $$'\n:0\nbox\n`, PLAIN],
  [
    'a program that does not read',
    ':0w\n|sh -c "exec 0<&-; exit 0"\n:0\nbox\n',
    `Subject: x\n\n${'line of text\n'.repeat(20000)}`,
  ],
  [
    'a program that does not read, forgiven',
    ':0wi\n|true\n:0\nbox\n',
    `Subject: x\n\n${'line of text\n'.repeat(20000)}`,
  ],
  ['much output', 'LINEBUF=1000\nA=`yes | head -c 5000`\nLOG="$PROCMAIL_OVERFLOW\n"\n', PLAIN],
  ['Content-Length', ':0\nbox\n', DAEMON],
  ['Content-Length without room', ':0\nbox\n', `Content-Length:1\n\n${'From x\n'.repeat(30)}`],
  ['Content-Length after a filter', ':0fbw\n|cat; echo From more\n:0\nbox\n', DAEMON],
  ['no header', ':0\nbox\n', 'just text\nmore text\n'],
  ['no body', ':0\nbox\n', 'Subject: x\n'],
  ['nothing at all', ':0\nbox\n', ''],
  ['an empty line only', ':0\nbox\n', '\n'],
  ['leading empty lines', ':0\nbox\n', '\n\nSubject: x\n\nbody\n'],
  ['NULs and long lines', ':0\n* ^TO_me@\nmd/\n', ODD],
  ['to standard output', ':0\n|\n', PLAIN],
  ['to standard output, a copy of the header', ':0ch\n|\n:0\nbox\n', PLAIN],
  ['the book’s rules', ':0\n* ^Subject:.*SPAM.*\n/dev/null\n', LISTED],
  ['the book’s folder', ':0\n* ^From:.*example\\.org.*\n$MAILDIR/example/.\n', LISTED],
  ['the book’s forward', 'SENDMAIL=@DIR@/sendmail\n:0w\n* < 5000\n! mobileaddr@keitai.example.com\n', LISTED],
  ['the book’s misprint', ':0 B\n* <html>\n$MAILDIR/html-mail/.\n', LISTED],
  ['the book’s rule as meant', ':0 B\n* [<]html>\n$MAILDIR/html-mail/.\n', LISTED],
  [
    'a vacation',
    'SENDMAIL=@DIR@/sendmail\n:0Whc: vacation.lock\n* !^FROM_DAEMON\n| formail -rD 8192 vacation.cache\n:0ehcw\n| (formail -rI"Precedence: junk" -A"X-Loop: me" ; echo gone) | $SENDMAIL -oi -t\n',
    PLAIN,
  ],
  ['a duplicate', ':0Wh: msgid.lock\n| formail -D 8192 msgid.cache\n:0\nbox\n', LISTED],
];

/** Command lines; the rc file of each is `test.rc`. */
export const COMMAND_LINES: readonly (readonly [args: readonly string[], rc: string, message: string])[] = [
  [['-f', 'sender@x', '@DIR@/test.rc'], ':0\nbox\n', PLAIN],
  [['-fsender@x', '@DIR@/test.rc'], ':0\nbox\n', DAEMON],
  [['-f-', '@DIR@/test.rc'], ':0\nbox\n', PLAIN],
  [['-f', '-', '@DIR@/test.rc'], ':0\nbox\n', DAEMON],
  [['-f-', '@DIR@/test.rc'], ':0\nbox\n', 'From x\nSubject: y\n\n'],
  [['-f-', '@DIR@/test.rc'], ':0\nbox\n', 'From x@y remote from z Mon Jan  1 00:00 2024\nSubject: y\n\n'],
  [['-Y', '@DIR@/test.rc'], ':0\nbox\n', DAEMON],
  [['-t', 'DEFAULT=', 'ORGMAIL=', '@DIR@/test.rc'], 'LOGFILE=log\nDEFAULT=\nORGMAIL=\n', PLAIN],
  [['-m', '@DIR@/test.rc', 'one', 'two'], 'LOG="$# $1 $2\n"\n:0w\n|echo "$@" >out\n', PLAIN],
  [['-m', 'A=b', '@DIR@/test.rc', 'one'], 'LOG="$A $1 ${ORGMAIL-no}\n"\nVERBOSE=on\n:0w\n|tee "x$@" out\n', PLAIN],
  [['-m', './test.rc', 'a b'], 'LOG="$MAILDIR $1\n"\nSHIFT=1\nLOG="$#\n"\n:0\n/dev/null\n', PLAIN],
  [['-m'], '', PLAIN],
  [['-a', 'one', '-a', 'two', '@DIR@/test.rc'], 'LOG="$# $1 $2\n"\nVERBOSE=on\n:0w\n|tee "$@"\n', PLAIN],
  [['-x', '@DIR@/test.rc'], ':0\nbox\n', PLAIN],
  [['-pA', '@DIR@/test.rc'], 'LOG="$LOGNAME\n"\n:0\nbox\n', PLAIN],
  [['-p', '@DIR@/test.rc'], 'LOG="${MYVAR-none} $TZ\n"\n:0\nbox\n', PLAIN],
  [['@DIR@/test.rc'], 'LOG="${MYVAR-none} $TZ\n"\n:0\nbox\n', PLAIN],
  [['VERBOSE=on', 'A=b c', 'B=$A', '@DIR@/test.rc'], 'C=1\n:0\n/dev/null\n', PLAIN],
  [['VERBOSE=on', '/no/where', '/no/where2', '@DIR@/test.rc'], ':0\n/dev/null\n', PLAIN],
  [['VERBOSE=on', '@DIR@/test.rc', '@DIR@/other.rc'], 'HOST=elsewhere\n', PLAIN],
  [['VERBOSE=on', './test.rc'], ':0\n/dev/null\n', PLAIN],
  [['@DIR@'], '', PLAIN],
  [['VERBOSE=on', '@DIR@/open/test.rc'], '', PLAIN],
  [['VERBOSE=on', '@DIR@/writable.rc'], '', PLAIN],
  [['VERBOSE=on', '@DIR@/others.rc'], '', PLAIN],
  [['-d', 'nosuchuser'], '', PLAIN],
  [['-z'], '', PLAIN],
  [['-a', 'x', '-m', '@DIR@/test.rc'], ':0\n/dev/null\n', PLAIN],
  [['--', '@DIR@/test.rc'], ':0\nbox\n', PLAIN],
  [['-toY', '@DIR@/test.rc'], ':0\nbox\n', PLAIN],
  [['-f'], '', PLAIN],
];
