import assert from 'node:assert/strict';
import {chmodSync, existsSync, readdirSync, statSync} from 'node:fs';
import {suite, test} from 'mocha';
import {callerName, DeliveryBench, MESSAGE, textContent, type DeliveryOptions} from '../../support/delivery-bench.ts';

type Set = Readonly<Record<string, string>>;

async function withBench(set: Set, run: (bench: DeliveryBench) => Promise<void>, services = {}): Promise<void> {
  const bench = new DeliveryBench(set, services);
  try {
    await run(bench);
  } finally {
    await bench.dispose();
  }
}

const HEAD = 'Return-Path: <sender@else.example>\nX-Original-To: alice@example.com\nDelivered-To: alice@example.com\n';

suite('local: mailboxes', () => {
  test('mbox: a From_ line, quoted lines, a blank line at the end; the file is private', async () => {
    await withBench({}, async bench => {
      const alice = 'alice@example.com';
      assert.deepEqual(await bench.deliver('local', alice), [`${alice} 2.0.0 sent (delivered to mailbox)`]);
      await bench.deliver('local', alice, {sender: '', content: 'a\n\nb'});
      const date = new Date(1795497426000).toString().slice(0, 15);
      const text = bench.read('var/mail/alice').replaceAll(/  (\w{3} \w{3} \d+) [\d:]+ \d{4}\n/g, '  $1\n');
      const from = (sender: string): string => `From ${sender}  ${date.slice(0, 10)}\n`;
      const nullHead = HEAD.replace('sender@else.example', '');
      assert.equal(
        text,
        `${from('sender@else.example')}${HEAD}Subject: x\n\nhello\n>From me\n.\n\n${from('MAILER-DAEMON')}${nullHead}a\n\nb\n\n`,
      );
      assert.equal(statSync(bench.path('var/mail/alice')).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(bench.path('var/mail')), ['alice']); // no lock stays
    });
  });

  test('Maildir: made when missing, named as by Postfix, no quoting', async () => {
    await withBench({home_mailbox: 'Maildir/'}, async bench => {
      const alice = 'alice@example.com';
      assert.deepEqual(await bench.deliver('local', alice), [`${alice} 2.0.0 sent (delivered to maildir)`]);
      assert.deepEqual(bench.maildir('home/alice/Maildir'), [HEAD + MESSAGE]);
      const [name = ''] = readdirSync(bench.path('home/alice/Maildir/new'));
      assert.match(name, /^1795497426\.V[0-9a-f]+I[0-9a-f]+M12345[0-9]\.mail$/);
      assert.deepEqual(readdirSync(bench.path('home/alice/Maildir/tmp')), []);
      assert.equal(statSync(bench.path('home/alice/Maildir/cur')).mode & 0o777, 0o700);
    });
  });

  test('a large message is the same in pieces of any size', async () => {
    const content = 'Subject: y\n\nFrom a\n.\nFro\nFrom \nxFrom b\n';
    await withBench({}, async bench => {
      await bench.deliver('local', 'alice@example.com', {content});
      for (let bytes = 1; bytes < 9; bytes++)
        await bench.deliver('local', 'bob@example.com', {content: textContent(content, bytes)});
      const one = bench.read('var/mail/alice').replaceAll('alice', 'bob');
      assert.equal(bench.read('var/mail/bob'), one.repeat(8));
    });
  });

  test('the caller has a mailbox in the instance', async () => {
    await withBench({}, async bench => {
      const to = `${callerName}@example.com`;
      assert.deepEqual(await bench.deliver('local', to), [`${to} 2.0.0 sent (delivered to mailbox)`]);
    });
  });

  test('beyond mailbox_size_limit nothing is written', async () => {
    const set = {mailbox_size_limit: '250', message_size_limit: '250', home_mailbox: ''};
    await withBench(set, async bench => {
      await bench.deliver('local', 'alice@example.com');
      const before = bench.read('var/mail/alice');
      const [line] = await bench.deliver('local', 'alice@example.com');
      const path = bench.path('var/mail/alice');
      const text = `cannot update mailbox ${path} for user alice. error writing message: File too large`;
      assert.equal(line, `alice@example.com 5.2.2 bounced (${text})`);
      assert.equal(bench.read('var/mail/alice'), before);
      const streamed = await bench.deliver('local', 'alice@example.com', {
        content: textContent(MESSAGE.repeat(9000), 99),
      });
      assert.equal(streamed[0], line);
      assert.equal(bench.read('var/mail/alice'), before);
    });
  });

  test('a limit below message_size_limit stops all deliveries', async () => {
    await withBench({mailbox_size_limit: '100', message_size_limit: '200'}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'alice@example.com'), [
        'alice@example.com 4.3.0 deferred (unknown mail transport error)',
      ]);
      assert.deepEqual(bench.warnings, [
        'fatal: configuration error: mailbox_size_limit is smaller than message_size_limit',
      ]);
    });
  });
});

