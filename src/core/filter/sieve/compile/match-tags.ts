/**
 * The tags of tests that match: `:comparator`, match types and address parts (RFC 5228 section 2.7). Extensions add to
 * the two classes.
 */
import {comparators, type Comparator} from '../match/comparator.ts';
import {matchTypes, regexFault, RELATIONS, type Relation} from '../match/match-type.ts';
import type {Checker} from './checker.ts';
import {findTag, type Tag, type TagGroup, type TagUse, type Use} from './language.ts';
import {isConstant, type Text} from './operand.ts';
import {describeArgument} from './tree.ts';

/** What an operation keeps of these tags. */
export interface Matching {
  readonly matchType: string;
  readonly comparator: string;
}

const comparatorTag: TagGroup = {
  find: name => (name === 'comparator' ? COMPARATOR : undefined),
};

const COMPARATOR: Tag = {
  name: 'comparator',
  parameter: 'string',
  check(checker, _use, {text = '', place}) {
    if (!isConstant(text))
      return checker.error(
        place,
        'this Sieve implementation currently only supports a literal string argument for the :comparator tag',
      );
    return findComparator(checker, text) !== undefined || checker.error(place, `unknown comparator '${text}'`);
  },
};

const BUILT_IN = new Set(['i;octet', 'i;ascii-casemap']);

function findComparator(checker: Checker, name: string): Comparator | undefined {
  const isThere = BUILT_IN.has(name) || checker.has(`comparator-${name}`);
  return isThere ? comparators.get(name) : undefined;
}

const PLAIN_TYPES = ['is', 'contains', 'matches'].map((name): Tag => ({name}));
const REGEX: Tag = {name: 'regex'};

const matchTypeTag: TagGroup = {
  className: 'MATCH-TYPE',
  find(name, checker) {
    const plain = PLAIN_TYPES.find(tag => tag.name === name);
    if (plain !== undefined) return plain;
    if (name === 'regex' && checker.has('regex')) return REGEX;
    if ((name === 'count' || name === 'value') && checker.has('relational')) return name === 'count' ? COUNT : VALUE;
    if (name === 'list' && checker.has('extlists')) return LIST;
    return undefined;
  },
};

const LIST: Tag = {name: 'list'};
const COUNT = relationalTag('count');
const VALUE = relationalTag('value');

/** RFC 5231: the relation follows as a string. It is left among the arguments for its own wording of errors. */
function relationalTag(name: 'count' | 'value'): Tag {
  return {name, takes: takeRelation};
}

function takeRelation(
  checker: Checker,
  _use: Use,
  tagUse: TagUse,
  parameter: Use['positionals'][number] | undefined,
): boolean {
  const {tag, place} = tagUse;
  const wanted = `the :${tag.name} match-type requires a constant string argument being one of "gt", "ge", "lt", "le", "eq" or "ne"`;
  if (parameter === undefined) return checker.error(place, `${wanted}, but none was found`);
  if (parameter.kind !== 'string')
    return checker.error(parameter, `${wanted}, but ${describeArgument(parameter)} was found`);
  const text = parameter.text.toLowerCase();
  if (!RELATIONS.includes(text as Relation))
    return checker.error(parameter, `${wanted}, but "${parameter.text}" was found`);
  tagUse.text = text;
  return true;
}

export const addressPartTag: TagGroup = {
  className: 'ADDRESS-PART',
  find(name, checker) {
    const plain = ADDRESS_PARTS.find(tag => tag.name === name);
    if (plain !== undefined) return plain;
    return checker.has('subaddress') ? SUBADDRESS_PARTS.find(tag => tag.name === name) : undefined;
  },
};

const ADDRESS_PARTS = ['all', 'localpart', 'domain'].map((name): Tag => ({name}));
const SUBADDRESS_PARTS = ['user', 'detail'].map((name): Tag => ({name}));

export const MATCH_TAGS: readonly TagGroup[] = [comparatorTag, matchTypeTag];

/** The class's tag in a use, where there is one. */
function ofGroup(use: Use, group: TagGroup): TagUse | undefined {
  return use.tags.find(tag => tag.group === group);
}

export function addressPartOf(use: Use): string {
  return ofGroup(use, addressPartTag)?.tag.name ?? 'all';
}

/** After the keys are checked: whether comparator, match type and keys go together. Undefined after an error. */
export function checkMatching(
  checker: Checker,
  use: Use,
  keys: readonly Text[],
  defaultComparator = 'i;ascii-casemap',
): Matching | undefined {
  const tag = ofGroup(use, matchTypeTag);
  const comparator = findTag(use, 'comparator')?.text ?? defaultComparator;
  const matchType =
    tag === undefined ? 'is' : tag.text === undefined ? tag.tag.name : `${tag.tag.name}-${String(tag.text)}`;
  if (!isConstant(comparator)) return undefined;
  if (tag?.tag.name === 'regex' && !checkRegex(checker, use, keys, comparator)) return undefined;
  if (matchTypes.get(matchType)?.isSubstring === true && comparators.get(comparator)?.fold === undefined) {
    const text = `the specified ${comparator} comparator does not support sub-string matching as required by the :${matchType} match type`;
    checker.error(tag?.place ?? use.node, text);
    return undefined;
  }
  return {matchType, comparator};
}

function checkRegex(checker: Checker, use: Use, keys: readonly Text[], name: string): boolean {
  const comparator = comparators.get(name);
  const place = ofGroup(use, matchTypeTag)?.place ?? use.node;
  if (comparator === undefined || !BUILT_IN.has(name))
    return checker.error(place, 'regex match type only supports i;octet and i;ascii-casemap comparators');
  for (const key of keys) {
    const fault = isConstant(key) ? regexFault(key, comparator) : undefined;
    if (fault !== undefined)
      return checker.error(place, `invalid regular expression '${String(key)}' for regex match: ${fault}`);
  }
  return true;
}
