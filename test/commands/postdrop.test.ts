/** postdrop's reading of records: what it refuses, warns of and leaves out (texts recorded from 3.7.11). */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {Cancelled, copyMessage, MalformedInput, RecordInput} from '../../src/commands/postdrop-input.ts';
import {MaildropFile} from '../../src/core/queue/maildrop-file.ts';
import {readRecords} from '../support/memory-queue-file.ts';

suite('postdrop', () => {
  let home: string;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'postdrop-'));
    mkdirSync(join(home, 'maildrop'));
  });
  teardown(() => {
    rmSync(home, {recursive: true});
  });

  function drop(bytes: Buffer): {isWhole: boolean; warnings: string[]; records: string[]} {
    let rest = bytes;
    const input = new RecordInput((into, at, length) => {
      const count = rest.copy(into, at, 0, Math.min(length, 3));
      rest = rest.subarray(count);
      return count;
    }, 2048);
    const warnings: string[] = [];
    const file = new MaildropFile({
      directory: join(home, 'maildrop'),
      hasLongIds: false,
      sizeLimit: 0,
      now: Date.now(),
    });
    try {
      const isWhole = copyMessage(input, file, text => void warnings.push(text));
      file.finish();
      const [name = ''] = readdirSync(join(home, 'maildrop'));
      const records = readRecords(readFileSync(join(home, 'maildrop', name))).slice(1);
      file.abort();
      return {isWhole, warnings, records};
    } catch (fault) {
      file.abort();
      throw fault;
    }
  }
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

  test('copies a message, without the attributes a submitter may not send', () => {
    const input =
      'A\x03x=yA\x0dencoding=8bitA\x0dencoding=9bitA\x01xA\x03=xyS\x01xR\x01yM\0N\x01aX\0A\x0enotify_flags=1R\x01zE\0more';
    const {isWhole, warnings, records} = drop(latin1(input));
    assert.ok(isWhole);
    assert.deepEqual(records, ['A encoding=8bit', 'S x', 'R y', 'M ', 'N a', 'X ', 'A notify_flags=1', 'R z', 'E ']);
    assert.deepEqual(warnings, [
      'ignoring attribute record: x=y',
      'ignoring attribute record: encoding=9bit',
      "ignoring malformed record: missing '=' after attribute name: x",
      'ignoring malformed record: missing attribute name: =xy',
    ]);
  });

  test('a message without recipient or sender is told apart', () => {
    assert.equal(drop(latin1('S\x01xM\0X\0E\0')).isWhole, false);
    assert.equal(drop(latin1('R\x01xM\0X\0E\0')).isWhole, false);
  });

  const BAD: readonly (readonly [string, string, string | undefined])[] = [
    ['T', 'malformed input', 'stdin: unexpected EOF reading length, record type 84'],
    ['abc', 'malformed input', 'stdin: unexpected EOF in data, record type 97 length 98'],
    ['S\x01xR\xff\xff\xff\xff\xff\xff', 'malformed input', 'stdin: too many length bits, record type 82'],
    ['R\xb8\x17', 'malformed input', 'stdin: illegal length 3000, record type 82'],
    ['X\0', 'unexpected record type: 88', undefined],
    ['T\x011', 'unexpected record type: 84', undefined],
    ['S\x01xR\x01yM\0D\x01yX\0E\0', 'unexpected record type: 68', undefined],
  ];
  for (const [input, message, warning] of BAD)
    test(JSON.stringify(input), () => {
      assert.throws(
        () => drop(latin1(input)),
        (fault: unknown) => {
          assert.ok(fault instanceof MalformedInput);
          assert.deepEqual([fault.message, fault.warning], [message, warning]);
          return true;
        },
      );
      assert.deepEqual(readdirSync(join(home, 'maildrop')), []);
    });

  test('the end between two records cancels', () => {
    assert.throws(() => drop(latin1('')), Cancelled);
    assert.throws(() => drop(latin1('S\x01x')), Cancelled);
  });

  test('noise is refused or copied, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 40}), noise => {
        try {
          drop(Buffer.from(noise));
        } catch (fault) {
          assert.ok(fault instanceof MalformedInput || fault instanceof Cancelled);
        }
        assert.deepEqual(readdirSync(join(home, 'maildrop')), []);
      }),
      {numRuns: 50},
    );
  });
});
