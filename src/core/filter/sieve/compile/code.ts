/**
 * Writes operations in a row. Lines are kept as the original keeps them: what begins at an address marks it with its
 * line, the first mark counts for the operation there, the last one for what follows without a mark of its own.
 */
import type {Command, Label, Use} from './language.ts';
import type {Operation} from './operand.ts';

/** `if`, `elsif` and `else` that belong together: where the first that was taken leads. */
export interface Chain {
  readonly exit: Label;
  isDone: boolean;
}

export interface JumpOperation extends Operation {
  readonly op: 'jump' | 'jumpIfTrue' | 'jumpIfFalse';
  target: number;
}

export class Code {
  readonly operations: Operation[] = [];
  chain: Chain | undefined;
  #firstMark = 0;
  #lastMark = 1;
  readonly #jumps: {readonly operation: {target: number}; readonly label: Label}[] = [];

  get address(): number {
    return this.operations.length;
  }

  get lastLine(): number {
    return this.#lastMark;
  }

  mark(line: number): void {
    if (this.#firstMark === 0) this.#firstMark = line;
    this.#lastMark = line;
  }

  emit<T extends Operation>(operation: Omit<T, 'line'>): T {
    const line = this.#firstMark === 0 ? this.#lastMark : this.#firstMark;
    this.#firstMark = 0;
    const whole = {...operation, line} as T; // what was left out is put in
    this.operations.push(whole);
    return whole;
  }

  jump(op: JumpOperation['op'], label: Label): void {
    this.pointAt(this.emit<JumpOperation>({op, target: -1}), label);
  }

  /** The operation's target will be where the label is placed. */
  pointAt(operation: {target: number}, label: Label): void {
    this.#jumps.push({operation, label});
  }

  place(label: Label): void {
    label.address = this.address;
  }

  block(uses: readonly Use[]): void {
    const outer = this.chain;
    this.chain = undefined;
    for (const use of uses) this.command(use);
    this.endChain();
    this.chain = outer;
  }

  command(use: Use): void {
    if (!isBranch(use.command)) this.endChain();
    if (use.command.name !== 'require') this.mark(use.node.line);
    use.command.generate(this, use);
  }

  /** Code that goes on behind the branches of an if that came before. */
  endChain(): void {
    if (this.chain !== undefined) this.place(this.chain.exit);
    this.chain = undefined;
  }

  /** A test, and a jump when it answers `when`. */
  test(use: Use, when: boolean, label: Label): void {
    this.mark(use.node.line);
    if (use.command.generateJump !== undefined) return use.command.generateJump(this, use, when, label);
    use.command.generate(this, use);
    this.jump(when ? 'jumpIfTrue' : 'jumpIfFalse', label);
  }

  finish(): readonly Operation[] {
    for (const {operation, label} of this.#jumps) operation.target = label.address;
    return this.operations;
  }
}

function isBranch({name}: Command): boolean {
  return name === 'elsif' || name === 'else';
}

export function newLabel(): Label {
  return {address: -1};
}
