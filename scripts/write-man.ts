// `npm run man`: writes the pages, takes away those that are no longer made, and brings COMPATIBILITY.md's list up to date.
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {withEffectList} from './effect-list.ts';
import {manPages} from './man-pages.ts';

const folder = new URL('../man/', import.meta.url);
mkdirSync(folder, {recursive: true});
const pages = await manPages();
for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(new URL(name, folder));
for (const [name, text] of pages) writeFileSync(new URL(name, folder), text);
console.log(`${pages.size} pages in man/`);
const compatibility = new URL('../COMPATIBILITY.md', import.meta.url);
writeFileSync(compatibility, withEffectList(readFileSync(compatibility, 'utf8')));
