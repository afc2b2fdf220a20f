/**
 * The search of an expression with `\/`: what is right of it becomes MATCH. Left of it the leftmost shortest way counts,
 * right of it the longest (procmailrc(5)). A walk over sets of states, each of which knows where it passed `\/`: of two
 * ways to one state the earlier passage counts. The first way to the end fixes where MATCH begins; ways that passed later are
 * dropped, no new ones begin, and the longest of the rest wins. Each byte costs at most the size of the expression.
 */
import type {PatternProgram} from './pattern-syntax.ts';

export interface MarkedFound {
  readonly end: number;
  /** Undefined when the match did not pass `\/`. */
  readonly match: readonly [start: number, end: number] | undefined;
}

const NEWLINE = 0x0a;
const NOT_PASSED = Infinity;

export function searchMarked(program: PatternProgram, text: Uint8Array, from: number): MarkedFound | undefined {
  const walk = new Walk(program);
  const length = text.length;
  const plain = (end: number): MarkedFound => ({end, match: undefined});
  if (from === 0 || text[from - 1] === NEWLINE || from >= length) {
    if (walk.arrive(from - 1, false) === 'plain') return plain(from);
    walk.consume(NEWLINE, from === 0);
  }
  for (let at = from; at < length && !walk.isOver; at++) {
    if (walk.arrive(at, false) === 'plain') return plain(at);
    walk.consume(text[at] ?? 0, false);
  }
  if (walk.arrive(length, true) === 'plain') return plain(length);
  walk.close();
  walk.arrive(length, true); // the same, but for ways that would begin with the newline that follows
  walk.consume(NEWLINE, false);
  if (walk.arrive(length + 1, false) === 'plain') return plain(length + 1);
  if (walk.matchEnd === undefined) return undefined;
  const start = Math.max(walk.matchStart, 0);
  return {end: walk.matchEnd, match: [start, Math.max(start, Math.min(walk.matchEnd, length))]};
}

class Walk {
  matchStart = NOT_PASSED;
  matchEnd: number | undefined;
  readonly #program: PatternProgram;
  /** Where the next byte leads, and where `\/` was passed on the way. */
  #arrivals = new Map<number, number>();
  /** After `arrive`: the positions that wait for a byte. */
  #waiting = new Map<number, number>();
  #mayBegin = true;

  constructor(program: PatternProgram) {
    this.#program = program;
  }

  get isOver(): boolean {
    return this.matchEnd !== undefined && this.#arrivals.size === 0;
  }

  /** No match may begin any more. */
  close(): void {
    this.#mayBegin = false;
  }

  /** Follows all that consumes nothing, at byte `at`. Answers `plain` when the end is reached without `\/`. */
  arrive(at: number, isTextEnd: boolean): 'plain' | undefined {
    const reached = this.#follow(at, isTextEnd);
    this.#waiting = new Map();
    let endPassed: number | undefined;
    for (const [position, passed] of reached) {
      const kind = this.#program.code[position]?.kind;
      if (kind === 'end') endPassed = passed;
      else if (kind === 'class' || kind === 'text-start') this.#waiting.set(position, passed);
    }
    if (endPassed === NOT_PASSED) return 'plain';
    if (endPassed !== undefined) this.#matched(endPassed, at);
    return undefined;
  }

  #matched(passed: number, at: number): void {
    this.matchStart = passed;
    this.matchEnd = at;
    this.#mayBegin = false;
    for (const [position, other] of this.#waiting) if (other > passed) this.#waiting.delete(position);
  }

  consume(byte: number, isTextStart: boolean): void {
    this.#arrivals = new Map();
    for (const [position, passed] of this.#waiting) {
      const instruction = this.#program.code[position];
      const matches =
        (instruction?.kind === 'class' && instruction.bytes[byte] === 1) ||
        (instruction?.kind === 'text-start' && isTextStart);
      if (!matches || instruction === undefined) continue;
      const known = this.#arrivals.get(instruction.next);
      if (known === undefined || passed < known) this.#arrivals.set(instruction.next, passed);
    }
  }

  /** In the order of passing: who passed earlier comes first everywhere, who passes here comes before who has not yet. */
  #follow(at: number, isTextEnd: boolean): Map<number, number> {
    const origins = [...this.#arrivals].sort(([, a], [, b]) => a - b);
    const reached = new Map<number, number>();
    const passing: number[] = [];
    const spread = (from: number, passed: number, into: Map<number, number>): void => {
      const todo = [from];
      for (let position = todo.pop(); position !== undefined; position = todo.pop()) {
        if (into.has(position) || reached.has(position)) continue;
        into.set(position, passed);
        const instruction = this.#program.code[position];
        if (instruction?.kind === 'fork') todo.push(instruction.other, instruction.next);
        else if (instruction?.kind === 'text-end' && isTextEnd) todo.push(instruction.next);
        else if (instruction?.kind === 'match-start') {
          if (this.matchEnd === undefined) passing.push(instruction.next);
          else todo.push(instruction.next);
        }
      }
    };
    for (const [position, passed] of origins) if (passed !== NOT_PASSED) spread(position, passed, reached);
    const notPassed = new Map<number, number>();
    for (const [position, passed] of origins) if (passed === NOT_PASSED) spread(position, passed, notPassed);
    if (this.#mayBegin) spread(this.#program.start, NOT_PASSED, notPassed);
    for (let position = passing.pop(); position !== undefined; position = passing.pop()) spread(position, at, reached);
    for (const [position, passed] of notPassed) if (!reached.has(position)) reached.set(position, passed);
    return reached;
  }
}
