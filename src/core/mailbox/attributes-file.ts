/**
 * Annotations of mailboxes (RFC 5464) in one file, as Dovecot's `file:` dict keeps them (mail_attribute_dict): a line
 * for the key, `priv/GUID/comment`, and one for the value, control characters escaped. Changed under a lock file,
 * replaced whole.
 */
import {readFile, rename, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {takeControlLock} from './control-lock.ts';
import {FOLDER_MODE} from './folder-tree.ts';
import {makeFolder} from './flush.ts';

const ESCAPE = '\x01';
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['\x01', '1'],
  ['\0', '0'],
  ['\t', 't'],
  ['\r', 'r'],
  ['\n', 'n'],
]);
const UNESCAPED: ReadonlyMap<string, string> = new Map([...ESCAPED].map(([letter, code]) => [code, letter]));

export class AttributesFile {
  readonly #path: string;
  readonly #hostName: string;
  readonly #fileMode: number;

  constructor(path: string, hostName: string, fileMode: number) {
    this.#path = path;
    this.#hostName = hostName;
    this.#fileMode = fileMode;
  }

  /** Byte strings. */
  async read(): Promise<Map<string, string>> {
    let text: string;
    try {
      text = await readFile(toPath(this.#path), 'latin1');
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return new Map();
      throw fault;
    }
    const lines = text.split('\n');
    const values = new Map<string, string>();
    for (let n = 0; n + 1 < lines.length; n += 2) values.set(unescape(lines[n] ?? ''), unescape(lines[n + 1] ?? ''));
    return values;
  }

  /** undefined removes. */
  async set(key: string, value: string | undefined): Promise<void> {
    await makeFolder(dirname(this.#path), FOLDER_MODE);
    const lock = await takeControlLock(`${this.#path}.lock`, this.#hostName);
    try {
      const values = await this.read();
      if (value === undefined) values.delete(key);
      else values.set(key, value);
      const text = [...values].map(([name, kept]) => `${escape(name)}\n${escape(kept)}\n`).join('');
      const temporary = toPath(`${this.#path}.tmp${process.pid}`);
      await writeFile(temporary, text, {encoding: 'latin1', mode: this.#fileMode, flush: true});
      await rename(temporary, toPath(this.#path));
    } finally {
      lock.release();
    }
  }
}

function escape(text: string): string {
  let out = '';
  for (const letter of text) {
    const code = ESCAPED.get(letter);
    out += code === undefined ? letter : ESCAPE + code;
  }
  return out;
}

function unescape(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] === ESCAPE ? UNESCAPED.get(text[at + 1] ?? '') : undefined;
    if (letter !== undefined) at++;
    out += letter ?? text[at];
  }
  return out;
}
