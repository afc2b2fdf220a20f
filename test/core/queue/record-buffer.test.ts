import assert from 'node:assert/strict';
import {RecordBuffer} from '../../../src/core/queue/record-buffer.ts';

const LIMIT = 200;

/** The lines as single records: what the lines at once have to come to. */
function oneByOne(text: string): string {
  const records = new RecordBuffer();
  for (const line of text.split('\n').slice(0, -1)) records.put('N', line);
  return records.take().toString('latin1');
}

function atOnce(text: string, replacesReturns = false): {readonly taken: number; readonly records: string} {
  const records = new RecordBuffer();
  const taken = records.putLines(Buffer.from(text, 'latin1'), 0, LIMIT, replacesReturns);
  return {taken, records: records.take().toString('latin1')};
}

suite('records of many lines', () => {
  test('are those of one line after the other', () => {
    const lengths = [0, 0, 1, 80, 127, 128, 199, 0, 130, 5];
    const text = lengths.map((length, index) => `${String.fromCharCode(0xe0 + index).repeat(length)}\n`).join('');
    for (const repeats of [1, 300]) {
      const whole = text.repeat(repeats);
      assert.deepEqual(atOnce(whole), {taken: whole.length, records: oneByOne(whole)});
    }
  });

  test('also where the last line, or the only one, is long', () => {
    for (const length of [127, 128, 150, 199])
      for (const before of ['', 'a\n', '\n\n']) {
        const text = `${before}${'z'.repeat(length)}\n`;
        assert.deepEqual(atOnce(text), {taken: text.length, records: oneByOne(text)}, String(length));
      }
  });

  test('end before a line that is not whole, or too long', () => {
    assert.deepEqual(atOnce('one\ntwo\nthr'), {taken: 8, records: oneByOne('one\ntwo\n')});
    assert.deepEqual(atOnce('one'), {taken: 0, records: ''});
    const long = 'x'.repeat(LIMIT);
    assert.deepEqual(atOnce(`one\n${long}\ntwo\n`), {taken: 4, records: oneByOne('one\n')});
    assert.deepEqual(atOnce(`${long}\ntwo\n`), {taken: 0, records: ''});
  });

  test('begin where they are told to, behind what is there', () => {
    const records = new RecordBuffer();
    records.put('M', '');
    assert.equal(records.putLines(Buffer.from('one\ntwo\nthree\n'), 4, LIMIT, false), 10);
    assert.equal(records.position, 2 + 5 + 7);
    records.put('X', '');
    assert.equal(records.take().toString('latin1'), `M\0${oneByOne('two\nthree\n')}X\0`);
  });

  test('a stray CR becomes a blank, and the length of 13 stays', () => {
    const text = `a\rb\n${'y'.repeat(13)}\n\r\n`;
    const given = Buffer.from(text);
    const records = new RecordBuffer();
    records.putLines(given, 0, LIMIT, true);
    assert.equal(records.take().toString('latin1'), oneByOne(text.replaceAll('\r', ' ')));
    assert.equal(given.toString(), text);
    assert.equal(atOnce(text).records, oneByOne(text));
  });

  test("what is given back is written over, what is not is the taker's", () => {
    const records = new RecordBuffer();
    records.put('N', 'first');
    const first = records.take();
    records.put('N', 'second');
    assert.equal(first.toString(), 'N\x05first');
    const second = records.take();
    records.giveBack();
    records.put('N', 'third!');
    assert.equal(second.toString(), 'N\x06third!');
    assert.equal(records.position, 7 + 8 + 8);
  });
});
