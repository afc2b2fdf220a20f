// `npm run man`: writes the pages that differ, takes away those that are no longer made.
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {manPages} from './man-pages.ts';

const folder = new URL('../man/', import.meta.url);
mkdirSync(folder, {recursive: true});
const pages = await manPages();
for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(new URL(name, folder));
for (const [name, text] of pages) writeFileSync(new URL(name, folder), text);
console.log(`${pages.size} pages in man/`);
