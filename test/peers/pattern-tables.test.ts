/** regexp: and pcre: tables beside the real postmap: what matches, what the groups hold, what is said of bad patterns. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openTable} from '../../src/core/table/open-table.ts';

type Type = 'regexp' | 'pcre';

const SUBJECTS = [
  'a', 'ab', 'aab', 'abab', 'aaaa', 'b', 'ABC', 'abcd', 'a b', 'a.b', 'a\\b', 'x-y_z', '123', 'a1b22', 'foo', 'foobar',
  'barfoo', 'foo bar', 'joe@example.com', 'Subject: [SPAM] buy', 'aXbXc', '(a)', 'a]b', 'a{2}', '{', '^a$', '*', 'a*b',
  '+', 'a|b', '\xe4', 'caf\xe9', '\x85', 'a\tb', '0', 'zz', 'xyxy', 'abcabc', 'aabb', 'abba',
]; // prettier-ignore

/** Patterns with flags, and how many groups they have. */
const BOTH: readonly string[] = [
  '/a/', '/^a/', '/a$/', '/^a$/', '/^a$/i', '/A/', '/A/i', '/./', '/^..$/', '/a*/', '/^a+b/', '/(a)(b)?/', '/(a|ab)(c|bcd)?/',
  '/^(a|ab)*$/', '/(a*)(b*)/', '/(a*)*/', '/(a*)+b/', '/(a|b)*/', '/((a)|(b))*/', '/(x|y)+/', '/[abc]+/', '/[^abc]+/',
  '/[a-c][0-9]/', '/[[:digit:]]+/', '/[[:alpha:]]+[[:space:]]/', '/[]]/', '/[^]a]/', '/[a-]/', '/[-a]/', '/a{2}/',
  '/^a{1,2}b/', '/a{3,}/', '/(ab){2}/', '/\\./', '/\\\\/', '/\\(a\\)/', '/\\{/', '/a\\|b/', '/\\*/', '/\\^a\\$/', '/(.)\\1/',
  '/^(.)(.).*\\2\\1$/', '/(..)\\1/', '/\\bfoo\\b/', '/foo\\B/', '/\\w+/', '/\\W/', '/\\s/', '/^\\S+$/', '/()a/', '/(|a)b/',
  '/a||b/', '/foo|foobar/', '/(foo|foobar)(bar)?/', '/^(foo)?bar/', '/^((f)o*|b)/', '/@example\\.com$/', '/\\[spam\\]/',
  '/^subject:(.*)/', '/^subject: *(\\[.*\\]) *(.*)$/', '/(a+)(a+)/', '/(a?)(a?)(a?)/', '/x*y/', '/^[^@]+@([^@]+)$/',
  '/(a)|b/', '/(a)|(b)/', '/[\xe0-\xff]/', '/\xc4/', '/^(([a-z])+.)+$/',
]; // prettier-ignore

const REGEXP: readonly string[] = [
  ...BOTH,
  '/\\<foo\\>/', "/\\`a\\'/", '/a**/', '/a+?b/', '/a*{2}/', '/(*a)/', '/^*a/', '/a|*b/', '/{/', '/a{,2}b/', '/a\\{2\\}/x', '/\\(a\\)\\1/x',
  '/a+/x', '/a\\+/x', '/a\\|b/x', '/(a)/x', '/[.]/', '/[\\]b/', '/[[.a.]]/', '/[[=a=]]b/', '/[[:upper:]]/', '/[[:upper:]]/i',
  '/a\\n/', '/a^b/', '/a$b/', '/(^a)/', '/(a$)/', '/x(^a)|b/', '/a{2}{2}/', '/^(a|b|ab|ba)+$/m', '/()*/', '/(a**)(b)?/',
  '/(/', '/)/', '/a)/', '/[/', '/[a/', '/[]/', '/[b-a]/', '/[[:foo:]]/', '/[[.ab.]]/', '/*/', '/+a/', '/a{3,2}/', '/a{70000}/',
  '/a{1/', '/a{/', '/\\1/', '/(a)\\2/', '/(a\\1)/', '/a{x}/', '/\\(a/x', '/a\\)/x', '/a\\{1/x',
]; // prettier-ignore

