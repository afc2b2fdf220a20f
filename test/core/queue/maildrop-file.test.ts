import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {MaildropFile} from '../../../src/core/queue/maildrop-file.ts';
import {inodeOfId} from '../../../src/core/queue/queue-id.ts';

suite('files of the maildrop queue', () => {
  const directory = mkdtempSync(join(tmpdir(), 'posthorn-maildrop-'));
  suiteTeardown(() => rmSync(directory, {recursive: true}));
  const create = (sizeLimit = 0): MaildropFile =>
    new MaildropFile({directory, hasLongIds: false, sizeLimit, now: 1_700_000_000_123.456});

  test('records of any length are written whole, and the complete file is marked by its mode', () => {
    const file = create();
    const long = 'x'.repeat(300_000);
    file.put('N', 'short');
    file.put('N', long);
    file.copy('L', Buffer.from('a part of it'), 2, 6);
    file.put('E', '');
    const path = join(directory, file.id);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    file.finish();
    assert.equal(statSync(path).mode & 0o777, 0o744);
    assert.equal(inodeOfId(file.id), statSync(path).ino);
    const length = '\xe0\xa7\x12'; // 300,000 in groups of seven bits, the lowest first
    const expected = `T\x111700000000 123456N\x05shortN${length}${long}L\x04partE\x00`;
    assert.equal(readFileSync(path, 'latin1'), expected);
    rmSync(path);
  });

  test('what grows beyond message_size_limit is refused, and nothing is left', () => {
    const file = create(1000);
    file.put('N', 'x'.repeat(2000));
    assert.throws(() => file.finish(), {code: 'EFBIG'});
    assert.deepEqual(readdirSync(directory), []);
  });
});
