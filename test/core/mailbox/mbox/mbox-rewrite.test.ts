import assert from 'node:assert/strict';
import {copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {finishRewrite, type Piece, rewriteEnd} from '../../../../src/core/mailbox/mbox/mbox-rewrite.ts';

const OLD = 'aaaaaaaaaaBBBBBBBBBBccccccccccDDDDDDDDDD';
const MORE = 'From another program\n';

/** Title, the pieces behind byte 10, what the file then is. */
const REWRITES: readonly (readonly [string, readonly Piece[], string])[] = [
  ['shorter', [{from: 20, to: 40}], 'aaaaaaaaaaccccccccccDDDDDDDDDD'],
  ['as long', [Buffer.from('XXXXXXXXXX'), {from: 20, to: 40}], 'aaaaaaaaaaXXXXXXXXXXccccccccccDDDDDDDDDD'],
  [
    'longer',
    [{from: 10, to: 20}, Buffer.from('++++++++'), {from: 20, to: 40}],
    'aaaaaaaaaaBBBBBBBBBB++++++++ccccccccccDDDDDDDDDD',
  ],
];

suite('the end of an mbox file is written anew', () => {
  for (const [title, pieces, result] of REWRITES) {
    test(`${title}: as asked, and no journal stays`, () =>
      inFolder(async folder => {
        await rewrite(folder, pieces);
        assert.equal(read(folder), result);
        assert.ok(!existsSync(join(folder, 'journal')));
      }));

    test(`${title}: killed after any number of bytes, it is finished by the next, with what came meanwhile`, () =>
      inFolder(async folder => {
        const journal = await journalOf(folder, pieces);
        for (const more of ['', MORE])
          for (let written = 0; written <= result.length - 10; written++) {
            const half = OLD.slice(0, 10) + result.slice(10, 10 + written) + OLD.slice(10 + written);
            await recover(folder, half + more, journal);
            assert.equal(read(folder), result + more, `${written} bytes`);
          }
      }));

    test(`${title}: killed after the file was cut, too`, () =>
      inFolder(async folder => {
        const journal = await journalOf(folder, pieces);
        for (const more of ['', MORE]) {
          await recover(folder, result + more, journal);
          assert.equal(read(folder), result + more);
        }
      }));
  }

  test('a journal that is not whole changes nothing', () =>
    inFolder(async folder => {
      const journal = await journalOf(folder, [{from: 20, to: 40}]);
      for (let length = 0; length < journal.length; length += 7) {
        await recover(folder, OLD, journal.subarray(0, length));
        assert.equal(read(folder), OLD);
      }
    }));
});

async function rewrite(folder: string, pieces: readonly Piece[]): Promise<void> {
  writeFileSync(join(folder, 'mbox'), OLD);
  const file = await open(join(folder, 'mbox'), 'r+');
  await rewriteEnd(file, 10, pieces, join(folder, 'journal'));
  await file.close();
}

/** As a rewrite leaves it until it is done: caught through a file that can't be written to. */
async function journalOf(folder: string, pieces: readonly Piece[]): Promise<Buffer> {
  writeFileSync(join(folder, 'mbox'), OLD);
  const file = await open(join(folder, 'mbox'), 'r');
  await assert.rejects(rewriteEnd(file, 10, pieces, join(folder, 'journal')), /EBADF|EINVAL/);
  await file.close();
  copyFileSync(join(folder, 'journal'), join(folder, 'kept'));
  return readFileSync(join(folder, 'kept'));
}

async function recover(folder: string, content: string, journal: Buffer): Promise<void> {
  writeFileSync(join(folder, 'journal'), journal);
  writeFileSync(join(folder, 'mbox'), content);
  const file = await open(join(folder, 'mbox'), 'r+');
  await finishRewrite(file, join(folder, 'journal'));
  await file.close();
}

function read(folder: string): string {
  return readFileSync(join(folder, 'mbox'), 'latin1');
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-mbox-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, {recursive: true});
  }
}
