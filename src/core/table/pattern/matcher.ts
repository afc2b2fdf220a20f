/**
 * Runs a program of program.ts over a text: alternatives in order, the way Perl does, but no state is tried twice at
 * the same place, so that the time is linear in the text for everything that is a regular expression proper. What is
 * not (back references) and what has assertions is held by a limit on steps.
 */
import type {Compiled, Inner, Program} from './program.ts';
import type {Position} from './syntax.ts';

/** More steps than these: some ten milliseconds. */
const MAX_STEPS = 1_000_000;
/** Places times states that are remembered, in bits. */
const MAX_MEMORY = 64_000_000;

/** The limit was reached: nobody knows whether the text matches. */
export class TooManySteps extends Error {
  override readonly name = 'TooManySteps';
}

/** Offsets of groups in pairs, -1 where a group took no part; undefined when nothing matches. */
export type Groups = readonly number[];

export class Matcher {
  readonly #compiled: Compiled;
  readonly #isLongest: boolean;

  constructor(compiled: Compiled, isLongest: boolean) {
    this.#compiled = compiled;
    this.#isLongest = isLongest;
  }

  /** Throws `TooManySteps`. */
  exec(text: string): Groups | undefined {
    const run = new Run(text, this.#compiled);
    const {firstBytes, program} = this.#compiled;
    const isAnchored = program[0]?.op === 'position' && program[0].position === 'start';
    for (let start = 0; start <= text.length; start++) {
      if (firstBytes !== undefined && (start === text.length || firstBytes[text.charCodeAt(start)] !== 1)) continue;
      const groups = run.from(start, this.#isLongest);
      if (groups !== undefined) return groups;
      if (isAnchored) return undefined;
    }
    return undefined;
  }
}

class Run {
  readonly #text: string;
  readonly #compiled: Compiled;
  readonly #visited: Uint32Array | undefined;
  #slots: number[];
  #steps = 0;

  constructor(text: string, compiled: Compiled) {
    this.#text = text;
    this.#compiled = compiled;
    this.#visited = compiled.isRegular ? memory(compiled.program, text) : undefined;
    this.#slots = new Array<number>(compiled.slotCount).fill(-1);
  }

  from(start: number, isLongest: boolean): Groups | undefined {
    this.#slots.fill(-1);
    const end = this.#run(this.#compiled.program, start, this.#visited, isLongest);
    if (end === undefined) return undefined;
    this.#slots[0] = start;
    this.#slots[1] = end;
    return this.#slots;
  }

  /**
   * Where a match that begins at `start` ends. The stack holds what is still to be tried, in pairs: an instruction and
   * a place, or a slot (below zero) and the value it had.
   */
  #run(program: Program, start: number, visited: Uint32Array | undefined, isLongest: boolean): number | undefined {
    const stack: number[] = [0, start];
    let best: number | undefined;
    let bestSlots: number[] | undefined;
    while (stack.length > 0) {
      const at = stack.pop() ?? 0;
      const instruction = stack.pop() ?? 0;
      if (instruction < 0) {
        this.#slots[-1 - instruction] = at;
        continue;
      }
      const end = this.#follow(program, instruction, at, stack, visited);
      if (end === undefined) continue;
      if (!isLongest) return end;
      if (best !== undefined && end <= best) continue;
      best = end;
      bestSlots = [...this.#slots];
      if (end === this.#text.length) break; // there is none longer
    }
    if (bestSlots !== undefined) this.#slots = bestSlots;
    return best;
  }

  /** One thread of alternatives, to its match or its failure; what it leaves out goes on the stack. */
  #follow(
    program: Program,
    first: number,
    start: number,
    stack: number[],
    visited: Uint32Array | undefined,
  ): number | undefined {
    let index = first;
    let at = start;
    for (;;) {
      if (++this.#steps > MAX_STEPS) throw new TooManySteps();
      if (visited !== undefined) {
        const bit = at * program.length + index;
        const word = visited[bit >>> 5] ?? 0;
        const mask = 1 << (bit & 31);
        if ((word & mask) !== 0) return undefined;
        visited[bit >>> 5] = word | mask;
      }
      const instruction = program[index];
      if (instruction === undefined) return undefined;
      switch (instruction.op) {
        case 'match':
          return at;
        case 'set':
          if (at >= this.#text.length || instruction.members[this.#text.charCodeAt(at)] !== 1) return undefined;
          at++;
          index++;
          break;
        case 'split':
          stack.push(instruction.second, at);
          index = instruction.first;
          break;
        case 'jump':
          index = instruction.to;
          break;
        case 'save':
          stack.push(-1 - instruction.slot, this.#slots[instruction.slot] ?? -1);
          this.#slots[instruction.slot] = at;
          index++;
          break;
        case 'progress':
          index = this.#slots[instruction.slot] === at ? index + 1 : instruction.again;
          break;
        case 'position':
          if (!this.#isAt(instruction.position, at)) return undefined;
          index++;
          break;
        case 'look':
          if (this.#looks(instruction.inner, at, stack) === instruction.isNegated) return undefined;
          index++;
          break;
        case 'atomic': {
          const end = this.#inner(instruction.inner, at, stack);
          if (end === undefined) return undefined;
          at = end;
          index++;
          break;
        }
        case 'reference': {
          const end = this.#reference(instruction.index, instruction.folds, at);
          if (end === undefined) return undefined;
          at = end;
          index++;
          break;
        }
      }
    }
  }

  /** An assertion: its alternatives, each from as far behind as it is long. */
  #looks(inner: readonly Inner[], at: number, stack: number[]): boolean {
    return inner.some(({program, length}) => {
      const start = at - length;
      return start >= 0 && this.#inner(program, start, stack) !== undefined;
    });
  }

  /** A program within the program, tried by itself; the groups it sets are undone with what is on the stack. */
  #inner(program: Program, at: number, stack: number[]): number | undefined {
    const before = [...this.#slots];
    const visited = this.#compiled.isRegular ? memory(program, this.#text) : undefined;
    this.#steps += (visited?.length ?? 0) >>> 3; // clearing it takes its time too
    const end = this.#run(program, at, visited, false);
    if (end === undefined) this.#slots = before;
    else for (const [slot, value] of before.entries()) if (this.#slots[slot] !== value) stack.push(-1 - slot, value);
    return end;
  }

  /** A group that took no part is not found anywhere. */
  #reference(index: number, folds: boolean, at: number): number | undefined {
    const [start = -1, end = -1] = [this.#slots[2 * index], this.#slots[2 * index + 1]];
    if (start < 0 || end < start) return undefined;
    const wanted = this.#text.slice(start, end);
    const found = this.#text.slice(at, at + wanted.length);
    this.#steps += wanted.length;
    const isSame = folds ? foldAscii(found) === foldAscii(wanted) : found === wanted;
    return isSame ? at + wanted.length : undefined;
  }

  #isAt(position: Position, at: number): boolean {
    const text = this.#text;
    switch (position) {
      case 'start':
        return at === 0;
      case 'end':
        return at === text.length;
      case 'end or last newline':
        return at === text.length || (at === text.length - 1 && text.charCodeAt(at) === NEWLINE);
      case 'line start':
        return at === 0 || text.charCodeAt(at - 1) === NEWLINE;
      case 'line end':
        return at === text.length || text.charCodeAt(at) === NEWLINE;
      case 'word edge':
        return isWord(text, at - 1) !== isWord(text, at);
      case 'no word edge':
        return isWord(text, at - 1) === isWord(text, at);
      case 'word start':
        return !isWord(text, at - 1) && isWord(text, at);
      case 'word end':
        return isWord(text, at - 1) && !isWord(text, at);
    }
  }
}

const NEWLINE = 0x0a;

function isWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at); // NaN outside of the text
  return (
    (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a)
  );
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

/** One bit for each state at each place; undefined where that is too much to keep. */
function memory(program: Program, text: string): Uint32Array | undefined {
  const bits = program.length * (text.length + 1);
  return bits > MAX_MEMORY ? undefined : new Uint32Array((bits >>> 5) + 1);
}
