/** Fields from the index: the same bytes as the message would give. */
import assert from 'node:assert/strict';
import {fieldsByName, joinedFields, keptFieldsOf} from '../../../src/core/mailbox/kept-fields.ts';
import {scanBytes} from '../../../src/core/mailbox/scan-message.ts';
import {parseSection, planSection} from '../../../src/core/message/mime/section.ts';
import {SectionReader} from '../../../src/core/message/mime/section-reader.ts';
import {StructureScanner} from '../../../src/core/message/mime/structure.ts';
import {RandomMail} from '../../support/random-mail.ts';

const NAMES = ['subject', 'from', 'to', 'content-type', 'x', 'none'];

/** What FETCH answers out of the message itself. */
function fromMessage(message: Buffer): string {
  const scanner = new StructureScanner();
  scanner.write(message);
  const plan = planSection(scanner.end(), parseSection(`HEADER.FIELDS (${NAMES.join(' ')})`) ?? assert.fail());
  const reader = new SectionReader(plan, undefined);
  const bytes = reader.write(message.subarray(reader.start, reader.end));
  return bytes.toString('latin1') + reader.finish().toString('latin1');
}

suite('fields that the index keeps', () => {
  test('of a clean head are what the message answers', () => {
    let clean = 0;
    for (const message of new RandomMail(11).messages(2000)) {
      const kept = keptFieldsOf(scanBytes(message).head, NAMES);
      const joined = joinedFields(kept, NAMES);
      if (joined === undefined) continue;
      clean++;
      assert.equal(
        `${joined.toString('latin1')}\r\n`,
        fromMessage(message),
        JSON.stringify(message.toString('latin1')),
      );
    }
    assert.ok(clean > 100, String(clean));
  });

  const odd = ['a: b\nno colon\n\n', 'a: b\n', 'a: \0\n\n', 'a : b\n\n', ' folded first\na: b\n\n', ': b\n\n', ''];
  for (const head of odd)
    test(`a head like ${JSON.stringify(head)} is not clean`, () => {
      assert.equal(joinedFields(keptFieldsOf(Buffer.from(head), ['a']), ['a']), undefined);
    });

  test('several of a name are joined, what is missing is empty', () => {
    const kept = keptFieldsOf(Buffer.from('A: 1\nb: 2\n x\na: 3\n\n'), ['a', 'b', 'c']);
    const byName = [...fieldsByName(kept)].map(([name, bytes]) => [name, bytes.toString()]);
    assert.deepEqual(byName, [['a', 'A: 1\r\na: 3\r\n'], ['b', 'b: 2\r\n x\r\n'], ['c', '']]); // prettier-ignore
    assert.equal(joinedFields(kept, ['a', 'b'])?.toString(), 'A: 1\r\nb: 2\r\n x\r\na: 3\r\n');
  });
});
