import assert from 'node:assert/strict';
import {appendFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {postqueue} from '../../src/commands/postqueue.ts';
import {runInProcess} from '../support/stdio.ts';

/** A site that may be flushed gets as far as asking the mail system, which does not run here. */
const DOWN = 'postqueue: fatal: Cannot flush mail queue - mail system is down\n';
const refused = (site: string): string =>
  `postqueue: fatal: Flush service is not configured for destination "${site}"\n`;

const CASES: readonly [domains: string, site: string, stderr: string][] = [
  ['example.com', 'example.com', DOWN],
  ['example.com', 'sub.example.com', DOWN],
  ['example.com', 'other.example', refused('other.example')],
  ['inline:{example.com=x}', 'example.com', DOWN],
  ['inline:{example.com=x}', 'other.example', refused('other.example')],
  ['!sub.example.com, example.com', 'sub.example.com', refused('sub.example.com')],
  ['FILE', 'listed.example', DOWN],
  ['FILE', 'example.com', refused('example.com')],
];

suite('postqueue -s', () => {
  const root = mkdtempSync(join(tmpdir(), 'posthorn-postqueue-'));
  suiteTeardown(() => rmSync(root, {recursive: true}));
  const run = (args: readonly string[]): ReturnType<typeof runInProcess> =>
    runInProcess(postqueue, args, {env: {POSTHORN_HOME: root}});

  for (const [domains, site, stderr] of CASES)
    test(`fast_flush_domains = ${domains}: ${site}`, async () => {
      await run(['-p']);
      writeFileSync(join(root, 'sites'), 'listed.example\n');
      appendFileSync(
        join(root, 'etc/postfix/main.cf'),
        `fast_flush_domains = ${domains.replace('FILE', join(root, 'sites'))}\n`,
      );
      const done = await run(['-s', site]);
      assert.equal(done.stderr, stderr);
      assert.equal(done.status, 69);
    });
});
