import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setup, suite, teardown, test} from 'mocha';
import {AccountService} from '../../../src/core/account/account-service.ts';
import {
  type AuthSettings,
  defaultAuthSettings,
  defaultPassdb,
  defaultUserdb,
} from '../../../src/core/account/auth/settings.ts';
import {ConfigError} from '../../../src/core/base/errors.ts';

suite('account service', () => {
  let home = '';
  const lines: string[] = [];
  const keep = (text: string): void => void lines.push(text);
  const log = {info: keep, warning: keep, error: keep, debug: keep};
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-account-'));
    lines.length = 0;
  });
  teardown(() => rmSync(home, {recursive: true, force: true}));

  function open(settings: Partial<AuthSettings>): AccountService {
    const quick = {...defaultAuthSettings, failureDelaySeconds: 0, hasPenalty: false};
    return new AccountService({settings: {...quick, ...settings}, log, hostName: 'h'});
  }
  const usersFile = (text: string): string => {
    writeFileSync(join(home, 'users'), text);
    return join(home, 'users');
  };

  test('a driver that there is not, and impossible passdbs, are told at once', () => {
    assert.throws(() => open({passdbs: [{...defaultPassdb, driver: 'sql'}]}), /Unknown passdb driver 'sql'/);
    assert.throws(() => open({userdbs: [{...defaultUserdb, driver: 'constructor'}]}), ConfigError);
    const master = {...defaultPassdb, driver: 'static', args: 'nopassword=y', master: true};
    assert.throws(() => open({passdbs: [{...master, deny: true}]}), /can't have deny=yes/);
    assert.throws(() => open({passdbs: [{...master, pass: true}]}), /if there are no passdbs/);
  });

  test('prefetched fields answer for the userdb after a login only', async () => {
    const service = open({
      passdbs: [{...defaultPassdb, driver: 'static', args: 'password=x userdb_uid=1000 userdb_home=/h/%n'}],
      userdbs: [{...defaultUserdb, driver: 'prefetch'}],
    });
    const step = await service.verify('joe@x', 'x');
    const user = step.kind === 'done' ? await step.login?.user() : undefined;
    assert(user?.kind === 'found');
    assert.deepEqual([user.user.username, user.user.uid, user.user.home], ['joe@x', 1000, '/h/joe']);
    assert.deepEqual(await service.lookupUser('joe@x'), {kind: 'unknown'});
  });

  test('a file that never was is empty, one that has gone is trouble', async () => {
    const driver = {driver: 'passwd-file', args: join(home, 'users')};
    const settings = {passdbs: [{...defaultPassdb, ...driver}], userdbs: [{...defaultUserdb, ...driver}]};
    const service = open(settings);
    assert.deepEqual(await service.lookupUser('joe'), {kind: 'unknown'});
    usersFile('joe:{PLAIN}x:1000:1000::/h\n');
    assert.equal((await service.lookupUser('joe')).kind, 'found');
    rmSync(join(home, 'users'));
    assert.deepEqual(await service.lookupUser('joe'), {kind: 'broken'});
    assert.equal((await service.verify('joe', 'x')).kind, 'failed');
    assert(lines.some(line => /stat\(.*\) failed: No such file or directory/.test(line)));
  });

  test('names of the language are nobody', async () => {
    const driver = {driver: 'passwd-file', args: usersFile('joe:{PLAIN}x:1000:1000::/h\n')};
    const service = open({passdbs: [{...defaultPassdb, ...driver}], userdbs: [{...defaultUserdb, ...driver}]});
    for (const name of ['__proto__', 'constructor', 'toString'])
      assert.deepEqual(await service.lookupUser(name), {kind: 'unknown'});
  });

  test('%variables of the connection, and a path that a domain must not leave', async () => {
    usersFile('');
    writeFileSync(join(home, 'users.a?b'), 'joe:{PLAIN}x:1000:1000::/h/%{service}/%r/%d\n');
    const args = `username_format=%n ${home}/users.%d`;
    const service = open({
      usernameChars: '',
      userdbs: [{...defaultUserdb, driver: 'passwd-file', args, overrideFields: 'from=%{service}-%r-%{session}'}],
    });
    const found = await service.lookupUser('joe@a/b', {service: 'imap', clientAddress: '10.0.0.1', session: 'S'});
    assert(found.kind === 'found');
    assert.equal(found.user.fields.get('from'), 'imap-10.0.0.1-S');
    assert.deepEqual(await service.lookupUser('joe@../users'), {kind: 'unknown'});
  });

  test('what a cached user had is had until the cache is flushed; a new password counts at once', async () => {
    const program = join(home, 'check');
    const write = (password: string): void =>
      writeFileSync(
        program,
        `#!/usr/bin/env python3\nimport os,sys\nu,p=os.read(3,999).split(b'\\0')[:2]\nopen('${home}/asked','a').write('x')\nif p!=b'${password}': sys.exit(1)\nos.environ['EXTRA']='more'\nos.environ['more']='1'\nos.execv(sys.argv[1],sys.argv[1:])\n`,
        {mode: 0o755},
      );
    write('one');
    const service = open({passdbs: [{...defaultPassdb, driver: 'checkpassword', args: program}]});
    const step = await service.verify('joe', 'one');
    assert.equal(step.kind === 'done' && step.login?.fields.get('more'), '1');
    assert.equal((await service.verify('joe', 'two')).kind, 'failed');
  });

  test('a client certificate may be required, and may name the user', async () => {
    const passdbs = [{...defaultPassdb, driver: 'static', args: 'password=x'}];
    const service = open({passdbs, requiresClientCertificate: true, takesUsernameFromCertificate: true});
    assert.equal((await service.verify('joe', 'x')).kind, 'failed');
    const step = await service.verify('joe', 'x', {certificateName: 'ann'});
    assert.equal(step.kind === 'done' && step.username, 'ann');
  });

  test('auth_debug tells each step, auth_verbose_passwords what was typed', async () => {
    const driver = {driver: 'passwd-file', args: usersFile('joe:{PLAIN}x:1000:1000::/h\n')};
    const service = open({
      passdbs: [{...defaultPassdb, ...driver}],
      isVerbose: true,
      isDebug: true,
      showsPasswords: true,
      verbosePasswords: 'sha1:6',
    });
    await service.verify('joe', 'bad', {clientAddress: '10.0.0.1', session: 'S'});
    assert.deepEqual(lines, [
      `passwd-file(joe,10.0.0.1,<S>): Performing passdb lookup`,
      `passwd-file(joe,10.0.0.1,<S>): lookup: user=joe file=${join(home, 'users')}`,
      `passwd-file ${join(home, 'users')}:Read 1 users in 0 secs`,
      `passwd-file(joe,10.0.0.1,<S>): Password mismatch (SHA1 of given password: a9d0cc)`.replace('a9d0cc', lines[3]?.slice(-7, -1) ?? ''), // prettier-ignore
      `passwd-file(joe,10.0.0.1,<S>): PLAIN(bad) != 'x'`,
      `passwd-file(joe,10.0.0.1,<S>): Finished passdb lookup`,
      `auth(joe,10.0.0.1,<S>): Auth request finished`,
    ]);
  });
});