const PCRE: readonly string[] = [
  ...BOTH,
  '/(?i)ABC/i', '/(?-i)ABC/', '/a(?i:B)/i', '/(?:a|b)c/', '/(?<n>a)\\k<n>/', "/(?'n'.)(?P=n)/", '/(?P<n>.)\\g{n}/', '/(.)\\g1/', '/(.)\\g{-1}/',
  '/foo(?=bar)/', '/foo(?!bar)/', '/(?<=foo)bar/', '/(?<!foo)bar/', '/(?<=a|fo)o/', '/(?>a+)ab/', '/a++b/', '/a*+a/', '/a?+a/', '/(?:ab)++$/',
  '/\\Aa\\z/', '/a\\Z/', '/\\d+/', '/\\D/', '/\\h/', '/a\\Hb/', '/\\v/', '/\\V/', '/\\R/', '/\\N/', '/\\X/', '/\\C/', '/fo\\Ko/', '/\\Gfoo/',
  '/\\x41/', '/\\x{61}b/', '/\\141/', '/\\o{141}/', '/\\x/', '/\\0/', '/\\cA/', '/\\e|\\a|\\f|b/', '/\\Qa.b\\E/', '/[\\Qa-z\\E]/', '/\\Q(a)/', '/[\\w.]+/', '/[^\\W\\d]+/', '/[\\b]/', '/[\\x41-\\x43]+/i',
  '/[[:^alpha:]]/', '/[[:word:]]+/', '/a(?#comment)b/', '/a b # c/x', '/(?x) a b/', '/(?x)a [ ] b/', '/(?xx)[a b]+/', '/(?n)(a)b/',
  '/(?U)a+/', '/(a+?)b/', '/(a+)/U', '/(a+?)/U', '/b/A', '/a$/E', '/^a.b$/s', '/^b$/m', '/(?|(a)b|(x)y)/', '/(?(?=a)ab|x)/', '/(?J)(?<n>a)|(?<n>b)/',
  '/(?^)a/', '/(?s-i)A/', '/((?i)a|b)c/i', '/a{,2}/', '/a{2}+/', '/{/', '/x{/', '/\\p{L}+/', '/\\p{Lu}/', '/\\PL/', '/\\p{^L}/', '/(*F)|a/', '/(*atomic:a+)b/', '/(*pla:a)ab/',
  '/(a(?=b))*/', '/(?=(a))ab/', '/(?!(a)b)./', '/(a|b)*?c/', '/^(?:(a)|b)*$/', '/^(?:(a)|(b)|c)*$/', '/(a)?b\\1/', '/\\10/', '/\\18/', '/(?<=\\d{2})$/', '/^(?:(?=a)a)+/', '/(?:)+a/', '/(|a)+b/', '/^(|a)+/', '/^((?:|a)+)/',
  '/(/', '/)/', '/[/', '/[b-a]/', '/[[:foo:]]/', '/[[.a.]]/', '/[\\d-z]/', '/[a-\\d]/', '/*/', '/a**/', '/a{2}{3}/', '/a{3,2}/', '/a{70000}/', '/(a)\\2/',
  '/\\g{1}/', '/\\g{-1}/', '/\\g/', '/\\k<n>/', '/\\k/', '/(?<n>a)(?<n>b)/', '/(?<1n>a)/', '/(?<n/', '/(?z)/', '/(?#abc/', '/(?<=a+)b/', '/(?<=(a|bc))b/',
  '/(*FOO)a/', '/\\x{100}/', '/\\x{zz}/', '/\\o{9}/', '/\\400/', '/\\L/', '/\\p/', '/\\i/', '/[\\q]/', '/[\\N]/', '/[\\R]/', '/(?Pa)/', '/(?<=a\\Kb)/', '/\\b+/', '/^*/', '/[z-\\n]/', '/a/X', '/a/R',
]; // prettier-ignore

interface Answer {
  readonly found: string;
  readonly warnings: string;
}

suite('pattern tables beside the original', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-patterns-'));
  suiteSetup(function () {
    if (existsSync('/usr/sbin/postmap')) {
      writeFileSync(join(folder, 'main.cf'), 'compatibility_level = 3.6\nsmtputf8_enable = no\n');
      return;
    }
    console.log('      SKIPPED: the real postmap is not installed');
    this.skip();
  });
  suiteTeardown(() => rmSync(folder, {recursive: true}));

  const write = (pattern: string): string => {
    const file = join(folder, 'rules');
    const groups = Math.min(
      3,
      pattern.replace(/\\.|\[[^\]]*\]/g, '').match(/\((?![?*])|\(\?(?:P?<|')\w/g)?.length ?? 0,
    );
    const result = Array.from({length: pattern.includes('(?n)') ? 0 : groups}, (_none, index) => `<$${index + 1}>`);
    writeFileSync(file, `${pattern} yes${result.join('')}\n`, 'latin1');
    return file;
  };

  const theirs = (type: Type, file: string): Answer => {
    const input = Buffer.from(`${SUBJECTS.join('\n')}\n`, 'latin1');
    const run = spawnSync('postmap', ['-c', folder, '-q', '-', `${type}:${file}`], {input, encoding: 'latin1'});
    return {found: run.stdout, warnings: run.stderr.replace(/^postmap: warning: /gm, '')};
  };

  const ours = async (type: Type, file: string): Promise<Answer> => {
    let warnings = '';
    const table = openTable(`${type}:${file}`, {utf8: false, warn: text => void (warnings += `${text}\n`)});
    let found = '';
    for (const subject of SUBJECTS) {
      const value = (await table.lookup(subject))?.value;
      if (value !== undefined) found += `${subject}\t${value}\n`;
    }
    return {found, warnings};
  };

  for (const [type, patterns] of [
    ['regexp', REGEXP],
    ['pcre', PCRE],
  ] as const)
    // prettier-ignore
    test(`${type}: ${patterns.length} patterns`, async () => {
      const wrong: unknown[] = [];
      for (const pattern of patterns) {
        const file = write(pattern);
        const [want, got] = [theirs(type, file), await ours(type, file)];
        if (want.found !== got.found || want.warnings !== got.warnings) wrong.push({pattern, want, got});
      }
      assert.deepEqual(wrong, []);
    });

  test('what takes the original too long is no match there, and is answered here', async () => {
    const subject = `${'a'.repeat(40)}b`;
    const file = join(folder, 'slow');
    writeFileSync(file, '/^(a+)+$/ x\n!/^(a+)+$/ not\n/./ last\n');
    const run = spawnSync('postmap', ['-c', folder, '-q', subject, `pcre:${file}`], {encoding: 'latin1'});
    assert.equal(run.stdout, 'last\n');
    assert.match(run.stderr, /line 1: match limit exceeded\n.*line 2: match limit exceeded\n/);
    assert.equal((await openTable(`pcre:${file}`, {}).lookup(subject))?.value, 'not');
  });
});
