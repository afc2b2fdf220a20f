import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Parameter} from '../../../src/core/config/parameter.ts';
import {parameters} from '../../../src/core/config/parameters.ts';

suite('the registry of parameters', () => {
  const rows: readonly (readonly [string, Parameter])[] = Object.entries(parameters);

  test('each parameter has a description that ends with a full stop', () => {
    const wrong = rows.filter(([, {text}]) => !/^\S.*[^.\s]\.$/.test(text)).map(([name]) => name);
    assert.deepEqual(wrong, []);
  });

  test("a flag's description begins with Whether", () => {
    const wrong = rows
      .filter(([, {kind, text}]) => kind === 'flag' && !text.startsWith('Whether '))
      .map(([name]) => name);
    assert.deepEqual(wrong, []);
  });

  test('a parameter is marked to have effect exactly when the code asks for it', () => {
    const asked = askedFor();
    const marked = rows.filter(([, row]) => row.hasEffect).map(([name]) => name);
    const known = new Set(rows.map(([name]) => name));
    assert.deepEqual(marked.sort(), [...asked].filter(name => known.has(name)).sort());
  });

  test('each default is that of the original, but for what depends on the host, and what is safer here', () => {
    const golden = readFileSync(new URL('../../golden/postconf-defaults.txt', import.meta.url), 'utf8');
    const theirs = golden
      .split('\n')
      .filter(line => line !== '' && !line.includes(' = <'))
      .map(line => SAFER.get(line) ?? line);
    const known = new Map<string, string>(rows.map(([name, {defaultValue}]) => [name, defaultValue]));
    const ours = theirs.map(line => {
      const name = line.slice(0, line.indexOf(' '));
      return known.has(name) ? `${name} = ${known.get(name)}` : line; // of a service in master.cf: not in the registry
    });
    assert.deepEqual(
      ours,
      theirs.map(line => line.replace(/ =$/, ' = ')),
    );
  });
});

/** Against smuggled mail (COMPATIBILITY.md): what Postfix has since 3.9. */
const SAFER: ReadonlyMap<string, string> = new Map([
  ['smtpd_forbid_bare_newline = no', 'smtpd_forbid_bare_newline = normalize'],
  ['smtpd_forbid_unauth_pipelining = no', 'smtpd_forbid_unauth_pipelining = yes'],
]);

/** Names in quotes anywhere but where parameters are only listed; those of transports by their suffix. */
function askedFor(): ReadonlySet<string> {
  const source = fileURLToPath(new URL('../../../src', import.meta.url));
  // From the place of main.cf, and below it; by the defaults that differ with it.
  const asked = new Set(['config_directory', 'data_directory', 'compatibility_level']);
  for (const file of readdirSync(source, {recursive: true, encoding: 'utf8'})) {
    if (!file.endsWith('.ts') || LISTS.some(name => file.includes(name))) continue;
    const text = readFileSync(join(source, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/['"](\w+)['"]/g)) asked.add(name);
    for (const [, suffix = ''] of text.matchAll(/(?:forTransport\(\w+, |number\()'(\w+)'\)/g))
      asked.add(`default_${suffix}`).add(`local_${suffix}`);
  }
  return asked;
}

const LISTS = [
  'core/filter/',
  'core/daemon/access/',
  'core/config/parameters/',
  'core/config/service-parameters',
  'core/config/load-config',
  'core/config/parameter-set',
  'core/config/common-parameters',
  'core/table/parameter-list',
  'commands/postcat-dump',
];
