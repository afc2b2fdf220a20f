/** What scripts say and do: the examples of the textbook, each extension, what they must not be able to. */
import assert from 'node:assert/strict';
import {performance} from 'node:perf_hooks';
import {compileScript} from '../../../../src/core/filter/sieve/compile/compile.ts';
import {compiled, remarksOn, runOn, settings} from './support.ts';

const MESSAGE =
  'From: Fred <fred@example.com>\nTo: joe@example.org\nSubject: Hello World\nMessage-ID: <1@x>\n\nBody lpic\n';

suite('Sieve: the scripts of the textbook', () => {
  const cases: readonly (readonly [
    title: string,
    script: string,
    message: string,
    actions: readonly string[],
    keeps: boolean,
  ])[] = [
    [
      'mail of a friend goes to the folder friends',
      'require ["fileinto", "reject"]; if address :is "from" "myfriends@example.com" { fileinto "friends"; } if header :contains "X-Spam-Flag" "YES" { reject "No SPAM!"; }',
      'From: My Friend <MyFriends@example.com>\n\nx',
      ['store message in folder: friends'],
      false,
    ],
    [
      'spam is refused with a reason',
      'require ["fileinto", "reject"]; if address :is "from" "myfriends@example.com" { fileinto "friends"; } if header :contains "X-Spam-Flag" "YES" { reject "No SPAM!"; }',
      'From: x@y\nX-Spam-Flag: YES\n\nx',
      ['reject message with reason: No SPAM!'],
      false,
    ],
    [
      'what is not over 5G is kept',
      'require ["reject"]; if size :over 5G { reject "Too Big Size"; }',
      MESSAGE,
      [],
      true,
    ],
    [
      'a folder is created',
      'require ["fileinto", "mailbox"]; if address "To" "webmaster@example.com" { fileinto :create "Webmaster"; }',
      'To: webmaster@example.com\n\n',
      ['store message in folder: Webmaster', 'create mailbox if it does not exist'],
      false,
    ],
    [
      'spam that does not name lpic goes to Spam',
      'require ["body", "fileinto", "mailbox"]; if allof (header :contains "X-Spam-Level" "********", not body :contains "lpic") { fileinto :create "Spam"; }',
      'X-Spam-Level: *********\n\nbuy\n',
      ['store message in folder: Spam', 'create mailbox if it does not exist'],
      false,
    ],
    [
      'spam that does is kept',
      'require ["body", "fileinto", "mailbox"]; if allof (header :contains "X-Spam-Level" "********", not body :contains "lpic") { fileinto :create "Spam"; }',
      'X-Spam-Level: *********\n\nLPIC-2\n',
      [],
      true,
    ],
    [
      'out of office is answered, and the message kept',
      'require "vacation"; vacation :days 1 :subject "Out of office" :from "fred@example.com" "I\'m out -- send mail to john@example.com instead.";',
      MESSAGE,
      ['send vacation message:'],
      true,
    ],
  ];
  for (const [title, script, message, actions, keeps] of cases)
    test(title, async () => {
      const {filtering, actions: found} = await runOn(script, message);
      assert.deepEqual(found, actions);
      assert.equal(filtering.result.keepsImplicitly, keeps);
    });
});

