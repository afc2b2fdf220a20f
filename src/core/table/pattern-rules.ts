/**
 * What cidr, regexp and pcre tables share: rules in order, with if ... endif around some, the first that matches
 * answers (cidr_table(5), regexp_table(5)).
 */
import {type TableContext, warnOf} from './context.ts';
import {FollowedFile} from './followed-file.ts';
import {logicalLines, trimSpace} from './logical-lines.ts';
import type {Found, Table} from './table.ts';

/** Answers the result for a subject that matches. */
export interface Rule {
  match(subject: string): string | undefined;
}

/** `skipTo`: where to go on when this `if` does not hold. */
export interface Condition {
  holds(subject: string): boolean;
}

export interface RuleParser {
  readonly type: 'cidr' | 'regexp' | 'pcre';
  /** Whether `!/pattern/` may be glued to the word before: `if!/x/`. */
  parseRule(text: string, warn: (text: string) => void): Rule | undefined;
  parseCondition(text: string, warn: (text: string) => void): Condition | undefined;
}

type Step =
  | {readonly kind: 'rule'; readonly rule: Rule; readonly line: number}
  | {readonly kind: 'if'; readonly condition: Condition; skipTo: number};

export function openPatternTable(path: string, context: TableContext, parser: RuleParser): Table {
  const name = `${parser.type}:${path}`;
  const warn = warnOf(context);
  const load = (bytes: Buffer): Step[] => new Loader(path, parser, warn).load(bytes.toString('latin1'));
  const file = new FollowedFile({path, table: name, opening: 'open ', load, warn, now: context.now});
  const lookup = (subject: string): Found | undefined => apply(file.current, subject, path);
  return {name, isPattern: true, lookup, close: () => undefined};
}

function apply(steps: readonly Step[], subject: string, file: string): Found | undefined {
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    if (step?.kind === 'if' && !step.condition.holds(subject)) at = step.skipTo - 1;
    if (step?.kind !== 'rule') continue;
    const value = step.rule.match(subject);
    if (value !== undefined) return {value, file, line: step.line};
  }
  return undefined;
}

class Loader {
  readonly #path: string;
  readonly #parser: RuleParser;
  readonly #warn: (text: string) => void;
  readonly #steps: Step[] = [];
  readonly #open: {step: Step & {kind: 'if'}; line: number}[] = [];

  constructor(path: string, parser: RuleParser, warn: (text: string) => void) {
    this.#path = path;
    this.#parser = parser;
    this.#warn = warn;
  }

  load(text: string): Step[] {
    for (const {text: raw, lastLine} of logicalLines(text, this.#path, this.#warn))
      this.#take(trimSpace(raw), lastLine);
    for (const {step, line} of this.#open) {
      this.#warnAt(line, 'IF has no matching ENDIF');
      step.skipTo = this.#steps.length;
    }
    return this.#steps;
  }

  #take(text: string, line: number): void {
    const warn = (what: string): void => this.#warnAt(line, what);
    const word = /^(if|endif)(?![a-z0-9])/i.exec(text)?.[1]?.toLowerCase();
    if (word === 'endif') return this.#endIf(text.slice(5), line);
    if (word === 'if') {
      const condition = this.#parser.parseCondition(trimSpace(text.slice(2)), warn);
      if (condition === undefined) return;
      const step = {kind: 'if' as const, condition, skipTo: 0};
      this.#steps.push(step);
      this.#open.push({step, line});
      return;
    }
    const rule = this.#parser.parseRule(text, warn);
    if (rule !== undefined) this.#steps.push({kind: 'rule', rule, line});
  }

  #endIf(rest: string, line: number): void {
    const isClean = trimSpace(rest) === '';
    if (!isClean && this.#parser.type === 'cidr') return this.#warnAt(line, 'garbage after ENDIF: skipping this rule');
    const innermost = this.#open.at(-1);
    if (innermost === undefined) return this.#warnAt(line, 'ignoring ENDIF without matching IF');
    if (!isClean) this.#warnAt(line, 'ignoring extra text after ENDIF');
    this.#open.pop();
    innermost.step.skipTo = this.#steps.length;
  }

  #warnAt(line: number, what: string): void {
    this.#warn(`${this.#parser.type} map ${this.#path}, line ${line}: ${what}`);
  }
}
