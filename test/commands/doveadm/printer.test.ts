/** doveadm's formatters: the same records in each. */
import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {type Column, type Formatter, makePrinter} from '../../../src/commands/doveadm/printer.ts';

const COLUMNS: readonly Column[] = [
  {key: 'uid', isTitleHidden: true},
  {key: 'name', title: 'Name'},
];

function print(formatter: Formatter, rows: readonly (readonly string[])[], columns = COLUMNS): string {
  let text = '';
  const printer = makePrinter(formatter, piece => void (text += piece));
  printer.columns(columns);
  for (const row of rows) for (const value of row) printer.value(value);
  printer.finish();
  printer.finish();
  return text;
}

suite('formatters of doveadm', () => {
  const rows = [
    ['1', 'a "b"'],
    ['2', 'c\nd'],
  ];
  const cases: readonly (readonly [formatter: Formatter, rows: readonly (readonly string[])[], text: string])[] = [
    ['flow', rows, '1 Name=a "b"\n2 Name=c\nd\n'],
    ['tab', rows, 'uid\tName\n1\ta "b"\n2\tc\nd\n'],
    ['pager', rows, '1\nName: a "b"\n\f\n2\nName: c\nd\n'],
    ['json', rows, '[{"uid":"1","name":"a \\"b\\""},{"uid":"2","name":"c\\nd"}]'],
    ['flow', [], ''],
    ['tab', [], 'uid\tName\n'],
    ['pager', [], ''],
    ['json', [], '[]'],
  ];
  for (const [formatter, given, text] of cases)
    test(`${formatter} prints ${given.length} records`, () => assert.equal(print(formatter, given), text));

  test('a table measures UTF-8 by characters, and gives half of what is left to its last column', () => {
    const text = print('table', [
      ['1', '\xc3\xa4'],
      ['23', 'b'],
    ]);
    const [head = '', first = '', second = ''] = text.split('\n');
    assert.equal(head, `uid Name${' '.repeat(36)}`);
    assert.equal(first, `1   \xc3\xa4${' '.repeat(39)}`);
    assert.equal(second.length, head.length);
  });

  test('a table that is too wide takes it from its last column', () => {
    const [head = '', row = ''] = print('table', [['x'.repeat(60), 'y'.repeat(40)]]).split('\n');
    assert.equal(head.length, 80);
    assert.equal(row, `${'x'.repeat(60)} ${'y'.repeat(40)}`);
  });

  test('a number is flush right', () => {
    const columns: readonly Column[] = [{key: 'count', isRightAligned: true}, {key: 'x'}];
    assert.match(print('table', [['7', 'a']], columns), /^count x +\n {4}7 a +\n$/);
  });

  test('bytes that are no UTF-8 become U+FFFD in JSON, also where pieces divide a character', () => {
    let text = '';
    const printer = makePrinter('json', piece => void (text += piece));
    printer.columns([{key: 'body'}]);
    for (const byte of [0xc3, 0xa4, 0xff]) printer.piece(Buffer.of(byte));
    printer.endOfPieces();
    printer.finish();
    assert.equal(text, '[{"body":"\xc3\xa4\xef\xbf\xbd"}]');
  });

  test('a text in pieces has its title on a line of its own, and a table refuses lines in it', () => {
    let text = '';
    const pager = makePrinter('pager', piece => void (text += piece));
    pager.columns([{key: 'body'}]);
    pager.piece(Buffer.from('a\n'));
    pager.endOfPieces();
    assert.equal(text, 'body:\na\n');
    const table = makePrinter('table', () => undefined);
    table.columns([{key: 'body'}]);
    assert.throws(() => table.piece(Buffer.from('a\nb')), /multi-line/);
  });
});
