/**
 * The search of an expression with `\/`: what is right of it becomes MATCH. Left of it the leftmost shortest way counts,
 * right of it the longest (procmailrc(5)). A walk over sets of states, each of which knows where it passed `\/`: of two
 * ways to one state the earlier passage counts. The first way to the end fixes where MATCH begins; ways that passed later are
 * dropped, no new ones begin, and the longest of the rest wins.
 *
 * Steps are remembered: a walk does the same wherever the passages were, as long as their order is the same. So a step is
 * taken once with the passages' ranks (0 the earliest), and from then on costs a look in a table.
 */
import type {PatternProgram} from './pattern-syntax.ts';

export interface MarkedFound {
  readonly end: number;
  /** Undefined when the match did not pass `\/`. */
  readonly match: readonly [start: number, end: number] | undefined;
}

const NEWLINE = 0x0a;
const NOT_PASSED = Infinity;

/** So many places of a walk are remembered; beyond, the table begins afresh. */
const MAX_PLACES = 1000;

/** A walk before a byte. */
interface Place {
  /** The states reached, with the rank of their passage. */
  readonly arrivals: ReadonlyMap<number, number>;
  readonly isMatched: boolean;
  readonly steps: (Step | undefined)[];
}

interface Step {
  readonly isPlain: boolean;
  /** The rank of the passage of a way that is at the end here. */
  readonly matched: number | undefined;
  /** For each rank afterwards, which it was before; one beyond the last is a passage here. Undefined: no change. */
  readonly ranks: readonly number[] | undefined;
  readonly place: Place;
}

export class MarkedSearch {
  readonly #program: PatternProgram;
  #places = new Map<string, Place>();

  constructor(program: PatternProgram) {
    this.#program = program;
  }

  search(text: Uint8Array, from: number): MarkedFound | undefined {
    const start = new Walk(this.#program);
    if (from === 0 || text[from - 1] === NEWLINE || from >= text.length) {
      if (start.arrive(from - 1, false) === 'plain') return {end: from, match: undefined};
      start.consume(NEWLINE, from === 0);
    }
    const walk = this.#walkOn(start, text, from);
    return typeof walk === 'number' ? {end: walk, match: undefined} : atTextEnd(walk, text.length);
  }

  /** From place to place, to the text's end or until nothing can follow; answers where a plain match ends. */
  #walkOn(walk: Walk, text: Uint8Array, from: number): Walk | number {
    const {arrivals, passages} = ranked(walk.arrivals);
    let place = this.#place(arrivals, walk.matchEnd !== undefined);
    let {matchStart, matchEnd} = walk;
    let passed = passages;
    for (let at = from; at < text.length && !(place.isMatched && place.arrivals.size === 0); at++) {
      const byte = text[at] ?? 0;
      const step = (place.steps[byte] ??= this.#step(place, passed.length, byte));
      if (step.isPlain) return at;
      if (step.matched !== undefined) {
        matchStart = passed[step.matched] ?? at;
        matchEnd = at;
      }
      if (step.ranks !== undefined) {
        const before = passed;
        passed = step.ranks.map(rank => before[rank] ?? at);
      }
      place = step.place;
    }
    const states = [...place.arrivals].map(([state, rank]) => [state, passed[rank] ?? NOT_PASSED] as const);
    return new Walk(this.#program, new Map(states), matchStart, matchEnd);
  }

  #step(place: Place, passages: number, byte: number): Step {
    const walk = new Walk(this.#program, place.arrivals, NOT_PASSED, place.isMatched ? -1 : undefined);
    if (walk.arrive(passages, false) === 'plain') return {isPlain: true, matched: undefined, ranks: undefined, place};
    walk.consume(byte, false);
    const {arrivals, passages: ranks} = ranked(walk.arrivals);
    const isSame = ranks.length === passages && ranks.every((rank, index) => rank === index);
    return {
      isPlain: false,
      matched: walk.matchEnd === passages ? walk.matchStart : undefined,
      ranks: isSame ? undefined : ranks,
      place: this.#place(arrivals, walk.matchEnd !== undefined),
    };
  }

  #place(arrivals: ReadonlyMap<number, number>, isMatched: boolean): Place {
    const states = [...arrivals].sort(([a], [b]) => a - b);
    const key = `${isMatched ? '!' : ''}${states.join()}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#places.size >= MAX_PLACES) this.#places = new Map();
    const place: Place = {arrivals, isMatched, steps: []};
    this.#places.set(key, place);
    return place;
  }
}

/** The passages in their order, and their ranks in their stead. */
function ranked(arrivals: ReadonlyMap<number, number>): {arrivals: Map<number, number>; passages: number[]} {
  const passages = [...new Set(arrivals.values())].filter(passed => passed !== NOT_PASSED).sort((a, b) => a - b);
  const rank = new Map(passages.map((passed, index) => [passed, index]));
  return {
    arrivals: new Map([...arrivals].map(([state, passed]) => [state, rank.get(passed) ?? NOT_PASSED])),
    passages,
  };
}

function atTextEnd(walk: Walk, length: number): MarkedFound | undefined {
  if (walk.arrive(length, true) === 'plain') return {end: length, match: undefined};
  walk.close();
  walk.arrive(length, true); // the same, but for ways that would begin with the newline that follows
  walk.consume(NEWLINE, false);
  if (walk.arrive(length + 1, false) === 'plain') return {end: length + 1, match: undefined};
  if (walk.matchEnd === undefined) return undefined;
  const start = Math.max(walk.matchStart, 0);
  return {end: walk.matchEnd, match: [start, Math.max(start, Math.min(walk.matchEnd, length))]};
}

class Walk {
  matchStart: number;
  matchEnd: number | undefined;
  readonly #program: PatternProgram;
  /** Where the next byte leads, and where `\/` was passed on the way. */
  #arrivals: ReadonlyMap<number, number>;
  /** After `arrive`: the positions that wait for a byte. */
  #waiting = new Map<number, number>();
  #mayBegin: boolean;

  constructor(
    program: PatternProgram,
    arrivals: ReadonlyMap<number, number> = new Map(),
    matchStart = NOT_PASSED,
    matchEnd?: number,
  ) {
    this.#program = program;
    this.#arrivals = arrivals;
    this.matchStart = matchStart;
    this.matchEnd = matchEnd;
    this.#mayBegin = matchEnd === undefined;
  }

  get arrivals(): ReadonlyMap<number, number> {
    return this.#arrivals;
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
    const arrivals = new Map<number, number>();
    for (const [position, passed] of this.#waiting) {
      const instruction = this.#program.code[position];
      const matches =
        (instruction?.kind === 'class' && instruction.bytes[byte] === 1) ||
        (instruction?.kind === 'text-start' && isTextStart);
      if (!matches || instruction === undefined) continue;
      const known = arrivals.get(instruction.next);
      if (known === undefined || passed < known) arrivals.set(instruction.next, passed);
    }
    this.#arrivals = arrivals;
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
