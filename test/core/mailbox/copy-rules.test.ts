import assert from 'node:assert/strict';
import fc from 'fast-check';
import {suite, test} from 'mocha';
import {type CopyRules, LineCopier} from '../../../src/core/mailbox/copy-rules.ts';

function copy(chunks: readonly Buffer[], rules: CopyRules): string {
  const copier = new LineCopier(rules);
  const out: Buffer[] = [];
  for (const chunk of chunks) {
    const own = Buffer.from(chunk);
    out.push(...copier.push(own).map(piece => Buffer.from(piece)));
    own.fill(0x21); // what is kept for later must have been copied
  }
  return Buffer.concat([...out, ...copier.end()]).toString('latin1');
}

const CASES: readonly (readonly [CopyRules, string, string])[] = [
  [{}, 'a\n.\nFrom \n', 'a\n.\nFrom \n'],
  [{}, 'no end', 'no end\n'],
  [{}, '', ''],
  [
    {quoteFrom: true},
    'From a\nFrom\nFromb\n From c\n>From d\nFrom e',
    '>From a\nFrom\nFromb\n From c\n>From d\n>From e\n',
  ],
  [{quoteFrom: true}, 'Fro', 'Fro\n'],
  [{stuffDots: true}, '.\n..\na.\n', '..\n...\na.\n'],
  [{lineEnd: '\r\n'}, 'a\n\nb', 'a\r\n\r\nb\r\n'],
  [{quoteFrom: true, stuffDots: true, lineEnd: '|'}, '.\nFrom x\n', '..|>From x|'],
];

/** The same, line by line, without any care for speed. */
function plainCopy(text: string, rules: CopyRules): string {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines
    .map(line => (rules.quoteFrom === true && line.startsWith('From ') ? `>${line}` : line))
    .map(line => (rules.stuffDots === true && line.startsWith('.') ? `.${line}` : line))
    .map(line => line + (rules.lineEnd ?? '\n'))
    .join('');
}

suite('copying lines', () => {
  for (const [rules, text, expected] of CASES)
    test(`${JSON.stringify(rules)} ${JSON.stringify(text)}`, () => {
      assert.equal(copy([Buffer.from(text)], rules), expected);
    });

  test('wherever the chunks are cut', () => {
    const text = fc.array(fc.constantFrom('From ', 'From', 'F', '\n', '.', 'x', '\r', '\n\n'), {maxLength: 30});
    const rules = fc.record({
      quoteFrom: fc.boolean(),
      stuffDots: fc.boolean(),
      lineEnd: fc.constantFrom('\n', '\r\n'),
    });
    fc.assert(
      fc.property(text, rules, fc.integer({min: 1, max: 9}), (parts, rules, size) => {
        const bytes = Buffer.from(parts.join(''));
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        assert.equal(copy(chunks, rules), plainCopy(bytes.toString(), rules));
      }),
    );
  });
});
