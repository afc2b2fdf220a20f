import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {homedir, tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {ensureInstance, resolveInstance, type Instance} from '../../../src/core/config/instance.ts';

suite('which instance', () => {
  const isSystem = process.getuid?.() === 0 && existsSync('/etc/postfix/main.cf');
  const ofOwn = (home: string): Instance =>
    isSystem
      ? {root: '/', configDirectory: '/etc/postfix', isNamed: false}
      : {root: `${home}/.posthorn`, configDirectory: `${home}/.posthorn/etc/postfix`, isNamed: false};

  const cases: readonly [string, string | undefined, Record<string, string>, Instance][] = [
    [
      'POSTHORN_HOME',
      undefined,
      {POSTHORN_HOME: '/x'},
      {root: '/x', configDirectory: '/x/etc/postfix', isNamed: false},
    ],
    [
      'a trailing slash',
      undefined,
      {POSTHORN_HOME: '/x/'},
      {root: '/x', configDirectory: '/x/etc/postfix', isNamed: false},
    ],
    [
      'what precedes etc/postfix in -c',
      '/x/etc/postfix',
      {},
      {root: '/x', configDirectory: '/x/etc/postfix', isNamed: true},
    ],
    [
      'and in MAIL_CONFIG',
      undefined,
      {MAIL_CONFIG: '/x/etc/postfix'},
      {root: '/x', configDirectory: '/x/etc/postfix', isNamed: true},
    ],
    [
      '-c before MAIL_CONFIG',
      '/y/conf',
      {MAIL_CONFIG: '/x/etc/postfix'},
      {root: '/', configDirectory: '/y/conf', isNamed: true},
    ],
    ['another kind of folder is the system’s', '/y/conf', {}, {root: '/', configDirectory: '/y/conf', isNamed: true}],
    [
      'POSTHORN_HOME with -c',
      '/y/conf',
      {POSTHORN_HOME: '/x'},
      {root: '/x', configDirectory: '/y/conf', isNamed: true},
    ],
    ['/etc/postfix', '/etc/postfix', {}, {root: '/', configDirectory: '/etc/postfix', isNamed: true}],
    ['empty variables count as none', undefined, {POSTHORN_HOME: '', MAIL_CONFIG: '', HOME: '/h'}, ofOwn('/h')],
    ['the home of the caller', undefined, {HOME: '/h'}, ofOwn('/h')],
    ['no HOME', undefined, {}, ofOwn(homedir())],
  ];
  for (const [name, option, environment, expected] of cases)
    test(name, () => assert.deepEqual(resolveInstance(option, environment), expected));
});

suite('making an instance', () => {
  let home: string;
  let instance: Instance;

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-instance-'));
    instance = resolveInstance(undefined, {POSTHORN_HOME: home});
  });
  teardown(() => rmSync(home, {recursive: true, force: true}));

  test('an empty folder gets what is needed', () => {
    ensureInstance(instance);
    for (const path of [
      'etc/postfix/main.cf',
      'etc/postfix/master.cf',
      'etc/aliases',
      'etc/dovecot/users',
      'var/log',
      'home',
    ])
      assert.ok(existsSync(join(home, path)), path);
    assert.equal(statSync(join(home, 'var/spool/postfix/maildrop')).mode & 0o7777, 0o1730);
    assert.equal(statSync(join(home, 'var/spool/postfix/active')).mode & 0o7777, 0o700);
    assert.equal(statSync(join(home, 'etc/dovecot/users')).mode & 0o777, 0o600);
  });

  test('postmaster is the caller', () => {
    ensureInstance(instance);
    const line = new RegExp(`^postmaster: +${userInfo().username}$`, 'm');
    assert.match(readFileSync(join(home, 'etc/aliases'), 'latin1'), line);
  });

  test('what is missing comes back, what exists is not touched', () => {
    ensureInstance(instance);
    writeFileSync(join(home, 'etc/postfix/main.cf'), '# mine\n');
    rmSync(join(home, 'etc/aliases'));
    rmSync(join(home, 'var/spool'), {recursive: true});
    ensureInstance(instance);
    assert.equal(readFileSync(join(home, 'etc/postfix/main.cf'), 'latin1'), '# mine\n');
    assert.ok(existsSync(join(home, 'etc/aliases')));
    assert.ok(existsSync(join(home, 'var/spool/postfix/deferred')));
  });

  test('nothing is left lying about', () => {
    ensureInstance(instance);
    assert.deepEqual(readdirSync(join(home, 'etc/postfix')).sort(), ['main.cf', 'master.cf']);
  });

  test('a named folder without main.cf stays as it is', () => {
    ensureInstance({root: home, configDirectory: `${home}/etc/postfix`, isNamed: true});
    assert.deepEqual(readdirSync(home), []);
  });

  test('the system’s instance is not ours to make', () => {
    ensureInstance({root: '/', configDirectory: `${home}/etc/postfix`, isNamed: false});
    assert.deepEqual(readdirSync(home), []);
  });

  test('where nothing can be made, it says so', () => {
    writeFileSync(join(home, 'file'), '');
    const impossible = resolveInstance(undefined, {POSTHORN_HOME: join(home, 'file')});
    assert.throws(() => ensureInstance(impossible), {
      name: 'FatalError',
      message: /^make instance .*: Not a directory$/,
    });
  });
});
