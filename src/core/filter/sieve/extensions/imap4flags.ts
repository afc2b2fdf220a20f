/** imap4flags (RFC 5232), and the imapflags of the draft before it. */
import {addFlags, isValidFlag, normalFlags, removeFlags, splitFlags} from '../commands/flags.ts';
import {getVariable, namedTarget, setVariable, type Target} from '../commands/variable-target.ts';
import type {Checker} from '../compile/checker.ts';
import {type Command, type Extension, plainTag, type Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {type Argument, describeArgument} from '../compile/tree.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch, traceText} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_COMMANDS, TRACE_TESTS} from '../run/trace.ts';

type Change = 'setflag' | 'addflag' | 'removeflag';

interface FlagOperation extends Operation {
  readonly op: 'flag';
  readonly change: Change;
  readonly target: Target | undefined;
  readonly flags: readonly Text[];
}

interface HasFlagOperation extends Operation, Matching {
  readonly op: 'hasflag';
  readonly targets: readonly Target[];
  readonly keys: readonly Text[];
}

/** One or two arguments: perhaps variables, then flags. Fills `use.lists` with the flags. */
function checkArguments(checker: Checker, use: Use, allowsList: boolean): boolean {
  const {command, positionals, node} = use;
  const what = `the ${command.name} ${command.kind}`;
  const [first, second] = positionals;
  if (first === undefined) return checker.error(node, `${what} expects at least one argument, but none was found`);
  const isText = first.kind === 'string' || first.kind === 'list';
  if (!isText)
    return checker.error(
      first,
      `${what} expects either a string (variable name) or a string-list (list of flags) as first argument, but ${describeArgument(first)} was found`,
    );
  if (second === undefined) {
    checker.take(first, 'string list', use);
    use.found = [];
    return !checker.failed && warnOfFlags(checker, use);
  }
  return checkBoth(checker, use, first, second, allowsList);
}

function checkBoth(checker: Checker, use: Use, first: Argument, second: Argument, allowsList: boolean): boolean {
  const what = `the ${use.command.name} ${use.command.kind}`;
  if (first.kind !== 'string' && !(allowsList && first.kind === 'list'))
    return checker.error(
      first,
      `if a second argument is specified for ${what}, the first must be a string (variable name), but ${describeArgument(first)} was found`,
    );
  if (!checker.has('variables'))
    return checker.error(
      first,
      `${what} only allows for the specification of a variable name when the variables extension is active`,
    );
  const names = first.kind === 'string' ? [first] : first.kind === 'list' ? first.items : [];
  const targets = names.map(name => namedTarget(checker, name, name.text));
  if (targets.includes(undefined)) return false;
  if (second.kind !== 'string' && second.kind !== 'list')
    return checker.error(
      second,
      `${what} expects a string list (list of flags) as second argument when two arguments are specified, but ${describeArgument(second)} was found`,
    );
  checker.take(second, 'string list', use);
  use.found = targets;
  return !checker.failed && warnOfFlags(checker, use);
}

function warnOfFlags(checker: Checker, use: Use): boolean {
  const isText = use.positionals.at(-1)?.kind === 'string'; // seen: lists are not looked at
  if (use.command.name !== 'hasflag' && isText) warnOfInvalid(checker, use, use.lists[0] ?? []);
  return true;
}

function warnOfInvalid(checker: Checker, use: Use, flags: readonly Text[]): void {
  const [first] = flags; // seen: no other is looked at
  for (const flag of first !== undefined && isConstant(first) ? splitFlags([first]) : [])
    if (!isValidFlag(flag))
      return checker.warning(
        use.node,
        `IMAP flag '${flag}' specified for the ${use.command.name} command is invalid and will be ignored (only first invalid is reported)`,
      );
}

function flagCommand(name: string, change: Change): Command {
  return {
    name,
    kind: 'command',
    check: (checker, use) => checkArguments(checker, use, false),
    generate(code, use) {
      const [target] = use.found as readonly Target[]; // put there by check
      code.emit<FlagOperation>({op: 'flag', change, target, flags: use.lists[0] ?? []});
    },
  };
}

const flagsGroup = plainTag('flags', 'string list');

export const imap4flagsExtension: Extension = {
  name: 'imap4flags',
  commands: [
    flagCommand('setflag', 'setflag'),
    flagCommand('addflag', 'addflag'),
    flagCommand('removeflag', 'removeflag'),
    {
      name: 'hasflag',
      kind: 'test',
      tags: MATCH_TAGS,
      check(checker, use) {
        if (!checkArguments(checker, use, true)) return false;
        const matching = checkMatching(checker, use, use.lists[0] ?? []);
        if (matching === undefined) return false;
        use.found = {matching, targets: use.found};
        return true;
      },
      generate(code, use) {
        const {matching, targets} = use.found as {matching: Matching; targets: readonly Target[]}; // put there by check
        code.emit<HasFlagOperation>({op: 'hasflag', targets, keys: use.lists[0] ?? [], ...matching});
      },
    },
  ],
  tags: [
    ['keep', flagsGroup],
    ['fileinto', flagsGroup],
  ],
};

export const imapflagsExtension: Extension = {
  name: 'imapflags',
  isOff: true,
  commands: [
    ...(imap4flagsExtension.commands ?? []).filter(({name}) => name !== 'hasflag'),
    markCommand('mark', 'addflag'),
    markCommand('unmark', 'removeflag'),
  ],
  loaded(checker, place) {
    if (!checker.has('imap4flags')) return true;
    return checker.error(
      place,
      'the (deprecated) imapflags extension cannot be used together with the imap4flags extension',
    );
  },
};

function markCommand(name: string, change: Change): Command {
  return {
    name,
    kind: 'command',
    positionals: 0,
    generate: code => code.emit<FlagOperation>({op: 'flag', change, target: undefined, flags: ['\\flagged']}),
  };
}

const VERBS = {setflag: 'set', addflag: 'add', removeflag: 'remove'} as const;

function applyFlags(run: Run, {change, target, flags}: FlagOperation): void {
  const texts = run.texts(flags);
  run.trace(TRACE_COMMANDS, 0, `${change} command`);
  if (target !== undefined)
    run.trace(
      TRACE_COMMANDS,
      1,
      `update variable \`${target.name}' [${target.kind === 'local' ? target.variable : 0}]`,
    );
  for (const text of texts) run.trace(TRACE_COMMANDS, 1, `${VERBS[change]} flags \`${traceText(text)}'`);
  const before = target === undefined ? run.shared.flags : splitFlags([getVariable(run, target)]);
  const after = changed(change, before, texts);
  if (target === undefined) run.shared.flags = after;
  else setVariable(run, target, after.join(' '));
}

function changed(change: Change, before: readonly string[], texts: readonly string[]): string[] {
  switch (change) {
    case 'setflag':
      return normalFlags(texts);
    case 'addflag':
      return addFlags(before, texts);
    case 'removeflag':
      return removeFlags(before, texts);
  }
}

export const flagOperations = [
  operationKind<FlagOperation>('flag', operation => run => applyFlags(run, operation)),
  operationKind<HasFlagOperation>('hasflag', operation => {
    const {targets, keys, matchType} = operation;
    const isCount = matchType.startsWith('count');
    const match = linkMatch(operation, keys);
    return run => {
      run.trace(TRACE_TESTS, 0, 'hasflag test');
      const flags =
        targets.length === 0 ? run.shared.flags : targets.flatMap(target => splitFlags([getVariable(run, target)]));
      run.test = isCount ? match(run, 'hasflag', flags) : match(run, 'hasflag', flags);
    };
  }),
];
