/** Stored passwords beside the real `doveadm pw`: what it makes we verify, what we make it verifies, scheme by scheme. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {suite, suiteSetup, test} from 'mocha';
import {makePassword, verifyPassword} from '../../src/core/account/password/password.ts';
import {passwordSchemes} from '../../src/core/account/password/registry.ts';

const DOVEADM = '/usr/bin/doveadm';
const USER = 'joe@example.com';

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function doveadmPw(...args: readonly string[]): Run {
  const argv = args.map(arg => Buffer.from(arg, 'latin1').toString('utf8')); // spawn writes UTF-8
  const {status, stdout, stderr} = spawnSync(DOVEADM, ['pw', '-u', USER, ...argv], {encoding: 'latin1'});
  return {status: status ?? -1, stdout: stdout.trim(), stderr};
}

/** Is it the password, says doveadm. */
function doveadmAgrees(stored: string, plain: string): boolean {
  return doveadmPw('-t', stored, '-p', plain).status === 0;
}

async function weAgree(stored: string, plain: string): Promise<boolean> {
  return verifyPassword(stored, 'CRYPT', plain, USER);
}

/** Byte strings; the second is in UTF-8. */
const PASSWORDS = ['secret', 'p\xc3\xa4ssw\xc3\xb6rd mit Blank', '{x}$1$:,=', 'a'.repeat(90)];

