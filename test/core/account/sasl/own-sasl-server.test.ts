import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {setup, suite, teardown, test} from 'mocha';
import {makePassword} from '../../../../src/core/account/password/password.ts';
import {instanceAuthSettings} from '../../../../src/core/account/auth/settings.ts';
import {chooseClientMechanism} from '../../../../src/core/account/sasl/client-mechanisms.ts';
import {openSaslServer} from '../../../../src/core/account/sasl/open-sasl-server.ts';
import {OwnSaslServer} from '../../../../src/core/account/sasl/own-sasl-server.ts';
import type {SaslConnection, SaslServer, SaslStep} from '../../../../src/core/account/sasl/sasl.ts';
import {Log, type LogRecord} from '../../../../src/core/log/log.ts';
import {plainConfig} from '../../../support/plain-config.ts';

const CONNECTION: SaslConnection = {
  service: 'smtp',
  clientAddress: '192.0.2.9',
  serverAddress: '192.0.2.1',
  isEncrypted: false,
};
const USERS = `joe:{PLAIN}secret
Mixed:{plain.b64}c2VjcmV0
sha:{SSHA}eFhN0APHtUZGwYNXRPI3rywGszcn3rjr
pam:Xr4ilOzQ4PCOq3aQ0qbuaQ==[34]
near:{PLAIN}secret::::::allow_nets=192.0.2.77/24,10.0.0.1
far:{PLAIN}secret::::::allow_nets=10.0.0.0/8
any:::::::nopassword=y
both:{PLAIN}secret::::::nopassword=y
other:{PLAIN}secret::::::userdb_mail=maildir:~/x user=joe
bad:{FOO}secret
`;

