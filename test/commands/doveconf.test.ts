import assert from 'node:assert/strict';
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {doveconf} from '../../src/commands/doveconf.ts';
import {hideSecrets} from '../../src/commands/doveconf-secrets.ts';
import {verifyHostHashes} from '../../src/commands/doveconf-host-hashes.ts';
import {runInProcess} from '../support/stdio.ts';

suite('doveconf', () => {
  let root = '';
  setup(() => (root = mkdtempSync(join(tmpdir(), 'doveconf-'))));
  teardown(() => rmSync(root, {recursive: true, force: true}));

  const run = (...args: string[]) => runInProcess(doveconf, args, {env: {POSTHORN_HOME: root}});

  test('the first command makes the instance, whose own file is shown', async () => {
    const {status, stdout, stderr} = await run('-n');
    assert.equal(`${status}${stderr}`, '0');
    assert.match(stdout, new RegExp(`^# 2\\.3\\.19\\.1 \\(9b53102964\\): ${root}/etc/dovecot/dovecot\\.conf\n`));
    assert.match(stdout, /^protocols = imap pop3 lmtp$/m);
    assert.ok(existsSync(join(root, 'etc/postfix/main.cf')));
  });

  test('etc/dovecot.conf counts where there is no other', async () => {
    mkdirSync(join(root, 'etc'), {recursive: true});
    writeFileSync(join(root, 'etc/dovecot.conf'), 'protocols = imap imaps pop3 pop3s\n');
    const {stdout, stderr} = await run('-h', 'protocols');
    assert.equal(stdout, 'imap pop3\n');
    assert.match(stderr, /^doveconf: Warning: Obsolete setting in .*\/etc\/dovecot\.conf:1: 'imaps' protocol/m);
  });

  test('path-valued defaults are below the root of the instance', async () => {
    await run('-n');
    writeFileSync(join(root, 'etc/dovecot/dovecot.conf'), '');
    assert.equal(
      (await run('base_dir', 'state_dir')).stdout,
      `base_dir = ${root}/run/dovecot\nstate_dir = ${root}/var/lib/dovecot\n`,
    );
  });

  test("a misprint has the original's words on the first line, the nearest name on the second", async () => {
    const file = join(root, 'dovecot.conf');
    writeFileSync(file, 'protcols = imap\n');
    const {status, stderr} = await run('-c', file, '-n');
    assert.equal(
      stderr,
      `doveconf: Fatal: Error in configuration file ${file} line 1: Unknown setting: protcols\n` +
        'doveconf: Hint: perhaps protocols is meant\n',
    );
    assert.equal(status, 89);
  });

  test('secrets are hidden, whole or in part', () => {
    assert.equal(hideSecrets('imapc_password', 'x'), '# hidden, use -P to show it');
    assert.equal(hideSecrets('imapc_password', ''), '');
    assert.equal(hideSecrets('x', 'host=a password=b'), 'host=a password=#hidden_use-P_to_show#');
    assert.equal(hideSecrets('x', 'mysql://u:p@h/ monkey=5'), 'mysql://#hidden_use-P_to_show#@h/ monkey=5');
  });

  test("-H leaves the host's last number open", () => {
    assert.equal(
      verifyHostHashes(undefined, 'mx12.example.org').text,
      'No duplicate host hashes in mx0.example.org .. mx99.example.org',
    );
    assert.equal(verifyHostHashes(undefined, 'vm').text, "Hostname 'vm' has no digits, can't verify");
  });
});
