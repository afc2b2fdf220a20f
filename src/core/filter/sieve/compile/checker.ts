/**
 * Checks a script's tree against the language as it is with the extensions the script requires: commands, arguments,
 * tests and blocks. What is wrong goes to the report in Pigeonhole's words; what is right comes out as uses for the
 * code generator.
 */
import {checkArguments, checkSubtests, checkBlock} from './check-arguments.ts';
import type {Command, Extension, Kind, TagGroup, Use} from './language.ts';
import type {Text} from './operand.ts';
import type {Report} from './report.ts';
import {activateText} from './activate-text.ts';
import {type Argument, describeArgument, type Node, type Place, type StringArgument} from './tree.ts';
import {VariableScope} from './variable-scope.ts';
import type {CompileSettings, IncludeCompiler} from './compile-settings.ts';

export class Checker {
  readonly report: Report;
  readonly settings: CompileSettings;
  readonly scope: VariableScope;
  readonly includes: IncludeCompiler;
  readonly #commands = new Map<string, Command>();
  readonly #tests = new Map<string, Command>();
  readonly #extensions = new Map<string, Extension>();
  readonly #unknown = new Set<string>();
  readonly #unknownTags = new Set<string>();
  /** Extensions that `ihave` asks for and that are not there: what is behind is not checked. */
  readonly missing = new Set<string>();

  constructor(report: Report, settings: CompileSettings, core: readonly Command[], includes: IncludeCompiler) {
    this.report = report;
    this.settings = settings;
    this.includes = includes;
    this.scope = new VariableScope(settings.maxVariables);
    for (const command of core) this.#commands.set(command.name, command);
  }

  error(place: Place, text: string): false {
    this.report.error(place, text);
    return false;
  }

  warning(place: Place, text: string): void {
    this.report.warning(place, text);
  }

  findCommand(name: string): Command | undefined {
    return this.#commands.get(name.toLowerCase());
  }

  /** Whether an extension is in force in this script. */
  has(extension: string): boolean {
    return this.#extensions.has(extension);
  }

