import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ScriptFault, scriptPlaces, SieveScripts} from '../../../src/core/filter/sieve-scripts.ts';

const LIMITS = {maxScripts: 2, maxStorageBytes: 50, maxScriptBytes: 40};

suite('the Sieve scripts of a user', () => {
  let home = '';
  let scripts: SieveScripts;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-scripts-'));
    scripts = new SieveScripts({folder: `${home}/sieve`, active: `${home}/.dovecot.sieve`, isFile: false}, LIMITS);
  });
  teardown(() => rmSync(home, {recursive: true}));

  async function refuses(code: ScriptFault['code'], action: Promise<unknown>): Promise<void> {
    await assert.rejects(action, fault => fault instanceof ScriptFault && fault.code === code);
  }

  test('are put, listed, read, renamed and removed', async () => {
    assert.deepEqual(await scripts.list(), []);
    await scripts.put('b', Buffer.from('keep;'));
    await scripts.put('a', Buffer.from('stop;'));
    await scripts.put('a', Buffer.from('discard;'));
    assert.deepEqual(await scripts.list(), [
      {name: 'a', isActive: false},
      {name: 'b', isActive: false},
    ]);
    assert.equal((await scripts.read('a')).toString(), 'discard;');
    await scripts.rename('a', '__proto__');
    await refuses('exists', scripts.rename('b', '__proto__'));
    await scripts.remove('b');
    assert.deepEqual(await scripts.list(), [{name: '__proto__', isActive: false}]);
  });
  test('one is active by a link, which follows its name', async () => {
    await scripts.put('a', Buffer.from('keep;'));
    await scripts.activate('a');
    assert.equal(readlinkSync(`${home}/.dovecot.sieve`), 'sieve/a.sieve');
    await refuses('active', scripts.remove('a'));
    await scripts.rename('a', 'c');
    assert.deepEqual(await scripts.list(), [{name: 'c', isActive: true}]);
    await scripts.deactivate();
    assert.equal(existsSync(`${home}/.dovecot.sieve`), false);
    await scripts.deactivate();
  });
  test('a file in the place of the link stays', async () => {
    await scripts.put('a', Buffer.from('keep;'));
    writeFileSync(`${home}/.dovecot.sieve`, 'keep;');
    await refuses('not-a-link', scripts.activate('a'));
    await refuses('not-a-link', scripts.deactivate());
    assert.deepEqual(await scripts.list(), [{name: 'a', isActive: false}]);
  });
  test('what is not there, has no name, or is too much is refused', async () => {
    await refuses('nonexistent', scripts.read('a'));
    await refuses('nonexistent', scripts.activate('a'));
    for (const name of ['', 'a/b', 'a\0', 'a\n', 'x'.repeat(256)])
      await refuses('invalid-name', scripts.put(name, Buffer.from('keep;')));
    await refuses('max-size', scripts.put('a', Buffer.alloc(41)));
    await scripts.put('a', Buffer.alloc(20));
    await refuses('max-storage', scripts.put('b', Buffer.alloc(31)));
    await scripts.put('b', Buffer.alloc(1));
    await refuses('max-scripts', scripts.put('c', Buffer.alloc(1)));
  });
  test('places are those of the setting', () => {
    const rows: readonly (readonly [string, unknown])[] = [
      ['file:~/sieve;active=~/.dovecot.sieve', {folder: '/h/sieve', active: '/h/.dovecot.sieve', isFile: false}],
      ['file:/x/y', {folder: '/x/y', active: '/h/.dovecot.sieve', isFile: false}],
      ['~/my.sieve', {folder: '/h/sieve', active: '/h/my.sieve', isFile: true}],
      ['', {folder: '/h/sieve', active: '/h/.dovecot.sieve', isFile: true}],
      ['relative', undefined],
    ];
    for (const [setting, places] of rows) assert.deepEqual(scriptPlaces(setting, '/h'), places, setting);
  });
});
