import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {configFromText} from '../../../src/core/config/load-config.ts';
import {openTable} from '../../../src/core/table/open-table.ts';
import {TableError} from '../../../src/core/table/table.ts';

const CASES: readonly [table: string, key: string, value: string | undefined][] = [
  ['inline:{a=b}', 'a', 'b'],
  ['inline:{a=b}', 'A', 'b'],
  ['inline:{a=b}', 'c', undefined],
  ['inline:{{a = b c}, d=e}', 'a', 'b c'],
  ['inline:{a=b,a=c}', 'a', 'c'],
  ['static:x', 'whatever', 'x'],
  ['environ:x', 'posthorn_test_key', 'there'],
  ['environ:x', 'posthorn_test_none', undefined],
  ['randmap:{only}', 'any', 'only'],
  ['pipemap:{inline:{a=b},inline:{b=c}}', 'a', 'c'],
  ['pipemap:{inline:{a=b},inline:{x=y}}', 'a', undefined],
  ['unionmap:{static:one,inline:{a=two}}', 'a', 'one,two'],
  ['unionmap:{static:one,inline:{a=two}}', 'b', 'one'],
  ['proxy:inline:{a=b}', 'a', 'b'],
  ['proxy:unix:passwd.byname', 'nosuchuser', undefined],
  ['nis:mail.aliases', 'root', undefined],
];

const REFUSED: readonly [table: string, message: string][] = [
  ['plain', 'open dictionary: expecting "type:name" form instead of "plain"'],
  ['proxy:plain', 'open dictionary: expecting "type:name" form instead of "plain"'],
  ['nosuch:x', 'unsupported dictionary type: nosuch'],
  ['unix:hosts.byname', 'unknown table: unix:hosts.byname'],
  ['texthash:/nowhere/file', 'open database /nowhere/file: No such file or directory'],
];

suite('tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-tables-'));
  const environment = {posthorn_test_key: 'there'};
  suiteTeardown(() => rmSync(folder, {recursive: true}));

  for (const [table, key, value] of CASES)
    test(`${table} asked for ${key}`, async () => {
      const found = await openTable(table, {environment, warn: () => undefined}).lookup(key);
      assert.equal(found?.value, value);
    });

  for (const [table, message] of REFUSED)
    test(`${table} is refused`, () => {
      assert.throws(
        () => openTable(table, {}),
        (fault: unknown) => fault instanceof TableError && fault.message === message,
      );
    });

  test('nis: says once that there is no domain', async () => {
    const warnings: string[] = [];
    const table = openTable('nis:mail.aliases', {warn: text => void warnings.push(text)});
    await table.lookup('a');
    await table.lookup('b');
    assert.deepEqual(warnings, ['dict_nis_init: NIS domain name not set - NIS lookups disabled']);
  });

  test('the users of an instance are its own and whoever runs it', async () => {
    mkdirSync(join(folder, 'etc/dovecot'), {recursive: true});
    writeFileSync(join(folder, 'etc/dovecot/users'), 'jane:{PLAIN}x::::\n');
    const config = configFromText('', {root: folder});
    const table = openTable('proxy:unix:passwd.byname', {config});
    assert.equal((await table.lookup('jane'))?.value, 'jane:{PLAIN}x::::');
    assert.equal((await table.lookup(userInfo().username))?.value.split(':')[0], userInfo().username);
    assert.equal(await table.lookup('daemon'), undefined);
  });

  test('a changed file is read again, and the last good content stays when it vanishes', async () => {
    const path = join(folder, 'text');
    let now = 0;
    const warnings: string[] = [];
    writeFileSync(path, 'a one\n');
    utimesSync(path, 1000, 1000);
    const table = openTable(`texthash:${path}`, {now: () => now, warn: text => void warnings.push(text)});
    assert.equal((await table.lookup('a'))?.value, 'one');
    writeFileSync(path, 'a two\n');
    now += 1000;
    assert.equal((await table.lookup('a'))?.value, 'two');
    unlinkSync(path);
    now += 1000;
    assert.equal((await table.lookup('a'))?.value, 'two');
    assert.equal(warnings.length, 1);
  });
});
