/**
 * POSIX expressions as regcomp(3) of the GNU C library takes them (regex(7), with its additions `\<`, `\>`, `\b`, `\w`,
 * `\s` and back references): extended, and basic when the table's flag x turns that on.
 */
import {ByteSet, SPACE, WORD} from './byte-set.ts';
import {readPosixBracket} from './posix-bracket.ts';
import {choice, EMPTY, type Expression, literal, type Node, PatternFault, type Position, sequence} from './syntax.ts';

export interface PosixOptions {
  readonly isExtended: boolean;
  readonly folds: boolean;
  /** `^` and `$` match at newlines, which `.` and `[^x]` then do not match (REG_NEWLINE). */
  readonly knowsLines: boolean;
}

/** Throws `PatternFault`. */
export function parsePosix(source: string, options: PosixOptions): Expression {
  return new PosixParser(source, options).parse();
}

const MAX_REPEAT = 32_767;
const BAD_INTERVAL = 'Invalid content of \\{\\}';
const TOO_BIG = 'Regular expression too big';

/** What stands next: an operator under its name in extended notation, or something else under `''`. */
interface Token {
  readonly operator: string;
  readonly length: number;
}

const POSITIONS: ReadonlyMap<string, Position> = new Map([
  ['<', 'word start'],
  ['>', 'word end'],
  ['b', 'word edge'],
  ['B', 'no word edge'],
  ['`', 'start'],
  ["'", 'end'],
]);

class PosixParser {
  readonly #source: string;
  readonly #options: PosixOptions;
  #at = 0;
  #groupCount = 0;
  #depth = 0;
  /** What may be referred to: groups that are closed, in this alternative or before the alternatives began. */
  #closed: ReadonlySet<number> = new Set();

  constructor(source: string, options: PosixOptions) {
    this.#source = source;
    this.#options = options;
  }

