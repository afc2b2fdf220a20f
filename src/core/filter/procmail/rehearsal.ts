/**
 * An rc file's run over a message with nothing done: every condition with what it saw, every action with what it would be.
 * Programs, also those of `?` conditions and backquotes, are not run; no folder, log or lock file is touched. The interpreter
 * is procmail's own.
 */
import {umask} from 'node:process';
import {Runner} from './commands.ts';
import {withFromLine} from './from-line.ts';
import type {Identities, Identity} from './identity.ts';
import {Interpreter, type RcEnd} from './interpreter.ts';
import {LockFiles} from './lock-files.ts';
import {ProcmailLog} from './log.ts';
import {Mail} from './mail.ts';
import {numberOrWord} from './numbers.ts';
import {openRcFile} from './rc-files.ts';
import type {ConditionSeen, RecipeRecorder, RecipeSeen} from './recipe-recorder.ts';
import {NoPrograms, type RehearsedAction, RehearsedActions} from './rehearsed-actions.ts';
import {SYSTEM_RC} from './session.ts';
import {setFirstVariables, SYSTEM_PATH, userPath} from './session-variables.ts';
import {State} from './state.ts';
import {Variables} from './variables.ts';

export type RehearsedCondition = Omit<ConditionSeen, 'holds'> & {
  /** `not run`: it asks a program; `not tried`: one before it does not hold, or a flag rules the recipe out. */
  readonly result: 'true' | 'false' | 'not run' | 'not tried';
};

export interface RehearsedRecipe {
  readonly kind: 'recipe';
  readonly file: string;
  readonly line: number;
  readonly flags: string;
  readonly conditions: readonly RehearsedCondition[];
  readonly applies: boolean;
  readonly barredBy?: string | undefined;
}

export type RehearsalStep =
  | {readonly kind: 'file'; readonly file: string}
  | {
      readonly kind: 'assignment';
      readonly file: string;
      readonly line: number;
      readonly name: string;
      readonly value?: string | undefined;
    }
  | RehearsedRecipe
  | {readonly kind: 'action'; readonly file: string; readonly action: RehearsedAction}
  /** A command in backquotes. */
  | {readonly kind: 'not-run'; readonly file: string; readonly command: string}
  /** What procmail would write into its log. */
  | {readonly kind: 'complaint'; readonly text: string}
  /** The rc files are at their end and nothing has delivered the message: where it goes. */
  | {readonly kind: 'default'; readonly folder: string};

export interface Rehearsal {
  readonly steps: readonly RehearsalStep[];
  /** procmailrc(5) EXITCODE; undefined: it is not set. */
  readonly exitCode: number | undefined;
  /** HOST is not this one: the mail is left. */
  readonly isLeft: boolean;
}

export interface RehearsalRequest {
  readonly who: Identity;
  readonly identities: Identities;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Envelope sender, for the `From ` line. */
  readonly sender: string;
  readonly message: Buffer;
  /** Instead of the administrator's and the user's own. */
  readonly rcFile: string | undefined;
  readonly now: Date;
}

/** undefined: there is no rc file. The working directory is where MAILDIR says, until it comes back. */
export async function rehearse(request: RehearsalRequest): Promise<Rehearsal | undefined> {
  const directory = process.cwd();
  const mask = umask();
  try {
    return await new Rehearsing(request).run();
  } finally {
    process.chdir(directory);
    umask(mask);
  }
}

/** They would open files, take locks, tell others or change who procmail is. */
const ONLY_SET: ReadonlySet<string> = new Set([
  'LOGFILE',
  'LOG',
  'LOCKFILE',
  'VERBOSE',
  'COMSAT',
  'UMASK',
  'DROPPRIVS',
]);

class Rehearsing implements RecipeRecorder {
  readonly #request: RehearsalRequest;
  readonly #steps: RehearsalStep[] = [];
  readonly #log: ProcmailLog;
  readonly #state: State;
  readonly #interpreter: Interpreter;
  #conditions: ConditionSeen[] = [];
  #pending = '';

  constructor(request: RehearsalRequest) {
    this.#request = request;
    const {message, sender, who, now} = request;
    this.#log = new ProcmailLog({write: text => this.#complain(text), fd: 2}, () => now);
    const isNamed = message.toString('latin1', 0, 5) === 'From ';
    const from = sender === '' ? 'MAILER-DAEMON' : sender;
    this.#state = new State({
      log: this.#log,
      variables: new Variables(this.#log),
      locks: new LockFiles(this.#log),
      mail: new Mail(Buffer.from(isNamed ? message : withFromLine(message, {from, invoker: who.name, now})), false),
      arguments: [],
      status: 0,
      isBerkeley: false,
      recorder: this,
    });
    const runner = new Runner(new NoPrograms(command => this.#step({kind: 'not-run', file: this.#file, command})));
    const tell = (action: RehearsedAction): void => this.#step({kind: 'action', file: this.#file, action});
    this.#interpreter = new Interpreter(this.#state, {
      runner,
      control: {setComsat: () => false, dropPrivileges: () => undefined, withoutEffect: ONLY_SET},
      finish: (state, end) => {
        this.#finish(state, end);
        return Promise.resolve(0);
      },
      actions: () => new RehearsedActions(runner, tell),
    });
  }

