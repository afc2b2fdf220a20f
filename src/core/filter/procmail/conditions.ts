/**
 * Decides whether a recipe applies: expressions, sizes, exit codes, negation, weights (procmailrc(5) Recipes, procmailsc(5)).
 * Conditions are tried in order until one fails; each says in the log what it found when VERBOSE is on.
 */
import {fieldsNamed, lineAt} from './condition-sight.ts';
import {Pattern} from './pattern.ts';
import {expandMacros} from './macros.ts';
import {leadingNumber, leadingReal} from './numbers.ts';
import {type Runner} from './commands.ts';
import type {Flags} from './recipe-header.ts';
import type {Condition} from './rc-tree.ts';
import type {RecipeRecorder} from './recipe-recorder.ts';
import type {State} from './state.ts';
import {isNamePart} from './words.ts';

/** procmailsc(5): "plus infinity". */
const INFINITY = 2147483647;

/** Patterns that were compiled, by flag and text: an rc file that includes itself tries the same ones again. */
const MAX_PATTERNS = 500;

export class Conditions {
  readonly #runner: Runner;
  readonly #patterns = new Map<string, Pattern>();

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async hold(state: State, conditions: readonly Condition[], flags: Flags, mayHold: boolean): Promise<boolean> {
    const score = new Score();
    let holds = mayHold;
    for (const condition of conditions) {
      const {text} = condition;
      if (text.length > state.settings.lineLimit) {
        state.reportOverflow();
        holds = false;
      }
      if (holds) holds = await this.#test(state, condition, flags, score);
    }
    state.lastScore = roundScore(score.total);
    return holds && !(score.isUsed && score.total <= 0);
  }

  async #test(state: State, condition: Condition, flags: Flags, score: Score): Promise<boolean> {
    const test = new Test(trimBlanks(condition.text), flags, state);
    const before = score.total;
    const evaluated = await this.#evaluate(state, test, flags, score);
    if (evaluated === undefined) return true; // nothing to add to infinity
    const holds = !score.clip() && evaluated;
    if (state.log.isVerbose) this.#tell(state, test, holds, before, score);
    if (state.recorder !== undefined) this.#record(state.recorder, condition, test, holds, before, score);
    return holds;
  }

  #record(
    recorder: RecipeRecorder,
    {line, text}: Condition,
    test: Test,
    holds: boolean,
    before: number,
    score: Score,
  ): void {
    const {where, isNotRun, isWeighted} = test;
    const added = `adds ${Math.trunc(score.total - before)}, ${Math.trunc(score.total)} in all`;
    const saw = isWeighted && !isNotRun ? added : test.saw;
    recorder.condition({line, text, where, saw, holds: isNotRun ? undefined : holds});
  }

  #tell(state: State, test: Test, holds: boolean, before: number, score: Score): void {
    const what = test.isWeighted
      ? `Score: ${wide(Math.trunc(score.total - before))} ${wideTotal(score.total)}`
      : holds
        ? 'Match on'
        : 'No match on';
    state.log.quote(what + (test.isNegated ? ' !' : ''), test.text);
  }

  /** One sign after the other at the beginning of the line, until what is to be tested remains. */
  async #evaluate(state: State, test: Test, flags: Flags, score: Score): Promise<boolean | undefined> {
    for (;;) {
      const first = test.text.charAt(0);
      switch (first) {
        case '!':
          test.isNegated = !test.isNegated;
          test.text = skipBlanks(test.text.slice(1));
          continue;
        case '$': {
          const substituted = await this.#runner.expandText(state, `"${squeeze(test.text.slice(1))}`);
          if (substituted === undefined) return false;
          test.text = skipBlanks(substituted);
          continue;
        }
        case '?':
          return this.#exitCode(state, test, score);
        case '<':
        case '>':
          return this.#size(state, test, score);
        default:
          if (test.takeWeight()) {
            if (score.total >= INFINITY) return undefined;
            score.isUsed = true;
            continue;
          }
          if (test.takeVariable(state)) continue;
          return this.#expression(state, test, flags, score);
      }
    }
  }

  #expression(state: State, test: Test, flags: Flags, score: Score): boolean {
    const isEscaped = test.text.startsWith('\\');
    const written = isEscaped ? `\\${squeeze(test.text.slice(1))}` : squeeze(test.text);
    const {text, ignoresCase} = expandMacros(written); // the backslash hides a macro behind it
    test.text = text;
    const source = isEscaped ? text.slice(1) : text;
    const pattern = this.#pattern(state, source, flags.has('D') && !ignoresCase);
    if (test.isWeighted) return score.addMatches(state, pattern, test);
    const found = source === '' ? {end: 0} : pattern.search(test.area);
    setMatch(state, test, found);
    if (state.recorder !== undefined)
      test.saw = found === undefined ? fieldsNamed(test.area, written) : lineAt(test.area, found.end);
    return (found !== undefined) !== test.isNegated;
  }

  #pattern(state: State, source: string, isCaseSensitive: boolean): Pattern {
    const key = `${isCaseSensitive ? 'D' : ' '}${source}`;
    let pattern = this.#patterns.get(key);
    if (pattern === undefined) {
      if (this.#patterns.size >= MAX_PATTERNS) this.#patterns.clear();
      this.#patterns.set(key, (pattern = new Pattern(source, isCaseSensitive)));
    }
    if (!pattern.isValid) state.log.quote('Invalid regexp', source);
    return pattern;
  }

  async #exitCode(state: State, test: Test, score: Score): Promise<boolean> {
    const {command, status} = await this.#runner.testExit(state, test.text.slice(1), test.area);
    test.text = command;
    if (status === undefined) return test.notRun();
    if (!test.isWeighted || status < 0) return (status !== 0) === test.isNegated;
    if (!test.isNegated) score.total += status === 0 ? test.weight : test.exponent;
    else for (let n = status; n > 0 && score.isFinite; n--) score.add(test);
    return true;
  }

  async #size(state: State, test: Test, score: Score): Promise<boolean> {
    const substituted = await this.#runner.expandText(state, test.text);
    if (substituted === undefined) return false;
    const number = leadingNumber(substituted.slice(1));
    const rest = skipBlanks(substituted.slice(1 + (number?.length ?? 0)));
    if (rest !== '') state.log.quote('Skipped', rest);
    test.text = substituted;
    const limit = number?.value ?? 0;
    test.saw = `${test.size} bytes`;
    const isLess = substituted.startsWith('<');
    if (!test.isWeighted) return (isLess ? test.size < limit : test.size > limit) !== test.isNegated;
    score.addSize(test, isLess !== test.isNegated, limit);
    return true;
  }
}

