/** regexp_table(5) and pcre_table(5): `/pattern/flags result`, `!` before, `if /pattern/flags` around. */
import type {TableType} from './context.ts';
import {trimStart} from './logical-lines.ts';
import {TooManySteps} from './pattern/matcher.ts';
import {Pattern} from './pattern/pattern.ts';
import {parsePcre} from './pattern/pcre-parser.ts';
import {parsePosix} from './pattern/posix-parser.ts';
import {PatternFault} from './pattern/syntax.ts';
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

/** `!/source/flags rest` */
interface Written {
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
    if (replacement.highest > expression.groupCount) {
      warn(`out of range replacement index "${replacement.highest}": skipping this rule`);
      return undefined;
    }
    const plain = substitute(replacement, []);
    if (pattern.negated || replacement.highest === 0) {
      const holds = this.#test(expression, pattern.negated, warn);
      return {match: subject => (holds(subject) ? plain : undefined)};
    }
    return {
      match: subject => {
        const groups = this.#guarded(() => expression.groups(subject), warn);
        return groups && substitute(replacement, [undefined, ...groups]);
      },
    };
  }

  parseCondition(text: string, warn: Warn): Condition | undefined {
    const pattern = this.#split(text, warn);
    if (pattern === undefined) return undefined;
    if (pattern.rest !== '') warn(`ignoring extra text after IF statement: "${pattern.rest}"`);
    const expression = this.#compile(pattern, warn);
    return expression && {holds: this.#test(expression, pattern.negated, warn)};
  }

  /** Seen: what could not be matched to its end counts as no match, negated or not. */
  #test(expression: Pattern, negated: boolean, warn: Warn): (subject: string) => boolean {
    return subject => this.#guarded(() => expression.test(subject) !== negated, warn) === true;
  }

  #guarded<Answer>(match: () => Answer, warn: Warn): Answer | undefined {
    try {
      return match();
    } catch (fault) {
      if (!(fault instanceof TooManySteps)) throw fault;
      warn(this.type === 'pcre' ? 'match limit exceeded' : 'Memory exhausted');
      return undefined;
    }
  }

  #split(text: string, warn: Warn): Written | undefined {
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

  #compile({source, flags}: Written, warn: Warn): Pattern | undefined {
    const known = this.type === 'pcre' ? 'imsxAEUX' : 'imx';
    const bad = [...flags].find(flag => !known.includes(flag));
    if (bad !== undefined) {
      warn(`unknown regexp option "${bad}": skipping this rule`);
      return undefined;
    }
    if (flags.includes('X')) warn('ignoring obsolete regexp option "X"');
    try {
      return this.type === 'pcre' ? compilePcre(source, flags) : compilePosix(source, flags);
    } catch (fault) {
      if (!(fault instanceof PatternFault)) throw fault;
      warn(this.type === 'pcre' ? `error in regex at offset ${fault.offset}: ${fault.message}` : fault.message);
      return undefined;
    }
  }
}

/** Flags toggle: i is on, m off, x (extended) on. */
function compilePosix(source: string, flags: string): Pattern {
  const [folds, knowsLines, isExtended] = [!isToggled(flags, 'i'), isToggled(flags, 'm'), !isToggled(flags, 'x')];
  return new Pattern(parsePosix(source, {folds, knowsLines, isExtended}));
}

/** Flags toggle: i and s are on, all others off. */
function compilePcre(source: string, flags: string): Pattern {
  const expression = parsePcre(source, {
    folds: !isToggled(flags, 'i'),
    knowsLines: isToggled(flags, 'm'),
    dotsAll: !isToggled(flags, 's'),
    isSpaced: isToggled(flags, 'x'),
    isAnchored: isToggled(flags, 'A'),
    endsOnly: isToggled(flags, 'E'),
    isLazy: isToggled(flags, 'U'),
  });
  try {
    return new Pattern(expression);
  } catch (fault) {
    if (!(fault instanceof PatternFault)) throw fault;
    throw new PatternFault('regular expression is too large', source.length);
  }
}

function isToggled(flags: string, letter: string): boolean {
  return flags.split(letter).length % 2 === 0;
}
