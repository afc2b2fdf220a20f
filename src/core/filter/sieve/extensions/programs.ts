/** vnd.dovecot.pipe, vnd.dovecot.filter and vnd.dovecot.execute: programs the administrator has put in a folder. */
import {setVariable, type Target, namedTarget} from '../commands/variable-target.ts';
import type {Checker} from '../compile/checker.ts';
import {
  type Command,
  type Extension,
  findTag,
  hasTag,
  plainTag,
  type Tag,
  type TagGroup,
  tagGroup,
  type Use,
} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {describeArgument} from '../compile/tree.ts';
import {BufferMessage} from '../message/buffer-message.ts';
import {RunFault} from '../run/fault.ts';
import type {ProgramResult} from '../run/environment.ts';
import {operationKind} from '../run/link.ts';
import type {Run} from '../run/run.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

type Kind = 'pipe' | 'filter' | 'execute';

interface ProgramOperation extends Operation {
  readonly op: Kind;
  readonly program: string;
  readonly args: readonly Text[];
  readonly isTry: boolean;
  /** Its answer counts: that there is no such program is one. */
  readonly isTest: boolean;
  readonly copy: boolean;
  readonly input: Text | undefined;
  readonly hasMessage: boolean;
  readonly output: Target | undefined;
}

/** One file name without path or control characters, at most 128 bytes. */
function isProgramName(name: string): boolean {
  return name !== '' && name.length <= 128 && !/[\x00-\x1f\x7f/]/.test(name) && name !== '.' && name !== '..';
}

function isProgramArgument(text: string): boolean {
  return text.length <= 1024 && !/[\r\n\0]/.test(text);
}

/** A test too where the answer of the program counts. */
function programCommand(name: Kind, kind: 'command' | 'test'): Command {
  return {
    name,
    kind,
    tags: name === 'pipe' ? [plainTag('try')] : name === 'execute' ? EXECUTE_TAGS : [],
    check: checkProgram,
    generate: (code, use) =>
      code.emit<ProgramOperation>({
        op: name,
        program: String(use.texts[0] ?? ''),
        args: use.lists[0] ?? [],
        isTry: hasTag(use, 'try'),
        isTest: kind === 'test',
        copy: hasTag(use, 'copy'),
        input: findTag(use, 'input')?.text,
        hasMessage: hasTag(use, 'pipe'),
        output: use.found as Target | undefined, // put there by the tag
      }),
  };
}

const outputTag: Tag = {
  name: 'output',
  takes(checker, use, {place}, parameter) {
    const {name, kind} = use.command;
    if (parameter?.kind !== 'string') {
      const found = parameter === undefined ? 'no parameters were' : `${describeArgument(parameter)} was`;
      return checker.error(
        place,
        `the :output tag for the ${name} ${kind} requires a string as parameter, but ${found} found`,
      );
    }
    if (!checker.has('variables'))
      return checker.error(
        place,
        `the ${name} ${kind} only allows for the specification of an :output argument when the variables extension is active`,
      );
    use.found = namedTarget(checker, parameter, parameter.text);
    return use.found !== undefined;
  },
};

const INPUTS: readonly Tag[] = [{name: 'input', parameter: 'string'}, {name: 'pipe'}];
const inputTag: TagGroup = {find: name => INPUTS.find(tag => tag.name === name)};
const EXECUTE_TAGS = [inputTag, tagGroup(outputTag)];

function checkProgram(checker: Checker, use: Use): boolean {
  const {command, positionals, node} = use;
  const what = `the ${command.name} ${command.kind}`;
  const [program, args, more] = positionals;
  if (program === undefined)
    return checker.error(node, `${what} expects at least one positional argument, but none was found`);
  if (more !== undefined)
    return checker.error(node, `${what} expects at most two positional arguments, but more were found`);
  if (!checker.positional(use, 0, 'program-name', 'string')) return false;
  const [name = ''] = use.texts;
  if (!isConstant(name))
    return checker.error(program, `${what} requires a constant string for its program-name argument`);
  if (!isProgramName(name))
    return checker.error(program, `${command.name} ${command.kind}: invalid program name '${name}'`);
  if (args === undefined) return true;
  if (!checker.positional(use, 1, 'arguments', 'string list')) return false;
  const bad = use.lists[0]?.find(text => isConstant(text) && !isProgramArgument(text));
  return (
    bad === undefined ||
    checker.error(
      args,
      `${command.name} ${command.kind}: specified external program argument \`${String(bad)}' is invalid`,
    )
  );
}

function programExtension(name: Kind): Extension {
  return {
    name: `vnd.dovecot.${name}`,
    plugin: 'extprograms',
    isOff: true,
    commands: [programCommand(name, 'command')],
    ...(name === 'pipe' ? {tags: [['pipe', plainTag('copy')] as const]} : {tests: [programCommand(name, 'test')]}),
  };
}

export const PROGRAM_EXTENSIONS: readonly Extension[] = (['pipe', 'filter', 'execute'] as const).map(programExtension);

function checkedArgs(run: Run, {args}: ProgramOperation): string[] {
  const texts = run.texts(args);
  const bad = texts.find(text => !isProgramArgument(text));
  if (bad !== undefined) throw new RunFault(`specified :args item \`${bad}' is invalid`);
  return texts;
}

async function call(
  run: Run,
  operation: ProgramOperation,
  input: string | undefined,
  wantsOutput: boolean,
): Promise<ProgramResult> {
  const {op, program} = operation;
  run.trace(TRACE_ACTIONS, 0, `${op} action`);
  run.trace(TRACE_ACTIONS, 1, `execute program \`${program}'`);
  const args = checkedArgs(run, operation);
  const result = (await run.environment.run?.({kind: op, program, args, input, message: run.message, wantsOutput})) ?? {
    status: undefined,
    output: '',
  };
  const missing = `${op} action: program \`${program}' not found`;
  if (result.status === undefined && !operation.isTest) throw new RunFault(missing, false, 1);
  if (result.status === undefined) run.remark('error', missing);
  else if (result.status === 0) run.trace(TRACE_ACTIONS, 1, 'executed program successfully');
  else run.trace(TRACE_ACTIONS, 1, `${op} action: program indicated false result`);
  run.test = result.status === 0;
  run.tested(`${op} ${program}`, args, [endOf(result)]);
  return result;
}

function endOf({status, isNotRun}: ProgramResult): string {
  if (isNotRun === true) return 'not run: taken as failed';
  return status === undefined ? 'no such program' : `exit status ${status}`;
}

export const programOperations = [
  operationKind<ProgramOperation>('pipe', operation => run => {
    run.trace(TRACE_ACTIONS, 0, 'pipe action');
    const {program, isTry, copy} = operation;
    const {script, line} = run;
    run.shared.result.add({kind: 'pipe', program, args: checkedArgs(run, operation), isTry, copy, script, line});
  }),
  operationKind<ProgramOperation>('execute', operation => async run => {
    const {hasMessage, input, output} = operation;
    const given = hasMessage ? undefined : input === undefined ? '' : run.text(input);
    const result = await call(run, operation, given, output !== undefined);
    if (output === undefined || result.status !== 0) return;
    setVariable(run, output, result.output);
    run.trace(TRACE_ACTIONS, 1, 'assigned output variable');
  }),
  operationKind<ProgramOperation>('filter', operation => async run => {
    const result = await call(run, operation, undefined, true);
    if (result.status !== 0) return;
    run.shared.message = new BufferMessage(Buffer.from(result.output, 'latin1'));
    run.shared.root = undefined;
    run.trace(TRACE_ACTIONS, 1, 'changed message');
  }),
];
