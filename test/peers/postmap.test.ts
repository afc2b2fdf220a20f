/** postmap and postalias beside the originals: each reads what the other made. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runGuarded, type Stdio} from '../../src/core/base/tool.ts';
import {tools} from '../../src/commands/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'posthorn-postmap-'));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function original(tool: string, args: readonly string[]): Result {
  const {status, stdout, stderr} = spawnSync(tool, ['-c', folder, ...args], {encoding: 'latin1'});
  return {status, stdout, stderr};
}

async function ours(name: string, args: readonly string[]): Promise<Result> {
  const text = {stdout: '', stderr: ''};
  const output = (stream: 'stdout' | 'stderr') => ({
    write: (part: string | Uint8Array) => void (text[stream] += String(part)),
  });
  const stdin = (async function* () {})();
  const stdio: Stdio = {stdin, stdout: output('stdout'), stderr: output('stderr'), env: process.env};
  const tool = await tools.get(name)?.();
  assert(tool !== undefined);
  return {status: await runGuarded(tool, ['-c', folder, ...args], stdio), ...text};
}

function sorted(text: string): string[] {
  return text
    .split('\n')
    .filter(line => !/last_modified/i.test(line))
    .sort();
}

const SOURCES: readonly [tool: string, title: string, content: string][] = [
  ['postmap', 'a few', 'a b\nA c\nk\n  v\nx: y\nbad\n"q r" z\n'],
  ['postmap', 'nothing', ''],
  [
    'postmap',
    'many, and big ones',
    `${Array.from({length: 3000}, (_, i) => `key${i} v${i}\n`).join('')}big ${'x'.repeat(20000)}\n`,
  ],
  [
    'postalias',
    'aliases',
    'a: b,c\n"x y": |"foo bar"\nbad line\nd : :include:/x\nowner (note) : joe\n c: d\n: x\nd: again\n',
  ],
];

suite('postmap beside the original', function () {
  this.timeout(30_000);
  suiteSetup(function () {
    if (spawnSync('postmap', ['-c', folder, '-x']).error !== undefined) {
      console.log('    postmap is not installed: nothing to compare with');
      this.skip();
    }
    writeFileSync(join(folder, 'main.cf'), 'compatibility_level = 3.6\nmyhostname = mail.example.com\n');
  });
  suiteTeardown(() => rmSync(folder, {recursive: true}));

  for (const [tool, title, content] of SOURCES)
    for (const type of ['hash', 'btree'])
      test(`${tool} ${type}: ${title}`, async () => {
        const file = join(folder, 'map');
        const map = `${type}:${file}`;
        writeFileSync(file, content);
        const built = original(tool, [map]);
        const theirs = original(tool, ['-s', map]);
        assert.deepEqual(sorted((await ours(tool, ['-s', map])).stdout), sorted(theirs.stdout));
        renameSync(`${file}.db`, `${file}.old`);
        assert.deepEqual(await ours(tool, [map]), built);
        assert.deepEqual(sorted(original(tool, ['-s', map]).stdout), sorted(theirs.stdout));
        for (const key of ['a', 'A', 'big', 'key77', 'nosuch'])
          assert.deepEqual(await ours(tool, ['-q', key, map]), original(tool, ['-q', key, map]));
      });

  const FAULTS: readonly string[][] = [
    ['-x'],
    [],
    ['-q', 'a', 'hash:/nonexistent'],
    ['-q', 'a', '-d', 'b', 'x'],
    ['-s', 'static:x'],
    ['hash:/nonexistent'],
    ['-q', 'a', 'fail:x'],
    ['-b', 'hash:x'],
    ['-q', 'a', 'inline:{a=b'],
    ['-d', 'a', 'texthash:x'],
  ];
  for (const args of FAULTS)
    test(`fault: ${args.join(' ')}`, async () =>
      assert.deepEqual(await ours('postmap', args), original('postmap', args)));
});