  get extensions(): readonly string[] {
    return [...this.#extensions.keys()];
  }

  /** Whether `require` would work. */
  knows(extension: string): Extension | undefined {
    return this.settings.extensions.get(extension);
  }

  /** False when its loading failed, which has been reported. */
  load(extension: Extension, place: Place): boolean {
    if (this.#extensions.has(extension.name)) return true;
    this.#extensions.set(extension.name, extension);
    if (extension.load?.(this, place) === false) return false;
    for (const command of extension.commands ?? []) this.#commands.set(command.name, command);
    for (const test of extension.tests ?? []) this.#tests.set(test.name, test);
    for (const name of extension.implies ?? []) {
      const implied = this.knows(name);
      if (implied !== undefined && !this.load(implied, place)) return false;
    }
    return true;
  }

  tagsOf(command: Command): readonly TagGroup[] {
    const groups = [...(command.tags ?? [])];
    for (const extension of this.#extensions.values())
      for (const [name, group] of extension.tags ?? []) if (name === command.name) groups.push(group);
    return groups;
  }

  /** True the first time a command is met that nobody knows. */
  notesUnknown(name: string): boolean {
    if (this.#unknown.has(name)) return false;
    this.#unknown.add(name);
    return true;
  }

  notesUnknownTag(command: string, tag: string): boolean {
    const key = `${command} ${tag}`;
    if (this.#unknownTags.has(key)) return false;
    this.#unknownTags.add(key);
    return true;
  }

  run(root: readonly Node[]): Use[] {
    const uses = this.#commandsOf(root, undefined);
    if (!this.#isPastRequires) this.#finishRequires();
    return uses;
  }

  /** With the first other command it is known what is required: extensions look whether they go together. */
  #finishRequires(): boolean {
    this.#isPastRequires = true;
    let isFine = true;
    for (const extension of this.#extensions.values()) {
      const place = this.#requirePlace.get(extension.name) ?? {line: 1, column: 1};
      if (extension.loaded?.(this, place) === false) isFine = false;
    }
    return isFine;
  }

  #isPastRequires = false;
  readonly #requirePlace = new Map<string, Place>();

  noteRequire(extension: string, place: Place): void {
    this.#requirePlace.set(extension, place);
  }

  #commandsOf(nodes: readonly Node[], parent: Use | undefined): Use[] {
    const uses: Use[] = [];
    let previous: Use | undefined;
    for (const node of nodes) {
      if (!this.#isPastRequires && node.name.toLowerCase() !== 'require' && !this.#finishRequires()) return uses;
      const use = this.#check(node, parent, previous, uses);
      if (use === undefined) continue;
      uses.push(use);
      previous = use;
    }
    return uses;
  }

  /** Undefined for what nobody knows. */
  #check(node: Node, parent: Use | undefined, previous: Use | undefined, siblings: readonly Use[]): Use | undefined {
    const command =
      (node.kind === 'test' ? this.#tests.get(node.name.toLowerCase()) : undefined) ?? this.findCommand(node.name);
    if (command === undefined) {
      if (this.notesUnknown(node.name.toLowerCase()))
        this.error(node, `unknown ${node.kind} '${node.name}' (only reported once at first occurrence)`);
      return undefined;
    }
    const use = newUse(command, node, parent, previous, siblings);
    if (command.kind !== node.kind) {
      this.error(node, `attempted to use ${command.kind} '${node.name}' as ${node.kind}`);
      return use;
    }
    const isFine =
      (command.begin?.(this, use) ?? true) && checkArguments(this, use) && (command.check?.(this, use) ?? true);
    const hasTests = checkSubtests(this, use) || command.subtests !== undefined;
    const hasBlock = isFine ? checkBlock(this, use) : command.block !== undefined;
    this.#descend(hasTests ? node.tests : [], hasBlock ? node.block : undefined, use);
    if (isFine) use.constant = command.constant?.(use);
    return use;
  }

  #descend(tests: readonly Node[], block: readonly Node[] | undefined, use: Use): void {
    for (const test of tests) {
      const child = this.#check(test, use, undefined, []);
      if (child !== undefined) use.tests.push(child);
    }
    if (block === undefined) return;
    const isSkipped = use.tests[0]?.constant === false || this.#isBehindTrue(use);
    if (isSkipped && this.missing.size > 0) return; // a branch that ihave has ruled out may hold anything
    use.block = this.#commandsOf(block, use);
  }

  #isBehindTrue(use: Use): boolean {
    for (let {previous} = use; previous !== undefined; {previous} = previous) {
      if (use.command.name !== 'elsif' && use.command.name !== 'else') return false;
      if (previous.tests[0]?.constant === true) return true;
      if (previous.command.name === 'if') return false;
    }
    return false;
  }

  /** The positional argument of this number must be of a kind; false after saying that it is not. */
  positional(use: Use, index: number, name: string, kind: Kind): boolean {
    const argument = use.positionals[index];
    if (argument === undefined) return false;
    if (!this.take(argument, kind, use)) {
      const {command} = use;
      const text = `the ${command.name} ${command.kind} expects a ${kind} as argument ${index + 1} (${name}), but ${describeArgument(argument)} was found`;
      return this.error(argument, text);
    }
    return !this.#failed;
  }

  #failed = false;

  /** Puts an argument into the use; false when it is of another kind. */
  take(argument: Argument, kind: Kind, use: Use): boolean {
    this.#failed = false;
    if (argument.kind === 'number') {
      if (kind !== 'number') return false;
      use.numbers.push(argument.value);
      return true;
    }
    if (kind === 'number' || argument.kind === 'tag') return false;
    if (kind === 'string') {
      if (argument.kind !== 'string') return false;
      const text = this.activate(argument);
      use.texts.push(text ?? '');
      return true;
    }
    use.lists.push(this.texts(argument.kind === 'list' ? argument.items : [argument]));
    return true;
  }

  /** A string with its variables and encoded characters; undefined after an error in it. */
  activate(argument: StringArgument): Text | undefined {
    const text = activateText(this, argument);
    if (text === undefined) this.#failed = true;
    return text;
  }

  texts(items: readonly StringArgument[]): Text[] {
    return items.map(item => this.activate(item) ?? '');
  }

  /** Whether the last argument held something that was reported. */
  get failed(): boolean {
    return this.#failed;
  }
}

function newUse(
  command: Command,
  node: Node,
  parent: Use | undefined,
  previous: Use | undefined,
  siblings: readonly Use[],
): Use {
  return {
    siblings,
    command,
    node,
    parent,
    previous,
    tags: [],
    positionals: [],
    texts: [],
    lists: [],
    numbers: [],
    tests: [],
    block: [],
    constant: undefined,
    found: undefined,
  };
}
