/** The man pages are made from the sources; what is committed is what would be made now. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {withEffectList} from '../scripts/effect-list.ts';
import {manPages} from '../scripts/man-pages.ts';

const FOLDER = new URL('../man/', import.meta.url);

suite('man pages', () => {
  test('are fresh (npm run man)', async () => {
    const pages = await manPages();
    assert.deepEqual(readdirSync(FOLDER).sort(), [...pages.keys()].sort());
    for (const [name, text] of pages) assert.equal(readFileSync(new URL(name, FOLDER), 'utf8'), text, name);
  });

  test('every command that is installed has one', async () => {
    const {bin} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {bin: object}; // npm's format
    const pages = await manPages();
    const missing = Object.keys(bin).filter(name => !pages.has(`${name}.1`));
    assert.deepEqual(missing, []);
  });

  test('COMPATIBILITY.md lists the parameters without effect (npm run man)', () => {
    const page = readFileSync(new URL('../COMPATIBILITY.md', import.meta.url), 'utf8');
    assert.equal(page, withEffectList(page));
  });
});
