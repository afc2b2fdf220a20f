/**
 * Match types (RFC 5228 section 2.7.1, relational RFC 5231, regex): how a value fits a key. A key is prepared once when
 * it is constant.
 */
import {type Expression, PatternFault} from '../../../table/pattern/syntax.ts';
import {parsePosix} from '../../../table/pattern/posix-parser.ts';
import {Pattern} from '../../../table/pattern/pattern.ts';
import {TooManySteps} from '../../../table/pattern/matcher.ts';
import {asciiCasemap, type Comparator} from './comparator.ts';
import {matchWildcards, parseWildcards} from './wildcards.ts';

/** Whether a value fits; an array when it does and there are groups for variables: the whole value first. */
export type KeyMatch = (value: string) => boolean | readonly string[];

export interface MatchType {
  readonly name: string;
  /** Needs a comparator that knows parts of texts. */
  readonly isSubstring?: boolean;
  /** Compares the number of values. */
  readonly isCount?: boolean;
  /** Throws `PatternFault`. */
  key(text: string, comparator: Comparator): KeyMatch;
}

export const is: MatchType = {
  name: 'is',
  key(text, comparator) {
    const {fold} = comparator;
    if (fold === undefined) return value => comparator.compare(value, text) === 0;
    const folded = fold(text);
    return value => (value.length === text.length || fold !== asciiCasemap.fold) && fold(value) === folded;
  },
};

const contains: MatchType = {
  name: 'contains',
  isSubstring: true,
  key(text, {fold}) {
    const folded = fold?.(text) ?? text;
    return value => (fold?.(value) ?? value).includes(folded);
  },
};

const matches: MatchType = {
  name: 'matches',
  isSubstring: true,
  key(text, {fold}) {
    const wildcards = parseWildcards(fold?.(text) ?? text);
    return value => {
      const groups = matchWildcards(wildcards, value, fold?.(value) ?? value);
      return groups === undefined ? false : [value, ...groups];
    };
  },
};

/** Texts longer than these are cut: a pattern's memory grows with both. */
const MAX_REGEX_VALUE = 1 << 20;

export const regex: MatchType = {
  name: 'regex',
  key(text, comparator) {
    const expression = parseRegex(text, comparator);
    const pattern = new Pattern(expression);
    let whole: Pattern | undefined;
    return value => {
      const cut = value.length > MAX_REGEX_VALUE ? value.slice(0, MAX_REGEX_VALUE) : value;
      if (!pattern.test(cut)) return false;
      whole ??= wholePattern(expression);
      const groups = (whole.groups(cut) ?? []).map(group => group ?? '');
      return [groups.at(-1) ?? '', ...groups.slice(0, -1)];
    };
  },
};

/** Throws `PatternFault`. */
function parseRegex(text: string, comparator: Comparator): Expression {
  return parsePosix(text, {isExtended: true, folds: comparator === asciiCasemap, knowsLines: false});
}

/** With the whole match as one more group, the last. */
function wholePattern({root, groupCount, isLongest}: Expression): Pattern {
  const index = groupCount + 1;
  return new Pattern({root: {kind: 'group', index, item: root}, groupCount: index, isLongest});
}

export type Relation = 'gt' | 'ge' | 'lt' | 'le' | 'eq' | 'ne';

export const RELATIONS: readonly Relation[] = ['gt', 'ge', 'lt', 'le', 'eq', 'ne'];

function holds(relation: Relation, order: number): boolean {
  switch (relation) {
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
  }
}

function relational(kind: 'value' | 'count', relation: Relation): MatchType {
  return {
    name: `${kind}-${relation}`,
    isCount: kind === 'count',
    key: (text, comparator) => value => holds(relation, comparator.compare(value, text)),
  };
}

export const matchTypes: ReadonlyMap<string, MatchType> = new Map(
  [
    is,
    contains,
    matches,
    regex,
    ...RELATIONS.flatMap(relation => [relational('value', relation), relational('count', relation)]),
  ].map(type => [type.name, type]),
);

/** What keeps a pattern from being used; undefined when nothing does. */
export function regexFault(text: string, comparator: Comparator): string | undefined {
  try {
    new Pattern(parseRegex(text, comparator));
    return undefined;
  } catch (fault) {
    if (fault instanceof PatternFault) return lowerFirst(fault.message);
    throw fault;
  }
}

export function isTooCostly(fault: unknown): boolean {
  return fault instanceof TooManySteps;
}

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
