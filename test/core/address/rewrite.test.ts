/** Rewriting to standard form. The large table beside the original is test/peers/address.test.ts. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {isStandard, rewriteAddress, rewriteInternal, rewriteRules} from '../../../src/core/address/rewrite.ts';
import {Decisions, rewriteExternal} from '../../support/address-supplies.ts';
import {plainConfig} from '../../support/plain-config.ts';

const config = plainConfig({myorigin: 'example.com', append_dot_mydomain: 'yes'});

suite('address: rewriting', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['joe', 'joe@example.com'],
    ['joe@host', 'joe@host.example.com'],
    ['joe@example.net', 'joe@example.net'],
    ['joe@example.net.', 'joe@example.net'],
    ['joe@', 'joe@'],
    ['hub!joe', 'joe@hub.example.com'],
    ['joe%hub', 'joe@hub.example.com'],
    ['joe%hub@host', 'joe%hub@host.example.com'],
    ['@hub,@hub2:joe@host', 'joe@host.example.com'],
    ['joe@[192.0.2.1]', 'joe@[192.0.2.1]'],
    ['odd name', 'odd name@example.com'],
    ['a@b@host', 'a@b@host.example.com'],
    ['', ''],
  ];
  for (const [given, expected] of cases)
    test(`${given} -> ${expected}`, () => assert.equal(rewriteAddress(given, 'local', config), expected));

  test('mail from elsewhere is completed with remote_header_rewrite_domain', () => {
    const remote = plainConfig({remote_header_rewrite_domain: 'domain.invalid', append_dot_mydomain: 'yes'});
    assert.equal(rewriteAddress('joe', 'remote', remote), 'joe@domain.invalid');
    assert.equal(rewriteAddress('joe@host', 'remote', remote), 'joe@host.domain.invalid');
    assert.equal(rewriteAddress('joe', 'remote', config), 'joe');
  });

  test('the recorder hears what completed an address, and nothing when nothing changed', () => {
    const decisions = new Decisions();
    const rules = rewriteRules(config, 'local');
    rewriteInternal('joe', rules, decisions);
    rewriteInternal('joe@example.net', rules, decisions);
    assert.deepEqual(decisions.steps, ['rewrite: joe -> joe@example.com']);
  });

  test('what counts as standard form stays as it is', () => {
    const rules = rewriteRules(config, 'local');
    fc.assert(
      fc.property(fc.string({unit: fc.constantFrom(...'ab@.%!-+ "'), maxLength: 20}), address => {
        if (isStandard(address)) assert.equal(rewriteExternal(address, rules), address);
      }),
    );
  });

  test('any bytes rewrite to something', () => {
    const rules = rewriteRules(config, 'local');
    const bytes = fc.uint8Array({maxLength: 60}).map(array => Buffer.from(array).toString('latin1'));
    fc.assert(
      fc.property(bytes, address => {
        assert.equal(typeof rewriteInternal(address, rules), 'string');
        assert.equal(typeof rewriteExternal(address, rules), 'string');
      }),
    );
  });
});