/** A condition while it is read: what is left of its text, and where it looks. */
class Test {
  text: string;
  isNegated = false;
  isWeighted = false;
  weight = 0;
  exponent = 0;
  area: Buffer;
  size: number;
  /** For a recorder: what `area` is, what there was in it. */
  where: string;
  saw = '';
  isNotRun = false;

  constructor(text: string, flags: Flags, {mail}: State) {
    this.text = text;
    this.size = mail.bytes.length;
    if (!flags.has('B')) this.area = mail.unfolded.subarray(0, mail.bodyAt);
    else this.area = flags.has('H') ? mail.unfolded : mail.bytes.subarray(mail.bodyAt);
    this.where = !flags.has('B') ? 'header' : flags.has('H') ? 'header and body' : 'body';
  }

  /** Nobody knows what the program says: the condition is taken as one that does not hold, or adds nothing. */
  notRun(): boolean {
    this.isNotRun = true;
    this.saw = 'not run';
    return this.isWeighted;
  }

  /** `w^x`. */
  takeWeight(): boolean {
    if (!/^[0-9+,.-]/.test(this.text)) return false;
    const weight = leadingReal(this.text);
    if (weight === undefined) return false;
    const rest = skipBlanks(this.text.slice(weight.length));
    const exponent = rest.startsWith('^') ? leadingReal(rest.slice(1)) : undefined;
    if (exponent === undefined) return false;
    this.isWeighted = true;
    this.weight = weight.value;
    this.exponent = exponent.value;
    this.text = skipBlanks(rest.slice(1 + exponent.length));
    return true;
  }