/** [what it shows, aliases, recipient, reports, options] */
type AliasCase = readonly [string, string, string, readonly string[], DeliveryOptions?];

const aliasCases: readonly AliasCase[] = [
  [
    'unknown user, in lower case',
    '',
    'NoSuch@example.com',
    ['NoSuch@example.com 5.1.1 bounced (unknown user: "nosuch")'],
  ],
  ['one member', '{one=alice}', 'one@example.com', ['alice@example.com 2.0.0 sent (delivered to mailbox)']],
  [
    'a member keeps its case',
    '{one=Alice}',
    'one@example.com',
    ['Alice@example.com 2.0.0 sent (delivered to mailbox)'],
  ],
  [
    'several, nested, duplicates once',
    '{two=alice, bob} {nested=two, alice BOB}',
    'nested@example.com',
    ['+alice@example.com 2.0.0 sent (delivered to mailbox)', 'bob@example.com 2.0.0 sent (delivered to mailbox)'],
  ],
  [
    'a member that waits does not keep the others',
    '{d=alice, "|exit 75", bob}',
    'd@example.com',
    [
      '+alice@example.com 2.0.0 sent (delivered to mailbox)',
      '+d@example.com 4.3.0 deferred (temporary failure)',
      '+bob@example.com 2.0.0 sent (delivered to mailbox)',
      '-d@example.com 4.3.0 deferred (another member of the list is to be tried again)',
    ],
  ],
  [
    'a loop of two',
    '{loop1=loop2} {loop2=loop1}',
    'loop1@example.com',
    ['loop2@example.com 5.4.6 bounced (alias database loop for loop2)'],
  ],
  [
    'a list in itself is the user',
    '{self=self, alice}',
    'self@example.com',
    ['+self@example.com 5.1.1 bounced (unknown user: "self")', 'alice@example.com 2.0.0 sent (delivered to mailbox)'],
  ],
  ['a file', '{f=ROOT/file}', 'f@example.com', ['f@example.com 2.0.0 sent (delivered to file: ROOT/file)']],
  ['a folder', '{f=ROOT/dir/}', 'f@example.com', ['f@example.com 2.0.0 sent (delivered to maildir)']],
  ['/dev/null', '{f=/dev/null}', 'f@example.com', ['f@example.com 2.0.0 sent (delivered to file: /dev/null)']],
  [
    'a full device',
    '{f=/dev/full}',
    'f@example.com',
    [
      'f@example.com 4.3.0 deferred (cannot append message to file /dev/full: error writing message: No space left on device)',
    ],
  ],
  [
    'a folder without slash',
    '{f=ROOT}',
    'f@example.com',
    ['f@example.com 5.2.0 bounced (cannot append message to file ROOT: cannot open file: Is a directory)'],
  ],
  [
    'a file in a missing folder',
    '{f=ROOT/no/file}',
    'f@example.com',
    [
      'f@example.com 5.2.0 bounced (cannot append message to file ROOT/no/file: cannot create file exclusively: No such file or directory)',
    ],
  ],
  [
    'a command',
    '{c="|cat >/dev/null"}',
    'c@example.com',
    ['c@example.com 2.0.0 sent (delivered to command: cat >/dev/null)'],
  ],
  [
    'a command with output',
    `{c="|echo out; echo err >&2; printf 'a\\\\001b\\\\r\\\\t'; exit 99"}`,
    'c@example.com',
    [
      `c@example.com 5.3.0 bounced (Command died with status 99: "echo out; echo err >&2; printf 'a\\001b\\r\\t'; exit 99". Command output: out err a_b_ )`,
    ],
  ],
  [
    'a command that says a status code',
    '{c="|echo 4.2.9 come again; exit 1"}',
    'c@example.com',
    ['c@example.com 4.2.9 deferred (come again )'],
  ],
  [
    'a failure can not claim success',
    '{c="|echo 2.1.5 fine; exit 1"}',
    'c@example.com',
    ['c@example.com 5.0.0 bounced (fine )'],
  ],
  [
    'a signal',
    '{c="|kill -9 $$"}',
    'c@example.com',
    ['c@example.com 4.3.0 deferred (Command died with signal 9: "kill -9 $$")'],
  ],
  [
    'a program that is not there',
    '{c=|/nonexistent/prog}',
    'c@example.com',
    [
      'c@example.com 4.3.0 deferred (temporary failure. Command output: local: fatal: execvp /nonexistent/prog: No such file or directory )',
    ],
  ],
  [
    'a command that is not there',
    '{c=|nosuchcommand arg}',
    'c@example.com',
    [
      '+c@example.com 5.3.0 bounced (Command died with status 127: "nosuchcommand". Command output: sh: 1: nosuchcommand: not found )',
      'arg@example.com 5.1.1 bounced (unknown user: "arg")',
    ],
  ],
  [
    'an owner is told of what its list could not do',
    '{list="|exit 67"} {owner-list=bob}',
    'list@example.com',
    ['(owner-list@example.com) list@example.com 5.1.1 bounced (user unknown)'],
  ],
  [
    'a home without a user',
    '{t=~/foo}',
    't@example.com',
    ['t@example.com 5.3.5 bounced (mail system configuration error)'],
  ],
  [
    'remote members are sent on together',
    '{r=x@else.example, y@else.example}',
    'r@example.com',
    ['r@example.com 2.0.0 sent (forwarded as NEW1)'],
  ],
  [
    'mixed members',
    '{m=alice, x@else.example, nosuch, bob}',
    'm@example.com',
    [
      '+alice@example.com 2.0.0 sent (delivered to mailbox)',
      '+nosuch@example.com 5.1.1 bounced (unknown user: "nosuch")',
      '+bob@example.com 2.0.0 sent (delivered to mailbox)',
      'm@example.com 2.0.0 sent (forwarded as NEW1)',
    ],
  ],
  [
    'success is reported of the list, not of its members',
    '{one=alice}',
    'one@example.com',
    [
      '+alice@example.com 2.0.0 sent (delivered to mailbox)',
      '+-one@example.com 2.0.0 sent (alias expanded)',
      '-one@example.com 2.0.0 sent (nothing to deliver)',
    ],
    {notify: 6},
  ],
  [
    'a message that was here before goes round in a circle',
    '',
    'alice@example.com',
    ['alice@example.com 5.4.6 bounced (mail forwarding loop for alice@example.com)'],
    {content: 'A: b\nDelivered-To: ALICE@example.com\n\nDelivered-To: bob@example.com\n'},
  ],
  [
    'only the header counts for that',
    '',
    'bob@example.com',
    ['bob@example.com 2.0.0 sent (delivered to mailbox)'],
    {content: 'A: b\nDelivered-To: ALICE@example.com\n\nDelivered-To: bob@example.com\n'},
  ],
  ['reserved names are never unknown', '', 'postmaster@example.com', ['postmaster@example.com 2.0.0 sent (discarded)']],
  [
    'a probe delivers nothing',
    '{p=alice, ROOT/f, "|exit 1", x@else.example}',
    'p@example.com',
    [
      '+alice@example.com 2.0.0 sent (delivers to mailbox)',
      '+p@example.com 2.0.0 sent (delivers to file: ROOT/f)',
      '+p@example.com 2.0.0 sent (delivers to command: exit 1)',
      'x@else.example 2.0.0 sent (forwards to x@else.example)',
    ],
    {verifyOnly: true},
  ],
  [
    'a table that can not be asked',
    'FAIL',
    'alice@example.com',
    ['alice@example.com 4.3.0 deferred (alias database unavailable)'],
  ],
];

