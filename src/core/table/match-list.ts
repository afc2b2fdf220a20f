/**
 * Lists that names or addresses are matched against (postconf(5) mydestination, mynetworks, relay_domains): names,
 * `.domain`, networks, `!negation`, `/file` with more of the same, `type:table`. The first item that matches decides.
 */
import {readFileSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import {Network} from './network.ts';
import {openTable} from './open-table.ts';
import {splitList} from './braces.ts';
import type {TableContext} from './context.ts';
import {type Table, TableError} from './table.ts';

export interface MatchOptions {
  /** A domain matches its subdomains too (parent_domain_matches_subdomains). Without, `.domain` does. */
  readonly matchesParents?: boolean | undefined;
}

type Item = {readonly negated: boolean; readonly test: Test};
type Test = (name: string) => boolean | Promise<boolean>;

export class MatchList {
  readonly #items: readonly Item[];

  constructor(list: string, context: TableContext, options: MatchOptions = {}) {
    this.#items = parseItems(list, false, {context, options, depth: 0});
  }

  matches(name: string): boolean | Promise<boolean> {
    const folded = name.toLowerCase();
    for (const [index, item] of this.#items.entries()) {
      const found = item.test(folded);
      if (typeof found !== 'boolean')
        return found.then(hit => (hit ? !item.negated : this.#continue(folded, index + 1)));
      if (found) return !item.negated;
    }
    return false;
  }

  async #continue(name: string, from: number): Promise<boolean> {
    for (const item of this.#items.slice(from)) if (await item.test(name)) return !item.negated;
    return false;
  }
}

interface Setting {
  readonly context: TableContext;
  readonly options: MatchOptions;
  readonly depth: number;
}

/** Files within files: deeper is taken for a file that names itself. */
const MAX_DEPTH = 20;

function parseItems(list: string, negated: boolean, setting: Setting): Item[] {
  return splitList(list).flatMap(word => {
    const marks = /^!+/.exec(word)?.[0].length ?? 0;
    const bare = word.slice(marks);
    const isNegated = marks % 2 === 1 ? !negated : negated;
    if (bare.startsWith('/')) return parseFile(bare, isNegated, setting);
    return [{negated: isNegated, test: testOf(bare, setting)}];
  });
}

function parseFile(path: string, negated: boolean, setting: Setting): Item[] {
  if (setting.depth >= MAX_DEPTH) throw new TableError(path, `${path}: too many nested files`);
  let content: string;
  try {
    content = readFileSync(toPath(path), 'latin1');
  } catch (fault) {
    const error = new TableError(path, `open file ${path}: ${describe(fault)}`, {cause: fault});
    const fail = (): never => {
      throw error;
    };
    setting.context.log?.warning(error.message);
    return [{negated, test: fail}];
  }
  const lines = content.split('\n').filter(line => !/^\s*#/.test(line));
  return parseItems(lines.join('\n'), negated, {...setting, depth: setting.depth + 1});
}

function testOf(word: string, setting: Setting): Test {
  const network = Network.parse(word.replace(/^\[(.*)\](\/\d+)?$/, '$1$2'));
  if (network !== undefined) return name => network.hasText(name);
  if (/^[a-z][a-z0-9_]*:/i.test(word)) return tableTest(openTable(word, setting.context), setting.options);
  return nameTest(word.toLowerCase(), setting.options);
}

function nameTest(word: string, options: MatchOptions): Test {
  if (options.matchesParents === true) return name => name === word || name.endsWith(`.${word}`);
  return word.startsWith('.') ? name => name.endsWith(word) || name === word : name => name === word;
}

function tableTest(table: Table, options: MatchOptions): Test {
  return async name => {
    for (const key of keysOf(name, table.isPattern, options)) if ((await table.lookup(key)) !== undefined) return true;
    return false;
  };
}

/** The name itself, then its parents: bare when parents match their subdomains, else with a dot before them. */
function keysOf(name: string, isPattern: boolean, options: MatchOptions): string[] {
  const keys = [name];
  if (isPattern || name.includes(':') || /^[\d.]+$/.test(name)) return keys;
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
    if (dot > 0) keys.push(options.matchesParents === true ? name.slice(dot + 1) : name.slice(dot));
  return keys;
}
