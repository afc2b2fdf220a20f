/**
 * Searches with procmail's expressions, in time proportional to the text: a deterministic automaton that is built as the
 * text needs it, so that no expression can stall. With `\/` in it the search is that of pattern-match.ts.
 *
 * The leftmost shortest match counts (procmailsc(5) CAVEATS). The text has a newline before its first byte and one after its
 * last, which cost nothing.
 */
import {type MarkedFound, MarkedSearch} from './pattern-match.ts';
import {compilePattern, type PatternProgram} from './pattern-syntax.ts';

export interface Found extends Partial<MarkedFound> {
  /** One past the last byte; at or before where the search began when nothing was consumed. */
  readonly end: number;
}

const NEWLINE = 0x0a;

/** So many sets of positions are kept (each a table of 1 to 2 kB); beyond, the automaton begins afresh. */
const MAX_STATES = 1000;

/** What may come next after the bytes read so far, not counting the expression's beginning, which always may. */
interface State {
  readonly positions: readonly number[];
  readonly isEnd: boolean;
  readonly next: (State | undefined)[];
}

export class Pattern {
  readonly isValid: boolean;
  readonly #program: PatternProgram;
  /** For an expression with `\/`. */
  readonly #marked: MarkedSearch | undefined;
  readonly #seen: Uint32Array;
  readonly #first: State;
  /** Before the first byte. */
  readonly #nothing: State = {positions: [], isEnd: false, next: []};
  #generation = 0;
  #states = new Map<string, State>();

  constructor(source: string, isCaseSensitive: boolean) {
    this.#program = compilePattern(source, isCaseSensitive);
    this.isValid = this.#program.isValid;
    const marksMatch = this.#program.code.some(({kind}) => kind === 'match-start');
    this.#marked = marksMatch ? new MarkedSearch(this.#program) : undefined;
    this.#seen = new Uint32Array(this.#program.code.length);
    this.#first = this.#close([this.#program.start], false);
  }

  /** Searches text[from..]; a match may begin with the newline before `from`, or with the one before the text. */
  search(text: Uint8Array, from = 0): Found | undefined {
    if (this.#marked !== undefined) return this.#marked.search(text, from);
    if (this.#first.isEnd) return {end: from};
    const length = text.length;
    let state = this.#nothing;
    if (from === 0 || text[from - 1] === NEWLINE || from >= length) {
      state = this.#step(this.#nothing, NEWLINE, from === 0);
      if (state.isEnd) return {end: from};
    }
    for (let at = from; at < length; at++) {
      const byte = text[at] ?? 0;
      state = state.next[byte] ?? this.#remember(state, byte);
      if (state.isEnd) return {end: at + 1};
    }
    return this.#searchEnd(state, length);
  }

  /** At the end of the text `^^` holds, even alone, and one more newline follows, at which no match may begin. */
  #searchEnd(state: State, length: number): Found | undefined {
    if (this.#close([...state.positions, this.#program.start], true).isEnd) return {end: length};
    const after = this.#targets(state.positions, NEWLINE, false);
    return this.#close(after, false).isEnd ? {end: length + 1} : undefined;
  }

  #remember(state: State, byte: number): State {
    if (this.#states.size >= MAX_STATES) {
      this.#states = new Map();
      return this.#step({positions: state.positions, isEnd: false, next: []}, byte, false);
    }
    return (state.next[byte] = this.#step(state, byte, false));
  }

  #step(state: State, byte: number, isTextStart: boolean): State {
    const targets = this.#targets(state.positions, byte, isTextStart);
    targets.push(...this.#targets(this.#first.positions, byte, isTextStart));
    const made = this.#close(targets, false);
    const key = made.isEnd ? '!' : made.positions.join();
    const known = this.#states.get(key);
    if (known === undefined) this.#states.set(key, made);
    return known ?? made;
  }

  #targets(positions: readonly number[], byte: number, isTextStart: boolean): number[] {
    const targets: number[] = [];
    for (const position of positions) {
      const instruction = this.#program.code[position];
      if (instruction?.kind === 'class' && instruction.bytes[byte] === 1) targets.push(instruction.next);
      else if (instruction?.kind === 'text-start' && isTextStart) targets.push(instruction.next);
    }
    return targets;
  }

  /** Follows all that consumes nothing. Positions come out sorted, so that equal sets have equal keys. */
  #close(from: readonly number[], isTextEnd: boolean): State {
    this.#generation++;
    const positions: number[] = [];
    const todo = [...from];
    let isEnd = false;
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (this.#seen[at] === this.#generation) continue;
      this.#seen[at] = this.#generation;
      const instruction = this.#program.code[at];
      if (instruction === undefined) continue;
      if (instruction.kind === 'end') isEnd = true;
      else if (instruction.kind === 'fork') todo.push(instruction.other, instruction.next);
      else if (instruction.kind === 'match-start' || (instruction.kind === 'text-end' && isTextEnd))
        todo.push(instruction.next);
      else positions.push(at);
    }
    return {positions: positions.sort((a, b) => a - b), isEnd, next: []};
  }
}
