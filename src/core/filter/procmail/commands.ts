/**
 * From a line of the rc file to a program that runs: what needs a shell, what procmail divides into words itself; backquoted
 * commands, exit codes as conditions, text with variables put in.
 */
import {endsInEmptyLine} from './folders.ts';
import type {Command, ProgramRunner} from './programs.ts';
import type {State} from './state.ts';
import {type ReadMode, readWords, splitWords, type WordsRead} from './words.ts';

export class Runner {
  readonly programs: ProgramRunner;

  constructor(programs: ProgramRunner) {
    this.programs = programs;
  }

  /** Reads words and runs the commands in them. What is wrong with them is told. `held`: bytes already in the buffer. */
  async expand(state: State, source: string, mode: ReadMode, held = 0): Promise<WordsRead> {
    const reading = readWords(source, 0, mode, state.scope(held));
    let step = reading.next('');
    while (step.done !== true) {
      const room = Math.max(state.settings.lineLimit - held - 3, 0);
      step = reading.next(await this.#outputOf(state, step.value, room));
    }
    for (const complaint of step.value.complaints) tellComplaint(state, complaint);
    if (step.value.isTooLong) state.reportOverflow();
    return step.value;
  }

  /** One text with blanks kept, for conditions; undefined when it does not fit. */
  async expandText(state: State, source: string): Promise<string | undefined> {
    const {text, isTooLong} = await this.expand(state, source, 'text');
    return isTooLong ? undefined : text.slice(0, -1);
  }

  /** What runs for a line: itself, for the shell, when it has one of the characters of SHELLMETAS. */
  async command(state: State, line: string): Promise<Command> {
    const metas = state.steer('SHELLMETAS');
    const shell: Command = {text: line, words: undefined};
    for (const character of line) if (metas.includes(character)) return shell;
    const read = await this.expand(state, line, 'words');
    // seen: Debian's procmail leaves `test` to the shell, which has it built in.
    return read.isTooLong || read.text.startsWith('test\0') ? shell : commandOf(read, state.arguments);
  }

  /** The exit code of `? program`, which is given what the condition looks at; undefined: it was not run. */
  async testExit(state: State, line: string, input: Buffer): Promise<{command: string; status: number | undefined}> {
    const command = await this.command(state, line);
    const given = forProgram(input, false);
    state.lastSize = given.length;
    const {status} = await this.programs.run(state, {command, input: given, output: 'discard', waits: true});
    if (status === undefined) return {command: command.text, status};
    state.lastExit = status;
    if (status !== 0 && state.log.isVerbose) state.log.quote(`Non-zero exitcode (${status}) from`, nameOf(command));
    return {command: command.text, status};
  }

  /** Without the newlines at its end. */
  async #outputOf(state: State, line: string, room: number): Promise<string> {
    const command = await this.command(state, line);
    const input = forProgram(state.mail.bytes, false);
    const end = await this.programs.run(state, {command, input, output: 'collect', waits: true, outputLimit: room});
    state.lastExit = end.status ?? 0;
    const output = end.output.toString('latin1');
    if (output.length <= room) return output.replace(/\n+$/, '');
    state.log.quote('Excessive output quenched from', nameOf(command));
    state.variables.set('PROCMAIL_OVERFLOW', 'yes');
    return output.slice(0, room);
  }
}

/** `"$@"` becomes the arguments, in the place of the word it ends; the log shows that word too. */
export function commandOf({text, allArguments}: WordsRead, given: readonly string[]): Command {
  const written = splitWords(text);
  const words = written.length === 0 ? [''] : [...written];
  const command = {text: written.join(' '), words};
  const [first, ...others] = given;
  if (allArguments === undefined || first === undefined) return command;
  let end = -1;
  const index = words.findIndex(word => (end += word.length + 1) === allArguments);
  if (index < 0) return command;
  const shownWords = words.toSpliced(index, 1, `${words[index] ?? ''}${first}`, ...others);
  return {text: command.text, words: words.toSpliced(index, 1, ...given), shownWords};
}

/** Complaints of a command name it by its first word, where procmail divided it. */
export function nameOf({text, words}: Command): string {
  return words?.[0] ?? text;
}

const NEWLINE = Buffer.from('\n');

/** A program is given an empty line at the end, unless flag r says otherwise. */
export function forProgram(input: Buffer, isRaw: boolean): Buffer {
  return isRaw || endsInEmptyLine(input, 0, input.length) ? input : Buffer.concat([input, NEWLINE]);
}

export function tellComplaint(state: State, complaint: string): void {
  state.log.notice(`${complaint}\n`);
}
