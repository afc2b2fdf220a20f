import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {setup, suite, teardown, test} from 'mocha';
import {type Account, Accounts} from '../../../src/core/account/accounts.ts';
import {parsePasswd} from '../../../src/core/account/passwd-file.ts';

const CALLER: Account = {
  name: 'Me',
  uid: 1000,
  gid: 100,
  gecos: '',
  home: '/home/me',
  shell: '/bin/zsh',
  fromSystem: true,
};

suite('accounts', () => {
  let root = '';
  setup(() => (root = mkdtempSync(join(tmpdir(), 'posthorn-accounts-'))));
  teardown(() => rmSync(root, {recursive: true, force: true}));

  function open(users: string): Accounts {
    const usersFile = join(root, 'users');
    const passwdFile = join(root, 'passwd');
    writeFileSync(usersFile, users);
    writeFileSync(passwdFile, 'root:x:0:0:root:/root:/bin/sh\njoe:x:7:8:Joe:/j:/bin/ksh\n');
    return new Accounts({root, caller: CALLER, usersFile, passwdFile});
  }

  test('an instance has its caller and the accounts of its file', () => {
    const accounts = open('alice:{PLAIN}x::::::\nBob:{PLAIN}x:5:6:Bob B:/b:/bin/csh:userdb_quota=1\n');
    assert.deepEqual(accounts.lookup('me'), CALLER);
    assert.deepEqual(accounts.lookup('alice'), {
      name: 'alice',
      uid: 1000,
      gid: 100,
      gecos: '',
      home: join(root, 'home/alice'),
      shell: '/bin/sh',
      fromSystem: false,
    });
    assert.deepEqual(accounts.lookup('bob'), {
      name: 'Bob',
      uid: 5,
      gid: 6,
      gecos: 'Bob B',
      home: '/b',
      shell: '/bin/csh',
      fromSystem: false,
    });
    for (const name of ['joe', 'root', '', '__proto__', 'constructor']) assert.equal(accounts.lookup(name), undefined);
    assert.equal(accounts.systemUser('joe')?.uid, 7);
    assert.equal(accounts.byUid(7)?.name, 'joe');
    assert.equal(accounts.byUid(9), undefined);
  });

  test('a changed file counts at once', () => {
    const accounts = open('alice:x::::::\n');
    assert.equal(accounts.lookup('carol'), undefined);
    writeFileSync(join(root, 'users'), 'alice:x::::::\ncarol:x::::::\n');
    assert.equal(accounts.lookup('carol')?.name, 'carol');
    rmSync(join(root, 'users'));
    assert.equal(accounts.lookup('alice'), undefined);
  });

  test("the system's own instance has the system's users", () => {
    const passwdFile = join(root, 'passwd');
    writeFileSync(passwdFile, 'root:x:0:0:root:/root:/bin/sh\njoe:x:7:8:Joe:/j:/bin/ksh\n');
    const accounts = new Accounts({root: '/', caller: {...CALLER, name: 'root', uid: 0, gid: 0}, passwdFile});
    assert.equal(accounts.lookup('joe')?.home, '/j');
    assert.equal(accounts.lookup('me'), undefined);
  });

  test('lines that can not be used are left out; noise does no harm', () => {
    const text = '# c\n\nx\na:b:c:d\nb:::::/h\nb:x:1:1:::\nc:x:99999999999:1:::\nd:x:-1:2:::';
    assert.deepEqual([...parsePasswd(text).keys()], ['x', 'b']);
    fc.assert(fc.property(fc.string(), noise => void parsePasswd(noise)));
  });
});
