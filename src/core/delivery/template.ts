/**
 * `$name` in forward_path, luser_relay, mailbox_command's directory and pipe(8)'s arguments: `$name`, `${name}`, `$(name)`,
 * `${name?text}`, `${name:text}`, `${name?{text}:{text}}`, nested; `$$` is a dollar. What comes out of a name is cleaned
 * by a filter of harmless characters; text that stands in the template itself is not.
 */
export interface TemplateRules {
  /** The value; undefined and '' count as not defined. */
  value(name: string): string | undefined;
  /** Characters a value may have; others become `_`. All, when it is undefined. */
  readonly allowed?: string | undefined;
}

export interface Expansion {
  readonly text: string;
  /** A plain name had no value: the text is no good for what must be whole (a path of forward_path). */
  readonly isIncomplete: boolean;
  /** Names that were asked for. */
  readonly names: ReadonlySet<string>;
  /** What is wrong with the template itself, in the original's words. */
  readonly problem: string | undefined;
}

export function expandTemplate(template: string, rules: TemplateRules): Expansion {
  const expander = new Expander(rules);
  const text = expander.expand(template, 0);
  const problem = expander.problem === undefined ? undefined : `${expander.problem}: "${template}"`;
  return {text, isIncomplete: expander.isIncomplete, names: expander.names, problem};
}

/** Deeper nesting is a mistake. */
const MAX_DEPTH = 20;

class Expander {
  isIncomplete = false;
  problem: string | undefined;
  readonly names = new Set<string>();
  readonly #rules: TemplateRules;

  constructor(rules: TemplateRules) {
    this.#rules = rules;
  }

  expand(text: string, depth: number): string {
    if (depth > MAX_DEPTH) {
      this.problem = 'unreasonable macro call nesting';
      return '';
    }
    let out = '';
    let at = 0;
    for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
      out += text.slice(at, dollar);
      const next = text.charAt(dollar + 1);
      if (next === '$') {
        out += '$';
        at = dollar + 2;
      } else if (next === '{' || next === '(') {
        const end = closingAt(text, dollar + 1, next, next === '{' ? '}' : ')');
        if (end < 0) {
          this.problem = 'truncated macro reference';
          return out;
        }
        out += this.#reference(text.slice(dollar + 2, end), depth);
        at = end + 1;
      } else {
        const name = nameAt(text, dollar + 1);
        if (name === '') this.problem = 'empty macro name';
        out += this.#plain(name);
        at = dollar + 1 + name.length;
      }
    }
    return out + text.slice(at);
  }

  /** The inside of `${...}`. */
  #reference(inside: string, depth: number): string {
    const name = nameAt(inside, 0);
    const operator = inside.charAt(name.length);
    if (operator === '' && name !== '') return this.#plain(name);
    if (name === '' || (operator !== '?' && operator !== ':')) {
      this.problem = name === '' ? 'empty macro name' : 'bad operator in macro reference';
      return '';
    }
    const isDefined = this.#value(name) !== '';
    const [first, second] = branches(inside.slice(name.length + 1));
    const chosen = isDefined === (operator === '?') ? first : second;
    return chosen === undefined ? '' : this.expand(chosen, depth + 1);
  }

  #plain(name: string): string {
    const value = this.#value(name);
    if (value === '') this.isIncomplete = true;
    return value;
  }

  #value(name: string): string {
    this.names.add(name);
    const value = this.#rules.value(name) ?? '';
    return this.#rules.allowed === undefined ? value : keepAllowed(value, this.#rules.allowed);
  }
}

/** Characters that are not allowed become `_`. */
export function keepAllowed(value: string, allowed: string): string {
  let out = '';
  for (const character of value) out += allowed.includes(character) ? character : '_';
  return out;
}

/** `text`, or `{text}:{text}` with the second left out or not. */
function branches(text: string): [string, string | undefined] {
  const start = text.length - text.trimStart().length;
  if (text.charAt(start) !== '{') return [text, undefined];
  const end = closingAt(text, start, '{', '}');
  if (end < 0) return [text, undefined];
  const rest = text.slice(end + 1).trim();
  const second = rest.startsWith(':') ? rest.slice(1).trim() : undefined;
  const isBraced = second?.startsWith('{') === true && second.endsWith('}');
  return [text.slice(start + 1, end).trim(), isBraced ? second.slice(1, -1).trim() : second];
}

function closingAt(text: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text.charAt(i) === open) depth++;
    else if (text.charAt(i) === close && --depth === 0) return i;
  }
  return -1;
}

function nameAt(text: string, at: number): string {
  return /^[A-Za-z0-9_]*/.exec(text.slice(at))?.[0] ?? '';
}
