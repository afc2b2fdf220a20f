/**
 * What a recipe does when it applies: a folder, a program, a filter, a variable that takes a program's output, forwarding
 * (procmailrc(5) "Recipe action line").
 */
import {commandOf, forProgram, nameOf, type Runner} from './commands.ts';
import {deliverToFolder} from './folders.ts';
import {logAbstract} from './log-abstract.ts';
import {Mail} from './mail.ts';
import type {Command, ProgramEnd} from './programs.ts';
import type {Action} from './rc-tree.ts';
import type {RecipeHeader} from './recipe-header.ts';
import type {State} from './state.ts';
import {splitWords} from './words.ts';

export interface ActionEnd {
  /** The message is delivered, nothing more is to be done. */
  readonly isDone: boolean;
  /** For the flags a and e; undefined: as it was. */
  readonly succeeded: boolean | undefined;
}

const FAILED: ActionEnd = {isDone: false, succeeded: false};

/** The part of the message that flags h and b ask for. */
interface Part {
  readonly from: number;
  readonly to: number;
}

export type Assigned = (name: string, value: string) => Promise<void>;

export type DeliveringAction = Exclude<Action, {kind: 'block' | 'missing' | 'incomplete'}>;

/** `Actions`, or what stands for it where nothing may be done. */
export interface RecipeActions {
  perform(state: State, action: DeliveringAction, header: RecipeHeader): Promise<ActionEnd>;
  lockBlock(state: State, header: RecipeHeader): Promise<void>;
}

/** EX_IOERR, EX_UNAVAILABLE: why a filter's input is brought back. */
const WRITE_FAILED = 74;
const UNAVAILABLE = 69;

export class Actions implements RecipeActions {
  readonly #runner: Runner;
  readonly #assigned: Assigned;

  /** `assigned` does what goes with a variable that has a new value. */
  constructor(runner: Runner, assigned: Assigned) {
    this.#runner = runner;
    this.#assigned = assigned;
  }

  async perform(state: State, action: DeliveringAction, header: RecipeHeader): Promise<ActionEnd> {
    const part = partOf(state, header);
    if (action.kind === 'folder') return this.#folder(state, action, header, part);
    if (action.kind === 'forward') return this.#forward(state, action, header, part);
    if (action.command.length > state.settings.lineLimit) {
      state.reportOverflow();
      return {isDone: false, succeeded: undefined};
    }
    const command = await this.#runner.command(state, action.command);
    const isStdout = command.words?.length === 1 && command.words[0] === '' && action.command.trim() === '';
    if (isStdout) return this.#toFolders(state, ['|'], header, part);
    return this.#program(state, command, action.capture, header, part);
  }

  /** A block has no file to name its lock after. */
  async lockBlock(state: State, header: RecipeHeader): Promise<void> {
    await this.#lock(state, header.lockFile, '');
  }

