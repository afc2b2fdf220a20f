/**
 * procmail's own dialect of regular expressions (procmailrc(5) "Extended regular expressions"), compiled to a small program
 * for the automaton of pattern.ts: bytes, classes, branches. `^` and `$` are a newline, `^^` an end of the text, `\/` the
 * place where MATCH begins, `\<` and `\>` a byte that is not in a word.
 *
 * A missing or extra parenthesis is no end: seen, procmail 3.22 complains (`isValid` is false) and runs what it has.
 */

/** One instruction; `next` and `other` are indexes into the program. */
export type Instruction =
  | {readonly kind: 'class'; readonly bytes: Uint8Array; readonly next: number}
  | {readonly kind: 'fork'; readonly next: number; readonly other: number}
  | {readonly kind: 'text-start'; readonly next: number}
  | {readonly kind: 'text-end'; readonly next: number}
  | {readonly kind: 'match-start'; readonly next: number}
  | {readonly kind: 'end'};

export interface PatternProgram {
  readonly code: readonly Instruction[];
  readonly start: number;
  readonly isValid: boolean;
}

export function compilePattern(source: string, isCaseSensitive: boolean): PatternProgram {
  return new Compiler(source, isCaseSensitive).compile();
}

type Node =
  | {readonly kind: 'class'; readonly bytes: Uint8Array}
  | {readonly kind: 'anchor' | 'match-start'}
  | {readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[]}
  | {readonly kind: 'repeat'; readonly part: Node; readonly operator: string};

const NEWLINE = 0x0a;

/** Groups within groups: a limit of ours, far above what LINEBUF lets through by default. */
const MAX_DEPTH = 1000;

class Compiler {
  readonly #source: string;
  readonly #isCaseSensitive: boolean;
  readonly #code: Instruction[] = [];
  #at = 0;
  #depth = 0;
  #isValid = true;

  constructor(source: string, isCaseSensitive: boolean) {
    this.#source = source;
    this.#isCaseSensitive = isCaseSensitive;
  }

  compile(): PatternProgram {
    const tree = this.#choice();
    if (this.#at < this.#source.length) this.#isValid = false; // an extra `)`: what follows it does not count
    const end = this.#emit({kind: 'end'});
    return {code: this.#code, start: this.#generate(tree, end, end), isValid: this.#isValid};
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      parts.push(this.#sequence());
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : {kind: 'choice', parts};
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#source[this.#at]; next !== undefined && next !== '|' && next !== ')';) {
      const part = this.#atom(next);
      next = this.#source[this.#at];
      if (next === '*' || next === '+' || next === '?') {
        parts.push({kind: 'repeat', part, operator: next});
        next = this.#source[++this.#at]; // a second operator is an ordinary byte
      } else parts.push(part);
    }
    return {kind: 'sequence', parts};
  }

  #atom(first: string): Node {
    this.#at++;
    switch (first) {
      case '(':
        return this.#group();
      case '[':
        return {kind: 'class', bytes: this.#bracket()};
      case '.':
        return {kind: 'class', bytes: allBut(NEWLINE)};
      case '$':
        return {kind: 'class', bytes: only(NEWLINE)};
      case '^':
        if (this.#source[this.#at] !== '^') return {kind: 'class', bytes: only(NEWLINE)};
        this.#at++;
        return {kind: 'anchor'};
      case '\\':
        return this.#escaped();
      default:
        return this.#literal(first);
    }
  }

  #group(): Node {
    if (++this.#depth > MAX_DEPTH) {
      this.#isValid = false;
      this.#at = this.#source.length;
      return {kind: 'sequence', parts: []};
    }
    const inner = this.#choice();
    this.#depth--;
    if (this.#at < this.#source.length) this.#at++;
    else this.#isValid = false;
    return inner;
  }

  #escaped(): Node {
    const quoted = this.#source[this.#at];
    if (quoted === undefined) return this.#literal('\\');
    this.#at++;
    if (quoted === '/') return {kind: 'match-start'};
    if (quoted === '<' || quoted === '>') return {kind: 'class', bytes: NO_WORD};
    return this.#literal(quoted);
  }

  #literal(character: string): Node {
    const bytes = new Uint8Array(256);
    this.#mark(bytes, character.charCodeAt(0), 1);
    return {kind: 'class', bytes};
  }

  /** `]` and `-` in first place are meant literally; a missing `]` is the end of the expression. */
  #bracket(): Uint8Array {
    const isNegated = this.#source[this.#at] === '^';
    if (isNegated) this.#at++;
    const bytes = new Uint8Array(256).fill(isNegated ? 1 : 0);
    if (isNegated) bytes[NEWLINE] = 0;
    const value = isNegated ? 0 : 1;
    let last = -1;
    const first = this.#source[this.#at];
    if (first === ']' || first === '-') {
      last = first.charCodeAt(0);
      bytes[last] = value;
      this.#at++;
    }
    for (; this.#at < this.#source.length; this.#at++) {
      let byte = this.#source.charCodeAt(this.#at);
      if (byte === CLOSE_BRACKET) {
        this.#at++;
        break;
      }
      const following = this.#source[this.#at + 1];
      if (byte === HYPHEN && following !== undefined && following !== ']') {
        byte = this.#source.charCodeAt(++this.#at);
        for (let between = last + 1; between < byte; between++) this.#mark(bytes, between, value);
      }
      this.#mark(bytes, byte, value);
      last = byte;
    }
    return bytes;
  }