  /** `NAME ??`: the value of a variable instead of the message, or another part of it. */
  takeVariable(state: State): boolean {
    if (!/^[A-Za-z_]/.test(this.text)) return false;
    let end = 0;
    while (isNamePart(this.text.charAt(end))) end++;
    const name = this.text.slice(0, end);
    const rest = skipBlanks(this.text.slice(end));
    if (!rest.startsWith('??')) return false;
    const {mail} = state;
    if (name === 'B') this.area = mail.bytes.subarray(mail.bodyAt);
    else if (name === 'H') this.area = mail.unfolded.subarray(0, mail.bodyAt);
    else if (name === 'HB' || name === 'BH') this.area = mail.unfolded;
    else this.area = Buffer.from(state.variables.text(name), 'latin1');
    this.where = AREAS.get(name) ?? name;
    this.size = this.area.length;
    this.text = skipBlanks(rest.slice(2));
    return true;
  }
}

const AREAS: ReadonlyMap<string, string> = new Map([
  ['B', 'body'],
  ['H', 'header'],
  ['HB', 'header and body'],
  ['BH', 'header and body'],
]);

class Score {
  total = 0;
  isUsed = false;

  get isFinite(): boolean {
    return this.total > -INFINITY && this.total < INFINITY;
  }

  /** One more match: the weight, which the exponent then changes. */
  add(test: Test): void {
    this.total += test.weight;
    test.weight *= test.exponent;
  }

  /** Cuts at infinity; true at minus infinity, from where nothing comes back. */
  clip(): boolean {
    if (this.total > INFINITY) this.total = INFINITY;
    if (this.total > -INFINITY) return false;
    this.total = -INFINITY;
    return true;
  }

  addMatches(state: State, pattern: Pattern, test: Test): boolean {
    if (test.isNegated) {
      if (test.weight !== 0 && pattern.search(test.area) === undefined) this.total += test.weight;
      return true;
    }
    let square = test.weight ** 2;
    for (let at = 0; test.weight !== 0 && this.isFinite && at <= test.area.length;) {
      const found = pattern.search(test.area, at);
      if (found === undefined) break;
      setMatch(state, test, found);
      this.add(test);
      if (found.end <= at) return this.#addEmptyMatches(test);
      const next = test.weight ** 2;
      if (next < square && square < 1) break; // what is left to come does not count
      square = next;
      at = found.end;
    }
    return true;
  }

  /** An empty match is found again and again at the same place: the sum of them all. */
  #addEmptyMatches(test: Test): boolean {
    const {weight, exponent} = test;
    if (exponent > 0 && exponent < 1) this.total += weight / (1 - exponent);
    else if (exponent >= 1 && weight !== 0) this.total += weight < 0 ? -INFINITY : INFINITY;
    return true;
  }

  addSize(test: Test, favoursSmall: boolean, limit: number): void {
    if (favoursSmall && test.size === 0) this.total = limit > 0 ? INFINITY : -INFINITY;
    else if (!favoursSmall && limit === 0) this.total = INFINITY;
    else this.total += test.weight * (favoursSmall ? limit / test.size : test.size / limit) ** test.exponent;
  }
}

/** What is right of `\/` goes to MATCH. */
function setMatch(state: State, test: Test, found: {match?: readonly [number, number] | undefined} | undefined): void {
  if (found?.match === undefined) return;
  const [start, end] = found.match;
  const value = test.area.toString('latin1', start, end);
  state.log.tell('Assigning', 'MATCH=');
  state.variables.put('MATCH', value);
  state.log.tell('Matched', state.variables.text('MATCH'));
}

/** Continuation lines of an expression: backslash and newline go, and the blanks that begin the next line. */
function squeeze(text: string): string {
  return text.includes('\n') ? text.replace(/\\?\n[ \t]*/g, found => (found.startsWith('\\') ? '' : '\n')) : text;
}

function skipBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '');
}

function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(0, end);
}

/** $= is a whole number, and not 0 for a score above it. */
function roundScore(score: number): number {
  return Math.trunc(score) === 0 && score > 0 ? 1 : Math.trunc(score);
}

function wide(value: number): string {
  return String(Object.is(value, -0) ? 0 : value).padStart(7);
}

function wideTotal(total: number): string {
  const whole = Math.trunc(total);
  return whole === 0 && total > 0 ? '     +0' : wide(whole);
}