  async #folder(
    state: State,
    {first, rest}: Action & {kind: 'folder'},
    header: RecipeHeader,
    part: Part,
  ): Promise<ActionEnd> {
    const isFilter = header.flags.has('f');
    if (isFilter) state.log.notice('Extraneous filter-flag ignored\n');
    const read = await this.#runner.expand(state, rest.source, 'words', first.length);
    if (read.isTooLong) return FAILED;
    const folders = splitWords(first + read.text);
    return this.#toFolders(state, folders, header, isFilter ? {from: 0, to: state.mail.bytes.length} : part);
  }

  async #toFolders(
    state: State,
    folders: readonly string[],
    header: RecipeHeader,
    {from, to}: Part,
  ): Promise<ActionEnd> {
    const [first = ''] = folders;
    if (header.locks) await this.#lock(state, header.lockFile, first);
    const {flags} = header;
    const delivery = {folders, from, to, isRaw: flags.has('r'), ignoresErrors: flags.has('i'), locks: false};
    return this.#delivered(state, await deliverToFolder(state, delivery), header);
  }

  #delivered(state: State, succeeded: boolean, {flags}: RecipeHeader): ActionEnd {
    if (!succeeded) return FAILED;
    if (!flags.has('c')) return {isDone: true, succeeded};
    if (state.settings.logAbstract === 2) logAbstract(state, state.variables.text('LASTFOLDER'));
    return {isDone: false, succeeded};
  }

  /** To SENDMAIL, without the message's `From ` line. */
  async #forward(
    state: State,
    action: Action & {kind: 'forward'},
    header: RecipeHeader,
    part: Part,
  ): Promise<ActionEnd> {
    const sendmail = `${state.steer('SENDMAIL')}\0`;
    const flags = state
      .steer('SENDMAILFLAGS')
      .split(/[ \t\n]+/)
      .filter(word => word !== '');
    const before = sendmail + flags.map(flag => `${flag}\0`).join('');
    const read = await this.#runner.expand(state, action.addresses.source, 'words', before.length);
    if (read.isTooLong) return FAILED;
    const allArguments = read.allArguments === undefined ? undefined : read.allArguments + before.length;
    const command = commandOf({...read, text: before + read.text, allArguments}, state.arguments);
    const from = part.from === 0 ? Math.min(state.mail.afterFromLine, part.to) : part.from;
    return this.#program(state, command, action.capture, header, {from, to: part.to});
  }

  async #program(
    state: State,
    command: Command,
    capture: string | undefined,
    header: RecipeHeader,
    part: Part,
  ): Promise<ActionEnd> {
    const {flags} = header;
    if (header.locks) await this.#lockProgram(state, command, header);
    if (flags.has('c') && (flags.has('f') || capture !== undefined)) state.log.notice('Extraneous copy-flag ignored\n');
    const wait = waitOf(header);
    if (flags.has('f')) return {isDone: false, succeeded: await this.#filter(state, command, header, part, wait)};
    if (capture !== undefined)
      return {isDone: false, succeeded: await this.#capture(state, command, capture, header, part, wait)};
    return this.#delivered(state, await this.#feed(state, command, header, part, wait), header);
  }

  /** A program that takes the message. */
  async #feed(state: State, command: Command, {flags}: RecipeHeader, part: Part, wait: Wait): Promise<boolean> {
    const input = inputOf(state, part, flags.has('r'));
    state.lastSize = input.length;
    state.lastOffset = -1;
    const end = await this.#runner.programs.run(state, {command, input, output: 'discard', waits: wait !== 'no'});
    const hasWriteError = end.hasWriteError && !flags.has('i');
    if (hasWriteError) state.log.quote('Error while writing to', nameOf(command));
    const hasFailed = tellFailure(state, command, end, wait);
    state.setLastFolder(command.text);
    return !hasWriteError && !hasFailed;
  }

  /** A program whose output takes the message's place; when it fails, the message stays as it was. */
  async #filter(state: State, command: Command, {flags}: RecipeHeader, part: Part, wait: Wait): Promise<boolean> {
    const input = inputOf(state, part, flags.has('r'));
    const end = await this.#runner.programs.run(state, {command, input, output: 'collect', waits: wait !== 'no'});
    const rescue = rescueReason(state, command, end, wait, flags.has('i'));
    if (rescue !== undefined) {
      state.pipeStatus = rescue.status;
      if (state.log.isVerbose || !rescue.isQuiet) state.log.notice('Rescue of unfiltered data succeeded\n');
      return false;
    }
    if (wait !== 'no') state.pipeStatus = 0;
    const {bytes, bodyAt} = state.mail;
    const replaced = Buffer.concat([bytes.subarray(0, part.from), end.output, bytes.subarray(part.to)]);
    const isBodyOnly = part.from > 0 && part.from === bodyAt;
    state.mail = new Mail(replaced, state.isBerkeley, isBodyOnly ? bodyAt : undefined);
    return state.pipeStatus === 0;
  }

  /** `VARIABLE=|program`; one newline at the end goes. When it fails, a former value stays. */
  async #capture(
    state: State,
    command: Command,
    name: string,
    {flags}: RecipeHeader,
    part: Part,
    wait: Wait,
  ): Promise<boolean> {
    const input = inputOf(state, part, flags.has('r'));
    const before = state.variables.get(name);
    state.log.tell('Assigning', `${name}=`);
    const end = await this.#runner.programs.run(state, {command, input, output: 'collect', waits: wait !== 'no'});
    const rescue = rescueReason(state, command, end, wait, flags.has('i'));
    if (rescue !== undefined && before !== undefined && (state.log.isVerbose || !rescue.isQuiet))
      state.log.notice('Rescue of unfiltered data succeeded\n');
    if (rescue !== undefined || wait !== 'no') state.pipeStatus = rescue?.status ?? 0;
    const hasFailed = rescue !== undefined && state.pipeStatus !== 0;
    const output = end.output.toString('latin1');
    if (hasFailed) {
      // seen: an empty value is not brought back, what came out stays as it is.
      if (before !== undefined) state.variables.put(name, before === '' ? output : before);
      return false;
    }
    state.variables.put(name, output.endsWith('\n') ? output.slice(0, -1) : output);
    await this.#assigned(name, state.variables.text(name));
    return state.pipeStatus === 0;
  }

  /** Without a name: the file behind the first `>>`. */
  async #lockProgram(state: State, command: Command, header: RecipeHeader): Promise<void> {
    if (header.lockFile !== undefined) return this.#lock(state, header.lockFile, '');
    const file = await this.#redirectedFile(state, command);
    if (file === '') state.log.quote("Couldn't determine implicit lockfile from", nameOf(command));
    await this.#lock(state, undefined, file);
  }

  async #redirectedFile(state: State, command: Command): Promise<string> {
    const line = nameOf(command);
    const at = line.indexOf('>>');
    if (at < 0) return '';
    const name = /^[ \t]*([^ \t\n#`'");]*)/.exec(line.slice(at + 2))?.[1] ?? '';
    if (command.words !== undefined) return name;
    const read = await this.#runner.expand(state, name, 'words');
    return read.isTooLong ? '' : (splitWords(read.text)[0] ?? '');
  }

  async #lock(state: State, named: string | undefined, folder: string): Promise<void> {
    if (named === undefined && (folder === '/dev/null' || folder === '|')) return;
    const file = named ?? folder + state.steer('LOCKEXT');
    if (state.locks.global === file) return state.log.quote('Deadlock attempted on', file);
    await state.locks.takeLocal(file, state.settings);
  }
}

