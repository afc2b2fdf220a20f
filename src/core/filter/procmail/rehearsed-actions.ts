/**
 * What recipes would do, said instead of done: an explanation's actions. A program is taken to have succeeded, as procmail
 * takes one it does not wait for; with flag W, which is for programs whose failing is no trouble, to have failed.
 */
import type {Runner} from './commands.ts';
import type {ActionEnd, DeliveringAction, RecipeActions} from './actions.ts';
import type {ProgramEnd, ProgramRequest, ProgramRunner} from './programs.ts';
import type {RecipeHeader} from './recipe-header.ts';
import type {State} from './state.ts';
import {splitWords} from './words.ts';

export interface RehearsedAction {
  readonly line: number;
  readonly kind: 'folder' | 'forward' | 'program' | 'filter' | 'capture' | 'block';
  /** Folders, addresses or the command line, with variables put in. */
  readonly text: string;
  /** The lock file that would be taken; '' where its name follows from what a shell makes of the command. */
  readonly lock?: string | undefined;
  /** The message is delivered by it. */
  readonly isEnd: boolean;
  /** For what is not run: how the explanation goes on. */
  readonly assumed?: 'succeeded' | 'failed' | undefined;
}

type Tell = (action: RehearsedAction) => void;

/** Nothing is run: a condition's program has no status, a backquoted one no output. */
export class NoPrograms implements ProgramRunner {
  readonly #notRun: (command: string) => void;

  constructor(notRun: (command: string) => void) {
    this.#notRun = notRun;
  }

  run(_state: State, {command, output}: ProgramRequest): Promise<ProgramEnd> {
    if (output === 'collect') this.#notRun(command.text);
    return Promise.resolve({status: undefined, hasWriteError: false, output: Buffer.alloc(0), timedOut: false});
  }
}

export class RehearsedActions implements RecipeActions {
  readonly #runner: Runner;
  readonly #tell: Tell;

  constructor(runner: Runner, tell: Tell) {
    this.#runner = runner;
    this.#tell = tell;
  }

  async perform(state: State, action: DeliveringAction, header: RecipeHeader): Promise<ActionEnd> {
    if (action.kind === 'folder') return this.#folder(state, action, header);
    if (action.kind === 'forward') {
      const {text} = await this.#runner.expand(state, action.addresses.source, 'words');
      return this.#program(action.capture, 'forward', splitWords(text).join(' '), action.line, header);
    }
    const {text} = await this.#runner.command(state, action.command);
    if (text.trim() === '') return this.#deliver(action.line, '|', header, undefined);
    return this.#program(action.capture, 'program', text, action.line, header);
  }

  lockBlock(): Promise<void> {
    return Promise.resolve();
  }

  async #folder(
    state: State,
    {first, rest, line}: DeliveringAction & {kind: 'folder'},
    header: RecipeHeader,
  ): Promise<ActionEnd> {
    const read = await this.#runner.expand(state, rest.source, 'words', first.length);
    if (read.isTooLong) return {isDone: false, succeeded: false};
    const folders = splitWords(first + read.text);
    const [main = ''] = folders;
    state.setLastFolder(main);
    const needsLock = header.locks && (header.lockFile !== undefined || main !== '/dev/null');
    const lock = needsLock ? (header.lockFile ?? main + state.steer('LOCKEXT')) : undefined;
    return this.#deliver(line, folders.join(' '), header, lock);
  }

  #deliver(line: number, text: string, {flags}: RecipeHeader, lock: string | undefined): ActionEnd {
    const isEnd = !flags.has('c');
    this.#tell({line, kind: 'folder', text, lock, isEnd});
    return {isDone: isEnd, succeeded: true};
  }

  #program(
    capture: string | undefined,
    plain: 'forward' | 'program',
    command: string,
    line: number,
    {flags, locks, lockFile}: RecipeHeader,
  ): ActionEnd {
    const kind = flags.has('f') ? 'filter' : capture !== undefined ? 'capture' : plain;
    const text = capture === undefined ? command : `${capture}=| ${command}`;
    const isEnd = kind === plain && !flags.has('c') && !flags.has('W');
    const lock = locks ? (lockFile ?? '') : undefined;
    const assumed = flags.has('W') ? 'failed' : 'succeeded';
    this.#tell({line, kind, text, lock, isEnd, assumed});
    return {isDone: isEnd, succeeded: assumed === 'succeeded'};
  }
}
