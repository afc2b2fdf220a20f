/** include (RFC 6609): scripts within scripts, and variables that all of them share. */
import type {Checker} from '../compile/checker.ts';
import {isConstant, type Operation} from '../compile/operand.ts';
import {
  type Command,
  type Extension,
  hasTag,
  plainTag,
  type Tag,
  type TagGroup,
  type Use,
} from '../compile/language.ts';
import {describeArgument, type StringArgument} from '../compile/tree.ts';
import {isIdentifier} from '../compile/variable-scope.ts';
import {runSteps} from '../run/interpreter.ts';
import {operationKind} from '../run/link.ts';
import {Run} from '../run/run.ts';
import {TRACE_COMMANDS} from '../run/trace.ts';

interface IncludeOperation extends Operation {
  readonly op: 'include';
  readonly index: number;
  readonly once: boolean;
}

function locationTag(name: 'personal' | 'global'): Tag {
  return {
    name,
    check: (checker, use, {place}) =>
      use.tags.filter(({group}) => group === locationTags).length < 2 ||
      checker.error(place, "include: cannot use location tags ':personal' and ':global' multiple times"),
  };
}

const LOCATIONS = [locationTag('personal'), locationTag('global')];
const locationTags: TagGroup = {isRepeatable: true, find: name => LOCATIONS.find(tag => tag.name === name)};

/** A name that is one file's (Pigeonhole: no slash, no control characters, at most 256 characters). */
function isScriptName(name: string): boolean {
  if (name === '' || name.length > 256 || name.includes('/') || name === '.' || name === '..') return false;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return false;
  }
  return true;
}

const includeCommand: Command = {
  name: 'include',
  kind: 'command',
  positionals: 1,
  tags: [locationTags, plainTag('once'), plainTag('optional')],
  check(checker, use) {
    if (!checker.positional(use, 0, 'value', 'string')) return false;
    const [name = ''] = use.texts;
    const place = use.positionals[0] ?? use.node;
    if (!isConstant(name))
      return checker.error(place, 'the include command requires a constant string for its value argument');
    if (!isScriptName(name)) return checker.error(place, `include: invalid script name '${name}'`);
    const location = hasTag(use, 'global') ? 'global' : 'personal';
    use.found = checker.includes.include(checker.report, place, location, name, hasTag(use, 'optional'));
    return use.found !== undefined;
  },
  generate: (code, use) =>
    code.emit<IncludeOperation>({op: 'include', index: use.found as number, once: hasTag(use, 'once')}), // put there by check
};

const returnCommand: Command = {
  name: 'return',
  kind: 'command',
  positionals: 0,
  exits: true,
  generate: code => code.emit({op: 'return'}),
};

interface GlobalOperation extends Operation {
  readonly op: 'global';
  readonly names: readonly string[];
}

function sharingCommand(name: 'global' | 'import' | 'export'): Command {
  return {
    name,
    kind: 'command',
    positionals: 1,
    check(checker, use) {
      if (name !== 'global' && !isAtTop(use))
        return checker.error(
          use.node,
          `the DEPRECATED ${name} command can only be placed at top level at the beginning of the file after any require or import/export commands`,
        );
      if (!checker.has('variables'))
        return checker.error(use.node, `${name} command requires that variables extension is active`);
      return shareAll(checker, use);
    },
    generate: (code, use) => code.emit<GlobalOperation>({op: 'global', names: use.found as readonly string[]}), // put there by shareAll
  };
}

/** Nothing but require and its own kind comes before it. */
function isAtTop({parent, previous}: Use): boolean {
  return (
    parent === undefined && (previous === undefined || ['require', 'import', 'export'].includes(previous.command.name))
  );
}

function shareAll(checker: Checker, use: Use): boolean {
  const [argument] = use.positionals;
  if (argument?.kind !== 'string' && argument?.kind !== 'list') {
    const what = argument === undefined ? 'nothing' : describeArgument(argument);
    return checker.error(
      use.node,
      `the ${use.command.name} command accepts a single string or string list argument, but ${what} was found`,
    );
  }
  const items: readonly StringArgument[] = argument.kind === 'string' ? [argument] : argument.items;
  use.found = items.map(({text}) => text.toLowerCase());
  return items.every(item => share(checker, item));
}

function share(checker: Checker, item: StringArgument): boolean {
  if (!isIdentifier(item.text)) return checker.error(item, `invalid variable identifier '${item.text}'`);
  if (checker.scope.isDeclared(item.text))
    return checker.error(item, `declaration of new global variable '${item.text}' conflicts with earlier local use`);
  checker.scope.makeGlobal(item.text);
  return true;
}

export const includeExtension: Extension = {
  name: 'include',
  commands: [
    includeCommand,
    returnCommand,
    sharingCommand('global'),
    sharingCommand('import'),
    sharingCommand('export'),
  ],
};

async function runIncluded(run: Run, {index, once}: IncludeOperation): Promise<void> {
  const linked = run.linked.includes[index];
  const name = run.linked.program.includes[index]?.name ?? '';
  if (linked === undefined) return;
  const shown = `'${name}' [inc id: ${index}, block: ${index + 4}]`;
  if (once && run.shared.ran.has(linked))
    return run.trace(TRACE_COMMANDS, 0, `include: skipped include for script ${shown}; already run once`);
  run.trace(TRACE_COMMANDS, 0, `include: start script ${shown}`);
  run.shared.ran.add(linked);
  const inner = new Run(run.shared, linked, run);
  try {
    await runSteps(inner);
  } catch (fault) {
    run.failed = inner.failed ?? inner;
    throw fault;
  }
  if (inner.end === 'stop') run.end = 'stop';
  run.trace(
    TRACE_COMMANDS,
    0,
    `include: script ${shown.replace(/ \[.*/, '')} ended [inc id: ${index}, block: ${index + 4}]`,
  );
}

export const includeOperations = [
  operationKind<IncludeOperation>('include', operation => run => runIncluded(run, operation)),
  operationKind<Operation>('return', () => run => {
    run.trace(TRACE_COMMANDS, 0, 'return: exiting included script');
    run.end = 'return';
  }),
  operationKind<GlobalOperation>('global', () => () => undefined),
];
