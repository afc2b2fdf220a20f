/**
 * Turns a program's operations into steps: each kind of operation is declared once with how its operands become a
 * function, patterns and keys prepared. Done once for a version of a script.
 */
import type {Operation, Program} from '../compile/operand.ts';
import type {Step} from './run.ts';

export interface Linked {
  readonly program: Program;
  readonly steps: readonly Step[];
  readonly includes: readonly (Linked | undefined)[];
}

export interface OperationKind {
  readonly name: string;
  link(operation: Operation): Step;
  /** Lines of `sieve-dump` below the operation's own. */
  dump?(operation: Operation): readonly string[];
}

/** `name` is the `op` of its operations, which is what makes the cast hold. */
export function operationKind<T extends Operation>(name: T['op'], link: (operation: T) => Step): OperationKind {
  return {name, link: operation => link(operation as T)};
}

export function linkProgram(program: Program, kinds: ReadonlyMap<string, OperationKind>): Linked {
  const steps = program.operations.map(operation => {
    const kind = kinds.get(operation.op);
    if (kind === undefined) throw new Error(`no operation ${operation.op}`);
    return kind.link(operation);
  });
  const includes = program.includes.map(({program: included}) => included && linkProgram(included, kinds));
  return {program, steps, includes};
}