  #mark(bytes: Uint8Array, byte: number, value: number): void {
    bytes[byte] = value;
    if (this.#isCaseSensitive) return;
    const lower = byte | 0x20;
    if (lower < 0x61 || lower > 0x7a || (byte & 0xc0) !== 0x40) return;
    bytes[lower] = bytes[lower ^ 0x20] = value;
  }

  #emit(instruction: Instruction): number {
    return this.#code.push(instruction) - 1;
  }

  /** Emits what matches `node` and goes on at `next`; `end` is where the whole expression has matched. */
  #generate(node: Node, next: number, end: number): number {
    switch (node.kind) {
      case 'class':
        return this.#emit({kind: 'class', bytes: node.bytes, next});
      case 'anchor':
        return this.#emit({kind: next === end ? 'text-end' : 'text-start', next});
      case 'match-start':
        return this.#emit({kind: 'match-start', next});
      case 'sequence': {
        let at = next;
        for (let i = node.parts.length - 1; i >= 0; i--) at = this.#generate(node.parts[i] ?? node, at, end);
        return at;
      }
      case 'choice':
        return node.parts
          .map(part => this.#generate(part, next, end))
          .reduceRight((other, branch) => this.#emit({kind: 'fork', next: branch, other}));
      case 'repeat':
        return this.#repeat(node.part, node.operator, next, end);
    }
  }

  #repeat(part: Node, operator: string, next: number, end: number): number {
    if (operator === '?') return this.#emit({kind: 'fork', next: this.#generate(part, next, end), other: next});
    const fork = this.#emit({kind: 'end'}); // its place; what it is follows
    const body = this.#generate(part, fork, end);
    this.#code[fork] = {kind: 'fork', next: body, other: next};
    return operator === '*' ? fork : body;
  }
}

const CLOSE_BRACKET = 0x5d;
const HYPHEN = 0x2d;

function only(byte: number): Uint8Array {
  const bytes = new Uint8Array(256);
  bytes[byte] = 1;
  return bytes;
}

function allBut(byte: number): Uint8Array {
  const bytes = new Uint8Array(256).fill(1);
  bytes[byte] = 0;
  return bytes;
}

const NO_WORD = Uint8Array.from({length: 256}, (_, byte) => (/[a-zA-Z0-9_]/.test(String.fromCharCode(byte)) ? 0 : 1));
