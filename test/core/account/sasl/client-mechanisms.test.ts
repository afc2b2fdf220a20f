import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import type {ClientCredentials} from '../../../../src/core/account/sasl/client-mechanism.ts';
import {chooseClientMechanism} from '../../../../src/core/account/sasl/client-mechanisms.ts';
import {ConfigError, Refusal} from '../../../../src/core/base/errors.ts';

const CREDENTIALS: ClientCredentials = {
  username: 'joe',
  password: 'secret',
  service: 'smtp',
  host: 'mail.example.com',
  port: 587,
};

suite('SASL client', () => {
  const said: readonly (readonly [mechanism: string, initial: string])[] = [
    ['PLAIN', '\0joe\0secret'],
    ['EXTERNAL', ''],
    ['ANONYMOUS', 'joe'],
    ['XOAUTH2', 'user=joe\x01auth=Bearer secret\x01\x01'],
    ['OAUTHBEARER', 'n,a=joe,\x01host=mail.example.com\x01port=587\x01auth=Bearer secret\x01\x01'],
  ];
  for (const [mechanism, initial] of said)
    test(`${mechanism} says it at once`, async () => {
      const exchange = await chooseClientMechanism([mechanism], undefined, [], CREDENTIALS);
      assert.equal(exchange?.mechanism, mechanism);
      assert.equal(exchange.initial?.toString('latin1'), initial);
      assert.equal(exchange.isComplete(), true);
    });

  test('LOGIN answers two questions and no third', async () => {
    const exchange = await chooseClientMechanism(['login'], undefined, [], CREDENTIALS);
    assert.equal(exchange?.initial, undefined);
    assert.equal(String(exchange?.respond(Buffer.from('Username:'))), 'joe');
    assert.equal(String(exchange?.respond(Buffer.from('Password:'))), 'secret');
    assert.throws(() => exchange?.respond(Buffer.from('More:')), Refusal);
  });

  const choices: readonly (readonly [offered: string, options: string, filter: string, chosen: string | undefined])[] =
    [
      ['LOGIN PLAIN XOAUTH2 OAUTHBEARER', '', '', 'PLAIN'],
      ['LOGIN PLAIN XOAUTH2', '', 'XOAUTH2', 'XOAUTH2'],
      ['LOGIN', 'noanonymous', '', 'LOGIN'],
      ['LOGIN PLAIN', 'noplaintext', '', undefined],
      ['ANONYMOUS', 'noanonymous', '', undefined],
      ['GSSAPI', '', '', undefined],
    ];
  for (const [offered, options, filter, chosen] of choices)
    test(`of ${offered}, with ${options || 'no options'}: ${chosen ?? 'none'}`, async () => {
      const list = filter === '' ? undefined : {matches: (name: string) => name === filter};
      const exchange = await chooseClientMechanism(
        offered.split(' '),
        list,
        options.split(' ').filter(Boolean),
        CREDENTIALS,
      );
      assert.equal(exchange?.mechanism, chosen);
    });

  test('an option that there is not is a fault', async () => {
    await assert.rejects(chooseClientMechanism(['PLAIN'], undefined, ['nothing'], CREDENTIALS), ConfigError);
  });
});
