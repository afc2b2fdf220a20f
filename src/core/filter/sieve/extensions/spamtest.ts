/** spamtest, spamtestplus and virustest (RFC 5235): what a scanner wrote into the header, as a figure. */
import {PatternFault} from '../../../table/pattern/syntax.ts';
import type {Checker} from '../compile/checker.ts';
import {type Command, type Extension, hasTag, type Tag, tagGroup} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import type {Operation, Text} from '../compile/operand.ts';
import {octet} from '../match/comparator.ts';
import {isTooCostly, regex} from '../match/match-type.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

type Kind = 'spamtest' | 'virustest';

interface ScoreOperation extends Operation, Matching {
  readonly op: Kind;
  readonly keys: readonly Text[];
  readonly isPercent: boolean;
}

const percentTag: Tag = {
  name: 'percent',
  check: (checker: Checker, _use, {place}) =>
    checker.has('spamtestplus') ||
    checker.error(
      place,
      'the spamtest test only accepts the :percent argument when the spamtestplus extension is active',
    ),
};

function scoreTest(name: Kind): Command {
  return {
    name,
    kind: 'test',
    positionals: 1,
    tags: name === 'spamtest' ? [tagGroup(percentTag), ...MATCH_TAGS] : MATCH_TAGS,
    check(checker, use) {
      if (!checker.positional(use, 0, 'value', 'string')) return false;
      use.found = checkMatching(checker, use, use.texts);
      return use.found !== undefined;
    },
    generate: (code, use) =>
      code.emit<ScoreOperation>({
        op: name,
        keys: use.texts,
        isPercent: hasTag(use, 'percent'),
        ...(use.found as Matching),
      }), // put there by check
  };
}

const spamtest = scoreTest('spamtest');

export const spamtestExtension: Extension = {
  name: 'spamtest',
  isOff: true,
  commands: [spamtest],
  loaded(checker, place) {
    if (checker.has('spamtestplus'))
      checker.warning(place, 'the spamtest and spamtestplus extensions should not be specified at the same time');
    return true;
  },
};
export const spamtestplusExtension: Extension = {name: 'spamtestplus', isOff: true, commands: [spamtest]};
export const virustestExtension: Extension = {name: 'virustest', isOff: true, commands: [scoreTest('virustest')]};

interface Ratio {
  readonly score: number;
  readonly max: number;
}

/** A header's name, perhaps a colon and an expression whose first group is the value. */
function extract(run: Run, specification: string): string | undefined {
  const colon = specification.indexOf(':');
  const name = (colon < 0 ? specification : specification.slice(0, colon)).trim();
  const [value] = run.message.rawValues(name);
  if (value === undefined) {
    run.trace(TRACE_MATCHING, 1, `header '${name}' not found in message`);
    return undefined;
  }
  if (colon < 0) return value;
  const pattern = specification.slice(colon + 1).trim();
  const groups = safeMatch(pattern, value);
  if (groups?.[1] === undefined)
    run.trace(TRACE_MATCHING, 1, `regexp for header '${name}' did not match on value '${value}'`);
  return groups?.[1];
}

function safeMatch(pattern: string, value: string): readonly string[] | undefined {
  try {
    const found = regex.key(pattern, octet)(value);
    return typeof found === 'boolean' ? undefined : found;
  } catch (fault) {
    if (fault instanceof PatternFault || isTooCostly(fault)) return undefined;
    throw fault;
  }
}

function decimal(text: string | undefined): number | undefined {
  const found = /^\s*([+-]?[0-9]{1,12}(?:\.[0-9]{1,12})?)/.exec(text ?? '');
  return found === null ? undefined : Number(found[1]);
}

function ratioOf(run: Run, kind: Kind): Ratio | undefined {
  const setting = (name: string): string | undefined => run.environment.setting(`sieve_${kind}_${name}`);
  const header = setting('status_header');
  if (header === undefined) {
    run.trace(TRACE_MATCHING, 1, 'error: extension not configured');
    return undefined;
  }
  const status = extract(run, header);
  if (status === undefined) return undefined;
  const type = setting('status_type') ?? 'score';
  if (type === 'text') return textRatio(run, kind, status);
  const maxHeader = setting('max_header');
  const max = decimal(setting('max_value') ?? (maxHeader === undefined ? undefined : extract(run, maxHeader)));
  const score = type === 'strlen' ? status.length : decimal(status);
  return score === undefined || max === undefined || max <= 0 ? undefined : {score, max};
}

/** sieve_spamtest_text_value0 to 10, of virustest 1 to 5. */
function textRatio(run: Run, kind: Kind, status: string): Ratio | undefined {
  const max = kind === 'virustest' ? 5 : 10;
  for (let score = 0; score <= max; score++)
    if (run.environment.setting(`sieve_${kind}_text_value${score}`) === status) return {score, max};
  run.trace(TRACE_MATCHING, 1, `failed to match textstatus value '${status}'`);
  return undefined;
}

/** RFC 5235 section 2.1: 0 for not tested, 1 for clean, up to 10 (5 for viruses). */
function valueOf(kind: Kind, isPercent: boolean, ratio: Ratio | undefined): string {
  if (ratio === undefined) return '0';
  const share = Math.min(Math.max(ratio.score / ratio.max, 0), 1);
  if (isPercent) return String(Math.round(share * 100));
  const steps = kind === 'virustest' ? 4 : 9;
  return String(Math.floor(share * steps) + 1);
}

function scoreOperation(kind: Kind): ReturnType<typeof operationKind> {
  return operationKind<ScoreOperation>(kind, operation => {
    const match = linkMatch(operation, operation.keys);
    const {isPercent} = operation;
    return run => {
      run.trace(TRACE_TESTS, 0, kind === 'spamtest' ? `spamtest test [percent=${isPercent}]` : 'virustest test');
      const ratio = ratioOf(run, kind);
      if (ratio !== undefined) {
        const {score, max} = ratio;
        run.trace(
          TRACE_MATCHING,
          1,
          `extracted score=${score.toFixed(3)}, max=${max.toFixed(3)}, ratio=${((score / max) * 100).toFixed(0)} %`,
        );
      }
      run.test = match(run, kind, [valueOf(kind, isPercent, ratio)]);
    };
  });
}

export const scoreOperations = [scoreOperation('spamtest'), scoreOperation('virustest')];
