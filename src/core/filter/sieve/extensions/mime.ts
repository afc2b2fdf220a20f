/** mime, foreverypart and extracttext (RFC 5703 sections 3, 4 and 7). */
import {loadParts, withChildren} from '../commands/header-scope.ts';
import {setVariable, type Target, variableTarget} from '../commands/variable-target.ts';
import type {Checker} from '../compile/checker.ts';
import {newLabel} from '../compile/code.ts';
import {
  type Command,
  type Extension,
  findTag,
  plainTag,
  type Tag,
  tagGroup,
  type TagGroup,
  type Use,
} from '../compile/language.ts';
import {isConstant, type Operation} from '../compile/operand.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import type {Run} from '../run/run.ts';
import {cutText} from '../run/run.ts';
import {TRACE_COMMANDS} from '../run/trace.ts';
import {applyModifiers, MODIFIER_TAGS, modifiersOf} from './variables.ts';

const MIME_COMMANDS = ['header', 'address', 'exists'];
const OPTIONS = ['type', 'subtype', 'contenttype', 'param'];

/** Tags that mean nothing without `:mime`. */
function needsMime(tag: Tag): TagGroup {
  return tagGroup({
    ...tag,
    finish(checker, {command, tags}, {place}) {
      if (tags.some(other => other.tag.name === 'mime')) return true;
      return checker.error(
        place,
        `the :${tag.name} tag for the ${command.name} ${command.kind} cannot be specified without the :mime tag`,
      );
    },
  });
}

function optionTag(name: string): TagGroup {
  return tagGroup({
    name,
    ...(name === 'param' ? {parameter: 'string list' as const} : {}),
    finish(checker, {command, tags}, {place}) {
      if (!tags.some(other => other.tag.name === 'mime'))
        return checker.error(
          place,
          `the :${name} tag for the ${command.name} ${command.kind} cannot be specified without the :mime tag`,
        );
      const options = tags.filter(other => OPTIONS.includes(other.tag.name));
      if (options.length < 2 || options[0]?.tag.name !== name) return true;
      return checker.error(
        place,
        `the :type, :subtype, :contenttype, and :param arguments for the ${command.name} test are mutually exclusive, but more than one was specified`,
      );
    },
  });
}

const mimeTag = plainTag('mime');
const anyChildTag = needsMime({name: 'anychild'});
const optionTags = OPTIONS.map(optionTag);

export const mimeExtension: Extension = {
  name: 'mime',
  tags: MIME_COMMANDS.flatMap(command => [
    [command, mimeTag] as const,
    [command, anyChildTag] as const,
    ...(command === 'header' ? optionTags.map(tag => [command, tag] as const) : []),
  ]),
};

const MAX_LOOPS = 4;

interface LoopOperation extends Operation {
  readonly op: 'loopBegin';
  target: number;
}

interface LoopEndOperation extends Operation {
  readonly op: 'loopEnd';
}

interface BreakOperation extends Operation {
  readonly op: 'break';
  /** How many loops are left. */
  readonly levels: number;
}

const loopCommand: Command = {
  name: 'foreverypart',
  kind: 'command',
  positionals: 0,
  block: 'required',
  tags: [plainTag('name', 'string')],
  begin(checker, use) {
    const depth = loopsAround(use).length + 1;
    return (
      depth <= MAX_LOOPS ||
      checker.error(use.node, `the nested foreverypart loop exceeds the nesting limit (<= ${MAX_LOOPS} levels)`)
    );
  },
  generate(code, use) {
    const end = newLabel();
    code.pointAt(code.emit<LoopOperation>({op: 'loopBegin', target: -1}), end);
    code.block(use.block);
    code.emit<LoopEndOperation>({op: 'loopEnd'});
    code.place(end);
  },
};

/** The loops a command stands in, innermost first. */
function loopsAround(use: Use): Use[] {
  const found: Use[] = [];
  for (let {parent} = use; parent !== undefined; {parent} = parent)
    if (parent.command === loopCommand) found.push(parent);
  return found;
}

const breakCommand: Command = {
  name: 'break',
  kind: 'command',
  positionals: 0,
  exits: true,
  tags: [plainTag('name', 'string')],
  check(checker, use) {
    const name = findTag(use, 'name')?.text;
    const loops = loopsAround(use);
    const index = name === undefined ? 0 : loops.findIndex(loop => findTag(loop, 'name')?.text === name);
    if (loops.length > 0 && index >= 0) {
      use.found = index + 1;
      return true;
    }
    const named = name !== undefined && isConstant(name) ? ` named \`${name}'` : '';
    return checker.error(use.node, `the break command is not placed inside a foreverypart loop${named}`);
  },
  generate: (code, use) => code.emit<BreakOperation>({op: 'break', levels: use.found as number}), // put there by check
};

