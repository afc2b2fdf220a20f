import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {rootRows} from '../../../../src/core/config/dovecot/registry.ts';

suite('effect marks of dovecot.conf', () => {
  test('a setting is marked to have effect exactly when the engine asks for it', () => {
    const asked = askedFor();
    const rows = Object.entries(rootRows.rows).filter(([, row]) => 'hasEffect' in row);
    const marked = rows.filter(([, row]) => 'hasEffect' in row && row.hasEffect).map(([name]) => name);
    assert.deepEqual(
      marked.sort(),
      rows
        .map(([name]) => name)
        .filter(name => asked.has(name))
        .sort(),
    );
  });
});

/** Names in `get('...')` and `origin('...')`, but where settings are read, checked and printed only. */
function askedFor(): ReadonlySet<string> {
  const source = fileURLToPath(new URL('../../../../src', import.meta.url));
  const asked = new Set<string>();
  for (const file of readdirSync(source, {recursive: true, encoding: 'utf8'})) {
    if (!file.endsWith('.ts') || LISTS.some(name => file.includes(name))) continue;
    const text = readFileSync(join(source, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/\.(?:get|origin)\(\s*'(\w+)'\s*\)/g)) asked.add(name);
  }
  return asked;
}

const LISTS = ['core/config/dovecot/', 'core/config/parameters', 'commands/doveconf'];
