import assert from 'node:assert/strict';
import {constants} from 'node:crypto';
import {parseTlsProtocols} from '../../../src/core/net/tls-protocols.ts';

const {
  SSL_OP_NO_TLSv1: NO_1,
  SSL_OP_NO_TLSv1_1: NO_1_1,
  SSL_OP_NO_TLSv1_2: NO_1_2,
  SSL_OP_NO_TLSv1_3: NO_1_3,
} = constants;

suite('a list of TLS versions', () => {
  // As posttls-finger -p of Postfix 3.7.11 took them.
  const cases: readonly (readonly [list: string, min: string, max: string, options?: number])[] = [
    ['', 'TLSv1', 'TLSv1.3'],
    ['>=TLSv1', 'TLSv1', 'TLSv1.3'],
    ['!SSLv2, !SSLv3', 'TLSv1', 'TLSv1.3'],
    ['TLSv1.2', 'TLSv1', 'TLSv1.3', NO_1 | NO_1_1 | NO_1_3],
    ['TLSv1.2:TLSv1.3', 'TLSv1', 'TLSv1.3', NO_1 | NO_1_1],
    ['>=TLSv1.2 <=TLSv1.2', 'TLSv1.2', 'TLSv1.2'],
    ['>=tlsv1.2', 'TLSv1.2', 'TLSv1.3'],
    ['!TLSv1.3', 'TLSv1', 'TLSv1.3', NO_1_3],
    ['!TLSv1.3 TLSv1.3', 'TLSv1', 'TLSv1.3', NO_1 | NO_1_1 | NO_1_2 | NO_1_3],
    ['>= TLSv1', 'TLSv1', 'TLSv1.3', NO_1_1 | NO_1_2 | NO_1_3],
    ['>=SSLv3', 'TLSv1', 'TLSv1.3'],
    ['>=0303', 'TLSv1.2', 'TLSv1.3'],
    ['<=303', 'TLSv1', 'TLSv1.2'],
    ['<=0x0303', 'TLSv1', 'TLSv1.2'],
    ['>=0404', 'TLSv1', 'TLSv1.3'],
    ['SSLv2', 'TLSv1', 'TLSv1.3'],
    ['SSLv2 TLSv1.2', 'TLSv1', 'TLSv1.3', NO_1 | NO_1_1 | NO_1_3],
    ['>=TLSv1.1 >=TLSv1.2', 'TLSv1.2', 'TLSv1.3'],
    ['>=', 'TLSv1', 'TLSv1.3'],
    ['<=TLSv1.1 !TLSv1.1', 'TLSv1', 'TLSv1.1', NO_1_1],
  ];
  for (const [list, minVersion, maxVersion, secureOptions = 0] of cases)
    test(`"${list}" is ${minVersion} to ${maxVersion}`, () => {
      assert.deepEqual(parseTlsProtocols(list), {minVersion, maxVersion, secureOptions});
    });

  const wrong = ['foo', '!foo', '>=SSLv2', '0303', '!0303', '>TLSv1', '=TLSv1', '!', '<=1.2', '>=TLSv1.2;<=TLSv1.3'];
  for (const list of wrong)
    test(`"${list}" is none`, () => {
      assert.equal(parseTlsProtocols(list), undefined);
    });
});
