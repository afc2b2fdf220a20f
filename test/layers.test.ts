/** Imports point downwards only, from room to room (ARCHITECTURE.md); within a rank a room may use its neighbours. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));

const RANKS: readonly (readonly string[])[] = [
  ['base'],
  ['log', 'message'],
  ['config', 'net'],
  ['table', 'smtp'],
  ['address', 'account', 'mailbox'],
  ['filter', 'queue'],
  ['delivery'],
  ['smtpd', 'lmtpd', 'pop3', 'imap', 'managesieve'],
  ['daemon'],
  ['commands', 'library'],
];

/** `core/queue/x.ts` -> queue; `commands/x.ts` -> commands; `index.ts` -> library. */
function roomOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  if (first === 'core') return second;
  return file.includes('/') ? first : 'library';
}

function rankOf(room: string): number {
  return RANKS.findIndex(rooms => rooms.includes(room));
}

function importsOf(file: string): string[] {
  const text = readFileSync(resolve(SOURCE, file), 'utf8');
  const specifiers = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => relative(SOURCE, resolve(SOURCE, dirname(file), specifier)));
}

const files = readdirSync(SOURCE, {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.ts'));

suite('layers', () => {
  test('every room has a rank', () => {
    const unknown = files.filter(file => rankOf(roomOf(file)) < 0);
    assert.deepEqual(unknown, []);
  });

  test('imports point downwards only', () => {
    const wrong = files.flatMap(file =>
      importsOf(file)
        .filter(target => rankOf(roomOf(target)) > rankOf(roomOf(file)))
        .map(target => `${file} (${roomOf(file)}) imports ${target} (${roomOf(target)}), which is above it`),
    );
    assert.deepEqual(wrong, []);
  });

  test('only the command registry and posthorn’s own commands know oclif', () => {
    const allowed = /^commands\/(index|own-commands|posthorn\/[\w-]+)\.ts$/;
    const wrong = files.filter(
      file => !allowed.test(file) && /'@oclif\//.test(readFileSync(resolve(SOURCE, file), 'utf8')),
    );
    assert.deepEqual(wrong, []);
  });

  test('no file only passes on what another has', () => {
    const wrong = files.filter(file =>
      /^export (?:\*|\{[^}]*\}) from /m.test(readFileSync(resolve(SOURCE, file), 'utf8')),
    );
    assert.deepEqual(
      wrong.filter(file => file !== 'index.ts'),
      [],
    );
  });
});
