/**
 * Parses an rc file into the tree of rc-tree.ts. Pure, linear, and never fails: what procmail would complain of while it
 * reads on becomes an item that says so (procmailrc(5)).
 *
 * The original reads and runs at once. Where a line ends does not depend on what it means, with one exception: the number of
 * conditions in an old recipe (`:2`, or `:` for one) when it comes out of a variable, which counts as none here.
 */
import {isNamePart, type ReadMode, skipWords, splitWords} from './words.ts';
import type {Action, Condition, RcItem, Recipe, Words} from './rc-tree.ts';

export function parseRecipes(text: string): readonly RcItem[] {
  return new RcParser(text).parse();
}

/** Blocks within blocks: a limit of ours. */
const MAX_DEPTH = 1000;

class RcParser {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineAt = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): readonly RcItem[] {
    return this.#items(false).items;
  }

  #items(isInBlock: boolean): {items: readonly RcItem[]; isClosed: boolean} {
    const items: RcItem[] = [];
    for (;;) {
      this.#skipToItem();
      const next = this.#text[this.#at];
      if (next === undefined) return {items, isClosed: !isInBlock};
      if (next === ':') {
        this.#at++;
        this.#recipes(items);
      } else if (next === '}') {
        this.#at++;
        if (isInBlock) return {items, isClosed: true};
        items.push({kind: 'stray-brace', line: this.#lineNumber(this.#at)});
      } else items.push(this.#assignment());
    }
  }

  #skipToItem(): void {
    for (;;) {
      this.#skipBlanks();
      const next = this.#text[this.#at];
      if (next === '\n') this.#at++;
      else if (next === '#') this.#skipLine();
      else return;
    }
  }

  #skipBlanks(): boolean {
    const start = this.#at;
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
    return this.#at > start;
  }

  #skipLine(): void {
    this.#takeLine();
  }

  /** Up to the newline, which is taken too. */
  #takeLine(): string {
    const newline = this.#text.indexOf('\n', this.#at);
    const end = newline < 0 ? this.#text.length : newline;
    const line = this.#text.slice(this.#at, end);
    this.#at = newline < 0 ? end : end + 1;
    return line;
  }

  /**
   * A line with those that continue it, each pair divided by backslash and newline; a line that is a backslash alone
   * becomes a mere newline (procmailrc(5) MISCELLANEOUS).
   */
  #takeContinuedLine(): string {
    let text = '';
    for (;;) {
      const line = this.#takeLine();
      if (!line.endsWith('\\')) return text + line;
      text += line === '\\' ? '\n' : `${line}\n`;
    }
  }

  #takeWords(mode: ReadMode): Words {
    const {end, complaints} = skipWords(this.#text, this.#at, mode);
    const source = this.#text.slice(this.#at, end);
    this.#at = end;
    return {source, complaints};
  }

  #takeName(): string {
    const start = this.#at;
    if (/[A-Za-z_]/.test(this.#text.charAt(start))) while (isNamePart(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #assignment(): RcItem {
    const line = this.#lineNumber(this.#at);
    const name = this.#takeName();
    const next = this.#text[this.#at];
    if (name === '') return {kind: 'skipped', line, text: this.#takeLine()};
    if (!endsName(next)) return {kind: 'skipped', line, text: name};
    this.#skipBlanks();
    if (this.#text[this.#at] !== '=') return {kind: 'assignment', line, name, value: undefined};
    this.#at++;
    return {kind: 'assignment', line, name, value: this.#takeWords('value')};
  }

  /** A recipe whose action is missing is followed by another at once. */
  #recipes(items: RcItem[]): void {
    for (;;) {
      const line = this.#lineNumber(this.#at);
      const header = this.#takeWords('words');
      const {conditions, isCutShort} = this.#conditions(defaultConditions(header));
      if (!isCutShort) return void items.push(this.#recipe(line, header, conditions));
      items.push({kind: 'recipe', line, header, conditions, action: {kind: 'missing', line}});
    }
  }

  #recipe(line: number, header: Words, conditions: readonly Condition[]): Recipe {
    this.#skipBlanks();
    return {kind: 'recipe', line, header, conditions, action: this.#action(undefined)};
  }

  #conditions(without: number): {conditions: Condition[]; isCutShort: boolean} {
    const conditions: Condition[] = [];
    let left = without;
    let sawEmpty = false;
    for (;;) {
      this.#skipBlanks();
      left--;
      const next = this.#text[this.#at];
      if (next === undefined) return {conditions, isCutShort: false};
      if (next === '*') this.#at++;
      else if (left < 0) {
        if (next === '#') this.#skipLine();
        else if (next === '\n') {
          this.#at++;
          sawEmpty = true;
        } else if (sawEmpty && next === ':') {
          this.#at++;
          return {conditions, isCutShort: true};
        } else return {conditions, isCutShort: false};
        continue;
      }
      this.#skipBlanks();
      conditions.push({line: this.#lineNumber(this.#at), text: this.#takeContinuedLine()});
    }
  }

  #action(capture: string | undefined): Action {
    const line = this.#lineNumber(this.#at);
    const next = this.#text[this.#at];
    if (next === undefined) return {kind: 'incomplete', line};
    if (next === '!') {
      this.#at++;
      return {kind: 'forward', line, capture, addresses: this.#takeWords('words')};
    }
    if (next === '|') {
      this.#at++;
      return {kind: 'pipe', line, capture, command: this.#takeContinuedLine()};
    }
    if (next === '{' && isBlank(this.#text[this.#at + 1]) && this.#depth < MAX_DEPTH) return this.#block(line);
    return this.#namedAction(line);
  }

  #block(line: number): Action {
    this.#at += 2;
    this.#depth++;
    const {items, isClosed} = this.#items(true);
    this.#depth--;
    return {kind: 'block', line, items, isClosed};
  }

  /** A folder's name, or `VARIABLE=` before a `|` or `!`. */
  #namedAction(line: number): Action {
    const name = this.#takeName();
    let first = name;
    if (name !== '' && endsName(this.#text[this.#at])) {
      if (this.#skipBlanks()) first += '\0';
      if (this.#text[this.#at] === '=') {
        this.#at++;
        first += '=';
        if (this.#skipBlanks()) first += '\0';
        const next = this.#text[this.#at];
        if (next === '|' || next === '!') return this.#action(name);
      }
    }
    return {kind: 'folder', line, first, rest: this.#takeWords('words')};
  }

  /** Lines are counted once, as they are asked for from the beginning to the end. */
  #lineNumber(at: number): number {
    for (let newline = this.#text.indexOf('\n', this.#lineAt); newline >= 0 && newline < at;) {
      this.#line++;
      this.#lineAt = newline + 1;
      newline = this.#text.indexOf('\n', this.#lineAt);
    }
    return this.#line;
  }
}

function endsName(next: string | undefined): boolean {
  return next === '=' || isBlank(next);
}

function isBlank(next: string | undefined): boolean {
  return next === ' ' || next === '\t' || next === '\n';
}

/** Conditions that need no `*`: the number behind the colon, else one unless a flag refers to the recipe before. */
function defaultConditions(header: Words): number {
  const [first = ''] = splitWords(skipWords(header.source, 0, 'words').text);
  const number = /^[+-]?\d+/.exec(first);
  if (number !== null) return Math.max(Number(number[0]), 0);
  return /^[^:]*[AaEe]/.test(header.source) ? 0 : 1;
}
