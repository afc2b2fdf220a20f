/** APPENDs that a client sends without waiting: answered in order, each when it is on disk, news before them. */
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openTestStore, startOurImap} from '../../support/our-imap.ts';

suite('pipelined APPENDs', () => {
  let home: string;
  setup(() => (home = mkdtempSync(join(tmpdir(), 'imap-append-'))));
  teardown(() => rmSync(home, {recursive: true, force: true}));

  const append = (tag: string, box: string, text: string): string =>
    `${tag} APPEND ${box} {${text.length}+}\r\n${text}`;

  async function hear(said: string): Promise<string[]> {
    const imap = startOurImap(() => openTestStore(home));
    let heard = '';
    imap.output.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    imap.input.end(Buffer.from(said, 'latin1'));
    await imap.done;
    const lines = heard.replace(/ \(\d+\.\d+ \+ \d+\.\d+ secs\)| \(\d+\.\d+ \+ \d+\.\d+ \+ .*?\)/g, '').split('\r\n');
    return lines.slice(1, -1).map(line => line.replace(/(APPENDUID|UIDVALIDITY) \d+/, '$1 <v>'));
  }

  test('forty in a row, some of them refused', async () => {
    const tags = Array.from({length: 40}, (_, n) => `t${n}`);
    const said = tags.map(
      (tag, n) =>
      n === 7 ? append(tag, 'nowhere', 'abc') : n === 20 ? append(tag, 'INBOX (\\Nothing)', 'abc') : append(tag, 'INBOX', `a: ${n}\n\n`), // prettier-ignore
    );
    const heard = await hear(`${said.join('\r\n')}\r\nu STATUS INBOX (MESSAGES)\r\nv FETCH 1 FLAGS\r\n`);
    let uid = 0;
    const expected = tags.map((tag, n) => {
      if (n === 7) return `${tag} NO [TRYCREATE] Mailbox doesn't exist: nowhere.`;
      if (n === 20) return `${tag} BAD Error in IMAP command APPEND: Invalid system flag \\NOTHING.`;
      return `${tag} OK [APPENDUID <v> ${++uid}] Append completed.`;
    });
    assert.deepEqual(heard, [
      ...expected,
      '* STATUS INBOX (MESSAGES 38)',
      'u OK Status completed.',
      'v BAD No mailbox selected.',
    ]);
  });

  test('into the selected mailbox: it is told before each OK', async () => {
    const heard = await hear(
      `s SELECT INBOX\r\n${['a', 'b', 'c'].map(tag => append(tag, 'INBOX', 'x: y\n\n')).join('\r\n')}\r\nd NOOP\r\n`,
    );
    const from = heard.findIndex(line => line.startsWith('s OK')) + 1;
    const told = heard.slice(from);
    const exists = told.indexOf('* 3 EXISTS');
    assert.ok(exists >= 0 && exists < told.findIndex(line => line.startsWith('c OK')));
    assert.deepEqual(
      told.filter(line => !line.startsWith('*')).map(line => line.slice(0, 4)),
      ['a OK', 'b OK', 'c OK', 'd OK'],
    );
  });

  test('a client that leaves without hearing the answers has its messages saved all the same', async () => {
    const imap = startOurImap(() => openTestStore(home));
    imap.input.write(Buffer.from(`${append('a', 'INBOX', 'x: y\n\n')}\r\n${append('b', 'INBOX', 'x: z\n\n')}\r\nc AP`));
    imap.input.end();
    imap.output.resume();
    await imap.done;
    assert.equal(readdirSync(`${home}/Maildir/new`).length, 2);
    assert.deepEqual(readdirSync(`${home}/Maildir/tmp`), []);
  });
});
