/**
 * Runs rc files: a stack of lists of items, one frame for each file and each block that is open. A clone (flag c on a block)
 * is a copy of the stack and the state that runs to its end first, in this process; then the original goes on behind the block.
 */
import {readFileSync, statSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {Actions, type Assigned, type RecipeActions} from './actions.ts';
import {applyAssignment, assign, type RcControl} from './assignments.ts';
import {type Runner, tellComplaint} from './commands.ts';
import {Conditions} from './conditions.ts';
import {parseRecipes} from './rc-parser.ts';
import type {Action, Assignment, RcItem, Recipe} from './rc-tree.ts';
import {type Flag, type Flags, readHeader, type RecipeHeader} from './recipe-header.ts';
import type {State} from './state.ts';
import {skipWords} from './words.ts';

/** How the rc files ended. */
export type RcEnd = 'delivered' | 'end' | 'left';

/** What a clone needs of the one who started it. */
export interface Surroundings {
  readonly runner: Runner;
  readonly control: Omit<RcControl, 'include' | 'switchTo' | 'leave'>;
  /** The clone has come to the end of the rc files: the last resorts, TRAP, the abstract. Answers its exit status. */
  finish(state: State, end: RcEnd): Promise<number>;
  /** What does the recipes' actions, when it is not to be `Actions`. */
  actions?(assigned: Assigned): RecipeActions;
}

interface Frame {
  readonly items: readonly RcItem[];
  next: number;
  readonly kind: 'file' | 'block';
  readonly isClosed: boolean;
  /** Of a file. */
  readonly name: string;
  /** Of a block: what recipes behind it go by. */
  readonly outcome: Outcome;
}

/** What the flags A a E e ask about. */
interface Outcome {
  readonly lastCondition: boolean;
  readonly previousCondition: boolean;
}

/** Files within files: the original ends when it has no more descriptors. */
const MAX_NESTING = 250;

/** Files read in all: an rc file that includes itself twice would never end. */
const MAX_FILES = 10_000;
const MAX_RC_BYTES = 16 * 1024 * 1024;

export class Interpreter {
  readonly #state: State;
  readonly #surroundings: Surroundings;
  readonly #conditions: Conditions;
  readonly #actions: RecipeActions;
  readonly #control: RcControl;
  readonly #trees: Map<string, readonly RcItem[]>;
  #frames: Frame[] = [];
  #files = 0;
  #hasLeft = false;
  #lastSucceeded = false;
  #lastCondition = false;
  #previousCondition = false;

  constructor(state: State, surroundings: Surroundings, trees = new Map<string, readonly RcItem[]>()) {
    this.#state = state;
    this.#surroundings = surroundings;
    this.#trees = trees;
    this.#conditions = new Conditions(surroundings.runner);
    this.#control = {
      ...surroundings.control,
      include: file => this.#include(file),
      switchTo: file => this.#switchTo(file),
      leave: () => this.#leave(),
    };
    const assigned: Assigned = (name, value) => applyAssignment(state, name, value, this.#control);
    this.#actions = surroundings.actions?.(assigned) ?? new Actions(surroundings.runner, assigned);
  }

  /** An assignment that does not come from an rc file. */
  async assign(name: string, value: string): Promise<void> {
    await assign(this.#state, name, value, this.#control);
  }

  /** Runs an rc file whose text has been read. */
  async run(name: string, text: string): Promise<RcEnd> {
    this.#frames = [];
    this.#hasLeft = false;
    this.#enter(name, text);
    return this.#loop();
  }

  async #loop(): Promise<RcEnd> {
    for (;;) {
      const item = this.#nextItem();
      if (this.#hasLeft) return 'left';
      if (item === undefined) return 'end';
      this.#state.locks.releaseLocal();
      if (item.kind === 'recipe') {
        if (await this.#recipe(item)) return 'delivered';
      } else if (item.kind === 'assignment') await this.#assignment(item);
      else if (item.kind === 'skipped') this.#state.log.quote('Skipped', item.text);
      else this.#state.log.notice('Closing brace unexpected\n');
    }
  }

  /** Leaves the lists that are at their end. */
  #nextItem(): RcItem | undefined {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const item = frame.items[frame.next++];
      if (item !== undefined) return item;
      if (frame.kind === 'block' && frame.isClosed) {
        this.#frames.pop();
        this.#state.locks.releaseLocal();
        ({lastCondition: this.#lastCondition, previousCondition: this.#previousCondition} = frame.outcome);
      } else this.#endFile();
    }
    return undefined;
  }

  /** With the blocks that nobody closed. */
  #endFile(): void {
    if (this.#frames.at(-1)?.kind === 'block') this.#state.log.notice('Missing closing brace\n');
    this.#dropFile();
  }

  #dropFile(): void {
    while (this.#frames.pop()?.kind === 'block');
    this.#state.rcFile = this.#frames.findLast(frame => frame.kind === 'file')?.name;
  }

  #enter(name: string, text: string): void {
    let items = this.#trees.get(text);
    if (items === undefined) this.#trees.set(text, (items = parseRecipes(text)));
    const outcome = {lastCondition: false, previousCondition: false};
    this.#frames.push({items, next: 0, kind: 'file', isClosed: true, name, outcome});
    this.#state.rcFile = name;
    this.#state.recorder?.entered(name);
  }

  #leave(): void {
    this.#frames = [];
    this.#hasLeft = true;
  }

  #include(file: string): void {
    if (this.#frames.length === 0 || file === '' || file === '/dev/null') return;
    const text = this.#frames.length >= MAX_NESTING ? undefined : this.#readIncluded(file);
    if (text === undefined) this.#state.log.quote("Couldn't read", file);
    else if (text !== '') this.#enter(nameBelowMaildir(this.#state, file), text);
  }

  #switchTo(file: string): void {
    if (this.#frames.length === 0) return;
    if (file === '' || file === '/dev/null') return this.#dropFile();
    const text = this.#readIncluded(file);
    if (text === undefined) return this.#state.log.quote("Couldn't read", file);
    this.#dropFile();
    if (text !== '') this.#enter(nameBelowMaildir(this.#state, file), text);
  }

  /** Ordinary files only; whose they are does not matter here (procmailrc(5) INCLUDERC). */
  #readIncluded(file: string): string | undefined {
    if (++this.#files > MAX_FILES) return undefined;
    try {
      const status = statSync(toPath(file));
      if (!status.isFile() || status.size > MAX_RC_BYTES) return undefined;
      return readFileSync(toPath(file), 'latin1');
    } catch {
      return undefined;
    }
  }

  async #assignment({line, name, value}: Assignment): Promise<void> {
    if (value === undefined) return this.#assignHere(line, name, undefined);
    const read = await this.#surroundings.runner.expand(this.#state, value.source, 'value', name.length + 1);
    if (!read.isTooLong) await this.#assignHere(line, name, read.text.slice(0, -1));
  }

  async #assignHere(line: number, name: string, value: string | undefined): Promise<void> {
    this.#state.recorder?.assigned(line, name, value);
    await assign(this.#state, name, value, this.#control);
  }

  /** Answers true when the message is delivered and all is done. */
  async #recipe(recipe: Recipe): Promise<boolean> {
    const read = await this.#surroundings.runner.expand(this.#state, recipe.header.source, 'words');
    if (read.isTooLong) {
      this.#endFileEarly();
      return false;
    }
    const header = this.#header(read.text);
    const barredBy = this.#barredBy(header.flags);
    const holds =
      (await this.#conditions.hold(this.#state, recipe.conditions, header.flags, barredBy === undefined)) &&
      recipe.action.kind !== 'missing';
    this.#state.recorder?.recipe({recipe, header, holds, barredBy});
    if (recipe.action.kind === 'missing') this.#state.log.notice('Missing action\n');
    this.#remember(header.flags, holds);
    if (!holds) {
      this.#passOver(recipe.action, header);
      return false;
    }
    return this.#act(recipe.action, header);
  }

  /** A recipe's first line that does not fit in LINEBUF is the end of everything that is read. */
  #endFileEarly(): void {
    this.#frames = [];
  }

  #header(words: string): RecipeHeader {
    const header = readHeader(words);
    if (header.leftover !== '') this.#state.log.quote('Skipped', header.leftover);
    tellConflicts(this.#state, header.flags);
    return header;
  }

  /** The flag by which recipes before this one rule it out. */
  #barredBy(flags: Flags): Flag | undefined {
    if (flags.has('e') && !(this.#previousCondition && !this.#lastSucceeded)) return 'e';
    if (flags.has('E') && this.#previousCondition) return 'E';
    if (flags.has('a') && !(this.#lastCondition && this.#lastSucceeded)) return 'a';
    return flags.has('A') && !this.#lastCondition ? 'A' : undefined;
  }

  #remember(flags: Flags, holds: boolean): void {
    if (!flags.has('A') && !flags.has('a')) this.#lastCondition = holds;
    if (!this.#previousCondition || !flags.has('E')) this.#previousCondition = holds;
  }

  async #act(action: Action, header: RecipeHeader): Promise<boolean> {
    switch (action.kind) {
      case 'missing':
        return false;
      case 'incomplete':
        this.#state.log.notice('Incomplete recipe\n');
        return false;
      case 'block':
        await this.#block(action, header);
        return false;
      case 'folder':
      case 'pipe':
      case 'forward': {
        const {isDone, succeeded} = await this.#actions.perform(this.#state, action, header);
        if (isDone) return true;
        if (succeeded !== undefined) this.#lastSucceeded = succeeded;
        return false;
      }
    }
  }

  async #block(block: Action & {kind: 'block'}, header: RecipeHeader): Promise<void> {
    const {flags} = header;
    tellExtraneous(this.#state, header);
    if (header.locks) await this.#actions.lockBlock(this.#state, header);
    const outcome = {lastCondition: this.#lastCondition, previousCondition: this.#previousCondition};
    const frame: Frame = {items: block.items, next: 0, kind: 'block', isClosed: block.isClosed, name: '', outcome};
    if (!flags.has('c')) {
      this.#frames.push(frame);
      this.#lastSucceeded = true;
      return;
    }
    this.#lastSucceeded = true;
    this.#lastSucceeded = await this.#clone(frame, header);
    if (!block.isClosed)
      this.#frames = this.#frames.slice(0, this.#frames.findLastIndex(({kind}) => kind === 'file') + 1);
    if (!block.isClosed) this.#dropFile();
  }

  /** Answers whether it ended well, as far as somebody asks (flags w and W). */
  async #clone(frame: Frame, {flags, locks}: RecipeHeader): Promise<boolean> {
    this.#state.log.tell('Forking', 'procmail');
    const directory = process.cwd();
    const log = this.#state.log.keep();
    const [isFile, isVerbose] = [this.#state.log.isFile, this.#state.log.isVerbose];
    const state = this.#state.copy();
    const clone = new Interpreter(state, this.#surroundings, this.#trees);
    clone.#takeOver(this, frame);
    const end = await clone.#loop();
    const status = await this.#surroundings.finish(state, end);
    this.#state.log.restore(log);
    Object.assign(this.#state.log, {isFile, isVerbose});
    process.chdir(directory);
    this.#state.setUmask(this.#state.umask);
    this.#state.lastExit = status;
    if (status === 0 || !(flags.has('w') || flags.has('W') || locks)) return true;
    const isQuiet = flags.has('W') || !flags.has('w');
    if (!isQuiet) this.#state.log.quote(`Program failure (${status}) of`, 'procmail');
    else if (this.#state.log.isVerbose) this.#state.log.quote(`Non-zero exitcode (${status}) from`, 'procmail');
    return false;
  }

  #takeOver(parent: Interpreter, frame: Frame): void {
    this.#frames = [...parent.#frames.map(copy => ({...copy})), frame];
    this.#files = parent.#files;
    this.#lastSucceeded = parent.#lastSucceeded;
    this.#lastCondition = parent.#lastCondition;
    this.#previousCondition = parent.#previousCondition;
  }

  /** What is not run is read all the same, and complained of. */
  #passOver(action: Action, header: RecipeHeader): void {
    const {log} = this.#state;
    if (action.kind === 'block') {
      tellExtraneous(this.#state, header);
      for (const item of action.items) this.#passOverItem(item);
    } else if (action.kind === 'forward') this.#complain(action.addresses.complaints);
    else if (action.kind === 'folder') {
      if (header.flags.has('f')) log.notice('Extraneous filter-flag ignored\n');
      this.#complain(action.rest.complaints);
    } else if (action.kind === 'incomplete') log.notice('Incomplete recipe\n');
  }

  #passOverItem(item: RcItem): void {
    if (item.kind === 'assignment') this.#complain(item.value?.complaints ?? []);
    else if (item.kind === 'skipped') this.#state.log.quote('Skipped', item.text);
    else if (item.kind === 'recipe') {
      this.#complain(item.header.complaints);
      const header = this.#header(skipWords(item.header.source, 0, 'words').text);
      if (item.action.kind === 'missing') this.#state.log.notice('Missing action\n');
      this.#passOver(item.action, header);
    }
  }

  #complain(complaints: readonly string[]): void {
    for (const complaint of complaints) tellComplaint(this.#state, complaint);
  }
}

function tellConflicts({log}: State, flags: Set<string>): void {
  if (!flags.has('e')) return;
  if (flags.delete('E')) log.notice('Conflicting else-if-flag suppressed\n');
  if (flags.delete('a')) log.notice('Conflicting also-if-succeeded-flag suppressed\n');
}

function tellExtraneous({log}: State, {flags, locks}: RecipeHeader): void {
  const tell = (what: string): void => log.notice(`Extraneous ${what} ignored\n`);
  if (locks && !flags.has('c')) tell('locallockfile');
  if (flags.has('b')) tell('deliver-body flag');
  if (flags.has('h')) tell('deliver-head flag');
  if (flags.has('i')) tell('ignore-write-error flag');
  if (flags.has('r')) tell('raw-mode flag');
}

/** `$_` of a file that is named from where the mail is. */
function nameBelowMaildir(state: State, file: string): string {
  const maildir = state.variables.text('MAILDIR');
  return !file.startsWith('/') && maildir.startsWith('/') ? `${maildir}/${file}` : file;
}
