/**
 * A tree of syntax.ts as a RegExp, and how many steps that may take in the worst case: RegExp goes back and forth
 * without remembering where it has been.
 */
import {firstSet} from './program.ts';
import {minLength, type Node, type Position, type Repeat} from './syntax.ts';

const POSITIONS: Readonly<Record<Position, string>> = {
  start: '(?<![^])',
  end: '(?![^])',
  'end or last newline': '(?=\\n?(?![^]))',
  'line start': '(?<![^\\n])',
  'line end': '(?![^\\n])',
  'word edge': '\\b',
  'no word edge': '\\B',
  'word start': '\\b(?=\\w)',
  'word end': '\\b(?<=\\w)',
};

/** Undefined when RegExp has no such thing. */
export function toRegExp(root: Node): RegExp | undefined {
  const isAnchored = root.kind === 'sequence' && isStart(root.items[0]);
  const source = isAnchored ? `^${sourceOf({...root, items: root.items.slice(1)})}` : sourceOf(root);
  return source?.includes(UNKNOWN) === false ? new RegExp(source) : undefined;
}

function isStart(node: Node | undefined): boolean {
  return node?.kind === 'position' && node.position === 'start';
}

/** Stands for what RegExp can't do; it is in no translation. */
const UNKNOWN = '\0';

function sourceOf(node: Node): string {
  switch (node.kind) {
    case 'empty':
      return '';
    case 'set':
      return node.set.size === 0 ? '[]' : node.set.source;
    case 'sequence':
      return node.items.map(sourceOf).join('');
    case 'choice':
      return `(?:${node.options.map(sourceOf).join('|')})`;
    case 'repeat':
      return repeatSource(node);
    case 'group':
      return `(${sourceOf(node.item)})`;
    case 'position':
      return POSITIONS[node.position];
    case 'look':
      return `(?${node.isAhead ? '' : '<'}${node.isNegated ? '!' : '='}${sourceOf(node.item)})`;
    case 'atomic':
    case 'reference':
      return UNKNOWN;
  }
}

function repeatSource({item, min, max, isGreedy}: Repeat): string {
  const inner = item.kind === 'set' ? sourceOf(item) : `(?:${sourceOf(item)})`;
  const count = `{${min},${max === Infinity ? '' : max}}`;
  return `${inner}${count}${isGreedy ? '' : '?'}`;
}

/**
 * The cost of the worst text of some length: `factor` times the length to the power of `degree`. Not finite when
 * repeats stand inside repeats in a way that may be taken apart in more ways than one.
 */
export interface Cost {
  readonly degree: number;
  readonly factor: number;
}

/** Repeats of fewer rounds than these only make a factor. */
const FEW = 4;

export function costOf(root: Node): Cost {
  const cost = nodeCost(root);
  const isAnchored = root.kind === 'sequence' && isStart(root.items[0]);
  return isAnchored ? cost : {...cost, degree: cost.degree + 1};
}

export function mostSteps({degree, factor}: Cost, length: number): number {
  return factor * (length + 1) ** degree;
}

function nodeCost(node: Node): Cost {
  switch (node.kind) {
    case 'sequence':
      return node.items.map(nodeCost).reduce(times, ONE);
    case 'choice': {
      const costs = node.options.map(nodeCost);
      return {
        degree: Math.max(...costs.map(cost => cost.degree)),
        factor: costs.reduce((sum, cost) => sum + cost.factor, 0),
      };
    }
    case 'repeat':
      return repeatCost(node);
    case 'group':
    case 'atomic':
    case 'look':
      return nodeCost(node.item);
    case 'empty':
    case 'set':
    case 'position':
    case 'reference':
      return ONE;
  }
}

const ONE: Cost = {degree: 0, factor: 1};

function times(a: Cost, b: Cost): Cost {
  return {degree: a.degree + b.degree, factor: a.factor * b.factor};
}

function repeatCost(node: Repeat): Cost {
  const {item, min, max} = node;
  const inner = nodeCost(item);
  const freedom = max - min;
  if (item.kind === 'set') return freedom >= FEW ? {degree: 1, factor: 1} : {degree: 0, factor: freedom + 1};
  if (max <= 1) return {degree: inner.degree, factor: inner.factor + 1};
  if (isUnambiguous(item)) return freedom >= FEW ? {degree: 1, factor: 1} : {degree: 0, factor: freedom + 1};
  return {degree: Infinity, factor: 1};
}

/** One way to take it: bytes in a row, or alternatives that begin with different bytes, and never nothing. */
function isUnambiguous(node: Node): boolean {
  if (node.kind === 'group') return isUnambiguous(node.item);
  if (node.kind === 'set') return true;
  if (node.kind === 'sequence') return node.items.every(item => item.kind === 'set');
  if (node.kind !== 'choice' || minLength(node) === 0 || !node.options.every(isUnambiguous)) return false;
  const sets = node.options.map(firstSet);
  return sets.every(
    (set, index) => set !== undefined && sets.slice(index + 1).every(other => other?.meets(set) === false),
  );
}
