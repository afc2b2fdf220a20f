/**
 * Matches values with keys the way every test does (RFC 5228 section 2.7): the first value that fits any key ends it.
 * Keys that are constant are prepared when the script is linked.
 */
import type {Matching} from '../compile/match-tags.ts';
import {isConstant, type Text} from '../compile/operand.ts';
import {asciiCasemap, comparators} from '../match/comparator.ts';
import {is, type KeyMatch, lowerFirst, matchTypes} from '../match/match-type.ts';
import {PatternFault} from '../../../table/pattern/syntax.ts';
import type {Run} from './run.ts';
import {TRACE_MATCHING} from './trace.ts';

/** Values one at a time, so that those behind a match are not made. */
export type Values = Iterable<string>;

/** `names`: of what the values are, for a recorder. */
export type Match = (run: Run, test: string, values: Values, names?: readonly string[]) => boolean;

export function linkMatch({matchType: typeName, comparator: comparatorName}: Matching, keys: readonly Text[]): Match {
  const type = matchTypes.get(typeName) ?? is;
  const comparator = comparators.get(comparatorName) ?? asciiCasemap;
  const prepared = keys.map(key => (isConstant(key) ? type.key(key, comparator) : undefined));
  const keyMatch = (run: Run, index: number, text: string): KeyMatch | undefined => {
    if (typeName === 'list') return value => run.environment.listHas?.(text, value) ?? false;
    try {
      return prepared[index] ?? type.key(text, comparator);
    } catch (fault) {
      if (!(fault instanceof PatternFault)) throw fault;
      run.remark('error', `invalid regular expression '${text}' for regex match: ${lowerFirst(fault.message)}`);
      return undefined;
    }
  };
  const fits = (run: Run, value: string, word: string): boolean => {
    if (run.isTraced) run.trace(TRACE_MATCHING, 1, `matching ${word} \`${traceText(value)}'`);
    for (let index = 0; index < keys.length; index++) {
      const key = run.text(keys[index] ?? '');
      const match = keyMatch(run, index, key);
      if (match === undefined) continue;
      const answer = match(value);
      if (run.isTraced)
        traceKey(run, typeName, key, answer !== false, isConstant(keys[index] ?? '') ? index : undefined);
      if (answer === false) continue;
      if (answer !== true) run.matchValues = answer;
      return true;
    }
    return false;
  };
  return (run, test, values, names = []) => {
    if (run.isTraced)
      run.trace(TRACE_MATCHING, 1, `starting \`:${typeName}' match with \`${comparatorName}' comparator:`);
    const saw: string[] | undefined = run.shared.recorder === undefined ? undefined : [];
    const result = type.isCount === true ? count(run, values, fits, saw) : any(run, values, fits, saw);
    if (run.isTraced)
      run.trace(TRACE_MATCHING, 1, `finishing match with result: ${result ? 'matched' : 'not matched'}`);
    if (saw !== undefined) {
      run.test = result;
      run.tested([test, ...names, `:${typeName}`].join(' '), run.texts(keys), saw);
    }
    return result;
  };
}

type Fits = (run: Run, value: string, word: string) => boolean;

function any(run: Run, values: Values, fits: Fits, saw: string[] | undefined): boolean {
  for (const value of values) {
    saw?.push(value);
    if (fits(run, value, 'value')) return true;
  }
  return false;
}

function count(run: Run, values: Values, fits: Fits, saw: string[] | undefined): boolean {
  let total = 0;
  for (const value of values) {
    void value;
    total++;
  }
  saw?.push(String(total));
  return fits(run, String(total), 'count value');
}

function traceKey(run: Run, type: string, key: string, matched: boolean, id: number | undefined): void {
  if (type !== 'regex') run.trace(TRACE_MATCHING, 2, `with key \`${traceText(key)}' => ${matched ? 1 : 0}`);
  else if (id !== undefined)
    run.trace(TRACE_MATCHING, 2, `with regex \`${traceText(key)}' [id=${id}] => ${matched ? 1 : 0}`);
  else run.trace(TRACE_MATCHING, 2, `with regex \`${traceText(key)}' => ${matched ? 1 : 0}`);
}

/** Seen: 80 characters, then dots; what is not printable is a question mark. */
export function traceText(text: string, limit = 80): string {
  let out = '';
  for (let at = 0; at < Math.min(text.length, limit); at++) {
    const code = text.charCodeAt(at);
    out += code < 0x20 || code === 0x7f ? '?' : text.charAt(at);
  }
  return text.length > limit ? `${out.slice(0, limit - 3)}...` : out;
}