suite('local: aliases', () => {
  for (const [title, aliases, to, expected, options] of aliasCases)
    test(title, async () => {
      const table = aliases === 'FAIL' ? 'fail:x' : aliases === '' ? '' : `inline:{${aliases}}`;
      await withBench({alias_maps: table}, async bench => {
        const lines = await bench.deliver('local', to, options);
        assert.deepEqual(
          lines.map(line => line.replaceAll(bench.root, 'ROOT')),
          expected,
        );
      });
    });

  test('what is sent on carries its marks, and the wishes of the sender', async () => {
    await withBench({alias_maps: 'inline:{{r=x@else.example}}'}, async bench => {
      await bench.deliver('local', 'R@example.com', {notify: 6});
      const [{submission, content} = assert.fail()] = bench.submitted;
      assert.equal(content, `Delivered-To: r@example.com\n${MESSAGE}`);
      assert.match(submission.received?.('ABC') ?? '', /^Received: by mail\.example\.com \(Postfix\)\n\tid ABC; /);
      assert.equal(submission.sender, 'sender@else.example');
      assert.deepEqual(submission.recipients, [{address: 'x@else.example', original: 'R@example.com', notify: 4}]);
    });
  });

  test("a list's owner is the sender of what is sent on, to local members too", async () => {
    const alias_maps = 'inline:{{list=alice, x@else.example} {owner-list=bob}}';
    await withBench({alias_maps}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'list@example.com'), [
        'list@example.com 2.0.0 sent (forwarded as NEW1)',
      ]);
      const [{submission} = assert.fail()] = bench.submitted;
      assert.equal(submission.sender, 'owner-list@example.com');
      assert.deepEqual(submission.recipients, [{address: 'alice@example.com'}, {address: 'x@else.example'}]);
    });
    await withBench({alias_maps, expand_owner_alias: 'yes'}, async bench => {
      await bench.deliver('local', 'list@example.com');
      assert.equal(bench.submitted[0]?.submission.sender, 'bob@example.com');
    });
  });

  test('a new message that can not be queued makes the old one wait', async () => {
    await withBench({alias_maps: 'inline:{{r=x@else.example}}'}, async bench => {
      bench.submitFault = Object.assign(new Error('full'), {code: 'ENOSPC'});
      assert.deepEqual(await bench.deliver('local', 'r@example.com'), [
        'r@example.com 4.3.0 deferred (unable to forward message)',
      ]);
    });
  });

  test(':include: files: read anew each time, always sent on, without commands and files', async () => {
    await withBench({alias_maps: 'inline:{{inc=:include:ROOT/list} {rel=:include:list}}'}, async bench => {
      const to = 'inc@example.com';
      assert.deepEqual(await bench.deliver('local', to), [`${to} 5.3.5 bounced (mail system configuration error)`]);
      bench.write('list', '# nobody\nalice\n"|exit 0", /tmp/x  bob\n');
      assert.deepEqual(await bench.deliver('local', to), [
        `+${to} 5.7.1 bounced (mail to command is restricted)`,
        `+${to} 5.7.1 bounced (mail to file is restricted)`,
        `${to} 2.0.0 sent (forwarded as NEW1)`,
      ]);
      const addresses = bench.submitted[0]?.submission.recipients.map(({address}) => address);
      assert.deepEqual(addresses, ['alice@example.com', 'bob@example.com']);
      chmodSync(bench.path('list'), 0o666);
      await bench.deliver('local', to);
      await bench.deliver('local', 'rel@example.com');
      assert.deepEqual(
        bench.warnings.map(line => line.replaceAll(bench.root, 'ROOT')),
        [
          'warning: unable to lookup :include: file ROOT/list: No such file or directory',
          'warning: :include: file ROOT/list is world writable',
          'warning: :include:list uses a relative path',
        ],
      );
    });
  });

  test('25 aliases in a row are followed, one more is a loop', async () => {
    const chain = Array.from({length: 40}, (_, i) => `{c${i}=c${i + 1}}`).join(' ');
    await withBench({alias_maps: `inline:{${chain} {c40=alice}}`}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'c16@example.com'), [
        'alice@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
      assert.deepEqual(await bench.deliver('local', 'c1@example.com'), [
        'c26@example.com 5.4.6 bounced (alias database loop for c26)',
      ]);
    });
  });
});

