/** variables (RFC 5229): `set` with its modifiers and the `string` test. */
import {setVariable, type Target, traceName, variableTarget} from '../commands/variable-target.ts';
import {type Extension, type TagGroup, type Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import type {Operation, Text} from '../compile/operand.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import {cutText, type Run} from '../run/run.ts';
import {TRACE_COMMANDS, TRACE_TESTS} from '../run/trace.ts';

interface Modifier {
  readonly name: string;
  /** RFC 5229 section 4.1: higher ones first, never two of the same. */
  readonly precedence: number;
  readonly extension?: string;
  apply(text: string): string;
}

const MODIFIERS: readonly Modifier[] = [
  {name: 'lower', precedence: 40, apply: text => text.replace(/[A-Z]/g, letter => letter.toLowerCase())},
  {name: 'upper', precedence: 40, apply: text => text.replace(/[a-z]/g, letter => letter.toUpperCase())},
  {name: 'lowerfirst', precedence: 30, apply: text => text.replace(/^[A-Z]/, letter => letter.toLowerCase())},
  {name: 'upperfirst', precedence: 30, apply: text => text.replace(/^[a-z]/, letter => letter.toUpperCase())},
  {name: 'quotewildcard', precedence: 20, apply: text => text.replace(/[*?\\]/g, '\\$&')},
  {name: 'quoteregex', precedence: 20, extension: 'regex', apply: text => text.replace(/[.[\](){}\\*+?^$|]/g, '\\$&')},
  {name: 'encodeurl', precedence: 15, extension: 'enotify', apply: encodeUrl},
  {name: 'length', precedence: 10, apply: text => String(Buffer.from(text, 'latin1').toString('utf8').length)},
];

/** RFC 5435 section 6. */
function encodeUrl(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-._~]/g,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

const modifierTags: readonly TagGroup[] = MODIFIERS.map(({name, extension}) => ({
  isRepeatable: true,
  find: (wanted, checker) =>
    wanted === name && (extension === undefined || checker.has(extension)) ? {name} : undefined,
}));

interface SetOperation extends Operation {
  readonly op: 'set';
  readonly target: Target;
  readonly value: Text;
  readonly modifiers: readonly string[];
}

interface StringOperation extends Operation, Matching {
  readonly op: 'string';
  readonly source: readonly Text[];
  readonly keys: readonly Text[];
}

/** What `set`, `extracttext` and `execute :output` do with a value on its way. */
export function modifiersOf(use: Use): readonly Modifier[] {
  return MODIFIERS.filter(({name}) => use.tags.some(({tag}) => tag.name === name));
}

export const MODIFIER_TAGS = modifierTags;

export const variablesExtension: Extension = {
  name: 'variables',
  commands: [
    {
      name: 'set',
      kind: 'command',
      positionals: 2,
      tags: modifierTags,
      check(checker, use) {
        const target = variableTarget(checker, use, 0, 'name');
        if (target === undefined || !checker.positional(use, 1, 'value', 'string')) return false;
        use.found = target;
        const [first, second] = clash(use);
        if (first === undefined || second === undefined) return true;
        return checker.error(
          use.node,
          `modifiers :${first} and :${second} specified for the set command conflict having equal precedence`,
        );
      },
      generate(code, use) {
        const target = use.found as Target; // put there by check
        const modifiers = modifiersOf(use).map(({name}) => name);
        code.emit<SetOperation>({op: 'set', target, value: use.texts[0] ?? '', modifiers});
      },
    },
    {
      name: 'string',
      kind: 'test',
      positionals: 2,
      tags: MATCH_TAGS,
      check(checker, use) {
        if (!checker.positional(use, 0, 'source', 'string list')) return false;
        if (!checker.positional(use, 1, 'key list', 'string list')) return false;
        use.found = checkMatching(checker, use, use.lists[1] ?? [], 'i;octet'); // seen: not i;ascii-casemap
        return use.found !== undefined;
      },
      generate(code, use) {
        const [source = [], keys = []] = use.lists;
        code.emit<StringOperation>({op: 'string', source, keys, ...(use.found as Matching)}); // put there by check
      },
    },
  ],
};

/** Two modifiers that can't both be first, in the order they are written. */
function clash({tags}: Use): readonly (string | undefined)[] {
  const seen = new Map<number, string>();
  for (const {tag} of tags) {
    const modifier = MODIFIERS.find(({name}) => name === tag.name);
    if (modifier === undefined) continue;
    const other = seen.get(modifier.precedence);
    if (other !== undefined) return [other, modifier.name];
    seen.set(modifier.precedence, modifier.name);
  }
  return [];
}

/** In the order of their precedence, each step traced; seen: with the new text on both sides. */
export function applyModifiers(run: Run, names: readonly string[], value: string): string {
  let text = value;
  for (const {name, apply} of MODIFIERS) {
    if (!names.includes(name)) continue;
    if (text === '' && name !== 'length') break;
    text = cutText(apply(text), run.environment.maxVariableBytes);
    run.traceHere(TRACE_COMMANDS, 1, `modify :${name} "${text}" => "${text}"`);
  }
  return text;
}

export const variablesOperations = [
  operationKind<SetOperation>('set', ({target, value, modifiers}) => {
    return run => {
      run.trace(TRACE_COMMANDS, 0, 'set command');
      const text = applyModifiers(run, modifiers, run.text(value));
      setVariable(run, target, text);
      run.traceHere(
        TRACE_COMMANDS,
        1,
        `assign \`${traceName(target)}' [${target.kind === 'local' ? target.variable : 0}] = "${text}"`,
      );
    };
  }),
  operationKind<StringOperation>('string', operation => {
    const match = linkMatch(operation, operation.keys);
    return run => {
      run.trace(TRACE_TESTS, 0, 'string test');
      const source = run.texts(operation.source);
      const isCount = operation.matchType.startsWith('count');
      run.test = match(run, 'string', isCount ? source.filter(text => text !== '') : source);
    };
  }),
];