/** `loud` and `quiet`: flags w and W; a lock makes procmail wait quietly. */
type Wait = 'no' | 'loud' | 'quiet';

function waitOf({flags, locks}: RecipeHeader): Wait {
  if (flags.has('W')) return 'quiet';
  if (flags.has('w')) return 'loud';
  return locks ? 'quiet' : 'no';
}

function partOf({mail}: State, {flags}: RecipeHeader): Part {
  const hasHead = flags.has('h') || !flags.has('b');
  const hasBody = flags.has('b') || !flags.has('h');
  return {from: hasHead ? 0 : mail.bodyAt, to: hasBody ? mail.bytes.length : mail.bodyAt};
}

function inputOf({mail}: State, {from, to}: Part, isRaw: boolean): Buffer {
  return forProgram(mail.bytes.subarray(from, to), isRaw);
}

/** Whether it failed, as far as somebody waited for it. */
function tellFailure(state: State, command: Command, end: ProgramEnd, wait: Wait): boolean {
  if (end.status === undefined) return false;
  state.lastExit = end.status;
  if (end.status === 0) return false;
  const isQuiet = wait === 'quiet';
  if (isQuiet && state.log.isVerbose) state.log.quote(`Non-zero exitcode (${end.status}) from`, nameOf(command));
  if (!isQuiet) state.log.quote(`Program failure (${end.status}) of`, nameOf(command));
  return true;
}

/** Why a filter's or capture's output does not count; undefined when it does. */
function rescueReason(
  state: State,
  command: Command,
  end: ProgramEnd,
  wait: Wait,
  ignoresErrors: boolean,
): {status: number; isQuiet: boolean} | undefined {
  if (end.timedOut) return {status: UNAVAILABLE, isQuiet: false};
  if (end.hasWriteError && !ignoresErrors) {
    state.log.quote('Error while writing to', nameOf(command));
    return {status: WRITE_FAILED, isQuiet: false};
  }
  if (!tellFailure(state, command, end, wait)) return undefined;
  return {status: end.status ?? 0, isQuiet: wait === 'quiet'};
}