  parse(): Expression {
    const root = this.#alternatives();
    return {root, groupCount: this.#groupCount, isLongest: true};
  }

  #alternatives(): Node {
    const before = this.#closed;
    const options = [this.#branch()];
    while (this.#peek().operator === '|') {
      this.#skip();
      const after = this.#closed;
      this.#closed = before;
      options.push(this.#branch());
      this.#closed = new Set([...this.#closed, ...after]);
    }
    return choice(options);
  }

  #branch(): Node {
    const items: Node[] = [];
    const start = this.#at;
    for (;;) {
      const {operator} = this.#peek();
      if (this.#at >= this.#source.length || operator === '|' || (operator === ')' && this.#depth > 0)) break;
      items.push(this.#piece(this.#at === start));
    }
    return sequence(items);
  }

  #piece(isFirst: boolean): Node {
    const {operator} = this.#peek();
    if (operator === ')' && !this.#options.isExtended) throw new PatternFault('Unmatched ( or \\(');
    if (operator === '^' || operator === '$') return this.#anchor(operator, isFirst);
    if (operator !== '' && '*+?{'.includes(operator)) {
      if (this.#options.isExtended || operator === '{') throw new PatternFault('Invalid preceding regular expression');
      return this.#repeats(this.#literal());
    }
    const position = this.#takePosition();
    if (position !== undefined) return position;
    return this.#repeats(this.#atom(operator));
  }

  /** Nothing that repeats may follow; in basic notation a star there is one. */
  #anchor(operator: string, isFirst: boolean): Node {
    const isAnchor = this.#options.isExtended || (operator === '^' ? isFirst : this.#endsBranch());
    if (!isAnchor) return this.#repeats(this.#literal());
    this.#at++;
    const {knowsLines, isExtended} = this.#options;
    const node: Node = {
      kind: 'position',
      position: operator === '^' ? (knowsLines ? 'line start' : 'start') : knowsLines ? 'line end' : 'end',
    };
    if (!isExtended && operator === '^' && this.#source.charAt(this.#at) === '*')
      return sequence([node, this.#literal()]);
    return node;
  }

  #endsBranch(): boolean {
    const rest = this.#source.slice(this.#at + 1);
    return rest === '' || rest.startsWith('\\)') || rest.startsWith('\\|');
  }

  #atom(operator: string): Node {
    if (operator === '(') return this.#group();
    if (this.#source.charAt(this.#at) === '[') return this.#bracket();
    if (this.#source.charAt(this.#at) === '.') {
      this.#at++;
      const set = ByteSet.except(0);
      return {kind: 'set', set: this.#options.knowsLines ? set.remove(0x0a) : set};
    }
    return this.#source.charAt(this.#at) === '\\' ? this.#escape() : this.#literal();
  }

  #group(): Node {
    this.#skip();
    const index = ++this.#groupCount;
    this.#depth++;
    const item = this.#peek().operator === ')' ? EMPTY : this.#alternatives();
    if (this.#peek().operator !== ')') throw new PatternFault('Unmatched ( or \\(');
    this.#skip();
    this.#depth--;
    this.#closed = new Set([...this.#closed, index]);
    return {kind: 'group', index, item};
  }

  #bracket(): Node {
    const {folds, knowsLines} = this.#options;
    const {set, end} = readPosixBracket(this.#source, this.#at + 1, folds, knowsLines);
    this.#at = end;
    return {kind: 'set', set};
  }

  #escape(): Node {
    const letter = this.#source.charAt(this.#at + 1);
    if (letter === '') throw new PatternFault('Trailing backslash');
    this.#at += 2;
    if (letter === 'w') return {kind: 'set', set: WORD};
    if (letter === 'W') return {kind: 'set', set: WORD.inverted()};
    if (letter === 's') return {kind: 'set', set: SPACE};
    if (letter === 'S') return {kind: 'set', set: SPACE.inverted()};
    if (letter >= '1' && letter <= '9') return this.#reference(Number(letter));
    return literal(letter.charCodeAt(0), this.#options.folds);
  }

  #reference(index: number): Node {
    if (!this.#closed.has(index)) throw new PatternFault('Invalid back reference');
    return {kind: 'reference', index, folds: this.#options.folds};
  }

  #takePosition(): Node | undefined {
    if (this.#source.charAt(this.#at) !== '\\') return undefined;
    const position = POSITIONS.get(this.#source.charAt(this.#at + 1));
    if (position === undefined) return undefined;
    this.#at += 2;
    return {kind: 'position', position};
  }

  #literal(): Node {
    return literal(this.#source.charCodeAt(this.#at++), this.#options.folds);
  }

  #repeats(item: Node): Node {
    for (;;) {
      const {operator} = this.#peek();
      if (operator === '' || !'*+?{'.includes(operator)) return item;
      this.#skip();
      const [min, max] = operator === '{' ? this.#interval() : REPEATS[operator as '*' | '+' | '?'];
      item = {kind: 'repeat', item, min, max, isGreedy: true};
    }
  }

  /** Behind the brace. */
  #interval(): readonly [number, number] {
    const first = this.#bound();
    if (first.text === '' && first.end !== ',') throw new PatternFault(BAD_INTERVAL);
    const second = first.end === ',' ? this.#bound() : first;
    const min = Number(first.text);
    const max = second.text === '' ? Infinity : Number(second.text);
    if (second.end === ',' || !(max >= min)) throw new PatternFault(BAD_INTERVAL); // text that is no number compares false
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) throw new PatternFault(TOO_BIG);
    return [min, max];
  }

  /** The text up to a comma or the closing brace, and which of them. */
  #bound(): {text: string; end: string} {
    const close = this.#options.isExtended ? '}' : '\\}';
    const start = this.#at;
    for (; this.#at < this.#source.length; this.#at++) {
      const end = this.#source.startsWith(close, this.#at) ? close : ',';
      if (!this.#source.startsWith(end, this.#at)) continue;
      const text = this.#source.slice(start, this.#at);
      this.#at += end.length;
      return {text: /^\d*$/.test(text) ? text : 'none', end};
    }
    throw new PatternFault('Unmatched \\{');
  }

  #peek(): Token {
    const character = this.#source.charAt(this.#at);
    if (character === '^' || character === '$') return {operator: character, length: 1};
    if (this.#options.isExtended) return {operator: '|()*+?{'.includes(character) ? character : '', length: 1};
    if (character === '*') return {operator: '*', length: 1};
    const next = this.#source.charAt(this.#at + 1);
    const isOperator = character === '\\' && next !== '' && '|()+?{'.includes(next);
    return {operator: isOperator ? next : '', length: 2};
  }

  #skip(): void {
    this.#at += this.#peek().length;
  }
}

const REPEATS = {'*': [0, Infinity], '+': [1, Infinity], '?': [0, 1]} as const;
