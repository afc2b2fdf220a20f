/** A script as its grammar shows it (RFC 5228 section 8.2): commands, tests and arguments with the place where each begins. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface StringArgument extends Place {
  readonly kind: 'string';
  readonly text: string;
}

export interface NumberArgument extends Place {
  readonly kind: 'number';
  readonly value: number;
}

export interface ListArgument extends Place {
  readonly kind: 'list';
  readonly items: readonly StringArgument[];
}

export interface TagArgument extends Place {
  readonly kind: 'tag';
  readonly name: string;
}

export type Argument = StringArgument | NumberArgument | ListArgument | TagArgument;

export interface Node extends Place {
  readonly kind: 'command' | 'test';
  readonly name: string;
  readonly args: Argument[];
  readonly tests: Node[];
  /** The tests stand in brackets. */
  isTestList: boolean;
  block: Node[] | undefined;
}

export function describeArgument(argument: Argument): string {
  switch (argument.kind) {
    case 'string':
      return 'a string';
    case 'number':
      return 'a number';
    case 'list':
      return 'a string list';
    case 'tag':
      return 'a tag';
  }
}
