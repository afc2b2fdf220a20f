/** What cleanup makes of addresses. The large table beside the original is test/peers/address-mapping.test.ts. */
import assert from 'node:assert/strict';
import {ExpansionError} from '../../../src/core/address/address-rewriter.ts';
import {MappingError} from '../../../src/core/address/mapping-error.ts';
import {MessageAddresses} from '../../../src/core/address/message-addresses.ts';
import {PlainAddresses} from '../../../src/core/address/plain-addresses.ts';
import {addressSupplies, Decisions} from '../../support/address-supplies.ts';

const COMMON = {myorigin: 'example.com', mydestination: 'example.com', append_dot_mydomain: 'yes', virtual_maps: ''};

suite('address: a message’s addresses', () => {
  test('standard form, then canonical, then masquerading; recipients are not masqueraded by default', async () => {
    const supplies = addressSupplies({
      ...COMMON,
      canonical_maps: 'inline:{joe=J.Doe@h.masq.example}',
      masquerade_domains: 'masq.example',
    });
    const ours = new MessageAddresses(supplies);
    assert.equal(await ours.envelopeSender('joe'), 'J.Doe@masq.example');
    assert.equal(await ours.envelopeRecipient('joe'), 'J.Doe@h.masq.example');
    assert.equal(await ours.headerAddress('joe', 'recipient', 'local'), 'J.Doe@masq.example');
    assert.equal(await ours.envelopeSender(''), '');
    assert.equal(await ours.envelopeRecipient(''), 'MAILER-DAEMON@example.com');
  });

  test('no table, no promise', () => {
    const ours = new MessageAddresses(addressSupplies(COMMON));
    assert.equal(ours.envelopeSender('joe'), 'joe@example.com');
    assert.deepEqual(ours.expandRecipient('joe@example.com'), ['joe@example.com']);
  });

  test('a circle of canonical names is said so, and the message goes on with one of them', () => {
    const supplies = addressSupplies({...COMMON, canonical_maps: 'inline:{a=b, b=a}'});
    assert.equal(new MessageAddresses(supplies).forMessage('ABC1').envelopeSender('a'), 'a@example.com');
    const text =
      'ABC1: unreasonable canonical_maps map nesting for a@example.com -- message not accepted, try again later';
    assert.deepEqual(supplies.warnings, [text]);
  });

  test('mail that is not to be mapped gets standard form only', () => {
    const {config} = addressSupplies({
      ...COMMON,
      canonical_maps: 'inline:{joe=x}',
      virtual_alias_maps: 'inline:{joe=x}',
    });
    const plain = new PlainAddresses(config);
    const addresses = [
      plain.envelopeSender('joe'),
      plain.envelopeRecipient(''),
      plain.expandRecipient('joe@example.com'),
    ];
    assert.deepEqual(addresses, ['joe@example.com', 'MAILER-DAEMON@example.com', ['joe@example.com']]);
  });

  const limits: readonly (readonly [string, string])[] = [
    ['va', 'unreasonable virtual_alias_maps map nesting for va@example.com'],
    ['grow', 'unreasonable virtual_alias_maps map nesting for grow@example.com'],
    ['big', 'unreasonable virtual_alias_maps map expansion size for big@example.com'],
    ['long', `unreasonable virtual_alias_maps result ${'x'.repeat(50)}@example.com...`],
  ];
  for (const [name, text] of limits)
    test(`virtual aliases beyond their limits: ${name}`, () => {
      const table = `inline:{va=vb, vb=va, grow=g1, g1=g2, g2=g3, g3=g4, {big=1, 2, 3, 4, 5, 6}, long=${'x'.repeat(50)}}`;
      const supplies = addressSupplies({
        ...COMMON,
        virtual_alias_maps: table,
        virtual_alias_expansion_limit: '5',
        virtual_alias_recursion_limit: '3',
        virtual_alias_address_length_limit: '50',
      });
      const expected = {message: `${text} -- message not accepted, try again later`};
      const expand = (): unknown => new MessageAddresses(supplies).expandRecipient(`${name}@example.com`);
      assert.throws(expand, expected);
      assert.throws(expand, ExpansionError);
    });

  test('a table that can not be asked', () => {
    const ours = new MessageAddresses(addressSupplies({...COMMON, virtual_alias_maps: 'fail:x'}));
    const message =
      'virtual_alias_maps map lookup problem for joe@example.com -- message not accepted, try again later';
    assert.throws(() => ours.expandRecipient('joe@example.com'), {message});
    assert.throws(() => ours.expandRecipient('joe@example.com'), MappingError);
  });

  test('each step is recorded', () => {
    const decisions = new Decisions();
    const set = {canonical_maps: 'inline:{joe=jd}', virtual_alias_maps: 'inline:{{jd=jd, ann@x.example}}'};
    const ours = new MessageAddresses(addressSupplies({...COMMON, ...set}));
    const recipient = ours.envelopeRecipient('joe', decisions);
    assert.ok(typeof recipient === 'string');
    void ours.expandRecipient(recipient, decisions);
    assert.deepEqual(decisions.steps, [
      'rewrite: joe -> joe@example.com',
      'canonical_maps: joe@example.com -> jd@example.com',
      'virtual_alias_maps: jd@example.com -> jd@example.com, ann@x.example',
    ]);
  });
});
