/**
 * A pattern of a regexp: or pcre: table, ready to be matched with byte strings. RegExp does it where that is certain
 * to be quick, else the matcher of our own; what groups hold is asked of the matcher where RegExp would answer
 * otherwise.
 */
import {type Groups, Matcher} from './matcher.ts';
import {type Cost, costOf, mostSteps, toRegExp} from './native.ts';
import {compile} from './program.ts';
import {type Expression, minLength, type Node} from './syntax.ts';

/** As many steps of RegExp take some milliseconds. */
const MAX_NATIVE_STEPS = 2_000_000;

export class Pattern {
  readonly groupCount: number;
  readonly #matcher: Matcher;
  readonly #native: RegExp | undefined;
  readonly #cost: Cost;
  /** RegExp fills the groups in the same way. */
  readonly #hasNativeGroups: boolean;

  /** Throws `PatternFault` when it is too large. */
  constructor({root, groupCount, isLongest}: Expression) {
    this.groupCount = groupCount;
    this.#matcher = new Matcher(compile(root, groupCount), isLongest);
    this.#native = toRegExp(root);
    this.#cost = costOf(root);
    this.#hasNativeGroups = !isLongest && !hasGroupInRepeat(root, false);
  }

  /** Throws `TooManySteps`. */
  test(text: string): boolean {
    const native = this.#nativeFor(text);
    return native === undefined ? this.#matcher.exec(text) !== undefined : native.test(text);
  }

  /** The groups' texts from the first group on, undefined when the text does not match. Throws `TooManySteps`. */
  groups(text: string): readonly (string | undefined)[] | undefined {
    const native = this.#nativeFor(text);
    if (native !== undefined) {
      if (this.#hasNativeGroups) return native.exec(text)?.slice(1);
      if (!native.test(text)) return undefined;
    }
    const found = this.#matcher.exec(text);
    return found === undefined ? undefined : this.#texts(text, found);
  }

  #nativeFor(text: string): RegExp | undefined {
    return mostSteps(this.#cost, text.length) <= MAX_NATIVE_STEPS ? this.#native : undefined;
  }

  #texts(text: string, found: Groups): (string | undefined)[] {
    return Array.from({length: this.groupCount}, (_none, index) => {
      const [start = -1, end = -1] = [found[2 * index + 2], found[2 * index + 3]];
      return start < 0 || end < start ? undefined : text.slice(start, end);
    });
  }
}

/** RegExp forgets a group's text when the repeat around it begins another round, and takes no empty rounds. */
function hasGroupInRepeat(node: Node, isRepeated: boolean): boolean {
  switch (node.kind) {
    case 'group':
      return isRepeated || hasGroupInRepeat(node.item, isRepeated);
    case 'repeat':
      return minLength(node.item) === 0 || hasGroupInRepeat(node.item, isRepeated || node.max > 1);
    case 'atomic':
    case 'look':
      return hasGroupInRepeat(node.item, isRepeated);
    case 'sequence':
      return node.items.some(item => hasGroupInRepeat(item, isRepeated));
    case 'choice':
      return node.options.some(option => hasGroupInRepeat(option, isRepeated));
    case 'empty':
    case 'set':
    case 'position':
    case 'reference':
      return false;
  }
}