suite('stored passwords', () => {
  suiteSetup(function () {
    if (existsSync(DOVEADM)) return;
    console.log('      SKIPPED: the real doveadm is not installed');
    this.skip();
  });

  test('we have every scheme that it lists', () => {
    const listed = doveadmPw('-l').stdout.split(/\s+/).filter(Boolean);
    assert.deepEqual([...passwordSchemes.keys()].sort(), listed.sort());
  });

  for (const name of passwordSchemes.keys()) {
    if (name === 'PLAIN-TRUNC') continue; // what doveadm makes of it, it does not verify itself: below
    test(`${name}: it verifies ours, we verify its`, async () => {
      for (const plain of PASSWORDS) {
        const ours = await makePassword(name, plain, {username: USER});
        assert(doveadmAgrees(ours, plain), `doveadm does not take our ${ours}`);
        const theirs = doveadmPw('-s', name, '-p', plain).stdout;
        assert(await weAgree(theirs, plain), `we do not take its ${theirs}`);
        assert.equal(await weAgree(theirs, `x${plain}`), false, 'a wrong password');
      }
    });
  }

  const rounds: readonly (readonly [scheme: string, rounds: number])[] = [
    ['SHA256-CRYPT', 1500],
    ['SHA512-CRYPT', 9000],
    ['BLF-CRYPT', 6],
    ['PBKDF2', 777],
    ['SCRAM-SHA-1', 5000],
    ['SCRAM-SHA-256', 5000],
  ];
  for (const [scheme, count] of rounds)
    test(`${scheme} with ${count} rounds`, async () => {
      assert(doveadmAgrees(await makePassword(scheme, 'secret', {rounds: count}), 'secret'));
      assert(await weAgree(doveadmPw('-s', scheme, '-r', String(count), '-p', 'secret').stdout, 'secret'));
    });

  for (const encoding of ['hex', 'b64', 'base64', 'HEX'])
    test(`.${encoding} is another way to write any scheme`, async () => {
      for (const scheme of ['PLAIN', 'SHA256', 'SSHA512', 'LDAP-MD5', 'CRAM-MD5', 'SHA512-CRYPT', 'SCRAM-SHA-1']) {
        const theirs = doveadmPw('-s', `${scheme}.${encoding}`, '-p', 'secret').stdout;
        assert(await weAgree(theirs, 'secret'), theirs);
        const ours = await makePassword(`${scheme}.${encoding}`, 'secret');
        assert(doveadmAgrees(ours, 'secret'), ours);
      }
    });

  /** Odd things in a store, with the password `secret`: both say the same, and neither takes a fault for a match. */
  const odd = [
    '{PLAIN-TRUNC}4-secr',
    '{PLAIN-TRUNC}4-secret',
    '{PLAIN-TRUNC}secret',
    '{plain}secret',
    '{PLAIN.foo}secret',
    '{SHA}!!!',
    '{SHA}',
    '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ',
    '{SHA}E5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4',
    '{SHA256}5en6G6MezRroT3XKqkdPOmY/BfQ=',
    '{LDAP-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69',
    '{PLAIN-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==',
    '{MD5}5ebe2294ecd0e0f08eab7690d2a6ee69',
    '{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==',
    '{MD5}xx',
    '{FOO}x',
    '{CRYPT}',
    '{CRYPT}x',
    '{CRYPT}*',
    '{CRYPT}*0',
    '{CRYPT}$9$abc',
    '{CRYPT}sIgvVRZcI9Jt2',
    '{MD5-CRYPT}sIgvVRZcI9Jt2',
    '{MD5-CRYPT}5ebe2294ecd0e0f08eab7690d2a6ee69',
    '{MD5-CRYPT}$6$$2M9DchxW4txWyTYoZrH9D3VvAAQxBpEezYsLY6Cao.jwzEXpyL9xwip9hiUZX7GqTqe/E/z6iKvZqXUuqniQH.',
    '{BLF-CRYPT}sIgvVRZcI9Jt2',
    '{SHA512-CRYPT}$1$c9mTMLdn$z/iHtxA2Qo.ZESeQ9yeeB.',
    '$1$c9mTMLdn$z/iHtxA2Qo.ZESeQ9yeeB.',
    '$1$c9mTMLdn$z/iHtxA2Qo.ZESeQ9yeeB.$more',
    '{CRYPT}$1$$ysVNzQc4CTMkp5daOdZ.3/',
    '{CRYPT}$6$$2M9DchxW4txWyTYoZrH9D3VvAAQxBpEezYsLY6Cao.jwzEXpyL9xwip9hiUZX7GqTqe/E/z6iKvZqXUuqniQH.',
    '{CRYPT}$6$rounds=999$abc$x',
    '{CRYPT}$2y$03$hZaxy9rL4P0vNIYdv5OpDej.PFkU4wXZyE5inPS4UQkhvXem8NJaK',
    '{BLF-CRYPT}$2a$05$hZaxy9rL4P0vNIYdv5OpDej.PFkU4wXZyE5inPS4UQkhvXem8NJaK',
    '{SSHA}',
    '{SSHA}AAAA',
    '{PBKDF2}xx',
    '{PBKDF2}$1$$5000$9f3b1639d8b3ed5b2dabb2ac95e5b9e659c8718f',
    '{SCRAM-SHA-1}xx',
    '{SCRAM-SHA-1}4096,cLal++M/5GK/LIJbb7lreQ==,IS5NF4cAyPMxNUULsJn4Qys83LE=,09Ggc/rlR+sYKYEr2hvtqeaWp+4=',
    '{OTP}xx',
    '{OTP}md5 99 abc 0123456789abcdef',
    '{CRAM-MD5}xx',
    '{ARGON2ID}xx',
    '{ARGON2I}$argon2id$v=19$m=65536,t=3,p=1$8a0BxYI67De20JrCWSQl+A$TxV5dj1F7rcrf5sOC1AVd/Ll2h6lnPxkjciJOPEgvi4',
  ];
  test('odd stores are taken or refused alike', async () => {
    for (const stored of odd) {
      const ours = await weAgree(stored, 'secret').catch(() => false);
      assert.equal(ours, doveadmAgrees(stored, 'secret'), stored);
    }
  });

  test("yescrypt, which shadow(5) has today, is the system's library's", async function () {
    const {stdout} = spawnSync('mkpasswd', ['-m', 'yescrypt', 'secret'], {encoding: 'utf8'});
    const stored = stdout?.trim() || '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC'; // crypt(5)'s
    const theirs = doveadmAgrees(`{CRYPT}${stored}`, 'secret');
    assert.equal(await weAgree(`{CRYPT}${stored}`, 'secret'), theirs);
  });
});
