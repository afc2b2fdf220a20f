import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'mocha';
import {makePassword, splitPassword, verifyPassword} from '../../../../src/core/account/password/password.ts';
import {passwordSchemes} from '../../../../src/core/account/password/registry.ts';
import {AuthRequest} from '../../../../src/core/account/auth/request.ts';
import {shadowEntry} from '../../../../src/core/account/auth/drivers/shadow.ts';
import {parseShadow} from '../../../../src/core/account/shadow-file.ts';
import {Log} from '../../../../src/core/log/log.ts';
import {ConfigError} from '../../../../src/core/base/errors.ts';

const CONNECTION = {service: 'x', clientAddress: '', serverAddress: '', isEncrypted: false};
const QUIET = {isVerbose: false, isDebug: false, showsPasswords: false};

suite('passwords', () => {
  const splits: readonly (readonly [stored: string, scheme: string, password: string])[] = [
    ['{PLAIN}x', 'PLAIN', 'x'],
    ['{plain.b64}eA==', 'plain.b64', 'eA=='],
    ['x', 'CRYPT', 'x'],
    ['{x', 'CRYPT', '{x'],
    ['$1$a$b$more', 'MD5-CRYPT', '$1$a$b'],
    ['$6$a$b', 'CRYPT', '$6$a$b'],
  ];
  for (const [stored, scheme, password] of splits)
    test(`${stored} is ${password} in ${scheme}`, () => {
      assert.deepEqual(splitPassword(stored, 'CRYPT'), {scheme, password});
    });

  for (const name of passwordSchemes.keys())
    if (!['PLAIN-TRUNC', 'ARGON2I', 'ARGON2ID'].includes(name))
      test(`${name} verifies what it made`, async () => {
        const stored = await makePassword(name, 'secret', {username: 'joe'});
        assert.equal(await verifyPassword(stored, 'CRYPT', 'secret', 'joe'), true);
        assert.equal(await verifyPassword(stored, 'CRYPT', 'Secret', 'joe'), false);
      });

  test('what is stored wrongly is a fault, not a wrong password', async () => {
    for (const stored of ['{FOO}x', '{SHA}!!', '{PLAIN.foo}x', '{BLF-CRYPT}x', '{SSHA}AAAA'])
      await assert.rejects(verifyPassword(stored, 'CRYPT', 'x', 'joe'), ConfigError, stored);
  });

  test('shadow(5): dates count, and an unreadable file is a fault', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posthorn-shadow-'));
    const file = join(folder, 'shadow');
    const lines = [
      'joe:$6$a$b:19000:0:99999:7:::',
      'old:x:19000:0:99999:7::19100:',
      'late:x:19000:0:30:7:10::',
      'locked:!x:::::::',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const stored = parseShadow(readFileSync(file, 'latin1'), file);
    const kinds = ['joe', 'old', 'late', 'locked'].map(name => {
      const request = new AuthRequest(CONNECTION, 'PLAIN', new Log('auth', {write: () => undefined}), QUIET);
      return shadowEntry(request, stored.get(name) ?? [], 20_000 * 86_400_000).kind;
    });
    assert.deepEqual(kinds, ['found', 'expired', 'expired', 'disabled']);
    rmSync(folder, {recursive: true});
    assert.throws(() => parseShadow(undefined, file), /the system's users can't log in: .*: No such file or directory/);
  });
});