suite('local: extensions', () => {
  const set = {recipient_delimiter: '+', alias_maps: 'inline:{{two=alice, bob} {one+x=bob} {one=alice}}'};

  test('the full name, then the bare one', async () => {
    await withBench(set, async bench => {
      assert.deepEqual(await bench.deliver('local', 'one+x@example.com'), [
        'bob@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
      assert.deepEqual(await bench.deliver('local', 'one+y@example.com'), [
        'alice@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
      assert.deepEqual(await bench.deliver('local', 'alice+y@example.com'), [
        'alice+y@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
    });
  });

  test('members get it when propagate_unmatched_extensions says so', async () => {
    await withBench({...set, propagate_unmatched_extensions: 'alias'}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'two+y@example.com'), [
        '+alice+y@example.com 2.0.0 sent (delivered to mailbox)',
        'bob+y@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
    });
  });

  test('one with a slash is none', async () => {
    await withBench(set, async bench => {
      assert.deepEqual(await bench.deliver('local', 'bob+a/b@example.com'), [
        'bob+a/b@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
      assert.deepEqual(bench.warnings, ['warning: QUEUEID: address with illegal extension: bob+a/b']);
    });
  });
});

suite('local: .forward', () => {
  test('all kinds of destinations, comments, the mailbox by its own name', async () => {
    await withBench({}, async bench => {
      bench.write('home/alice/.forward', '# here\nalice, x@else.example\n"|cat >/dev/null"\n~/kept\n');
      const alice = 'alice@example.com';
      assert.deepEqual(await bench.deliver('local', alice), [
        `+${alice} 2.0.0 sent (delivered to mailbox)`,
        `+${alice} 2.0.0 sent (delivered to command: cat >/dev/null)`,
        `+${alice} 2.0.0 sent (delivered to file: ${bench.path('home/alice/kept')})`,
        `${alice} 2.0.0 sent (forwarded as NEW1)`,
      ]);
      assert.ok(existsSync(bench.path('home/alice/kept')));
    });
  });

  test('to another local user it is sent on; \\name is the mailbox', async () => {
    await withBench({}, async bench => {
      bench.write('home/alice/.forward', '\\alice\nbob\n');
      const alice = 'alice@example.com';
      assert.deepEqual(await bench.deliver('local', alice), [
        `+${alice} 2.0.0 sent (delivered to mailbox)`,
        `${alice} 2.0.0 sent (forwarded as NEW1)`,
      ]);
    });
  });

  test('an empty one, and one that others may write, forward nothing', async () => {
    await withBench({}, async bench => {
      const sent = ['alice@example.com 2.0.0 sent (delivered to mailbox)'];
      bench.write('home/alice/.forward', '\n# nothing\n');
      assert.deepEqual(await bench.deliver('local', 'alice@example.com'), sent);
      assert.deepEqual(bench.warnings, []);
      bench.write('home/alice/.forward', 'bob\n');
      chmodSync(bench.path('home/alice/.forward'), 0o666);
      assert.deepEqual(await bench.deliver('local', 'alice@example.com'), sent);
      assert.deepEqual(bench.warnings, [`warning: file ${bench.path('home/alice/.forward')} is world writable`]);
    });
  });

  test('an extension has its own file', async () => {
    await withBench({recipient_delimiter: '+'}, async bench => {
      bench.write('home/alice/.forward+list', 'x@else.example\n');
      await bench.deliver('local', 'alice+list@example.com');
      assert.equal(bench.submitted.length, 1);
      assert.deepEqual(await bench.deliver('local', 'alice+other@example.com'), [
        'alice+other@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
    });
  });
});

suite('local: delegation', () => {
  test('mailbox_command sees the documented environment', async () => {
    const mailbox_command = 'env >ROOT/env; cat >ROOT/got';
    await withBench({mailbox_command, recipient_delimiter: '+'}, async bench => {
      await bench.deliver('local', 'alice+e$x@example.com', {sender: 'a`b@else.example', original: 'Alice'});
      const names = /^(PATH|USER|LOGNAME|HOME|SHELL|SENDER|RECIPIENT|ORIGINAL_RECIPIENT|LOCAL|DOMAIN|EXTENSION)=/;
      const env = bench
        .read('env')
        .split('\n')
        .filter(line => names.test(line))
        .sort();
      assert.deepEqual(env, [
        'DOMAIN=example.com',
        'EXTENSION=e_x',
        `HOME=${bench.path('home/alice')}`,
        'LOCAL=alice+e_x',
        'LOGNAME=alice',
        'ORIGINAL_RECIPIENT=Alice',
        'PATH=/usr/bin:/bin',
        'RECIPIENT=alice+e_x@example.com',
        'SENDER=a_b@else.example',
        'SHELL=/bin/sh',
        'USER=alice',
      ]);
      const got = bench.read('got').split('\n').slice(1).join('\n');
      assert.equal(
        got,
        `Return-Path: <a\`b@else.example>\nX-Original-To: Alice\nDelivered-To: alice+e$x@example.com\n${MESSAGE}`,
      );
      assert.equal(statSync(bench.path('got')).mode & 0o777, 0o600);
    });
  });

  test('a command that needs no shell gets none', async () => {
    await withBench({mailbox_command: '/usr/bin/tee ROOT/tee'}, async bench => {
      const [line] = await bench.deliver('local', 'alice@example.com');
      assert.equal(line, `alice@example.com 2.0.0 sent (delivered to command: /usr/bin/tee ${bench.path('tee')})`);
      assert.match(bench.read('tee'), /^From sender@else\.example {2}.*\nReturn-Path: /);
    });
  });

  test('a command that takes too long is ended, with its children', async () => {
    await withBench({mailbox_command: 'echo a; sleep 60 & sleep 61', command_time_limit: '1s'}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'alice@example.com'), [
        'alice@example.com 5.3.0 bounced (Command time limit exceeded: "echo a; sleep 60 & sleep 61". Command output: a )',
      ]);
      assert.deepEqual(bench.warnings, ['warning: pipe_command_read: read time limit exceeded']);
    });
  }).timeout(5000);

  test('a command may leave its input unread', async () => {
    await withBench({mailbox_command: 'exit 0'}, async bench => {
      const content = textContent('x\n'.repeat(500_000), 60_000);
      const [line] = await bench.deliver('local', 'alice@example.com', {content});
      assert.equal(line, 'alice@example.com 2.0.0 sent (delivered to command: exit 0)');
    });
  });

  test('transports: for mailboxes, for unknown users; by table or for all', async () => {
    const set = {
      mailbox_transport_maps: 'inline:{alice=discard:gone}',
      fallback_transport: 'retry:4.7.1 later',
    };
    await withBench(set, async bench => {
      assert.deepEqual(await bench.deliver('local', 'alice@example.com'), ['alice@example.com 2.0.0 sent (gone)']);
      assert.deepEqual(await bench.deliver('local', 'bob@example.com'), [
        'bob@example.com 2.0.0 sent (delivered to mailbox)',
      ]);
      assert.deepEqual(await bench.deliver('local', 'no@example.com'), ['no@example.com 4.7.1 deferred (later)']);
    });
    await withBench({mailbox_transport: 'nosuch:'}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'alice@example.com'), [
        'alice@example.com 4.3.0 deferred (mail transport unavailable)',
      ]);
    });
  });

  test('luser_relay gets what nobody has', async () => {
    await withBench({luser_relay: '$user+lost@else.example'}, async bench => {
      assert.deepEqual(await bench.deliver('local', 'no@example.com'), [
        'no@example.com 2.0.0 sent (forwarded as NEW1)',
      ]);
      assert.equal(bench.submitted[0]?.submission.recipients[0]?.address, 'no+lost@else.example');
    });
  });
});
