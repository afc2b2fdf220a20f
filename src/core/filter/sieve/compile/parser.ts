/**
 * Builds the tree of a script from its tokens (RFC 5228 section 8.2). After an error it looks for the end of the
 * list, the tests or the command, as the original does, so that one run tells of several faults; the tree is then
 * undefined. Nesting is limited, so recursion is.
 */
import {describeToken, Lexer, type Token, type TokenType} from './lexer.ts';
import type {Report} from './report.ts';
import type {Node, StringArgument} from './tree.ts';

/** Pigeonhole's limits of nesting. */
const MAX_NESTING = 32;
const MAX_NODES = 1_000_000;

export function parseScript(source: string, report: Report): Node[] | undefined {
  return new Parser(source, report).parse();
}

/** The input can't be followed any further. */
class GiveUp extends Error {}

class Parser {
  readonly #lexer: Lexer;
  readonly #report: Report;
  #token: Token;
  #nodes = 0;
  #hasFailed = false;

  constructor(source: string, report: Report) {
    this.#report = report;
    this.#lexer = new Lexer(source, report);
    this.#token = this.#lexer.next();
  }

  parse(): Node[] | undefined {
    const root: Node[] = [];
    try {
      this.#commands(root, 1);
      if (this.#token.type !== 'end' && !this.#hasFailed)
        this.#error(`unexpected ${describeToken(this.#token)} found at (the presumed) end of file`);
    } catch (fault) {
      if (!(fault instanceof GiveUp)) throw fault;
    }
    return this.#report.errors === 0 ? root : undefined;
  }

  /** The lexer has complained of error tokens already. */
  #error(text: string): void {
    this.#hasFailed = true;
    if (this.#token.type !== 'error') this.#report.error(this.#token, text);
  }

  #skip(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  #is(type: TokenType): boolean {
    return this.#token.type === type;
  }

  #commands(into: Node[], depth: number): void {
    while (this.#is('identifier')) this.#command(into, depth);
  }

  #node(kind: Node['kind'], token: Token): Node {
    if (++this.#nodes > MAX_NODES) {
      this.#error('compiler reached AST limit (script too complex)');
      throw new GiveUp();
    }
    const {line, column, text} = token;
    return {kind, name: text, args: [], tests: [], isTestList: false, block: undefined, line, column};
  }

  #command(into: Node[], depth: number): void {
    const node = this.#node('command', this.#skip());
    into.push(node);
    let isWhole = this.#arguments(node, 1);
    if (isWhole && !this.#is(';') && !this.#is('{')) {
      this.#error(
        `expected end of command ';' or the beginning of a compound block '{', but found ${describeToken(this.#token)}`,
      );
      isWhole = false;
    }
    if (!isWhole) this.#recoverCommand();
    if (this.#is(';')) this.#skip();
    else if (this.#is('{')) this.#block(node, depth);
  }

  #recoverCommand(): void {
    while (!this.#is(';') && !this.#is('{') && !this.#is('}')) {
      if (this.#is('end')) throw new GiveUp();
      this.#skip();
    }
  }

  #block(node: Node, depth: number): void {
    if (depth + 1 > MAX_NESTING) {
      this.#error(`cannot nest command blocks deeper than ${MAX_NESTING} levels`);
      throw new GiveUp();
    }
    this.#skip();
    node.block = [];
    this.#commands(node.block, depth + 1);
    if (!this.#is('}')) {
      this.#error(`expected end of compound block '}', but found ${describeToken(this.#token)}`);
      throw new GiveUp();
    }
    this.#skip();
  }

  /** False when the command's end has to be looked for. */
  #arguments(node: Node, depth: number): boolean {
    for (;;) {
      const {type, line, column, text, value} = this.#token;
      if (type === '[') {
        if (!this.#list(node)) return false;
      } else if (type === 'string') {
        this.#skip();
        node.args.push({kind: 'string', text, line, column});
      } else if (type === 'number') {
        this.#skip();
        node.args.push({kind: 'number', value, line, column});
      } else if (type === 'tag') {
        this.#skip();
        node.args.push({kind: 'tag', name: text, line, column});
      } else break;
    }
    if (this.#is('identifier')) return this.#test(node, depth);
    return this.#is('(') ? this.#tests(node, depth) : true;
  }

  #list(node: Node): boolean {
    const {line, column} = this.#skip();
    const items: StringArgument[] = [];
    node.args.push({kind: 'list', items, line, column});
    if (!this.#listItem(items, '[')) return this.#recover('[', ']', 'string list');
    while (this.#is(',')) {
      this.#skip();
      if (!this.#listItem(items, ',')) return this.#recover('[', ']', 'string list');
    }
    if (this.#is(']')) {
      this.#skip();
      return true;
    }
    this.#error(`expecting ',' or end of string list ']', but found ${describeToken(this.#token)}`);
    return this.#seek('[', ']');
  }

  #listItem(items: StringArgument[], before: string): boolean {
    if (this.#is('string')) {
      const {text, line, column} = this.#skip();
      items.push({kind: 'string', text, line, column});
      return true;
    }
    this.#error(`expecting string after '${before}' in string list, but found ${describeToken(this.#token)}`);
    return false;
  }

  /** To the closing bracket; where there is none that is said too. */
  #recover(open: TokenType, close: TokenType, what: string): boolean {
    if (this.#seek(open, close)) return true;
    this.#error(`expecting ',' or end of ${what} '${close}', but found ${describeToken(this.#token)}`);
    return this.#seek(open, close);
  }

  #seek(open: TokenType, close: TokenType): boolean {
    for (let depth = 1; !'end;{}'.includes(this.#token.type); this.#skip()) {
      if (this.#is(open)) depth++;
      if (!this.#is(close) || --depth > 0) continue;
      this.#skip();
      return true;
    }
    return false;
  }

  #test(node: Node, depth: number): boolean {
    if (depth >= MAX_NESTING) {
      this.#error(`cannot nest tests deeper than ${MAX_NESTING} levels`);
      throw new GiveUp();
    }
    const test = this.#node('test', this.#skip());
    node.tests.push(test);
    return this.#arguments(test, depth + 1);
  }

  #tests(node: Node, depth: number): boolean {
    this.#skip();
    node.isTestList = true;
    if (!this.#is('identifier')) {
      this.#error(`expecting test identifier after '(' in test list, but found ${describeToken(this.#token)}`);
      this.#recover('(', ')', 'test list');
      this.#report.error(this.#token, `failed to accept more tests for command '${node.name}'`);
      throw new GiveUp();
    }
    if (!this.#test(node, depth)) return false;
    while (this.#is(',')) {
      this.#skip();
      if (!this.#is('identifier')) {
        this.#error(`expecting test identifier after ',' in test list, but found ${describeToken(this.#token)}`);
        return this.#recover('(', ')', 'test list');
      }
      if (!this.#test(node, depth)) return false;
    }
    if (this.#is(')')) {
      this.#skip();
      return true;
    }
    this.#error(`expecting ',' or end of test list ')', but found ${describeToken(this.#token)}`);
    return this.#seek('(', ')');
  }
}
