import assert from 'node:assert/strict';
import {checkRecipes} from '../../../../src/core/filter/procmail/check-recipes.ts';
import {parseRecipes} from '../../../../src/core/filter/procmail/rc-parser.ts';
import type {RcItem} from '../../../../src/core/filter/procmail/rc-tree.ts';

/** One line an item: what it is, where, and of what it consists. */
function outline(items: readonly RcItem[], indent = ''): string[] {
  return items.flatMap(item => {
    const head = `${indent}${item.line} ${item.kind}`;
    if (item.kind === 'assignment')
      return [`${head} ${item.name}${item.value === undefined ? '' : `=${item.value.source.trim()}`}`];
    if (item.kind === 'skipped') return [`${head} ${item.text}`];
    if (item.kind === 'stray-brace') return [head];
    const {action} = item;
    const conditions = item.conditions.map(({line, text}) => `${indent}  ${line} * ${text}`);
    const lines = [`${head} ${item.header.source.trim()}`.trimEnd(), ...conditions];
    if (action.kind === 'block')
      return [
        ...lines,
        `${indent}  ${action.line} {`,
        ...outline(action.items, `${indent}    `),
        `${indent}  ${action.isClosed ? '}' : 'open'}`,
      ];
    const what =
      action.kind === 'folder'
        ? action.first.replaceAll('\0', '_') + action.rest.source.trimEnd()
        : action.kind === 'pipe'
          ? `${action.capture ?? ''}|${action.command}`
          : action.kind === 'forward'
            ? `!${action.addresses.source.trim()}`
            : '';
    return [...lines, `${indent}  ${action.line} ${action.kind} ${what}`.trimEnd()];
  });
}

const FILES: readonly (readonly [title: string, text: string, outline: readonly string[]])[] = [
  [
    'assignments',
    '# c\nA=b\n\n  B = "c d" E=f # x\nC\n',
    ['2 assignment A=b', '4 assignment B="c d"', '4 assignment E=f', '5 assignment C'],
  ],
  ['what is none', 'a-b\n=x\n"y\n', ['1 skipped a', '1 skipped -b', '2 skipped =x', '3 skipped "y']],
  [
    'a recipe',
    ':0 Bc: lock\n* ^a\n# x\n*  b \\\n  c\n\nbox\n',
    ['1 recipe 0 Bc: lock', '  2 * ^a', '  4 * b \\\n  c', '  7 folder box'],
  ],
  [
    'actions',
    ':0\n! a@b c\n:0\n|cmd \\\n x\n:0\nV = | cmd\n:0\n$A/b\n:0\nab cd\n',
    [
      '1 recipe 0',
      '  2 forward !a@b c',
      '3 recipe 0',
      '  4 pipe |cmd \\\n x',
      '6 recipe 0',
      '  7 pipe V| cmd',
      '8 recipe 0',
      '  9 folder $A/b',
      '10 recipe 0',
      '  11 folder ab_cd',
    ],
  ],
  [
    'blocks',
    ':0\n{ A=1\n:0\n{ }\n}\nB=2\n',
    [
      '1 recipe 0',
      '  2 {',
      '    2 assignment A=1',
      '    3 recipe 0',
      '      4 {',
      '      }',
      '  }',
      '6 assignment B=2',
    ],
  ],
  ['an open block', ':0\n{\nA=1\n', ['1 recipe 0', '  2 {', '    3 assignment A=1', '  open']],
  ['a brace too many', '}\n', ['1 stray-brace']],
  ['a missing action', ':0\n* a\n\n:0\nb\n', ['1 recipe 0', '  2 * a', '  1 missing', '4 recipe 0', '  5 folder b']],
  ['no action at all', ':0\n* a', ['1 recipe 0', '  2 * a', '  2 incomplete']],
  [
    'the old form',
    ':\na\nbox\n:2c\na\nb\nbox\n:A\nbox\n',
    [
      '1 recipe',
      '  2 * a',
      '  3 folder box',
      '4 recipe 2c',
      '  5 * a',
      '  6 * b',
      '  7 folder box',
      '8 recipe A',
      '  9 folder box',
    ],
  ],
  ['a huge number of conditions', ':99999999\na\nb\n', ['1 recipe 99999999', '  2 * a', '  3 * b', '  4 incomplete']],
];

suite('rc files', () => {
  for (const [title, text, expected] of FILES)
    test(title, () => assert.deepEqual(outline(parseRecipes(text)), expected));

  test('blocks nest as deep as anyone likes', () => {
    assert.ok(parseRecipes(':0\n{\n'.repeat(50_000)).length > 0);
  });

  test('noise is parsed in no time', () => {
    const signs = ':0{}*!|=\n \t"\'`\\$#aA<>?^';
    let seed = 7;
    let text = '';
    for (let i = 0; i < 300_000; i++) text += signs.charAt((seed = (seed * 48271) % 2147483647) % signs.length);
    const begin = performance.now();
    parseRecipes(text);
    checkRecipes(text.slice(0, 50_000));
    assert.ok(performance.now() - begin < 4000);
  });
});

const FINDINGS: readonly (readonly [text: string, line: number, finding: RegExp])[] = [
  [':0 B\n* <html>\nx\n', 2, /"<" .* is no number; .* write "\[<\]html>"/],
  [':0\n* ! > many\nx\n', 2, /is no number/],
  ['A=1\n}\n', 2, /closes nothing/],
  [':0\n{\n', 2, /not closed/],
  [':0\n* x\n', 3, /no action/],
  [':0\n\n:0\nx\n', 1, /no action/],
  [':0 Q\nx\n', 1, /skipped: "Q"/],
  [':0\n* (a\nx\n', 2, /parenthesis/],
  [':0\n* a # b\nx\n', 2, /no comments/],
  [':0 f\nx\n', 2, /no filter/],
  [':0 h\nx\n', 2, /only the header .* lost/],
  [':0 b\n! a@b\n', 2, /only the body .* lost/],
  [':0:\n{ }\n', 2, /lock file on a block/],
  ['A="x\n', 1, /quote/],
  ['A=${x*}\n', 1, /Bad substitution/],
  ['what-is\n', 1, /neither/],
  [':0 Ee\nx\n', 1, /rules out/],
];

suite('the checker of rc files', () => {
  for (const [text, line, finding] of FINDINGS)
    test(JSON.stringify(text), () => {
      const [first] = checkRecipes(text);
      assert.equal(first?.line, line);
      assert.match(first.text, finding);
    });

  test('finds nothing in a sound one', () => {
    const text =
      'PATH=/bin\nMAILDIR=$HOME/Mail\n:0:\n* ^Subject:.*x\n* < 5000\n* > $MAX\n* ? test -f y\n* $ ^$X\n* 1^0 (a|b)\n* B ?? [<]html>\nbox\n' +
      ':0 hc\nheads\n:0 fbw\n|cat\n:0\n{\n :0 $FLAGS\n ! a@b\n}\n';
    assert.deepEqual(checkRecipes(text), []);
  });
});