suite('Sieve: what Pigeonhole does not have', () => {
  const cases: readonly (readonly [title: string, script: string, actions: readonly string[]])[] = [
    [
      'i;unicode-casemap folds letters of all scripts',
      'require ["comparator-i;unicode-casemap","fileinto","variables"]; if string :comparator "i;unicode-casemap" "ÄÖ" "äö" {fileinto "yes";}',
      ['store message in folder: yes'],
    ],
    [
      'enclose puts a message around',
      'require ["enclose","fileinto","body"]; enclose :subject "Outer" "note"; if allof(header "subject" "Outer", body :content "text/plain" :contains "note") {fileinto "yes";}',
      ['store message in folder: yes'],
    ],
    [
      'replace changes the body',
      'require ["replace","fileinto","body"]; replace :subject "New" "other text"; if allof(header "subject" "New", body :contains "other text", not body :contains "lpic") {fileinto "yes";}',
      ['store message in folder: yes'],
    ],
    [
      'replace changes a part',
      'require ["replace","foreverypart","mime","fileinto","body"]; foreverypart { if header :mime :contenttype "content-type" "text/html" { replace "safe"; } } if allof(body :contains "safe", not body :contains "evil") {fileinto "yes";}',
      ['store message in folder: yes'],
    ],
    [
      'processcalendar without a calendar does nothing',
      'require ["processcalendar","variables","fileinto"]; processcalendar :outcome "o"; fileinto "${o}";',
      ['store message in folder: no_action'],
    ],
    [
      'redirect takes what RFC 6009 gives',
      'require ["redirect-dsn"]; redirect :notify "FAILURE,DELAY" :ret "HDRS" "a@b.c";',
      ['redirect message to: <a@b.c>'],
    ],
    [
      'mailboxidexists is false where nobody knows',
      'require ["mailboxid","fileinto"]; if not mailboxidexists "x" {fileinto :mailboxid "y" "z";}',
      ['store message in folder: z'],
    ],
  ];
  const html =
    'Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\nevil lpic\n--b--\n';
  for (const [title, script, actions] of cases)
    test(title, async () => {
      assert.deepEqual((await runOn(script, script.includes('foreverypart') ? html : MESSAGE)).actions, actions);
    });

  test('envelope-dsn shows what the sender asked for', async () => {
    const script = 'require ["envelope-dsn","envelope","fileinto"]; if envelope "envid" "e1" {fileinto "yes";}';
    const envelope = {from: 'a@b', to: 'c@d', originalTo: 'c@d', dsn: {envelopeId: 'e1'}};
    assert.deepEqual((await runOn(script, MESSAGE, {envelope})).actions, ['store message in folder: yes']);
  });

  test('fcc keeps a copy of the reply', async () => {
    const {filtering} = await runOn('require ["fcc","vacation","mailbox"]; vacation :fcc "Sent" :create "x";', MESSAGE);
    const [action] = filtering.result.actions;
    assert.deepEqual(action?.kind === 'vacation' ? action.fcc : undefined, {
      mailbox: 'Sent',
      create: true,
      flags: undefined,
    });
  });

  test('extlists asks the one who has the lists', async () => {
    const script = 'require ["extlists","fileinto"]; if header :list "from" "tag:friends" {fileinto "yes";}';
    const listHas = (list: string, value: string): boolean => list === 'tag:friends' && value.includes('fred');
    assert.deepEqual((await runOn(script, MESSAGE, {listHas})).actions, ['store message in folder: yes']);
  });
});

suite('Sieve: extensions for global scripts', () => {
  test('are refused to those of users', () => {
    const restricted = {...settings, globalExtensions: new Set(['editheader'])};
    const source = 'require "editheader"; keep;';
    assert.match(
      compileScript('t', source, restricted).report.remarks[0]?.text ?? '',
      /its use is restricted to global scripts/,
    );
    assert.ok(compileScript('t', source, {...restricted, isGlobal: true}).program);
  });
});

