/** Settings for people, as doveconf prints them: sorted, in sections, secrets hidden. */
import type {Entry} from '../core/config/dovecot/export.ts';
import {hideSecrets} from './doveconf-secrets.ts';

export interface PrintOptions {
  readonly hidesSecrets: boolean;
  /** How deep in sections the text begins, and what they begin with. */
  readonly indent?: number;
  readonly heading?: string;
  /** Only this setting or section, and what is below it. */
  readonly below?: string | undefined;
}

interface OpenSection {
  readonly prefix: string;
  /** Its place among the prefixes: one may be there twice, and the second is within the first then. */
  readonly index: number;
  /** Where its heading begins in what waits; undefined when it was not only for its name that it was opened. */
  pendingAt: number | undefined;
}

/** The text; empty when there is nothing to say, whatever the heading. */
export function printSettings(entries: readonly Entry[], options: PrintOptions): string {
  return new SettingsPrinter(entries, options).print();
}

class SettingsPrinter {
  readonly #options: PrintOptions;
  readonly #entries: readonly Entry[];
  readonly #prefixes: readonly string[];
  readonly #open: OpenSection[] = [];
  #indent: number;
  /** Headings of sections in which nothing has been said yet. */
  #pending: string;
  #text = '';

  constructor(entries: readonly Entry[], options: PrintOptions) {
    this.#options = options;
    this.#indent = options.indent ?? 0;
    this.#pending = options.heading ?? '';
    const sorted = entries
      .map(entry => [sortKey(entry), entry] as const)
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    this.#entries = sorted.map(([, entry]) => entry).filter(entry => entry.kind !== 'list');
    this.#prefixes = sorted.flatMap(([, entry]) => (entry.kind === 'list' ? sectionPrefixes(entry) : []));
  }

  print(): string {
    for (const entry of this.#entries) if (this.#isWanted(entry.path)) this.#take(entry);
    for (let section = this.#open.pop(); section !== undefined; section = this.#open.pop()) {
      if (section.pendingAt !== undefined) break;
      this.#indent--;
      this.#text += `${this.#margin()}}\n`;
    }
    return this.#text;
  }

  #isWanted(path: string): boolean {
    const {below} = this.#options;
    return below === undefined || path === below || path.startsWith(`${below}/`);
  }

  #margin(): string {
    return '  '.repeat(this.#indent);
  }

  #take(entry: Entry): void {
    do this.#leave(entry.path);
    while (this.#enter(entry) && entry.kind !== 'name');
    if (entry.kind !== 'name') this.#printValue(entry);
  }

  #leave(path: string): void {
    for (;;) {
      const section = this.#open.at(-1);
      if (section === undefined || path.startsWith(section.prefix)) return;
      this.#open.pop();
      this.#indent--;
      if (section.pendingAt !== undefined) this.#pending = this.#pending.slice(0, section.pendingAt);
      else this.#text += `${this.#margin()}}\n`;
    }
  }

  /** Opens the next section on the way to the entry, if there is one. */
  #enter(entry: Entry): boolean {
    const outer = this.#open.at(-1);
    const from = outer === undefined ? 0 : outer.index + 1;
    const index = this.#prefixes.findIndex((each, i) => i >= from && entry.path.startsWith(each));
    const prefix = this.#prefixes[index];
    if (prefix === undefined) return false;
    const rest = entry.path.slice(outer?.prefix.length ?? 0);
    this.#open.push({prefix, index, pendingAt: entry.kind === 'name' ? this.#pending.length : undefined});
    const name = entry.kind === 'name' && entry.text !== '' ? ` ${quotedName(entry.text)}` : '';
    const slash = rest.indexOf('/');
    this.#pending += `${this.#margin()}${slash < 0 ? rest : rest.slice(0, slash)}${name} {\n`;
    this.#indent++;
    return true;
  }

  #printValue({path, text}: Entry): void {
    const key = path.slice(this.#open.at(-1)?.prefix.length ?? 0);
    this.#text += this.#pending;
    this.#pending = '';
    for (const section of this.#open) section.pendingAt = undefined;
    const shown = this.#options.hidesSecrets ? hideSecrets(key, text) : text;
    this.#text += `${this.#margin()}${key} = ${shown === text ? quotedValue(text) : shown}\n`;
  }
}

/** Lists first; the name of a section before what is in it; a shorter key before one that goes on. */
function sortKey({kind, path, text}: Entry): string {
  if (kind === 'list') return `\x01${signed(path)}\0${text}`;
  if (kind === 'value') return `${signed(path)}\0`;
  const slash = path.lastIndexOf('/') + 1;
  return `${signed(path.slice(0, slash))}\x02${signed(path.slice(slash))}\0`;
}

/** Bytes above 127 are negative numbers where the original sorts. */
function signed(text: string): string {
  let key = '';
  for (let i = 0; i < text.length; i++) key += String.fromCharCode(((text.charCodeAt(i) + 128) & 0xff) + 3);
  return key;
}

function sectionPrefixes({path, text}: Entry): string[] {
  return text === '' ? [`${path}/`] : text.split(' ').map(name => `${path}/${name}/`);
}

function quotedName(name: string): string {
  return name.includes(' ') ? `"${escapeQuotes(name)}"` : name;
}

function quotedValue(value: string): string {
  const isPlain = !value.includes('#') && !isBlank(value.charAt(0)) && !isBlank(value.charAt(value.length - 1));
  return isPlain ? value : `"${escapeQuotes(value)}"`;
}

function isBlank(letter: string): boolean {
  return letter === ' ' || letter === '\t';
}

function escapeQuotes(text: string): string {
  return text.replace(/["'\\]/g, letter => `\\${letter}`);
}
