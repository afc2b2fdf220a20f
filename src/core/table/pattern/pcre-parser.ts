/**
 * Perl's expressions as PCRE2 takes them without UTF (pcre2pattern(3)). Recursion, subroutine calls, conditions on
 * groups and most of the verbs are refused, as are look-behinds over back references. `\K` changes nothing that a
 * table could show.
 */
import {ByteSet} from './byte-set.ts';
import {posixClassAt, readPcreBracket} from './pcre-bracket.ts';
import {NO_CALLS, readName, readPcreEscape} from './pcre-escapes.ts';
import {choice, EMPTY, type Expression, fixedLength, literal, type Node, PatternFault, sequence} from './syntax.ts';

export interface PcreOptions {
  /** i */
  readonly folds: boolean;
  /** m: `^` and `$` match at newlines. */
  readonly knowsLines: boolean;
  /** s: a dot matches a newline. */
  readonly dotsAll: boolean;
  /** x: blanks and comments are nothing. */
  readonly isSpaced: boolean;
  /** A: only where the text begins. */
  readonly isAnchored: boolean;
  /** E: `$` does not match before a newline at the end. */
  readonly endsOnly: boolean;
  /** U: greedy and lazy change places. */
  readonly isLazy: boolean;
}

/** Throws `PatternFault`. */
export function parsePcre(source: string, options: PcreOptions): Expression {
  return new PcreParser(source, options).parse();
}

/** What `(?...)` may change. */
interface State extends PcreOptions {
  readonly skipsBlanks: boolean;
  readonly hidesGroups: boolean;
  readonly allowsSameNames: boolean;
}

interface Reference {
  readonly group: number | string;
  readonly offset: number;
}

const MAX_REPEAT = 65_535;
const MAX_NESTING = 250;
const NEWLINE = 0x0a;
const ANY = ByteSet.all();
const NOT_NEWLINE = ByteSet.except(NEWLINE);
const NOTHING: Node = {kind: 'set', set: new ByteSet()};
const NO_SUCH = 'reference to non-existent subpattern';
const BAD_LETTER = 'unrecognized character after (? or (?-';
const NOT_FIXED = 'lookbehind assertion is not fixed length';

/** `(*name:` for what has a sign, too. */
const NAMED_GROUPS: ReadonlyMap<string, string> = new Map([
  ['atomic', '>'],
  ['pla', '='],
  ['positive_lookahead', '='],
  ['nla', '!'],
  ['negative_lookahead', '!'],
  ['plb', '<='],
  ['positive_lookbehind', '<='],
  ['nlb', '<!'],
  ['negative_lookbehind', '<!'],
]);

/** `\R`, `\X`: a line's end, and any byte but that a pair of them is one. */
const CRLF = sequence([literal(0x0d, false), literal(NEWLINE, false)]);
const LINE_END: Node = atomic(choice([CRLF, {kind: 'set', set: ByteSet.range(0x0a, 0x0d).add(0x85)}]));
const CLUSTER: Node = atomic(choice([CRLF, {kind: 'set', set: ANY}]));

/** Multi-line `^`: not behind a newline that ends the text. */
const LINE_START: Node = choice([
  {kind: 'position', position: 'start'},
  sequence([look(false, false, literal(NEWLINE, false)), look(true, false, {kind: 'set', set: ANY})]),
]);

function atomic(item: Node): Node {
  return {kind: 'atomic', item};
}

function look(isAhead: boolean, isNegated: boolean, item: Node): Node {
  return {kind: 'look', isAhead, isNegated, item};
}

/** An item of a branch; a quantifier may follow some. */
interface Item {
  readonly node: Node;
  readonly isRepeatable: boolean;
}

class PcreParser {
  readonly #source: string;
  readonly #references: Reference[] = [];
  readonly #names = new Map<string, number>();
  #state: State;
  #at = 0;
  #groupCount = 0;
  #depth = 0;
  #looks = 0;
  #isQuoted = false;

  constructor(source: string, options: PcreOptions) {
    this.#source = source;
    this.#state = {...options, skipsBlanks: false, hidesGroups: false, allowsSameNames: false};
  }