const PROVING = ['CRAM-MD5', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'];

suite('own SASL server', () => {
  let root = '';
  let records: LogRecord[] = [];
  let server: SaslServer;
  setup(() => {
    root = mkdtempSync(join(tmpdir(), 'posthorn-sasl-'));
    writeFileSync(join(root, 'users'), USERS);
    records = [];
    server = new OwnSaslServer({
      log: new Log('smtpd', {write: record => void records.push(record)}),
      hostName: 'mail.example.com',
      settings: {...instanceAuthSettings(join(root, 'users')), failureDelaySeconds: 0},
    });
  });
  teardown(() => {
    server.close();
    rmSync(root, {recursive: true, force: true});
  });

  /** Says the lines; the first is the initial response. */
  async function dialog(mechanism: string, ...lines: readonly (string | undefined)[]): Promise<string> {
    const exchange = server.begin(mechanism, CONNECTION);
    assert(exchange !== undefined, mechanism);
    const said: string[] = [];
    for (const line of lines)
      said.push(shown(await exchange.step(line === undefined ? undefined : Buffer.from(line, 'latin1'))));
    return said.join(' | ');
  }

  function shown(step: SaslStep): string {
    if (step.kind === 'continue') return `+${step.challenge.toString('latin1')}`;
    return step.kind === 'done' ? `ok ${step.username}` : `failed ${step.username ?? '-'} ${step.reason}`.trim();
  }

  const plain: readonly (readonly [response: string, end: string, logged: string])[] = [
    ['\0joe\0secret', 'ok joe', ''],
    ['\0JOE\0secret', 'ok joe', ''],
    ['joe\0joe\0secret', 'ok joe', ''],
    ['\0mixed\0secret', 'ok mixed', ''],
    ['\0sha\0secret', 'ok sha', ''],
    ['\0pam\0secret', 'ok pam', ''],
    ['\0near\0secret', 'ok near', ''],
    ['\0any\0whatever', 'ok any', ''],
    ['\0other\0secret', 'ok joe', ''],
    ['\0joe\0bad', 'failed joe', 'passwd-file(joe,192.0.2.9): Password mismatch'],
    ['\0joe\0', 'failed joe', 'passwd-file(joe,192.0.2.9): Password mismatch'],
    ['\0nobody\0x', 'failed nobody', 'passwd-file(nobody,192.0.2.9): unknown user'],
    [
      '\0far\0secret',
      'failed far',
      'passwd-file(far,192.0.2.9): allow_nets check failed: IP 192.0.2.9 not in allowed networks',
    ],
    ['\0both\0secret', 'ok both', 'passwd-file(both,192.0.2.9): nopassword set but password is non-empty'],
    ['\0bad\0secret', 'failed bad', 'passwd-file(bad,192.0.2.9): Unknown scheme FOO'],
    [
      'boss\0joe\0secret',
      'failed joe',
      'plain(joe,192.0.2.9): login user: Master user login attempted without master passdbs',
    ],
    ['\0\0x', 'failed', 'plain(?,192.0.2.9): Empty username'],
    ['joe', 'failed -', 'plain(?,192.0.2.9): invalid input'],
    ['', 'failed -', 'plain(?,192.0.2.9): invalid input'],
    ['\0joe\0a\0b', 'failed -', 'plain(?,192.0.2.9): invalid input'],
  ];
  for (const [response, end, logged] of plain)
    test(`PLAIN ${JSON.stringify(response)}: ${end}`, async () => {
      assert.equal(await dialog('PLAIN', response), end);
      assert.equal(records.map(record => record.text).join('\n'), logged);
    });

  test('PLAIN without an initial response asks for it', async () => {
    assert.equal(await dialog('plain', undefined, '\0joe\0secret'), '+ | ok joe');
  });

  test('LOGIN asks for the name, unless it came at once, and the password', async () => {
    assert.equal(await dialog('LOGIN', undefined, 'joe', 'secret'), '+Username: | +Password: | ok joe');
    assert.equal(await dialog('LOGIN', 'joe', 'bad'), '+Password: | failed joe');
    assert.equal(await dialog('LOGIN', '', ''), '+Username: | failed');
  });

  test('a name that may not be one is refused before it is looked up', async () => {
    await dialog('PLAIN', '\0jo e\0x');
    const [record] = records;
    assert.match(record?.text ?? '', /^plain\(\?,.*Username character disallowed by auth_username_chars: 0x20/);
  });

  test('only what is offered begins', () => {
    assert.deepEqual(
      server.mechanisms(false).map(({name}) => name),
      ['PLAIN', 'LOGIN'],
    );
    assert.equal(server.begin('EXTERNAL', CONNECTION), undefined);
    assert.equal(server.begin('constructor', CONNECTION), undefined);
  });

  /** A whole dialog with our own client. */
  async function login(mechanism: string, username: string, password: string): Promise<string> {
    const credentials = {username, password, service: 'smtp', host: 'mail.example.com', port: 25};
    const client = await chooseClientMechanism([mechanism], undefined, [], credentials);
    const exchange = server.begin(mechanism, CONNECTION);
    assert(client !== undefined && exchange !== undefined, mechanism);
    let step = await exchange.step(client.initial);
    while (step.kind === 'continue') step = await exchange.step(await client.respond(step.challenge));
    return `${shown(step)}${step.kind === 'done' && !client.isComplete() ? ', unproved' : ''}`;
  }

  async function useUsers(...lines: readonly string[]): Promise<void> {
    writeFileSync(join(root, 'users'), lines.join('\n'));
    server.close();
  }

  for (const mechanism of PROVING) {
    test(`${mechanism}: plain and its own stored passwords`, async () => {
      const own = await makePassword(mechanism, 'secret', {username: 'own@example.com'});
      await useUsers('joe:{PLAIN}secret', `own@example.com:${own}`, 'hex:{CLEARTEXT.hex}736563726574');
      if (mechanism === 'CRAM-MD5' || mechanism.startsWith('SCRAM'))
        assert.equal(await login(mechanism, 'own@example.com', 'secret'), 'ok own@example.com');
      await useUsers('joe:{PLAIN}secret', 'hex:{CLEARTEXT.hex}736563726574', 'far:{PLAIN}x::::::allow_nets=10.0.0.1');
      assert.equal(await login(mechanism, 'joe', 'secret'), 'ok joe');
      assert.equal(await login(mechanism, 'HEX', 'secret'), 'ok hex');
      assert.equal(await login(mechanism, 'joe', 'Secret'), 'failed joe');
      assert.equal(await login(mechanism, 'nobody', 'Secret'), 'failed nobody');
      assert.equal(await login(mechanism, 'far', 'x'), 'failed far');
      assert.match(records.map(({text}) => text).join('\n'), /: Password mismatch\n.*: unknown user\n.*allow_nets/);
    });

    test(`${mechanism} is offered while all stored passwords allow it`, async () => {
      await useUsers('joe:{PLAIN}secret');
      assert(server.mechanisms(false).some(({name}) => name === mechanism));
      await useUsers('joe:{PLAIN}secret', 'ann:{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=');
      assert(!server.mechanisms(false).some(({name}) => name === mechanism));
      assert.equal(server.begin(mechanism, CONNECTION), undefined);
    });
  }

  test('noise is refused by every mechanism', async () => {
    await useUsers('joe:{PLAIN}secret');
    const noise = fc.array(fc.oneof(fc.string(), fc.constantFrom('n,,n=joe,r=x', 'c=biws,r=x,p=AA==', 'joe 00')), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(noise, fc.constantFrom('PLAIN', 'LOGIN', ...PROVING), async (lines, mechanism) => {
        const exchange = server.begin(mechanism, CONNECTION);
        let step = await exchange?.step(undefined);
        for (const line of lines)
          if (step?.kind === 'continue') step = await exchange?.step(Buffer.from(line, 'latin1'));
        assert.notEqual(step?.kind, 'done');
      }),
      {numRuns: 200},
    );
  });

  test('EXTERNAL lets in whom a certificate names, and whose account needs no password', async () => {
    await useUsers('any:::::::nopassword=y', 'joe:{PLAIN}secret');
    server = new OwnSaslServer({
      log: new Log('smtpd', {write: () => undefined}),
      hostName: 'h',
      settings: {
        ...instanceAuthSettings(join(root, 'users')),
        mechanisms: ['EXTERNAL', 'ANONYMOUS'],
        failureDelaySeconds: 0,
      },
    });
    const external = async (certificateName: string | undefined, response: string): Promise<string> => {
      const exchange = server.begin('EXTERNAL', {...CONNECTION, certificateName});
      assert(exchange !== undefined);
      return shown(await exchange.step(Buffer.from(response)));
    };
    assert.equal(await external('any', ''), 'ok any');
    assert.equal(await external('any', 'any'), 'ok any');
    assert.equal(await external('any', 'joe'), 'failed any');
    assert.equal(await external('joe', ''), 'failed joe');
    assert.equal(await external(undefined, 'any'), 'failed -');
    assert.equal(await dialog('ANONYMOUS', undefined, 'me@there'), '+ | ok anonymous');
  });

  test('the file counts as it is now', async () => {
    assert.equal(await dialog('PLAIN', '\0new\0secret'), 'failed new');
    writeFileSync(join(root, 'users'), `${USERS}new:{PLAIN}secret\n`);
    assert.equal(await dialog('PLAIN', '\0new\0secret'), 'ok new');
  });

  test('a failure takes its time, unless the client goes away', async () => {
    const log = new Log('smtpd', {write: () => undefined});
    const settings = {...instanceAuthSettings(join(root, 'users')), failureDelaySeconds: 0.2};
    const slow = new OwnSaslServer({log, hostName: 'h', settings});
    const begin = Date.now();
    await slow.begin('PLAIN', CONNECTION)?.step(Buffer.from('\0joe\0bad'));
    assert(Date.now() - begin >= 190, `${Date.now() - begin} ms`);
    const left = slow.begin('PLAIN', CONNECTION);
    const step = left?.step(Buffer.from('\0joe\0bad'));
    setTimeout(() => left?.cancel(), 10);
    const again = Date.now();
    await step;
    assert(Date.now() - again < 150, `${Date.now() - again} ms`);
  });

  test('by default an instance logs its own accounts in', async () => {
    mkdirSync(join(root, 'etc/dovecot'), {recursive: true});
    writeFileSync(join(root, 'etc/dovecot/users'), USERS);
    server = openSaslServer(plainConfig(), new Log('smtpd', {write: () => undefined}), {root});
    assert.equal(await dialog('PLAIN', '\0joe\0secret'), 'ok joe');
  });
});
