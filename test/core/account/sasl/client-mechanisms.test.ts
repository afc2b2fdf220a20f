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

  /** The examples of RFC 2195, RFC 5802 section 5, RFC 7677 section 3. */
  const examples: readonly (readonly [
    mechanism: string,
    user: string,
    password: string,
    nonce: string,
    lines: readonly string[],
  ])[] = [
    [
      'CRAM-MD5',
      'tim',
      'tanstaaftanstaaf',
      '',
      ['', '<1896.697170952@postoffice.reston.mci.net>', 'tim b913a602c7eda7a495b4e6e7334d3890'],
    ],
    [
      'SCRAM-SHA-1',
      'user',
      'pencil',
      'fyko+d2lbbFgONRv9qkxdawL',
      [
        'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
        'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
        'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
        'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
        '',
      ],
    ],
    [
      'SCRAM-SHA-256',
      'user',
      'pencil',
      'rOprNGfwEbeRWgbNEkqO',
      [
        'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
        'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
        'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
        'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
        '',
      ],
    ],
  ];
  for (const [mechanism, username, password, nonce, [initial, ...lines]] of examples)
    test(`${mechanism} as its specification shows it`, async () => {
      const random = (): Buffer => Buffer.from(nonce, 'base64');
      const credentials = {...CREDENTIALS, username, password, random};
      const exchange = await chooseClientMechanism([mechanism], undefined, [], credentials);
      assert.equal(exchange?.initial?.toString('latin1') ?? '', initial);
      for (let at = 0; at < lines.length; at += 2) {
        assert(mechanism === 'CRAM-MD5' || exchange?.isComplete() === false, 'not yet');
        assert.equal(String(await exchange?.respond(Buffer.from(lines[at] ?? ''))), lines[at + 1]);
      }
      assert.equal(exchange?.isComplete(), true);
    });

  test('a server that does not know the password is found out', async () => {
    const exchange = await chooseClientMechanism(['SCRAM-SHA-1'], undefined, [], {
      ...CREDENTIALS,
      random: () => Buffer.alloc(18),
    });
    await assert.rejects(async () => exchange?.respond(Buffer.from('r=other,s=QSXCR+Q6sek8bf92,i=4096')), Refusal);
    const nonce = Buffer.alloc(18).toString('base64');
    await assert.rejects(async () => exchange?.respond(Buffer.from(`r=${nonce}x,s=QSXC,i=99999999`)), Refusal);
    await exchange?.respond(Buffer.from(`r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`));
    assert.throws(() => exchange?.respond(Buffer.from('v=rmF9pqV8S7suAoZWja4dJRkFsKQ=')), Refusal);
    assert.equal(exchange?.isComplete(), false);
  });

  const choices: readonly (readonly [offered: string, options: string, filter: string, chosen: string | undefined])[] =
    [
      ['LOGIN PLAIN XOAUTH2 OAUTHBEARER', '', '', 'PLAIN'],
      ['PLAIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256', '', '', 'SCRAM-SHA-256'],
      ['PLAIN CRAM-MD5 DIGEST-MD5', 'noactive', '', 'PLAIN'],
      ['PLAIN CRAM-MD5 DIGEST-MD5', 'mutual_auth', '', 'DIGEST-MD5'],
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
