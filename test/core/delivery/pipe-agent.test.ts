import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {callerName, DeliveryBench, MESSAGE} from '../../support/delivery-bench.ts';

/** Not root's own name: pipe refuses root, and this test may run as root. */
const USER = process.getuid?.() === 0 ? 'nobody' : callerName;
const IS_ROOT = process.getuid?.() === 0;

async function pipe(
  attributes: readonly string[],
  run: (bench: DeliveryBench) => Promise<void>,
  set: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bench = new DeliveryBench(set, {p: ['pipe', '-o', 'export_environment=X=y', ...attributes]});
  try {
    await run(bench);
  } finally {
    await bench.dispose();
  }
}

/** What a command printed comes back in the report. */
async function said(
  attributes: readonly string[],
  to: string | readonly string[],
  options: Parameters<DeliveryBench['deliver']>[2] = {},
): Promise<string> {
  let text = '';
  await pipe(
    [...attributes],
    async bench => {
      const [line = ''] = await bench.deliver('p', to, {nexthop: 'NextHop', ...options});
      text = /\((.*)\)$/.exec(line)?.[1] ?? line;
    },
    {recipient_delimiter: '+'},
  );
  return text;
}

const SHOW = ['sh', '-c', 'for i in "$@"; do printf "<%s>" "$i"; done', 'sh'].map((word, i) =>
  i === 0 ? `argv=${word}` : word,
);

/** flags, arguments, recipients, what the command saw; a dollar of the shell's own would be the macros'. */
const argumentCases: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
  ['', ['${recipient}', '$sender'], ['A@B.c', 'd@e'], '<A@B.c><d@e><sender@else.example>'],
  ['hu', ['${recipient}', '$(nexthop)', '${domain}'], ['A@B.c'], '<a@b.c><nexthop><b.c>'],
  ['', ['${user}:${extension}:${mailbox}'], ['joe+x@a', '+y@a', 'amy@a'], '<joe:x:joe+x><amy::amy>'],
  ['q', ['${recipient}', '${user}'], ['odd one@a'], '<"odd one"@a><odd one>'],
  ['', ['${original_recipient}', '${queue_id}', '${size}', 'x${client_address}y'], ['a@b'], '<a@b><QUEUEID><300><xy>'],
  ['', ['$$x', '${extension?with}${extension:without}'], ['a+e@b', 'c@b'], '<$x><with><without>'],
];

suite('pipe', () => {
  for (const [flags, words, to, expected] of argumentCases)
    test(`arguments: ${words.join(' ')}${flags === '' ? '' : ` with flags=${flags}`}`, async () => {
      const show = SHOW.map(word => word.replaceAll('$', '$$$$'));
      const text = await said([`flags=${flags}`, `user=${USER}`, ...show, ...words], to);
      assert.equal(text, `delivered via p service (${expected})`);
    });

  test('the null sender has a name, or none', async () => {
    const show = SHOW.map(word => word.replaceAll('$', '$$$$'));
    const options = {sender: ''};
    assert.match(await said([`user=${USER}`, ...show, '$sender'], 'a@b', options), /<MAILER-DAEMON>/);
    assert.match(await said([`user=${USER}`, 'null_sender=', ...show, '$sender'], 'a@b', options), /<>/);
  });

  test('flags: headers, quoting and line ends', async () => {
    await pipe(['flags=DOFRB.>', `user=${USER}`, 'eol=\\r\\n', 'argv=sh', '-c', 'cat; exit 0'], async bench => {
      const content = 'Subject: x\n\nFrom me\n.\n';
      const [line = ''] = await bench.deliver('p', 'a@b', {content});
      assert.match(
        line,
        /\(From sender@else\.example {2}.{24}_ Return-Path: <sender@else\.example>_ X-Original-To: a@b_ Delivered-To: a@b_ Subject: x_ _ >From me_ \.\._ _\)\)$/,
      );
    });
  });

  test('without flags the message is as it is, in an environment of its own', async () => {
    await pipe([`user=${USER}`, 'argv=sh', '-c', 'env | sort; cat'], async bench => {
      const [line = ''] = await bench.deliver('p', 'a@b');
      const text = line.replace(/PWD=\S+ /, '');
      assert.equal(
        text,
        `a@b 2.0.0 sent (delivered via p service (PATH=/usr/bin:/bin X=y ${MESSAGE.replaceAll('\n', ' ').trimEnd()}))`,
      );
    });
  });

  /** Attributes, then the report. */
  const ends: readonly (readonly [readonly string[], string, RegExp?])[] = [
    [['argv=sh', '-c', 'echo 5.4.3 mine; exit 75'], 'a@b 5.4.3 bounced (mine )'],
    [['argv=sh', '-c', 'exit 69'], 'a@b 5.3.0 bounced (service unavailable)'],
    [['argv=sh', '-c', 'echo a; exit 5'], 'a@b 5.3.0 bounced (Command died with status 5: "sh". Command output: a )'],
    [['size=10', 'argv=cat'], 'a@b 5.2.3 bounced (message too large)'],
    [
      ['argv=cat', '${nosuch}'],
      'a@b 4.3.5 deferred (mail system configuration error)',
      /service p: unknown macro name: "nosuch"$/,
    ],
    [['argv=cat', '$'], 'a@b 4.3.5 deferred (mail system configuration error)', /empty macro name: "\$"$/],
    [
      ['argv=/nonexistent/x'],
      'a@b 4.3.0 deferred (temporary failure. Command output: pipe: fatal: pipe_command: execvp /nonexistent/x: No such file or directory )',
      /^fatal: pipe_command: execvp \/nonexistent\/x: No such file or directory$/,
    ],
    [
      ['directory=/nonexistent', 'argv=cat'],
      'a@b 4.3.0 deferred (temporary failure)',
      /^fatal: cannot change directory to "\/nonexistent" for uid=\d+ gid=\d+: No such file or directory$/,
    ],
    [
      ['bogus=1', 'argv=cat'],
      'a@b 4.3.0 deferred (unknown mail transport error)',
      /^fatal: unknown attribute name: bogus=1$/,
    ],
    [['flags=D'], 'a@b 4.3.0 deferred (unknown mail transport error)', /^fatal: missing argv= command-line attribute$/],
  ];
  for (const [attributes, expected, warning] of ends)
    test(`${attributes.join(' ')} gives ${expected}`, async () => {
      await pipe([`user=${USER}`, ...attributes], async bench => {
        assert.deepEqual(await bench.deliver('p', 'a@b'), [expected]);
        if (warning === undefined) assert.deepEqual(bench.warnings, []);
        else assert.match(bench.warnings[0]?.replace('warning: ', '') ?? '', warning);
      });
    });

  test('a loop is noticed with flag D only', async () => {
    const content = 'Delivered-To: A@b\n\n';
    for (const [flags, expected] of [
      ['D', 'a@b 5.4.6 bounced (mail forwarding loop for a@b)'],
      ['', 'a@b 2.0.0 sent (delivered via p service)'],
    ] as const)
      await pipe([`flags=${flags}`, `user=${USER}`, 'argv=true'], async bench => {
        assert.deepEqual(await bench.deliver('p', 'a@b', {content}), [expected]);
      });
  });

  test('commands do not run as root', async function () {
    if (!IS_ROOT) this.skip();
    await pipe(['user=root', 'argv=true'], async bench => {
      assert.deepEqual(await bench.deliver('p', 'a@b'), ['a@b 4.3.0 deferred (unknown mail transport error)']);
    });
    assert.match(await said([`user=${USER}`, 'argv=id', '-un'], 'a@b'), /\(nobody\)/);
  });
});