export const foreverypartExtension: Extension = {name: 'foreverypart', commands: [loopCommand, breakCommand]};

interface ExtractOperation extends Operation {
  readonly op: 'extracttext';
  readonly target: Target;
  readonly first: number | undefined;
  readonly modifiers: readonly string[];
}

const extractCommand: Command = {
  name: 'extracttext',
  kind: 'command',
  positionals: 1,
  tags: [plainTag('first', 'number'), ...MODIFIER_TAGS],
  check(checker, use) {
    const target = variableTarget(checker, use, 0, 'varname');
    if (target === undefined) return false;
    use.found = target;
    return (
      loopsAround(use).length > 0 ||
      checker.error(use.node, 'the extracttext command is not placed inside a foreverypart loop')
    );
  },
  generate(code, use) {
    const target = use.found as Target; // put there by check
    const modifiers = modifiersOf(use).map(({name}) => name);
    code.emit<ExtractOperation>({op: 'extracttext', target, first: findTag(use, 'first')?.number, modifiers});
  },
};

export const extracttextExtension: Extension = {
  name: 'extracttext',
  commands: [extractCommand],
  loaded: (checker, place) => needs(checker, place, 'variables') && needs(checker, place, 'foreverypart'),
};

function needs(checker: Checker, place: Parameters<Checker['error']>[0], other: string): boolean {
  return checker.has(other) || checker.error(place, `extracttext extension cannot be used without ${other} extension`);
}

async function beginLoop(run: Run, end: number): Promise<void> {
  const begin = run.pc;
  run.trace(TRACE_COMMANDS, 0, 'foreverypart loop begin');
  run.trace(TRACE_COMMANDS, 1, `loop ends at line ${run.lineAt(end)}`);
  await loadParts(run);
  const parts = nextParts(run);
  if (parts.length > 0) run.loops.push({begin, end, parts, index: 0});
  else {
    run.trace(TRACE_COMMANDS, 1, 'no children at this level');
    run.pc = end;
  }
}

/** All parts of the message; in a loop within a loop those below the part at hand. */
function nextParts(run: Run): ReturnType<typeof withChildren> {
  const {part} = run;
  if (part !== undefined) return withChildren(part).slice(1);
  return run.shared.root === undefined ? [] : withChildren(run.shared.root);
}

function endLoop(run: Run): void {
  const loop = run.loops.at(-1);
  run.trace(TRACE_COMMANDS, 0, 'foreverypart loop end');
  if (loop === undefined) return;
  if (++loop.index < loop.parts.length) {
    run.trace(TRACE_COMMANDS, 1, 'switched to next message part');
    run.trace(TRACE_COMMANDS, 1, `looping back to line ${run.lineAt(loop.begin)}`);
    run.pc = loop.begin;
    return;
  }
  run.trace(TRACE_COMMANDS, 1, 'no more message parts');
  leaveLoops(run, 1);
}

function leaveLoops(run: Run, levels: number): void {
  const left = run.loops.splice(run.loops.length - levels, levels)[0];
  if (left === undefined) return;
  run.trace(TRACE_COMMANDS, 1, `exiting loops at line ${run.lineAt(left.end)}`);
  run.pc = left.end;
}

export const mimeOperations = [
  operationKind<LoopOperation>('loopBegin', operation => run => beginLoop(run, operation.target)),
  operationKind<LoopEndOperation>('loopEnd', () => endLoop),
  operationKind<BreakOperation>('break', ({levels}) => run => {
    run.trace(TRACE_COMMANDS, 0, 'break command');
    leaveLoops(run, levels);
  }),
  operationKind<ExtractOperation>('extracttext', ({target, first, modifiers}) => run => {
    run.trace(TRACE_COMMANDS, 0, 'extracttext command');
    const {part} = run;
    if (part === undefined) throw new RunFault('extracttext command: outside foreverypart context');
    const text = part.type.startsWith('multipart/') || part.type.startsWith('message/') ? '' : part.plain();
    const cut = first === undefined ? text : cutText(text, first);
    const value = applyModifiers(run, modifiers, trimText(cut));
    setVariable(run, target, value);
    run.trace(
      TRACE_COMMANDS,
      1,
      `assign \`${target.name}' [${target.kind === 'local' ? target.variable : 0}] = "${value}"`,
    );
  }),
];

/** Without line ends at the end. */
function trimText(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
