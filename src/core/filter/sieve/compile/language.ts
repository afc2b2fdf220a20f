/**
 * How the parts of the language are declared: commands and tests, tagged arguments, and extensions that bring them. One
 * object each; checking, code and help come from it.
 */
import type {Checker} from './checker.ts';
import type {Code} from './code.ts';
import type {Text} from './operand.ts';
import type {Argument, Node, Place} from './tree.ts';

export type Kind = 'string' | 'number' | 'string list';

/** A tagged argument. */
export interface Tag {
  readonly name: string;
  /** What follows the tag. */
  readonly parameter?: Kind;
  /** Takes the argument behind the tag in its own way; false after an error. */
  takes?(checker: Checker, use: Use, tag: TagUse, parameter: Argument | undefined): boolean;
  /** Looks at the tag and its parameter; false after an error. */
  check?(checker: Checker, use: Use, tag: TagUse): boolean;
  /** Once all arguments are read: whether the tag goes with the others; false after an error. */
  finish?(checker: Checker, use: Use, tag: TagUse): boolean;
}

/** Tags of which a command takes one: a single tag, or a class like the match types, which may grow. */
export interface TagGroup {
  /** As it stands in messages: `MATCH-TYPE`. */
  readonly className?: string;
  /** More than one is not refused as such. */
  readonly isRepeatable?: boolean;
  find(name: string, checker: Checker): Tag | undefined;
}

export interface TagUse {
  readonly tag: Tag;
  readonly group: TagGroup;
  readonly place: Place;
  /** The parameter, once checked. */
  text?: Text;
  texts?: readonly Text[];
  number?: number;
}

export interface Command {
  readonly name: string;
  readonly kind: 'command' | 'test';
  /** How many positional arguments; undefined when `check` counts them. */
  readonly positionals?: number;
  readonly subtests?: 'one' | 'list';
  readonly block?: 'required';
  readonly tags?: readonly TagGroup[];
  /** Nothing behind it in its block is reached. */
  readonly exits?: boolean;
  /** Before arguments are looked at. */
  begin?(checker: Checker, use: Use): boolean;
  /** With tags checked; positional arguments are in `use.positionals`. False after an error. */
  check?(checker: Checker, use: Use): boolean;
  /** What a test is known to answer, once its sub-tests are known. */
  constant?(use: Use): boolean | undefined;
  generate(code: Code, use: Use): void;
  /** For tests made of tests: code that leads to the label when the answer is `when`. */
  generateJump?(code: Code, use: Use, when: boolean, label: Label): void;
}

/** A command or test in a script, as far as it is checked. */
export interface Use {
  readonly command: Command;
  readonly node: Node;
  readonly parent: Use | undefined;
  /** All commands of its block. */
  readonly siblings: readonly Use[];
  /** The command before it in its block. */
  readonly previous: Use | undefined;
  readonly tags: TagUse[];
  readonly positionals: Argument[];
  /** Positional arguments, checked, in order. */
  readonly texts: Text[];
  readonly lists: (readonly Text[])[];
  readonly numbers: number[];
  tests: Use[];
  block: Use[];
  constant: boolean | undefined;
  /** What `check` found out for `generate`; each command knows what it put here. */
  found: unknown;
}

/** A place in the code that is not yet known. */
export interface Label {
  address: number;
}

export interface Extension {
  readonly name: string;
  /** Not available unless sieve_extensions asks for it. */
  readonly isOff?: boolean;
  /** Only known where its program part is there: vnd.dovecot.pipe, imapsieve. */
  readonly plugin?: 'extprograms' | 'imapsieve' | 'protocol';
  /** Of no use where the message has no envelope: imapsieve. */
  readonly needsEnvelope?: boolean;
  readonly commands?: readonly Command[];
  /** Commands that may stand for tests too. */
  readonly tests?: readonly Command[];
  /** Tags it adds to commands by name, whoever declared those. */
  readonly tags?: readonly (readonly [command: string, group: TagGroup])[];
  /** Brings others along. */
  readonly implies?: readonly string[];
  /** Called at `require`; false after an error. */
  load?(checker: Checker, place: Place): boolean;
  /** Called when all that a script requires is loaded. */
  loaded?(checker: Checker, place: Place): boolean;
}

export function tagGroup(tag: Tag): TagGroup {
  return {find: name => (name === tag.name ? tag : undefined)};
}

/** Tags without a parameter, or with one that needs no more looking at. */
export function plainTag(name: string, parameter?: Kind): TagGroup {
  return tagGroup(parameter === undefined ? {name} : {name, parameter});
}

export function findTag(use: Use, name: string): TagUse | undefined {
  return use.tags.find(tag => tag.tag.name === name);
}

export function hasTag(use: Use, name: string): boolean {
  return findTag(use, name) !== undefined;
}
