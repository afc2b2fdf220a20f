/** regexp_table(5) and pcre_table(5): `/pattern/flags result`, `!` before, `if /pattern/flags` around. */
import type {TableType} from './context.ts';
import {BadPattern, compilePcre, compilePosix} from './expressions.ts';
import {trimStart} from './logical-lines.ts';
import {type Condition, filesResult, openPatternTable, type Rule, type RuleParser, type Warn} from './pattern-rules.ts';
import {parseReplacement, substitute} from './replacement.ts';

export const regexp: TableType = {
  type: 'regexp',
  summary: 'POSIX expressions of a file, in order: regexp_table(5)',
  open: (path, context) => openPatternTable(path, context, new ExpressionParser('regexp')),
};

export const pcre: TableType = {
  type: 'pcre',
  summary: 'Perl expressions of a file, in order: pcre_table(5)',
  open: (path, context) => openPatternTable(path, context, new ExpressionParser('pcre')),
};

interface Pattern {
  readonly negated: boolean;
  readonly source: string;
  readonly flags: string;
  readonly rest: string;
}

class ExpressionParser implements RuleParser {
  readonly type: 'regexp' | 'pcre';

  constructor(type: 'regexp' | 'pcre') {
    this.type = type;
  }

  parseRule(text: string, warn: Warn, valuesAreFiles: boolean): Rule | undefined {
    if (!/^[^a-z0-9]/i.test(text)) {
      warn('ignoring unrecognized request');
      return undefined;
    }
    const pattern = this.#split(text, warn);
    if (pattern === undefined) return undefined;
    if (pattern.rest === '') warn('no replacement text: using empty string');
    const result = valuesAreFiles ? filesResult(pattern.rest, warn) : pattern.rest;
    const replacement = result === undefined ? undefined : parseReplacement(result, warn);
    if (replacement === undefined) return undefined;
    if (pattern.negated && replacement.highest > 0) {
      warn('$number found in negative match replacement text: skipping this rule');
      return undefined;
    }
    const expression = this.#compile(pattern, warn);
    if (expression === undefined) return undefined;
    if (replacement.highest > groupsOf(expression)) {
      warn(`out of range replacement index "${replacement.highest}": skipping this rule`);
      return undefined;
    }
    const plain = substitute(replacement, []);
    if (pattern.negated) return {match: subject => (expression.test(subject) ? undefined : plain)};
    return {
      match: subject => {
        const found = expression.exec(subject);
        return found === null ? undefined : substitute(replacement, found);
      },
    };
  }

  parseCondition(text: string, warn: Warn): Condition | undefined {
    const pattern = this.#split(text, warn);
    if (pattern === undefined) return undefined;
    if (pattern.rest !== '') warn('ignoring extra text after IF statement: ' + `"${pattern.rest}"`);
    const expression = this.#compile(pattern, warn);
    return expression && {holds: subject => expression.test(subject) !== pattern.negated};
  }

  #split(text: string, warn: Warn): Pattern | undefined {
    const [marks = ''] = /^(?:!\s*)*/.exec(text) ?? [];
    const delimiter = text.charAt(marks.length);
    if (delimiter === '') {
      warn('no regexp: skipping this rule');
      return undefined;
    }
    let end = marks.length + 1;
    while (end < text.length && text[end] !== delimiter) end += text[end] === '\\' ? 2 : 1;
    if (end >= text.length) {
      const ending = this.type === 'pcre' ? 'ignoring' : 'skipping';
      warn(`no closing regexp delimiter "${delimiter}": ${ending} this rule`);
      return undefined;
    }
    const [flags = ''] = /^[^\s!]*/.exec(text.slice(end + 1)) ?? [];
    const rest = trimStart(text.slice(end + 1 + flags.length));
    const negated = marks.replace(/\s/g, '').length % 2 === 1;
    return {negated, source: text.slice(marks.length + 1, end), flags, rest};
  }

  #compile({source, flags}: Pattern, warn: Warn): RegExp | undefined {
    const known = this.type === 'pcre' ? 'imsxAEURX' : 'imx';
    const bad = [...flags].find(flag => !known.includes(flag));
    if (bad !== undefined) {
      warn(`unknown regexp option "${bad}": skipping this rule`);
      return undefined;
    }
    try {
      return this.type === 'pcre' ? compilePcre(source, flags) : compilePosix(source, flags);
    } catch (fault) {
      if (!(fault instanceof BadPattern)) throw fault;
      warn(fault.message);
      return undefined;
    }
  }
}

function groupsOf(expression: RegExp): number {
  return (new RegExp(`${expression.source}|`, expression.flags).exec('')?.length ?? 1) - 1;
}