suite('Sieve: bad input', () => {
  test('nesting without end is refused at once', () => {
    for (const source of [
      `if ${'not '.repeat(100_000)}true {stop;}`,
      `if ${'anyof('.repeat(100_000)}`,
      'if true {'.repeat(100_000),
      '('.repeat(100_000),
      '['.repeat(100_000),
      '{'.repeat(100_000),
    ])
      assert.ok(remarksOn(source).length > 0);
  });

  test('includes that lead back to themselves are refused', () => {
    const scripts = {
      hasLocation: () => true,
      read: (_location: string, name: string) => `require "include"; include "${name === 'a' ? 'b' : 'a'}";`,
    };
    const remarks = remarksOn('require "include"; include "a";', scripts);
    assert.ok(
      remarks.some(text => text.includes('circular include')),
      remarks.join('\n'),
    );
  });

  test('included scripts share global variables, and run once where it is asked', async () => {
    const scripts = {
      hasLocation: () => true,
      read: () => 'require ["include","variables"]; global "n"; set "n" "${n}x"; return; set "n" "never";',
    };
    const source =
      'require ["include","variables","fileinto"]; global "n"; include "a"; include "a"; include :once "a"; fileinto "${n}";';
    assert.deepEqual((await runOn(source, MESSAGE, {}, {scripts})).actions, ['store message in folder: xx']);
  });

  const soup = [
    'if',
    'keep',
    '"a"',
    ';',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ',',
    ':is',
    'header',
    '5',
    'text:\n',
    '/*',
    '#',
    '"',
    ':',
    '\0',
    '\xff',
    '${a}',
    'require',
    '"fileinto"',
  ];
  test('any order of tokens ends in a program or in remarks', () => {
    let seed = 1;
    const next = (limit: number): number => (seed = (seed * 48_271) % 2_147_483_647) % limit;
    for (let round = 0; round < 3000; round++) {
      const source = Array.from({length: next(30)}, () => soup[next(soup.length)]).join(' ');
      const remarks = remarksOn(source);
      assert.ok(
        remarks.every(remark => /^t: (?:line \d+: )?(?:error|warning): /.test(remark)),
        `${source}: ${remarks.join()}`,
      );
    }
  });

  test('a pattern that takes too long is stopped, and the message kept', async () => {
    const script = 'require ["regex"]; if header :regex "subject" "(a*)*\\\\1(a|aa)+$" {discard;}';
    const began = performance.now();
    const {filtering} = await runOn(script, `Subject: ${'a'.repeat(3000)}b\n\n`);
    assert.ok(performance.now() - began < 2000);
    assert.equal(filtering.result.keepsImplicitly, true);
  });

  test('a million headers and fifty thousand parts are read', async () => {
    const many = `${'X: y\n'.repeat(1_000_000)}Subject: z\n\nb`;
    assert.deepEqual(
      (
        await runOn(
          'require ["fileinto","relational","comparator-i;ascii-numeric"]; if header :count "eq" :comparator "i;ascii-numeric" "x" "1000000" {fileinto "all";}',
          many,
        )
      ).actions,
      ['store message in folder: all'],
    );
    const parts = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(50_000)}--b--\n`;
    await runOn('require ["body"]; if body :contains "zz" {discard;}', parts);
  });

  test('parts within parts are followed to a limit', async () => {
    const deep = Array.from(
      {length: 2000},
      (_none, index) => `Content-Type: multipart/mixed; boundary=b${index}\n\n--b${index}\n`,
    ).join('');
    await runOn(
      'require ["body","foreverypart","mime"]; if body :contains "zz" {discard;} foreverypart { keep; }',
      deep,
    );
  });

  test('strings and variables have their limits', async () => {
    assert.match(remarksOn(`keep "${'x'.repeat((1 << 20) + 1)}";`).join('\n'), /too large|too long/);
    assert.deepEqual(
      remarksOn(`require "variables"; set "a" "${'${'.repeat(300_000)}";`).filter(text => text.includes('error')),
      [],
    );
    const grows = `require ["variables","fileinto"]; set "a" "0123456789"; ${'set "a" "${a}${a}${a}${a}"; '.repeat(20)} set :length "n" "\${a}"; fileinto "\${n}";`;
    assert.deepEqual((await runOn(grows, MESSAGE)).actions, ['store message in folder: 4000']);
  });

  test('computing has a limit', async () => {
    const script = `require ["foreverypart","body"]; foreverypart { foreverypart { ${'if body :contains "z" {stop;} '.repeat(30)} } }`;
    const parts = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(3000)}--b--\n`;
    const {filtering, remarks} = await runOn(script, parts, {maxCpuMs: 20});
    assert.equal(filtering.status, 'over its limits');
    assert.deepEqual(remarks, ['error: execution exceeded CPU time limit.']);
    assert.equal(filtering.result.keepsImplicitly, true);
  });
});

suite('Sieve: speed', () => {
  test('a script of fifty rules takes microseconds a message', async () => {
    const rules = Array.from(
      {length: 50},
      (_none, index) =>
        `if anyof(header :contains "subject" "word${index}", address :is "from" "user${index}@example.com") { fileinto "f${index}"; stop; }`,
    );
    const linked = compiled(`require "fileinto"; ${rules.join('\n')}`);
    const {BufferMessage} = await import('../../../../src/core/filter/sieve/message/buffer-message.ts');
    const {Filtering} = await import('../../../../src/core/filter/sieve/run/interpreter.ts');
    const {environment} = await import('./support.ts');
    const bytes = Buffer.from(MESSAGE);
    const rounds = 500;
    let began = process.cpuUsage();
    for (let round = -100; round < rounds; round++) {
      if (round === 0) began = process.cpuUsage();
      await new Filtering(new BufferMessage(bytes), environment).run(linked);
    }
    const {user, system} = process.cpuUsage(began);
    const microseconds = (user + system) / rounds;
    console.log(`      ${microseconds.toFixed(0)} µs a message`);
    assert.ok(microseconds < 1000);
  });
});
