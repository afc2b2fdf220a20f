/** The control commands of the base language (RFC 5228 section 3): if, elsif, else, require, stop. */
import type {Checker} from '../compile/checker.ts';
import {type Chain, type Code, type JumpOperation, newLabel} from '../compile/code.ts';
import type {Command, Use} from '../compile/language.ts';
import type {Operation} from '../compile/operand.ts';
import {describeArgument, type StringArgument} from '../compile/tree.ts';
import {operationKind} from '../run/link.ts';
import type {Run} from '../run/run.ts';
import {TRACE_ACTIONS, TRACE_COMMANDS} from '../run/trace.ts';

export const ifCommand: Command = {
  name: 'if',
  kind: 'command',
  positionals: 0,
  subtests: 'one',
  block: 'required',
  generate(code, use) {
    code.endChain();
    code.chain = {exit: newLabel(), isDone: false};
    branch(code, use, code.chain);
  },
};

export const elsifCommand: Command = {
  name: 'elsif',
  kind: 'command',
  positionals: 0,
  subtests: 'one',
  block: 'required',
  check: mustFollowIf,
  generate: generateBranch,
};

export const elseCommand: Command = {
  name: 'else',
  kind: 'command',
  positionals: 0,
  block: 'required',
  check: mustFollowIf,
  generate: generateBranch,
};

function mustFollowIf(checker: Checker, {command, node, previous}: Use): boolean {
  if (previous?.command === ifCommand || previous?.command === elsifCommand) return true;
  return checker.error(node, `the ${command.name} command must follow an if or elseif command`);
}

function generateBranch(code: Code, use: Use): void {
  if (code.chain !== undefined) branch(code, use, code.chain);
}

/** One branch; what is constant leaves no code behind. */
function branch(code: Code, use: Use, chain: Chain): void {
  if (chain.isDone) return;
  const [test] = use.tests;
  const constant = test === undefined ? true : test.constant;
  if (constant === false) return;
  if (test === undefined || constant === true) {
    code.block(use.block);
    code.chain = chain;
    chain.isDone = true;
    return;
  }
  const next = newLabel();
  code.test(test, false, next);
  code.block(use.block);
  code.chain = chain;
  if (hasMore(use) && !exits(use.block)) code.jump('jump', chain.exit);
  code.place(next);
}

/** Another branch follows. */
function hasMore(use: Use): boolean {
  const siblings = use.siblings;
  const next = siblings[siblings.indexOf(use) + 1];
  return next?.command === elsifCommand || next?.command === elseCommand;
}

function exits(block: readonly Use[]): boolean {
  return block.some(use => use.command.exits === true);
}

export const requireCommand: Command = {
  name: 'require',
  kind: 'command',
  positionals: 1,
  check(checker, use) {
    const {node, previous, parent, positionals} = use;
    if (parent !== undefined || (previous !== undefined && previous.command !== requireCommand))
      return checker.error(node, 'require commands can only be placed at top level at the beginning of the file');
    const [argument] = positionals;
    if (argument?.kind === 'string') return requireOne(checker, argument);
    if (argument?.kind === 'list') return argument.items.map(item => requireOne(checker, item)).every(Boolean);
    const what = argument === undefined ? 'nothing' : describeArgument(argument);
    return checker.error(
      node,
      `the require command accepts a single string or string list argument, but ${what} was found`,
    );
  },
  generate() {
    // The extension is in force; nothing is to be done when the script runs.
  },
};

function requireOne(checker: Checker, item: StringArgument): boolean {
  const extension = checker.knows(item.text);
  const {globalExtensions, isGlobal, hasNoEnvelope} = checker.settings;
  if (globalExtensions.has(item.text) && !isGlobal)
    return checker.error(
      item,
      `require command: failed to load Sieve capability \`${item.text}': its use is restricted to global scripts`,
    );
  if (extension?.needsEnvelope === true && hasNoEnvelope === true)
    return checker.error(
      item,
      `the ${item.text} extension cannot be used in this context (needs access to message envelope)`,
    );
  if (extension !== undefined) {
    checker.noteRequire(item.text, item);
    return checker.load(extension, item);
  }
  const known = checker.findCommand(item.text);
  if (known !== undefined)
    return checker.error(
      item,
      `require command: \`${item.text}' is not known as a Sieve capability, but it is known as a Sieve ${known.kind} that is always available`,
    );
  return checker.error(item, `require command: unknown Sieve capability \`${item.text.slice(0, 128)}'`);
}

export const stopCommand: Command = {
  name: 'stop',
  kind: 'command',
  positionals: 0,
  exits: true,
  generate: code => code.emit({op: 'stop'}),
};

function jumpTo(run: Run, target: number): void {
  if (run.isTraced) run.trace(TRACE_COMMANDS, 1, `jumping to line ${run.lineAt(target)}`);
  run.pc = target;
}

export const controlOperations = [
  operationKind<Operation>('stop', () => run => {
    run.trace(TRACE_ACTIONS, 0, 'stop command; end all script execution');
    run.end = 'stop';
  }),
  operationKind<JumpOperation>('jump', ({target}) => run => {
    if (run.isTraced) run.trace(TRACE_COMMANDS, 0, `jumping to line ${run.lineAt(target)}`);
    run.pc = target;
  }),
  operationKind<JumpOperation>('jumpIfTrue', ({target}) => run => {
    run.trace(TRACE_COMMANDS, 0, 'jump if result is true');
    if (run.test) jumpTo(run, target);
    else run.trace(TRACE_COMMANDS, 1, 'not jumping');
  }),
  operationKind<JumpOperation>('jumpIfFalse', ({target}) => run => {
    run.trace(TRACE_COMMANDS, 0, 'jump if result is false');
    if (!run.test) jumpTo(run, target);
    else run.trace(TRACE_COMMANDS, 1, 'not jumping');
  }),
];
