/** Splitting user and extension. seen: trivial-rewrite(8) 3.7.11 with a transport table. */
import assert from 'node:assert/strict';
import {splitExtension} from '../../../src/core/address/extension.ts';

const CASES: readonly (readonly [string, string, string | undefined])[] = [
  ['joe+list', '+', 'joe|+list'],
  ['joe+', '+', 'joe|+'],
  ['joe', '+', undefined],
  ['+joe', '+', undefined],
  ['-joe+x', '+-', undefined],
  ['joe+-x', '+-', 'joe|+-x'],
  ['joe-+x', '+-', 'joe|-+x'],
  ['joe+a+b', '+', 'joe|+a+b'],
  ['joe+x', '', undefined],
  ['owner-list', '-', undefined],
  ['Owner-list', '+', undefined],
  ['owner-list+x', '+-', undefined],
  ['owner-list+x', '+', 'owner-list|+x'],
  ['list-REQUEST', '-', undefined],
  ['list-request-x', '-', 'list|-request-x'],
  ['postmaster', '-m', undefined],
  ['MAILER-DAEMON', '-', undefined],
  ['double-bounce', '-', undefined],
  ['double-bounced', '-', 'double|-bounced'],
];

suite('address: extension', () => {
  for (const [localPart, delimiters, expected] of CASES)
    test(`${localPart} with "${delimiters}"`, () => {
      const split = splitExtension(localPart, {
        delimiters,
        ownerRequestSpecial: true,
        doubleBounceSender: 'double-bounce',
      });
      assert.equal(split === undefined ? undefined : `${split.user}|${split.extension}`, expected);
    });

  test('owner_request_special off: lists split like others', () => {
    const rules = {delimiters: '-', ownerRequestSpecial: false, doubleBounceSender: 'double-bounce'};
    assert.deepEqual(splitExtension('owner-list', rules), {user: 'owner', extension: '-list'});
  });
});
