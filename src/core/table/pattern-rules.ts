/**
 * What cidr, regexp and pcre tables share: rules in order, with if ... endif around some, the first that matches
 * answers (cidr_table(5), regexp_table(5)). The rules are the lines of a file, or listed in the name:
 * `regexp:{{/pattern/ result}, ...}`.
 */
import {insideBraces, splitList} from './braces.ts';
import {type TableContext, warnOf} from './context.ts';
import {FollowedFile} from './followed-file.ts';
import {logicalLines, trimSpace} from './logical-lines.ts';
import {type Found, type Table, TableError} from './table.ts';
import {encodeFiles} from './value-files.ts';

/** What is said while rules are read or matched; the table and the line go before it. */
export type Warn = (text: string) => void;

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
  parseRule(text: string, warn: Warn, valuesAreFiles: boolean): Rule | undefined;
  parseCondition(text: string, warn: Warn): Condition | undefined;
}

type Step =
  | {readonly kind: 'rule'; readonly rule: Rule; readonly line: number}
  | {readonly kind: 'if'; readonly condition: Condition; skipTo: number};

export function openPatternTable(argument: string, context: TableContext, parser: RuleParser): Table {
  const name = `${parser.type}:${argument}`;
  const warn = warnOf(context);
  const loader = (): Loader => new Loader(argument, parser, context.valuesAreFiles === true, warn);
  const table = {name, isPattern: true, close: () => undefined};
  if (argument.startsWith('{')) {
    const steps = loader().load(inlineRules(name, argument, parser.type));
    return {...table, lookup: subject => apply(steps, subject, argument)};
  }
  const load = (bytes: Buffer): Step[] => loader().load(logicalLines(bytes.toString('latin1'), argument, warn));
  const file = new FollowedFile({path: argument, table: name, opening: 'open ', load, warn, now: context.now});
  return {...table, lookup: subject => apply(file.current, subject, argument)};
}

/** The elements of `{{rule}, {rule}}`, as lines. */
function* inlineRules(name: string, argument: string, type: string): Generator<RuleLine> {
  const refuse = (fault: string): TableError => new TableError(name, `${type} map: ${fault}`);
  const list = insideBraces(argument);
  if ('fault' in list) throw refuse(list.fault);
  for (const [index, element] of splitList(list.text).entries()) {
    const rule = insideBraces(element);
    if ('fault' in rule) throw refuse(rule.fault);
    if (rule.text !== '' && !rule.text.startsWith('#')) yield {text: rule.text, lastLine: index + 1};
  }
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

interface RuleLine {
  readonly text: string;
  readonly lastLine: number;
}

class Loader {
  readonly #path: string;
  readonly #parser: RuleParser;
  readonly #valuesAreFiles: boolean;
  readonly #warn: Warn;
  readonly #steps: Step[] = [];
  readonly #open: {step: Step & {kind: 'if'}; line: number}[] = [];

  constructor(path: string, parser: RuleParser, valuesAreFiles: boolean, warn: Warn) {
    this.#path = path;
    this.#parser = parser;
    this.#valuesAreFiles = valuesAreFiles;
    this.#warn = warn;
  }

  load(lines: Iterable<RuleLine>): Step[] {
    for (const {text, lastLine} of lines) this.#take(trimSpace(text), lastLine);
    for (const {step, line} of this.#open) {
      this.#warnAt(line, 'IF has no matching ENDIF');
      step.skipTo = this.#steps.length;
    }
    return this.#steps;
  }

  #take(text: string, line: number): void {
    const warn: Warn = what => this.#warnAt(line, what);
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
    const rule = this.#parser.parseRule(text, warn, this.#valuesAreFiles);
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

/** postmap -F: a result names files. Undefined, after a warning, when they can't be read. */
export function filesResult(result: string, warn: Warn): string | undefined {
  const content = encodeFiles(result);
  if ('base64' in content) return content.base64;
  warn(`${content.fault}: skipping this rule`);
  return undefined;
}
