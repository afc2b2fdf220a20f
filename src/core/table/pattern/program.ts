/** A tree of syntax.ts as instructions for the matcher. Repeats with bounds are written out. */
import {ByteSet} from './byte-set.ts';
import {
  type Expression,
  fixedLength,
  minLength,
  type Node,
  PatternFault,
  type Position,
  type Repeat,
} from './syntax.ts';

export type Instruction =
  | {readonly op: 'set'; readonly members: Uint8Array}
  /** Tries `first`, then `second`. */
  | {readonly op: 'split'; readonly first: number; readonly second: number}
  | {readonly op: 'jump'; readonly to: number}
  | {readonly op: 'save'; readonly slot: number}
  | {readonly op: 'position'; readonly position: Position}
  | {readonly op: 'look'; readonly isAhead: boolean; readonly isNegated: boolean; readonly inner: readonly Inner[]}
  | {readonly op: 'atomic'; readonly inner: Program}
  | {readonly op: 'reference'; readonly index: number; readonly folds: boolean}
  /** A round that took nothing is the last one, or with `isStrict` none at all; `slot` has where it began. */
  | {readonly op: 'progress'; readonly slot: number; readonly again: number; readonly isStrict: boolean}
  | {readonly op: 'match'};

export type Program = readonly Instruction[];

/** An assertion's alternative, with its length when it looks behind. */
export interface Inner {
  readonly program: Program;
  readonly length: number;
}

export interface Compiled {
  readonly program: Program;
  readonly slotCount: number;
  /** From here on slots are where rounds began. */
  readonly firstRoundSlot: number;
  /** What a match can begin with; undefined when it may be empty or begins with something else than a byte. */
  readonly firstBytes: Uint8Array | undefined;
  /** What follows does not depend on how one got there but for the groups: no state need be tried twice. */
  readonly isRegular: boolean;
}

const MAX_INSTRUCTIONS = 50_000;

/** Throws `PatternFault` when the pattern is too large. */
export function compile({root, groupCount, isLongest}: Expression): Compiled {
  const firstRoundSlot = 2 * (groupCount + 1);
  const compiler = new Compiler(firstRoundSlot, isLongest);
  const program = compiler.compile(root);
  const first = firstSet(root);
  return {
    program,
    slotCount: compiler.slotCount,
    firstRoundSlot,
    firstBytes: first?.members,
    isRegular: !compiler.hasReferences,
  };
}

class Compiler {
  slotCount: number;
  hasReferences = false;
  readonly #isLongest: boolean;
  #size = 0;

  constructor(slotCount: number, isLongest: boolean) {
    this.slotCount = slotCount;
    this.#isLongest = isLongest;
  }

  compile(root: Node): Program {
    const out: Instruction[] = [];
    this.#emit(root, out);
    out.push({op: 'match'});
    return out;
  }

  #add(out: Instruction[], instruction: Instruction): void {
    if (++this.#size > MAX_INSTRUCTIONS) throw new PatternFault('Regular expression too big');
    out.push(instruction);
  }

  #emit(node: Node, out: Instruction[]): void {
    switch (node.kind) {
      case 'empty':
        return;
      case 'set':
        return this.#add(out, {op: 'set', members: node.set.members});
      case 'sequence':
        for (const item of node.items) this.#emit(item, out);
        return;
      case 'choice':
        return this.#emitChoice(node.options, out);
      case 'repeat':
        return this.#emitRepeat(node, out);
      case 'group':
        this.#add(out, {op: 'save', slot: 2 * node.index});
        this.#emit(node.item, out);
        return this.#add(out, {op: 'save', slot: 2 * node.index + 1});
      case 'position':
        return this.#add(out, {op: 'position', position: node.position});
      case 'look':
        return this.#add(out, {op: 'look', isAhead: node.isAhead, isNegated: node.isNegated, inner: this.#inner(node)});
      case 'atomic':
        return this.#add(out, {op: 'atomic', inner: this.compile(node.item)});
      case 'reference':
        this.hasReferences = true;
        return this.#add(out, {op: 'reference', index: node.index, folds: node.folds});
    }
  }

  #inner({isAhead, item}: Node & {kind: 'look'}): Inner[] {
    if (isAhead) return [{program: this.compile(item), length: 0}];
    const options = item.kind === 'choice' ? item.options : [item];
    return options.map(option => ({program: this.compile(option), length: fixedLength(option) ?? 0}));
  }

  #emitChoice(options: readonly Node[], out: Instruction[]): void {
    const jumps: number[] = [];
    for (const [index, option] of options.entries()) {
      const isLast = index === options.length - 1;
      const split = out.length;
      if (!isLast) this.#add(out, {op: 'jump', to: 0});
      this.#emit(option, out);
      if (isLast) break;
      jumps.push(out.length);
      this.#add(out, {op: 'jump', to: 0});
      out[split] = {op: 'split', first: split + 1, second: out.length};
    }
    for (const jump of jumps) out[jump] = {op: 'jump', to: out.length};
  }

  #emitRepeat(node: Repeat, out: Instruction[]): void {
    const {item, min, max} = node;
    for (let round = 0; round < min; round++) this.#emit(item, out);
    if (max === Infinity) return this.#emitLoop(node, out);
    const splits: number[] = [];
    for (let round = min; round < max; round++) {
      splits.push(out.length);
      this.#add(out, {op: 'jump', to: 0});
      this.#emit(item, out);
    }
    for (const split of splits) out[split] = this.#split(node, split + 1, out.length);
  }

  #emitLoop(node: Repeat, out: Instruction[]): void {
    const start = out.length;
    this.#add(out, {op: 'jump', to: 0});
    if (minLength(node.item) > 0) {
      this.#emit(node.item, out);
      this.#add(out, {op: 'jump', to: start});
    } else {
      const slot = this.slotCount++;
      this.#add(out, {op: 'save', slot});
      this.#emit(node.item, out);
      // Seen: in glibc an empty round behind those that must be does not change the groups.
      this.#add(out, {op: 'progress', slot, again: start, isStrict: this.#isLongest && node.min > 0});
    }
    out[start] = this.#split(node, start + 1, out.length);
  }

  #split({isGreedy}: Repeat, inside: number, behind: number): Instruction {
    return isGreedy ? {op: 'split', first: inside, second: behind} : {op: 'split', first: behind, second: inside};
  }
}

/** The bytes a match can begin with; undefined when that can't be said. */
export function firstSet(node: Node): ByteSet | undefined {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'group':
    case 'atomic':
      return firstSet(node.item);
    case 'repeat':
      return node.min > 0 ? firstSet(node.item) : undefined;
    case 'choice': {
      const all = new ByteSet();
      for (const option of node.options) {
        const set = firstSet(option);
        if (set === undefined) return undefined;
        all.addAll(set);
      }
      return all;
    }
    case 'sequence':
      return firstOfSequence(node.items);
    case 'empty':
    case 'position':
    case 'look':
    case 'reference':
      return undefined;
  }
}

/** What may be missing at the front adds its bytes to those of what follows. */
function firstOfSequence(items: readonly Node[]): ByteSet | undefined {
  const all = new ByteSet();
  for (const item of items) {
    const isOptional = item.kind === 'repeat' && item.min === 0;
    const set = firstSet(isOptional ? item.item : item);
    if (set === undefined) return undefined;
    all.addAll(set);
    if (!isOptional) return all;
  }
  return undefined;
}