  async run(): Promise<Rehearsal | undefined> {
    const {who, identities, env, rcFile} = this.#request;
    const world = {env, identities, sendmail: undefined};
    setFirstVariables(this.#state, {
      who,
      world,
      preservesEnvironment: false,
      isFilter: false,
      hasRcFile: rcFile !== undefined,
    });
    this.#state.variables.put('PATH', userPath(this.#state));
    const end = await (rcFile === undefined ? this.#ownFiles() : this.#named(rcFile));
    if (end === undefined) return undefined;
    this.#finish(this.#state, end);
    const code = this.#state.isExitCodeSet ? numberOrWord(this.#state.variables.text('EXITCODE'), 0) : undefined;
    return {steps: this.#steps, exitCode: code, isLeft: end === 'left'};
  }

  async #ownFiles(): Promise<RcEnd | undefined> {
    const {who, identities} = this.#request;
    const {variables} = this.#state;
    const system = (identities.root ?? '') + SYSTEM_RC;
    const text = openRcFile(this.#log, system, 'current', {uid: 0, gid: 0}, true);
    variables.set('PATH', SYSTEM_PATH);
    const systemEnd = text === undefined ? undefined : await this.#interpreter.run(system, text);
    variables.set('PATH', userPath(this.#state));
    if (systemEnd === 'delivered') return systemEnd;
    const own = `${who.home}/.procmailrc`;
    const ownText = openRcFile(this.#log, own, 'default', who, true);
    if (ownText === undefined) return this.#steps.length === 0 ? undefined : (systemEnd ?? 'end');
    this.#chooseHome();
    return this.#interpreter.run(own, ownText);
  }

  async #named(file: string): Promise<RcEnd | undefined> {
    const text = openRcFile(this.#log, file, 'current', this.#request.who, false);
    if (text === undefined) return 'end'; // which the log says
    this.#chooseHome();
    return this.#interpreter.run(file, text);
  }

  #chooseHome(): void {
    const {home} = this.#request.who;
    if (this.#state.hasChosenDirectory) return;
    this.#state.hasChosenDirectory = true;
    this.#state.variables.set('MAILDIR', this.#state.changeDirectory(home) ? home : '.');
  }

  get #file(): string {
    return this.#state.rcFile ?? '';
  }

  #step(step: RehearsalStep): void {
    this.#steps.push(step);
  }

  #complain(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#step({kind: 'complaint', text: line.replace(/^procmail: /, '')});
  }

  #finish(state: State, end: RcEnd): void {
    if (end === 'end') this.#step({kind: 'default', folder: state.steer('DEFAULT') || state.variables.text('ORGMAIL')});
    const trap = state.steer('TRAP');
    if (trap !== '') this.#step({kind: 'not-run', file: this.#file, command: trap});
  }

  entered(file: string): void {
    this.#step({kind: 'file', file});
  }

  assigned(line: number, name: string, value: string | undefined): void {
    this.#step({kind: 'assignment', file: this.#file, line, name, value});
  }

  condition(seen: ConditionSeen): void {
    this.#conditions.push(seen);
  }

  recipe({recipe, header, holds, barredBy}: RecipeSeen): void {
    const seen = this.#conditions;
    this.#conditions = [];
    const conditions = recipe.conditions.map((condition): RehearsedCondition => {
      const one = seen.find(({line}) => line === condition.line);
      if (one === undefined) return {...condition, where: '', saw: '', result: 'not tried'};
      const {line, text, where, saw} = one;
      return {line, text, where, saw, result: one.holds === undefined ? 'not run' : one.holds ? 'true' : 'false'};
    });
    const flags = [...header.flags].join('');
    this.#step({kind: 'recipe', file: this.#file, line: recipe.line, flags, conditions, applies: holds, barredBy});
    if (holds && recipe.action.kind === 'block') this.#block(recipe.action.line, header.flags.has('c'));
  }

  #block(line: number, isCopy: boolean): void {
    const text = isCopy ? '{ ... } by a copy of its own' : '{ ... }';
    this.#step({kind: 'action', file: this.#file, action: {line, kind: 'block', text, isEnd: false}});
  }
}
