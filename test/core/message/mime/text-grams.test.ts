/** The set of grams of a message: it never denies what a search would find. */
import assert from 'node:assert/strict';
import {normalizeText} from '../../../../src/core/message/mime/normalize.ts';
import {MessageSearch} from '../../../../src/core/message/mime/search-text.ts';
import {StructureScanner} from '../../../../src/core/message/mime/structure.ts';
import {gramsOf, mayHave, TextGrams} from '../../../../src/core/message/mime/text-grams.ts';
import {RandomMail} from '../../../support/random-mail.ts';

function gramsIn(message: Buffer, cut = message.length): Buffer {
  const grams = new TextGrams();
  const scanner = new StructureScanner(grams);
  for (let at = 0; at < message.length; at += cut) scanner.write(message.subarray(at, at + cut));
  scanner.end();
  return grams.end();
}

function isFound(message: Buffer, key: string): boolean {
  const search = new MessageSearch([{kind: 'text', key}]);
  const scanner = new StructureScanner(search);
  scanner.write(message);
  scanner.end();
  return search.matches[0] === true;
}

suite('text grams', () => {
  test('no text that is there is denied, however the message is cut', () => {
    let found = 0;
    for (const [n, message] of new RandomMail(7).messages(300).entries()) {
      const cut = 1 + (n % 50);
      const grams = gramsIn(message, cut);
      for (let at = 0; at < message.length; at += 17) {
        const key = message.toString('latin1', at, at + 3 + (at % 9));
        if (!isFound(message, key)) continue;
        found++;
        assert.ok(
          mayHave(grams, gramsOf(normalizeText(key))),
          `${JSON.stringify(key)} in ${message.toString('latin1')}`,
        );
      }
    }
    assert.ok(found > 1000);
  });

  test('what is encoded is seen as what it says', () => {
    const message = Buffer.from(
      'Subject: =?utf-8?q?gr=C3=BCn?=\nContent-Transfer-Encoding: base64\n\nU2Now7ZuZXIgVGFn\n',
    );
    const grams = gramsIn(message);
    for (const key of ['GRÜN', 'schöner tag']) assert.ok(mayHave(grams, gramsOf(normalizeText(key))), key);
    for (const key of ['U2Now7Zu', 'quick brown fox']) assert.ok(!mayHave(grams, gramsOf(normalizeText(key))), key);
  });

  test('a small message has a small set, one of everything an empty one that denies nothing', () => {
    assert.equal(gramsIn(Buffer.from('a: b\n\nhello\n')).length, 32);
    const random = new RandomMail(3);
    const line = (): string => `${String.fromCharCode(...Array.from({length: 70}, () => 33 + random.below(90)))}\n`;
    assert.equal(gramsIn(Buffer.from(`a: b\n\n${Array.from({length: 4000}, line).join('')}`)).length, 0);
    assert.ok(mayHave(Buffer.alloc(0), gramsOf(Buffer.from('xyz'))));
  });

  test('keys of less than three bytes have none', () => {
    assert.deepEqual(gramsOf(Buffer.from('ab')), []);
    assert.ok(mayHave(Buffer.alloc(32), []));
  });
});
