/** postmap, postalias and newaliases beside the originals: what they print, how they end, and the files they make. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tools} from '../../src/commands/tools.ts';
import {BesideOriginals, type Scenario} from '../support/beside-originals.ts';
import {runInProcess} from '../support/stdio.ts';

const MAP =
  '  lead x\nk1 v1\n\n# c\nk2\n\nk3   v3  \n  cont\n#com\n  more\t\n\nK1 dup\n"q k" v\n"q\\"x" v2\n"unterm v\n"x"y z\nk6 \n' +
  '   #notcomment\nk7 v7\n:colon: v\n"" e\n k8 v8\r\nk9 v9\r\n\xff\xfe bad\nbadv \xff\n\xc3\x84 uml\nnul\0x abc\nk10 v10';

const ALIASES = `# c
postmaster: root
Root: joe, "jane doe" , |"/bin/prog arg", "|/bin/x y"
nocolon here
 lead: x
list: a,
   b,
# mid
   c
"quoted name": foo
 (comment) paren: bar (a comment), baz
emp:
dup: 1
DUP: 2
: empty
two: words here
a@b: c
a%b: c
"a@b"@c: d
inc: :include:/tmp/x
inc2: ":include:/tmp/x y"
\\root2: \\root
file: /tmp/file
"unterm: x
q: "unterm
angle: Joe <joe@x>, "J Q" <jq@y>
grp: group:a,b;
semi: a;b
back: a\\,b
<ang>: x
c (note) d: x (y) z
paren2: (only comment)
colon:x:y
uml: \xc3\xa4
\xc3\xbcmL: x
bad\xff: y
lit: [1.2.3.4] a@[b c]
bang: a!b %c d.e .f. "g" h
k1, k2: v
: : x
tab:\tx\ty
`;

const TYPES = ['hash', 'btree'] as const;

function withTypes(title: string, rest: Omit<Scenario, 'title'>): Scenario[] {
  return TYPES.map(type => ({
    ...rest,
    title: `${title} (${type})`,
    steps: rest.steps.map(([command, input]) => [command.replaceAll('TYPE', type), input ?? ''] as const),
  }));
}

const NAMES = [
  'regexp',
  'pcre',
  'cidr',
  'texthash',
  'inline',
  'static',
  'environ',
  'fail',
  'pipemap',
  'unionmap',
  'randmap',
];

const QUERIES = [
  'inline:{}',
  'inline:{a=b}',
  'inline:{a=b, {c d = e}}',
  'inline:{ {"c d" = e f } }',
  'inline:{a=b,a=c}',
  'inline:{a=b}x',
  'inline:{a=b',
  'inline:{{a=b} c=d}',
  'inline:{{a=b}c=d}',
  'inline:{=x}',
  'inline:{a=}',
  'inline:{A=b}',
  'inline:{A=b c}',
  'inline:{{}}',
  'inline:{"a=b}',
  'inline:{{a b=c}}',
  'inline:{ a = b }',
  'inline:{{ a = b }}',
  'static:x',
  'static:{ a  b }',
  'static:{ab',
  'static:{a}b',
  'static:',
  'static:{}',
  'static:{{a}}',
  'environ:x',
  'fail:x',
  'pipemap:{inline:{a=b},inline:{b=c}}',
  'pipemap:{inline:{a=b},inline:{x=c}}',
  'pipemap:{}',
  'pipemap:{foo:x}',
  'pipemap:{fail:x}',
  'pipemap:{inline:{a=b},fail:x}',
  'pipemap:{inline:{x=b},fail:x}',
  'pipemap:{static:x',
  'pipemap:inline:{a=b}',
  'pipemap:{hash:nosuch}',
  'pipemap:{{inline:{a=b}}}',
  'pipemap:{x}',
  'pipemap:{inline:{a=},static:b}',
  'unionmap:{inline:{a=b},inline:{a=c},inline:{x=y}}',
  'unionmap:{inline:{a=b},fail:x}',
  'unionmap:{}',
  'unionmap:{static:x static:y}',
  'unionmap:x',
  'unionmap:{inline:{a=},static:b}',
  'randmap:{x}',
  'randmap:{}',
  'randmap:{{x y}}',
  'randmap:{',
  'randmap:{a=b}',
  'unix:passwd.byname',
  'unix:nosuch',
  'hash:',
  ':x',
  'foo:x',
  'hash:nosuch',
  'btree:nosuch',
  'texthash:nosuch',
  'regexp:nosuch',
  'pcre:nosuch',
  'cidr:nosuch',
  'nosuch',
  'regexp:{{/a/ x},{/b/ y}}',
  'regexp:{/a/ x}',
  'regexp:{{/a/ x} b}',
  'regexp:{{/a/ x}',
  'regexp:{{/a/ x}} b',
  'regexp:{}',
  'pcre:{{/A/ x}}',
  'cidr:{{1.1.1.1 x}}',
];

const SCENARIOS: readonly Scenario[] = [
  ...withTypes('a file with everything in it', {
    files: {m: MAP},
    steps: [
      ['postmap TYPE:m'],
      ['postmap -s TYPE:m'],
      ['postmap -q k1 TYPE:m'],
      ['postmap -q K1 TYPE:m'],
      ['postmap -fq K1 TYPE:m'],
      ['postmap -fu TYPE:m'],
      ['postmap -s -u TYPE:m'],
      ['postmap -fq K1 TYPE:m'],
      ['postmap -w TYPE:m'],
      ['postmap -r TYPE:m'],
      ['postmap -q k1 TYPE:m'],
      ['postmap -q - TYPE:m', 'k1\n\xff\nbadv\n\nk7\r\n\xc3\xa4\nk10'],
      ['postmap -d - TYPE:m', 'k1\nzz'],
      ['postmap -d k1 TYPE:m'],
      ["postmap -d '' TYPE:m"],
      ['postmap -d k3 TYPE:m'],
      ['postmap -d - TYPE:m', '\xff\n'],
      ['postmap -s TYPE:m'],
      ['postmap -i TYPE:m', 'bad\nb v\n b\nk7 other\nnew one\n'],
      ['postmap -ir TYPE:m', 'k7 other\n'],
      ['postmap -iw TYPE:m', 'k7 third\n'],
      ['postmap -s TYPE:m'],
    ],
  }),
  ...withTypes('zero bytes', {
    files: {m: 'a b\n', n: 'a b\n'},
    steps: [
      ['postmap -n TYPE:m'],
      ['postmap -q a TYPE:m'],
      ['postmap -q a -N TYPE:m'],
      ['postmap -nq a TYPE:m'],
      ['postmap -i TYPE:m', 'a c\n'],
      ['postmap -s TYPE:m'],
      ['postmap -q a TYPE:m'],
      ['postmap -d a TYPE:m'],
      ['postmap -s TYPE:m'],
      ['postmap TYPE:n'],
      ['postmap -nq a TYPE:n'],
      ['postmap -nd a TYPE:n'],
      ['postmap -in TYPE:n', 'a c\n'],
      ['postmap -s TYPE:n'],
      ['postmap -d a -n TYPE:n'],
      ['postmap -N TYPE:n'],
      ['postmap -s TYPE:n'],
    ],
  }),
  ...withTypes('files in place of values', {
    files: {
      f1: 'f1,f2\n',
      f2: 'second',
      f0: '',
      fm: 'k1 f1\nk2 f1, f2\nk3 nosuch\nk4 f1 f2 f1\nk5 ,\n',
      fz: 'k1 f0\n',
      t: 'a b\n',
    },
    steps: [
      ['postmap -F TYPE:fm'],
      ['postmap -s TYPE:fm'],
      ['postmap -Fs TYPE:fm'],
      ['postmap -Fq k2 TYPE:fm'],
      ['postmap -Fi TYPE:fm', 'k9 f1\n'],
      ['postmap -Fs TYPE:fm'],
      ['postmap -F TYPE:fz'],
      ['postmap -s TYPE:fz'],
      ['postmap -Fs TYPE:fz'],
      ['postmap -Fq k1 TYPE:fz'],
      ['postmap TYPE:t'],
      ['postmap -Fs TYPE:t'],
      ['postmap -Fq a TYPE:t'],
    ],
  }),
  {
    title: 'files in place of values of other types',
    files: {f1: 'content\n'},
    steps: [
      'inline:{a=f1}',
      'static:f1',
      'regexp:{{/a/ f1}}',
      'pcre:{{/a/ f1}}',
      'randmap:{f1}',
      'static:nosuch',
      'inline:{a=nosuch}',
      'regexp:{{/a/ nosuch}}',
      'pipemap:{static:f1}',
    ].map(name => [`postmap -Fq a '${name}'`] as const),
  },
  ...withTypes('modes', {
    files: {a: 'a b\n', b: 'a b\n', c: 'a b\n', d: 'a b\n'},
    modes: {a: 0o600, b: 0o640, c: 0o666, d: 0o600},
    steps: [
      ['postmap TYPE:a'],
      ['postmap TYPE:b TYPE:c'],
      ['postmap -p TYPE:d'],
      ['postmap -i TYPE:e', 'x y\n'],
      ['postmap TYPE:a TYPE:nosuch'],
      ['postmap TYPE:nosuch TYPE:a'],
    ],
  }),
  ...withTypes('owners', {
    files: {a: 'a b\n', b: 'a b\n'},
    owners: {a: [1, 1], b: [1, 8]},
    steps: [
      ['postmap TYPE:a'],
      ['postmap -o TYPE:b'],
      ['postmap TYPE:b'],
      ['postmap -i TYPE:b', 'c d\n'],
      ['postmap TYPE:a'],
      ['postmap -s TYPE:a'],
      ['postmap -d a TYPE:a'],
    ],
  }),
  ...withTypes('what can not be written', {
    files: {'d.db/x': '', d: 'a b\n', 'z.db': '', z: 'a b\n', 'y.db': '', 'dir/x': '', e: ''},
    steps: [
      ['postmap TYPE:d'],
      ['postmap -i TYPE:d', ''],
      ['postmap TYPE:z'],
      ['postmap -i TYPE:y', 'a b\n'],
      ['postmap -s TYPE:y'],
      ['postmap -i TYPE:/nosuch/x', 'a b\n'],
      ['postmap TYPE:dir'],
      ['postmap TYPE:e'],
      ['postmap -s TYPE:e'],
    ],
  }),
  {
    title: 'zero length, other kinds, shorter than a page',
    files: {
      'z.db': '',
      's.db': 'short',
      'y.db': '\0'.repeat(4096),
      'x.db': '\0'.repeat(5000),
      m: 'a b\n',
      'w.db': 'plain text, nothing else\n'.repeat(400),
    },
    steps: [
      ['postmap -q a hash:z'],
      ['postmap -s btree:z'],
      ['postmap -q a hash:s'],
      ['postmap -q a hash:y'],
      ['postmap -q a btree:y'],
      ['postmap -q a hash:x'],
      ['postmap -d a hash:z'],
      ['postmap hash:m'],
      ['postmap -q a btree:m'],
      ['postmap -s btree:m'],
      ['postmap -d a btree:m'],
      ['postmap -i btree:m', 'x y\n'],
      ['postmap btree:m'],
      ['postmap -q a hash:m'],
    ],
  },
  {
    title: 'old sources',
    files: {a: 'a b\n', b: 'a b\n', c: 'a b\n', 'a.db': '', 'b.db': ''},
    steps: [['postmap hash:c'], ['postmap -q a c'], ['postmap -q a hash:c']],
  },
  {
    title: 'options',
    files: {t: 'a b\n', m: 'a: b\n'},
    steps: [
      ['postmap t'],
      ['postmap'],
      ['postmap -q'],
      ['postmap -Z'],
      ['postmap -q a -d b t'],
      ['postmap -s -q a t'],
      ['postmap -s -d a t'],
      ['postmap -q a -s t'],
      ['postmap -d a -s t'],
      ['postmap -i -s t'],
      ['postmap -i -q a t'],
      ['postmap -b t'],
      ['postmap -h -q a t'],
      ['postmap -m t'],
      ['postmap -b -q a t'],
      ['postmap -q a'],
      ['postmap -d a'],
      ['postmap -s'],
      ['postmap -s -s t'],
      ['postmap -q a -q b t'],
      ['postmap -i -d a t'],
      ['postmap -b -h -q - t', 'a b\n'],
      ['postmap -U t'],
      ['postmap -m -q - t', 'a\n'],
      ['postmap -q a t:'],
      ['postmap -e t'],
      ['postmap -c /nosuch t'],
      ['postmap -q - -d - t'],
      ['postmap -q a t t'],
      ['postmap -q zz t nosuch'],
      ['postmap -q - t nosuch', 'a\n'],
      ['postmap -s t nosuch'],
      ['postmap -d a t nosuch'],
      ['postmap foo:t'],
      ['postmap -s foo:t'],
      ['postmap -d a foo:t'],
      ['postmap -i foo:t'],
      ['postalias'],
      ['postalias -b m'],
      ['postalias -F m'],
      ['postalias -q'],
      ['postalias -m m'],
      ['postalias m'],
      ['postalias -s -q x m'],
      ['postalias fail:m'],
      ['postalias -q x fail:m'],
      ['postalias foo:m'],
      ['postmap -- t'],
      ['postmap t -s'],
      ['postmap -sq a t'],
    ],
  },
  ...NAMES.map((name): Scenario => ({
    title: `changes of ${name}:`,
    files: {t: 'a b\n'},
    steps: [
      [`postmap ${name}:t`],
      [`postmap -d a ${name}:t`],
      [`postmap -s ${name}:t`],
      [`postmap -i ${name}:t`, 'x y\n'],
    ],
  })),
  ...QUERIES.map((name): Scenario => ({
    title: `asking ${name}`,
    steps: [[`postmap -q a '${name}'`], [`postmap -s '${name}'`], [`postmap -q A '${name}'`]],
  })),
  ...withTypes('an alias file with everything in it', {
    files: {m: ALIASES},
    steps: [
      ['postalias TYPE:m'],
      ['postalias -s TYPE:m'],
      ['postalias -q root TYPE:m'],
      ['postalias -f TYPE:m'],
      ['postalias -s TYPE:m'],
      ['postalias -q - TYPE:m', 'root\nlist\nzz\n'],
      ['postalias -q YP_MASTER_NAME TYPE:m'],
      ['postalias -fq YP_MASTER_NAME TYPE:m'],
      ['postalias -d list TYPE:m'],
      ['postalias -i TYPE:m', 'nw: x\nlist: y\nroot: z\ndup: 3\n'],
      ['postalias -s TYPE:m'],
      ['postalias -ir TYPE:m', 'dup: x\n'],
      ['postalias -w TYPE:m'],
      ['postalias -r TYPE:m'],
      ['postalias -n TYPE:m'],
      ['postalias -s TYPE:m'],
      ['postalias -u TYPE:m'],
      ['postalias -s TYPE:m'],
    ],
  }),
  ...['-hq', '-bq', '-bhq', '-hmq', '-bmq', '-bhmq'].map((flags): Scenario => ({
    title: `a message: ${flags}`,
    steps: [
      [
        `postmap ${flags} - 'regexp:{{/(.*)/ H[$1]}}'`,
        'Subject: hello\n world\nTo: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b1\n\npreamble\n--b1\nContent-Type: text/plain\n\nbody1\n--b1\nContent-Type: message/rfc822\n\nSubject: nested\n\nnested body\n--b1--\nepilog\n',
      ],
      [`postmap ${flags} - static:x`, 'A: b\nnot a header\nC: d\n\nx\n'],
      [`postmap ${flags} - static:x`, 'A: b\r\n\r\nx\r\n'],
      [`postmap ${flags} - static:x`, 'A: b'],
      [`postmap ${flags} - static:x`, ''],
      [`postmap ${flags} - static:x`, '\nabc\n.\n\xff\n'],
    ],
  })),
  {
    title: 'line beginnings and ends',
    files: {
      a: ' k v\n  k2 v2\n',
      b: '\n\n k v\nb c\n',
      c: 'a b\n#x\n\n \n',
      d: 'a\\ b c\n"a\\\\" b\n\\"a b c\n',
      e: `${'k'.repeat(3000)} ${'v'.repeat(70000)}\n`,
      f: ` ${'long'.repeat(20)} x\nb c\n`,
      g: 'a\vb c\fd\n\r\na b\r',
      h: 'a b\n\n  c\n# x\n\td\n',
      i: 'k1:x\nroot: me\nroot2 : me\n',
      j: 'a\0b c\n\0\nd e\0f\n',
    },
    steps: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].flatMap(name => [
      [`postmap hash:${name}`] as const,
      [`postmap -s hash:${name}`] as const,
    ]),
  },
];

suite('postmap beside the original', function () {
  this.timeout(120_000);
  const isInstalled = existsSync('/usr/sbin/postmap') && process.getuid?.() === 0;
  const beside = new BesideOriginals(
    'compatibility_level = 3.6\nmyhostname = mail.example.com\nalias_database = hash:al1, btree:al2\n',
  );
  suiteSetup(function () {
    if (isInstalled) return beside.prepare(SCENARIOS);
    console.log('      SKIPPED: the real postmap is not installed, or this is not root');
    this.skip();
  });
  suiteTeardown(() => beside.dispose());
  for (const scenario of SCENARIOS) test(scenario.title, () => beside.compare(scenario));

  const folder = mkdtempSync(join(tmpdir(), 'posthorn-postmap-'));
  suiteTeardown(() => rmSync(folder, {recursive: true}));
  for (const type of TYPES)
    for (const count of [0, 1, 60, 3000])
      test(`${type}: each reads the ${count} entries the other wrote`, async () => {
        const path = join(folder, `${type}${count}`);
        const entries = Array.from(
          {length: count},
          (_none, i) =>
            `${i % 50 === 7 ? 'long'.repeat(400) : 'k'}${i} ${i % 40 === 3 ? 'v'.repeat(i * 10) : 'v'}${i}\n`,
        );
        writeFileSync(path, entries.join(''));
        writeFileSync(join(folder, 'main.cf'), 'compatibility_level = 3.6\n');
        const run = async (tool: string, args: readonly string[]): Promise<string> => {
          const done = await runInProcess((await tools.get(tool)?.()) ?? assert.fail(), ['-c', folder, ...args]);
          assert.equal(done.stderr, '');
          return done.stdout;
        };
        const original = (program: string, args: readonly string[]): string => {
          const done = spawnSync(program, args, {encoding: 'latin1', maxBuffer: 1 << 28});
          assert.equal(done.status, 0, done.stderr);
          return done.stdout;
        };
        const want = entries.map(entry => entry.replace(' ', '\t').trimEnd()).sort();
        const lines = (text: string): string[] => text.split('\n').filter(Boolean).sort();
        await run('postmap', [`${type}:${path}`]);
        original('db5.3_verify', ['-q', `${path}.db`]);
        assert.deepEqual(lines(original('postmap', ['-c', folder, '-s', `${type}:${path}`])), want);
        original('postmap', ['-c', folder, `${type}:${path}`]);
        assert.deepEqual(lines(await run('postmap', ['-s', `${type}:${path}`])), want);
        await run('postmap', [`${type}:${path}`]);
        const more = spawnSync('postmap', ['-c', folder, '-i', `${type}:${path}`], {
          input: entries.join('').replaceAll(/^/gm, 'more'),
        });
        assert.equal(more.status, 0);
        original('db5.3_verify', ['-q', `${path}.db`]);
        assert.equal(lines(await run('postmap', ['-s', `${type}:${path}`])).length, 2 * count + (count === 0 ? 0 : 0));
      });
});
