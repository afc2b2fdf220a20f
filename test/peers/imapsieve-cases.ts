/** Scripts that IMAP events start, and the commands that start them: the same with the real Dovecot and with ours. */

export interface EventCase {
  /** `imapsieve_*`; `$DIR` is the folder of the scripts. */
  readonly settings: string;
  /** Files of that folder; those of `own/` are the user's. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly steps: readonly string[];
}

function append(mailbox: string, flags = '', message = 'Subject: hello\r\nFrom: a@b.c\r\n\r\nbody\r\n'): string {
  return `APPEND ${mailbox} ${flags}{${message.length}+}\r\n${message}`;
}

const REQUIRE =
  'require ["imapsieve", "vnd.dovecot.imapsieve", "environment", "variables", "imap4flags", "fileinto", "mailbox", ' +
  '"copy", "editheader"];\n';

/** All items become keywords. */
const ITEMS = `${REQUIRE}${[
  ['imap.cause', 'c'],
  ['imap.user', 'u'],
  ['imap.mailbox', 'm'],
  ['imap.changedflags', 'f'],
  ['vnd.dovecot.mailbox-from', 'from'],
  ['vnd.dovecot.mailbox-to', 'to'],
  ['location', 'l'],
  ['phase', 'p'],
  ['imap.email', 'e'],
]
  .map(
    ([item, sign]) =>
      `if environment :matches "${item}" "*" { set "v" "\${1}"; if string :matches "\${v}" "\\\\*" { set "v" "sys-\${1}"; } addflag "${sign}=\${v}"; }`,
  )
  .join('\n')}`;

const LOOK = ['SELECT A', 'FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE)', 'SELECT B', 'FETCH 1:* (FLAGS RFC822.SIZE)'];
const MAKE = ['CREATE A', 'CREATE B'];
const SELECTED = [...MAKE, 'SELECT A'];
const EXPUNGES = 'imapsieve_expunge_discarded = yes\n';
const RULE = 'imapsieve_mailbox1_name = A\nimapsieve_mailbox1_before = file:$DIR/a.sieve\n';
const FLAG_ONLY = `${RULE}imapsieve_mailbox1_causes = FLAG\n`;
const AFTER = 'imapsieve_mailbox1_after = file:$DIR/b.sieve\n';

/** One script for events of A. */
function one(script: string, steps: readonly string[], more = ''): EventCase {
  return {settings: RULE + more, scripts: {'a.sieve': REQUIRE + script}, steps: [...steps, ...LOOK]};
}

function two(first: string, second: string, steps: readonly string[]): EventCase {
  const scripts = {'a.sieve': REQUIRE + first, 'b.sieve': REQUIRE + second};
  return {settings: RULE + AFTER, scripts, steps: [...steps, ...LOOK]};
}

function own(settings: string, steps: readonly string[]): EventCase {
  const scripts = {
    'own/one.sieve': `${REQUIRE}addflag "one";`,
    'own/two.sieve': `${REQUIRE}addflag "two";`,
    'own/bad.sieve': 'foo;',
    'a.sieve': `${REQUIRE}addflag "before";`,
    'b.sieve': `${REQUIRE}addflag "after";`,
  };
  return {settings, scripts, steps: [...MAKE, ...steps, ...LOOK]};
}

const URL = 'imapsieve_url = sieve://host:4190\n';
const DATED = '(\\Seen kw) "10-Jan-2020 10:00:00 +0000" ';

export const EVENT_CASES: Readonly<Record<string, EventCase>> = {
  'what an appended message is told': {
    settings: RULE,
    scripts: {'a.sieve': ITEMS},
    steps: [...MAKE, append('A'), ...LOOK],
  },
  'what a copy is told': {
    settings: RULE,
    scripts: {'a.sieve': ITEMS},
    steps: [...MAKE, append('INBOX'), 'SELECT INBOX', 'COPY 1 A', 'UID COPY 1 A', 'MOVE 1 A', ...LOOK],
  },
  'what a change of flags is told': {
    settings: FLAG_ONLY,
    scripts: {'a.sieve': ITEMS},
    steps: [
      ...SELECTED,
      append('A'),
      'STORE 1 +FLAGS (\\Flagged)',
      'STORE 1 +FLAGS (\\Flagged)',
      'UID STORE 1 FLAGS (x)',
    ],
  },
  'rules by source, name and cause': {
    settings: [
      ['A', 'INBOX', '', 'a'],
      ['*', 'INBOX', 'COPY', 'b'],
      ['B*', '', 'append FLAG', 'c'],
      ['B', '', 'nonsense APPEND', 'd'],
      ['A', 'INBOX', '', 'd'],
      ['Inbox', '', '', 'e'],
    ]
      .map(
        ([name, from, causes, script], index) =>
          `imapsieve_mailbox${index + 1}_name = ${name}\n${from === '' ? '' : `imapsieve_mailbox${index + 1}_from = ${from}\n`}` +
          `${causes === '' ? '' : `imapsieve_mailbox${index + 1}_causes = ${causes}\n`}imapsieve_mailbox${index + 1}_before = file:$DIR/${script}.sieve\n`,
      )
      .join(''),
    scripts: Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map(name => [`${name}.sieve`, `${REQUIRE}addflag "${name}";`]),
    ),
    steps: [
      ...MAKE,
      append('INBOX'),
      append('A'),
      append('B'),
      'SELECT INBOX',
      'COPY 1 A',
      'COPY 1 B',
      'FETCH 1 FLAGS',
      ...LOOK,
      'STORE 1 +FLAGS (y)',
    ],
  },
  'fileinto leaves \\Deleted': one('fileinto "B";', [...MAKE, append('A')]),
  'fileinto while it is selected': one('fileinto "B";', [...SELECTED, append('A', DATED)]),
  'fileinto :create with flags': one('fileinto :create :flags "\\\\Seen x" "C";', [
    ...MAKE,
    append('A'),
    'STATUS C (MESSAGES UNSEEN)',
  ]),
  'fileinto a mailbox that is not there': one('addflag "x"; fileinto "nope";', [...SELECTED, append('A')]),
  'fileinto :copy': one('fileinto :copy "B";', [...SELECTED, append('A', DATED)]),
  'fileinto where it is': one('fileinto "A"; addflag "late"; fileinto "B";', [...SELECTED, append('A', DATED)]),
  'fileinto where it is, with flags': one('fileinto :flags "\\\\Flagged" "A";', [...SELECTED, append('A', DATED)]),
  'fileinto expunges': one('fileinto "B";', [...SELECTED, append('A')], EXPUNGES),
  discard: one('discard;', [...SELECTED, append('A')]),
  'discard expunges': one('discard;', [...SELECTED, append('A')], EXPUNGES),
  'discard of a copy': one('discard;', [...MAKE, append('INBOX'), 'SELECT INBOX', 'COPY 1 A']),
  'discard of a moved message': one('discard;', [...MAKE, append('INBOX'), 'SELECT INBOX', 'MOVE 1 A'], EXPUNGES),
  'several messages at once': one('fileinto "B";', [
    ...SELECTED,
    'APPEND A (x1) {14+}\r\nSubject: a\r\n\r\n (x2) {14+}\r\nSubject: b\r\n\r\n',
  ]),
  'APPENDs in a row': one('fileinto :copy "B"; if not hasflag "x2" { addflag "hit"; }', [
    ...SELECTED,
    `${append('A')}\r\nn2 ${append('A', '(x2) ')}\r\nn3 ${append('A')}`,
    'NOOP',
    'NOOP',
  ]),
  'keep with flags': one('keep :flags "\\\\Flagged foo";', [...SELECTED, append('A', '(kw) ')]),
  'flags are added': one('addflag "\\\\Flagged";', [...SELECTED, append('A', '(kw) ')]),
  'flags are taken away': one('setflag "";', [...SELECTED, append('A', '(kw \\Seen) ')]),
  'a script has a say in STORE': one('if hasflag "foo" { addflag "\\\\Flagged"; }', [
    ...SELECTED,
    append('A', '(kw) '),
    'STORE 1 +FLAGS (foo)',
    'STORE 1 -FLAGS.SILENT (foo)',
    'NOOP',
  ]),
  'a silent STORE that a script adds to': one('if hasflag "foo" { addflag "\\\\Flagged"; }', [
    ...SELECTED,
    append('A'),
    'STORE 1 +FLAGS.SILENT (foo)',
    'UID STORE 1 +FLAGS.SILENT (\\Seen)',
  ]),
  'a silent STORE that a script takes back': one('removeflag "foo";', [
    ...SELECTED,
    append('A'),
    'STORE 1 +FLAGS.SILENT (foo)',
    'STORE 1 +FLAGS (foo \\Seen)',
  ]),
  'FETCH that marks as seen': one(
    'addflag "\\\\Flagged";',
    [...SELECTED, append('A'), 'FETCH 1 BODY[TEXT]', 'NOOP', 'FETCH 1 BODY[TEXT]'],
    'imapsieve_mailbox1_causes = FLAG\n',
  ),
  'a change of flags deletes nothing': one(
    'if environment "imap.cause" "FLAG" { fileinto "B"; }',
    [...SELECTED, append('A'), append('A'), 'STORE 1:2 +FLAGS (foo)', 'UID STORE 2 +FLAGS (bar)'],
    EXPUNGES,
  ),
  'an edited message': one('addheader "X-Foo" "bar"; deleteheader "Subject";', [
    ...SELECTED,
    append('A', DATED),
    'UID FETCH 1:* BODY.PEEK[]',
  ]),
  'an edited message elsewhere': one('addheader "X-Foo" "bar"; fileinto "B";', [...MAKE, append('A')]),
  'an edited message after a change of flags': one('if environment "imap.cause" "FLAG" { addheader "X-Foo" "bar"; }', [
    ...SELECTED,
    append('A'),
    'STORE 1 +FLAGS (foo)',
    'NOOP',
  ]),
  'stop ends one script': two('stop;', 'addflag "after";', [...MAKE, append('A')]),
  'after discard nothing runs': two('discard;', 'addflag "after";', [...MAKE, append('A')]),
  'flags go from script to script': two('addflag "before";', 'addflag "after";', [...MAKE, append('A', '(kw) ')]),
  'keep with flags, then another script': two('keep :flags "before";', 'addflag "after";', [
    ...MAKE,
    append('A', '(kw) '),
  ]),
  'a fault after a good script': two('addflag "before"; fileinto :copy "B";', 'fileinto "nope";', [
    ...MAKE,
    append('A'),
  ]),
  'a second script that fails at run time': two('addflag "before";', 'set "a" "x y@@"; redirect "${a}";', [
    ...MAKE,
    append('A'),
  ]),
  'a second script that cannot be compiled': two('addflag "before"; fileinto :copy "B";', 'foo;', [
    ...MAKE,
    append('A'),
  ]),
  'a script that is not there': {
    settings: RULE + AFTER,
    scripts: {'b.sieve': `${REQUIRE}addflag "after";`},
    steps: [...MAKE, append('A'), ...LOOK],
  },
  'no envelope, no vacation, no reject': {
    settings: ['envelope', 'vacation', 'reject', 'ereject', 'enotify']
      .map(
        (_, index) =>
          `imapsieve_mailbox${index + 1}_name = M${index}\nimapsieve_mailbox${index + 1}_before = file:$DIR/m${index}.sieve\n`,
      )
      .join(''),
    scripts: Object.fromEntries(
      ['envelope', 'vacation', 'reject', 'ereject', 'enotify'].map((name, index) => [
        `m${index}.sieve`,
        `require ["${name}", "imap4flags"]; addflag "hit";`,
      ]),
    ),
    steps: [0, 1, 2, 3, 4].flatMap(index => [
      `CREATE M${index}`,
      append(`M${index}`),
      `SELECT M${index}`,
      'FETCH 1 FLAGS',
    ]),
  },
  'a redirect': one('redirect "a@example.org";', [...MAKE, append('A')]),
  'a redirect of a copy': one('redirect :copy "a@example.org";', [...MAKE, append('A')]),
  'a change that is none, and a mailbox that is only looked at': one(
    'addflag "hit";',
    [
      ...MAKE,
      append('A'),
      append('A'),
      'SELECT A',
      'STORE 1:2 +FLAGS (\\Seen)',
      'STORE 2 FLAGS ()',
      'EXAMINE A',
      'STORE 1 -FLAGS (hit)',
    ],
    'imapsieve_mailbox1_causes = FLAG\n',
  ),
  'a copy into the same mailbox': one('addflag "hit";', [
    ...SELECTED,
    append('A'),
    'STORE 1 FLAGS (x)',
    'COPY 1 A',
    'NOOP',
  ]),
  'a script of the mailbox’s own': own(URL, [
    'CAPABILITY',
    'SETMETADATA A (/shared/imapsieve/script "one")',
    'GETMETADATA A /shared/imapsieve/script',
    append('A'),
    append('B'),
  ]),
  'a script of the server': own(URL, [
    'SETMETADATA "" (/shared/imapsieve/script "two")',
    'GETMETADATA "" /shared/imapsieve/script',
    'SETMETADATA A (/shared/imapsieve/script "one")',
    append('A'),
    append('B'),
  ]),
  'no script of that name, and a bad one': own(URL, [
    'SETMETADATA A (/shared/imapsieve/script "none")',
    'SETMETADATA B (/shared/imapsieve/script "bad")',
    append('A'),
    append('B'),
  ]),
  'before, own and after': own(URL + RULE + AFTER, [
    'SETMETADATA A (/shared/imapsieve/script "one")',
    append('A'),
    'SELECT A',
    'STORE 1 +FLAGS (x)',
    'COPY 1 B',
  ]),
  'without imapsieve_url nobody has one': own('', ['SETMETADATA A (/shared/imapsieve/script "one")', append('A')]),
  'another kind of URL': own('imapsieve_url = http://host/\n', [
    'CAPABILITY',
    'SETMETADATA A (/shared/imapsieve/script "one")',
    append('A'),
  ]),
};