  parse(): Expression {
    const {isAnchored} = this.#state;
    const root = this.#alternatives();
    if (this.#at < this.#source.length) throw new PatternFault('unmatched closing parenthesis', this.#at);
    for (const {group, offset} of this.#references)
      if (typeof group === 'number' ? group > this.#groupCount : !this.#names.has(group))
        throw new PatternFault(NO_SUCH, offset);
    const start: Node = isAnchored ? {kind: 'position', position: 'start'} : EMPTY;
    return {root: this.#resolve(sequence([start, root])), groupCount: this.#groupCount, isLongest: false};
  }

  /** Up to the closing parenthesis. `resets`: the groups of each alternative have the same numbers. */
  #alternatives(resets = false): Node {
    const before = this.#groupCount;
    let highest = before;
    const options = [this.#branch()];
    while (this.#take('|')) {
      highest = Math.max(highest, this.#groupCount);
      if (resets) this.#groupCount = before;
      options.push(this.#branch());
    }
    this.#groupCount = Math.max(highest, this.#groupCount);
    return choice(options);
  }

  #branch(): Node {
    const items: Node[] = [];
    let isRepeatable = false;
    for (;;) {
      this.#skip();
      if (this.#at >= this.#source.length) break;
      const character = this.#source.charAt(this.#at);
      if (!this.#isQuoted && (character === '|' || character === ')')) break;
      const quantifier = this.#isQuoted ? undefined : this.#takeQuantifier();
      if (quantifier === undefined) {
        const item = this.#item();
        items.push(item.node);
        isRepeatable = item.isRepeatable;
        continue;
      }
      if (!isRepeatable) throw new PatternFault('quantifier does not follow a repeatable item', this.#at - 1);
      items.push(this.#repeat(items.pop() ?? EMPTY, quantifier));
      isRepeatable = false;
    }
    return sequence(items.flatMap(item => (item.kind === 'sequence' ? item.items : [item])));
  }

  /** Comments, quoting, and with option x blanks. */
  #skip(): void {
    for (;;) {
      const rest = this.#source.startsWith('\\', this.#at) ? this.#source.slice(this.#at, this.#at + 2) : '';
      if (rest === '\\E' || (rest === '\\Q' && !this.#isQuoted)) {
        this.#isQuoted = rest === '\\Q';
        this.#at += 2;
      } else if (this.#isQuoted) return;
      else if (this.#take('(?#')) this.#skipTo(')', 'missing ) after (?# comment');
      else if (this.#state.isSpaced && /[\t-\r ]/.test(this.#source.charAt(this.#at))) this.#at++;
      else if (this.#state.isSpaced && this.#take('#')) this.#skipTo('\n');
      else return;
    }
  }

  #skipTo(end: string, missing?: string): void {
    const at = this.#source.indexOf(end, this.#at);
    if (at < 0 && missing !== undefined) throw new PatternFault(missing, this.#source.length);
    this.#at = at < 0 ? this.#source.length : at + 1;
  }

  #takeQuantifier(): readonly [number, number] | undefined {
    const character = this.#source.charAt(this.#at);
    if (character === '*' || character === '+' || character === '?') {
      this.#at++;
      return [character === '+' ? 1 : 0, character === '?' ? 1 : Infinity];
    }
    const braced = character === '{' ? /^\{(\d+)(,?)(\d*)\}/.exec(this.#source.slice(this.#at)) : null;
    if (braced === null || (braced[2] === '' && braced[3] !== '')) return undefined;
    const [whole, low = '', comma, high = ''] = braced;
    if (Number(low) > MAX_REPEAT || Number(high) > MAX_REPEAT) {
      const digits = Number(low) > MAX_REPEAT ? 1 + low.length : whole.length - 1;
      throw new PatternFault('number too big in {} quantifier', this.#at + digits);
    }
    const [min, max] = [Number(low), comma === '' ? Number(low) : high === '' ? Infinity : Number(high)];
    this.#at += whole.length;
    if (max < min) throw new PatternFault('numbers out of order in {} quantifier', this.#at - 1);
    return [min, max];
  }

  #repeat(item: Node, [min, max]: readonly [number, number]): Node {
    const isPossessive = this.#take('+');
    const isGreedy = isPossessive || this.#take('?') === this.#state.isLazy;
    if (item.kind === 'empty') return item;
    const limits = item.kind === 'look' ? {min: Math.min(min, 1), max: Math.min(max, 1)} : {min, max};
    const node: Node = {kind: 'repeat', item, ...limits, isGreedy};
    return isPossessive ? atomic(node) : node;
  }

  #item(): Item {
    const {folds, dotsAll, skipsBlanks} = this.#state;
    const character = this.#source.charAt(this.#at);
    if (this.#isQuoted) return repeatable(literal(this.#source.charCodeAt(this.#at++), folds));
    switch (character) {
      case '\\':
        return this.#escape();
      case '(':
        return this.#group();
      case '[': {
        if (posixClassAt(this.#source, this.#at) !== undefined)
          throw new PatternFault('POSIX named classes are supported only within a class', this.#at);
        const {set, end} = readPcreBracket(this.#source, this.#at + 1, folds, skipsBlanks);
        this.#at = end;
        return repeatable({kind: 'set', set});
      }
      case '.':
        this.#at++;
        return repeatable({kind: 'set', set: dotsAll ? ANY : NOT_NEWLINE});
      case '^':
        this.#at++;
        return fixed(this.#state.knowsLines ? LINE_START : {kind: 'position', position: 'start'});
      case '$':
        this.#at++;
        return fixed({kind: 'position', position: this.#end});
      default:
        return repeatable(literal(this.#source.charCodeAt(this.#at++), folds));
    }
  }

  get #end(): 'line end' | 'end' | 'end or last newline' {
    if (this.#state.knowsLines) return 'line end';
    return this.#state.endsOnly ? 'end' : 'end or last newline';
  }

  #escape(): Item {
    const {escape, end} = readPcreEscape(this.#source, this.#at, this.#groupCount);
    this.#at = end;
    switch (escape.kind) {
      case 'byte':
        return repeatable(literal(escape.code, this.#state.folds));
      case 'set':
        return repeatable({kind: 'set', set: escape.set});
      case 'position':
        return fixed({kind: 'position', position: escape.position});
      case 'reference':
        return repeatable(this.#reference(escape));
      case 'letter':
        return this.#letter(escape.letter);
    }
  }

  #letter(letter: string): Item {
    if (letter === 'R') return repeatable(LINE_END);
    if (letter === 'X') return repeatable(CLUSTER);
    if (letter === 'G') return fixed({kind: 'position', position: 'start'});
    if (this.#looks > 0)
      throw new PatternFault(
        '\\K is not allowed in lookarounds (but see PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK)',
        this.#source.length,
      );
    return fixed(EMPTY);
  }

  /** By number at once; a name may be that of a later group. */
  #reference({group, offset}: Reference): Node {
    this.#references.push({group, offset});
    const index = typeof group === 'number' ? group : -this.#references.length;
    return {kind: 'reference', index, folds: this.#state.folds};
  }

  /** Names of groups become their numbers. */
  #resolve(node: Node): Node {
    switch (node.kind) {
      case 'reference': {
        const group = node.index < 0 ? this.#references[-1 - node.index]?.group : node.index;
        return {...node, index: typeof group === 'string' ? (this.#names.get(group) ?? 0) : (group ?? 0)};
      }
      case 'sequence':
        return {...node, items: node.items.map(item => this.#resolve(item))};
      case 'choice':
        return {...node, options: node.options.map(option => this.#resolve(option))};
      case 'repeat':
      case 'group':
      case 'look':
      case 'atomic':
        return {...node, item: this.#resolve(node.item)};
      case 'empty':
      case 'set':
      case 'position':
        return node;
    }
  }

  #group(): Item {
    const start = this.#at++;
    if (this.#source.startsWith('*', this.#at)) return this.#verb(start);
    if (!this.#take('?')) return repeatable(this.#state.hidesGroups ? this.#inside() : this.#capture());
    if (this.#take(':')) return repeatable(this.#inside());
    if (this.#take('|')) return repeatable(this.#inside(true));
    const sign = ['>', '=', '!', '<=', '<!', '*', '<*'].find(text => this.#take(text));
    if (sign !== undefined) return repeatable(this.#signed(sign, start));
    const open = ["'", '<', 'P<'].find(text => this.#take(text));
    if (open !== undefined) return repeatable(this.#named(open === "'" ? "'" : '>'));
    if (this.#take('P')) return this.#python();
    if (this.#take('(')) return repeatable(this.#condition(start));
    if (/^(?:R|&|[+-]?\d)/.test(this.#source.slice(this.#at))) throw new PatternFault(NO_CALLS, this.#at);
    if (/^C\d*\)/.test(this.#source.slice(this.#at))) {
      this.#skipTo(')'); // a callout; there is nobody to call
      return fixed(EMPTY);
    }
    return this.#options();
  }

  #capture(): Node {
    const index = ++this.#groupCount;
    return {kind: 'group', index, item: this.#inside()};
  }

  #named(close: string): Node {
    const {name, end} = readName(this.#source, this.#at, close);
    this.#at = end;
    const index = this.#groupCount + 1;
    const known = this.#names.get(name);
    if (known !== undefined && known !== index && !this.#state.allowsSameNames)
      throw new PatternFault('two named subpatterns have the same name (PCRE2_DUPNAMES not set)', end);
    if (known === undefined) this.#names.set(name, index);
    return this.#capture();
  }

  /** Up to and with the closing parenthesis; options that change inside end with it. */
  #inside(resets = false): Node {
    const before = this.#state;
    if (++this.#depth > MAX_NESTING) throw new PatternFault('parentheses are too deeply nested', this.#at);
    const node = this.#alternatives(resets);
    if (!this.#take(')')) throw new PatternFault('missing closing parenthesis', this.#source.length);
    this.#depth--;
    this.#state = before;
    return node;
  }

  #signed(sign: string, start: number): Node {
    if (sign === '>') return atomic(this.#inside());
    this.#looks++;
    const item = this.#inside();
    this.#looks--;
    const isAhead = !sign.startsWith('<');
    const options = item.kind === 'choice' ? item.options : [item];
    if (!isAhead && options.some(option => fixedLength(option) === undefined)) throw new PatternFault(NOT_FIXED, start);
    return look(isAhead, sign.endsWith('!'), item);
  }

  /** `(?P=name)`; `(?P>name)` calls. */
  #python(): Item {
    if (this.#take('>')) throw new PatternFault(NO_CALLS, this.#at);
    if (!this.#take('=')) {
      if (this.#at >= this.#source.length) throw new PatternFault('missing closing parenthesis', this.#at);
      throw new PatternFault('unrecognized character after (?P', this.#at);
    }
    const offset = this.#at;
    const {name, end} = readName(this.#source, offset, ')');
    this.#at = end;
    return repeatable(this.#reference({group: name, offset}));
  }

  /** `(?(?=x)yes|no)`: only assertions decide. */
  #condition(start: number): Node {
    const sign = this.#take('?') ? ['=', '!', '<=', '<!'].find(text => this.#take(text)) : undefined;
    if (sign === undefined) throw new PatternFault('conditions on groups are not supported', this.#at);
    const holds = this.#signed(sign, start);
    const inside = this.#inside();
    const [yes = EMPTY, no = EMPTY, more] = inside.kind === 'choice' ? inside.options : [inside];
    if (more !== undefined)
      throw new PatternFault('conditional subpattern contains more than two branches', this.#at - 1);
    if (holds.kind !== 'look') return EMPTY;
    return choice([sequence([holds, yes]), sequence([{...holds, isNegated: !holds.isNegated}, no])]);
  }

  /** `(?i)`, `(?^s-x)` for the rest of the group, `(?i:...)` for what is inside. */
  #options(): Item {
    const before = this.#state;
    let isOn = true;
    let state = before;
    if (this.#take('^'))
      state = {...state, folds: false, knowsLines: false, dotsAll: false, hidesGroups: false, isSpaced: false};
    for (; ; this.#at++) {
      const letter = this.#source.charAt(this.#at);
      if (letter === '') throw new PatternFault('missing closing parenthesis', this.#source.length);
      if (letter === ')' || letter === ':') break;
      if (letter === '-' && isOn) {
        isOn = false;
        continue;
      }
      const changed = changes(letter, isOn, this.#source.charAt(this.#at - 1) === 'x');
      if (changed === undefined) throw new PatternFault(BAD_LETTER, this.#at);
      state = {...state, ...changed};
    }
    this.#state = state;
    if (this.#source.charAt(this.#at++) === ')') return fixed(EMPTY);
    const node = this.#inside();
    this.#state = before;
    return repeatable(node);
  }

  #verb(start: number): Item {
    const [whole = '*', name = '', end = ''] = /^\*([A-Za-z_]*)([:)]?)/.exec(this.#source.slice(this.#at)) ?? [];
    const sign = end === ':' ? NAMED_GROUPS.get(name) : undefined;
    if (sign !== undefined) {
      this.#at += whole.length;
      return repeatable(this.#signed(sign, start));
    }
    if (name === '' && end !== ':') throw new PatternFault('quantifier does not follow a repeatable item', this.#at);
    if (end === ')' && (name === 'F' || name === 'FAIL')) {
      this.#at += whole.length;
      return fixed(NOTHING);
    }
    throw new PatternFault('(*VERB) not recognized or malformed', this.#at + 1 + name.length);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function changes(letter: string, isOn: boolean, isSecond: boolean): Partial<State> | undefined {
  switch (letter) {
    case 'i':
      return {folds: isOn};
    case 'm':
      return {knowsLines: isOn};
    case 's':
      return {dotsAll: isOn};
    case 'x':
      return {isSpaced: isOn, skipsBlanks: isOn && isSecond};
    case 'n':
      return {hidesGroups: isOn};
    case 'U':
      return {isLazy: isOn};
    case 'J':
      return {allowsSameNames: isOn};
    default:
      return undefined;
  }
}

function repeatable(node: Node): Item {
  return {node, isRepeatable: true};
}

/** Nothing can be repeated here. */
function fixed(node: Node): Item {
  return {node, isRepeatable: false};
}
