/** cidr_table(5): networks in order. */
import type {TableType} from './context.ts';
import {trimSpace} from './logical-lines.ts';
import {addressBytes, Network, parseNetwork} from './network.ts';
import {filesResult, openPatternTable, type RuleParser, type Warn} from './pattern-rules.ts';

export const cidr: TableType = {
  type: 'cidr',
  summary: 'networks of a file, in order: cidr_table(5)',
  open: (path, context) => openPatternTable(path, context, parser),
};

const parser: RuleParser = {
  type: 'cidr',
  parseRule(text, warn, valuesAreFiles) {
    const {negated, pattern, rest} = split(text);
    if (rest === '') {
      warn('no lookup result: skipping this rule');
      return undefined;
    }
    const result = valuesAreFiles ? filesResult(rest, warn) : rest;
    const test = result === undefined ? undefined : testOf(pattern, negated, warn);
    return test && {match: subject => (test(subject) ? result : undefined)};
  },
  parseCondition(text, warn) {
    const {negated, pattern, rest} = split(text);
    if (pattern === '') {
      warn('no address pattern: skipping this rule');
      return undefined;
    }
    const test = testOf(pattern, negated, warn);
    if (test !== undefined && rest !== '') warn('garbage after IF pattern: skipping this rule');
    return test && rest === '' ? {holds: test} : undefined;
  },
};

function split(text: string): {negated: boolean; pattern: string; rest: string} {
  const [, marks = '', pattern = '', rest = ''] = /^((?:!\s*)*)(\S*)(.*)$/s.exec(text) ?? [];
  return {negated: marks.replace(/\s/g, '').length % 2 === 1, pattern, rest: trimSpace(rest)};
}

/** What is no address matches nothing, negated or not. */
function testOf(pattern: string, negated: boolean, warn: Warn): ((subject: string) => boolean) | undefined {
  const network = parseNetwork(pattern);
  if (!(network instanceof Network)) {
    warn(`${network.fault}: skipping this rule`);
    return undefined;
  }
  return subject => {
    const bytes = addressBytes(subject);
    return bytes !== undefined && network.has(bytes) !== negated;
  };
}
