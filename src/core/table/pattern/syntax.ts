/**
 * A regular expression over bytes as a tree, whatever notation it was written in. Flags are gone: a letter that matches
 * in both cases is a set of two bytes, a dot the set of what it matches.
 */
import {ByteSet} from './byte-set.ts';

export type Node =
  | {readonly kind: 'empty'}
  | {readonly kind: 'set'; readonly set: ByteSet}
  | {readonly kind: 'sequence'; readonly items: readonly Node[]}
  | {readonly kind: 'choice'; readonly options: readonly Node[]}
  | Repeat
  | {readonly kind: 'group'; readonly index: number; readonly item: Node}
  | {readonly kind: 'position'; readonly position: Position}
  | {readonly kind: 'look'; readonly isAhead: boolean; readonly isNegated: boolean; readonly item: Node}
  | {readonly kind: 'atomic'; readonly item: Node}
  | {readonly kind: 'reference'; readonly index: number; readonly folds: boolean};

export interface Repeat {
  readonly kind: 'repeat';
  readonly item: Node;
  readonly min: number;
  /** Infinity without an upper bound. */
  readonly max: number;
  readonly isGreedy: boolean;
}

export type Position =
  | 'start'
  | 'end'
  | 'end or last newline'
  | 'line start'
  | 'line end'
  | 'word edge'
  | 'no word edge'
  | 'word start'
  | 'word end';

export interface Expression {
  readonly root: Node;
  readonly groupCount: number;
  /** POSIX: of the leftmost matches the longest counts, not the one that alternatives in order come to first. */
  readonly isLongest: boolean;
}

/** The pattern can't be used; the message is what the original's library says. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
  /** In bytes from the start of the pattern, for the library that says so. */
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}

export const EMPTY: Node = {kind: 'empty'};

export function sequence(items: readonly Node[]): Node {
  const parts = items.filter(item => item.kind !== 'empty');
  const [only] = parts;
  if (only === undefined) return EMPTY;
  return parts.length === 1 ? only : {kind: 'sequence', items: parts};
}

export function choice(options: readonly Node[]): Node {
  const [only] = options;
  return only !== undefined && options.length === 1 ? only : {kind: 'choice', options};
}

export function literal(code: number, folds: boolean): Node {
  const set = ByteSet.of(code);
  return {kind: 'set', set: folds ? set.folded() : set};
}

/** Fewest bytes a match takes. */
export function minLength(node: Node): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + minLength(item), 0);
    case 'choice':
      return Math.min(...node.options.map(minLength));
    case 'repeat':
      return node.min * minLength(node.item);
    case 'group':
    case 'atomic':
      return minLength(node.item);
    case 'empty':
    case 'position':
    case 'look':
    case 'reference':
      return 0;
  }
}

/** Bytes every match takes, undefined when they differ. */
export function fixedLength(node: Node): number | undefined {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return node.items.reduce<number | undefined>((sum, item) => plus(sum, fixedLength(item)), 0);
    case 'choice': {
      const lengths = new Set(node.options.map(fixedLength));
      return lengths.size === 1 ? [...lengths][0] : undefined;
    }
    case 'repeat': {
      const length = fixedLength(node.item);
      return length !== undefined && node.min === node.max ? length * node.min : undefined;
    }
    case 'group':
    case 'atomic':
      return fixedLength(node.item);
    case 'reference':
      return undefined;
    case 'empty':
    case 'position':
    case 'look':
      return 0;
  }
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
