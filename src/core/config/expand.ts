/**
 * `$name` expansion of configuration values: `$name`, `${name}`, `$(name)`, `${name?text}`, `${name:text}`,
 * `${name?{x}:{y}}`, comparisons `${{a} == {b} ? {x} : {y}}` with `<`, `<=`, `==`, `!=`, `>=`, `>` on numbers or text and
 * `<level` on compatibility levels; `$$` is a dollar sign (postconf(5)). Throws `ExpansionFault` with the original's text.
 */
export class ExpansionFault extends Error {
  override readonly name = 'ExpansionFault';
}

/**
 * Answers a name's own text, unexpanded; undefined when there is no such name. `isTested`: the question is only whether
 * it has a value (`${name?x}`).
 */
export type Lookup = (name: string, isTested?: boolean) => string | undefined;

const MAX_DEPTH = 100; // seen: the original gives up on loops at this depth

export function expand(text: string, lookup: Lookup, depth = 0): string {
  if (!text.includes('$')) return text;
  if (depth > MAX_DEPTH) throw new ExpansionFault(`unreasonable macro call nesting: "${text}"`);
  let out = '';
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
    out += text.slice(at, dollar);
    const next = text.charAt(dollar + 1);
    if (next === '$') {
      out += '$';
      at = dollar + 2;
    } else if (next === '{' || next === '(') {
      const end = matching(text, dollar + 1);
      if (end < 0) throw new ExpansionFault(`truncated macro reference: "${text}"`);
      const inner = text.slice(dollar + 2, end);
      if (inner.trim() === '') throw new ExpansionFault(`empty macro name: "${text}"`);
      out += expandReference(inner, lookup, depth);
      at = end + 1;
    } else {
      const name = /^\w*/.exec(text.slice(dollar + 1))?.[0] ?? '';
      if (name === '') throw new ExpansionFault(`empty macro name: "${text}"`);
      out += expandName(name, lookup, depth);
      at = dollar + 1 + name.length;
    }
  }
  return out + text.slice(at);
}

/** The names a text refers to, in order; faults are passed over. */
export function referencedNames(text: string): string[] {
  const names: string[] = [];
  try {
    expand(text, name => {
      names.push(name);
      return undefined;
    });
  } catch (fault) {
    if (!(fault instanceof ExpansionFault)) throw fault;
  }
  return names;
}

function expandName(name: string, lookup: Lookup, depth: number): string {
  return expand(lookup(name) ?? '', lookup, depth + 1);
}

/** What stands between `${` and `}`. */
function expandReference(inner: string, lookup: Lookup, depth: number): string {
  const start = inner.trimStart();
  const condition = start.startsWith('{') ? comparison(start, lookup, depth) : undefined;
  if (condition !== undefined) return choose(condition.holds, condition.rest, inner, lookup, depth);
  const name = /^\s*(\w+)\s*/.exec(inner);
  if (name === null) throw new ExpansionFault(`empty macro name: "${inner}"`);
  const rest = inner.slice(name[0].length);
  if (rest === '') return expandName(name[1] ?? '', lookup, depth);
  if (!rest.startsWith('?') && !rest.startsWith(':'))
    throw new ExpansionFault(`attribute name syntax error at: "...${name[1]}>>>${rest}"`);
  const value = expand(lookup(name[1] ?? '', true) ?? '', lookup, depth + 1);
  return choose(value !== '', rest, inner, lookup, depth);
}

/** `?{x}:{y}`, `?text`, `:text` behind a name or comparison. */
function choose(holds: boolean, rest: string, inner: string, lookup: Lookup, depth: number): string {
  const operator = rest.charAt(0);
  const body = rest.slice(1);
  if (operator === ':') return holds ? '' : expand(unbraced(body, inner), lookup, depth + 1);
  if (operator !== '?') throw new ExpansionFault(`"?" expected at: "...}>>>${rest}"`);
  const start = body.trimStart();
  if (!start.startsWith('{')) return holds ? expand(body, lookup, depth + 1) : '';
  const end = matching(start, 0);
  if (end < 0) throw new ExpansionFault(`truncated macro reference: "${inner}"`);
  const other = start.slice(end + 1).trimStart();
  if (other !== '' && !other.startsWith(':')) throw new ExpansionFault(`":" expected at: "...}>>>${other}"`);
  if (holds) return expand(start.slice(1, end).trim(), lookup, depth + 1);
  return other === '' ? '' : expand(unbraced(other.slice(1), inner), lookup, depth + 1);
}

function unbraced(body: string, inner: string): string {
  const start = body.trimStart();
  if (!start.startsWith('{')) return body;
  const end = matching(start, 0);
  if (end < 0) throw new ExpansionFault(`truncated macro reference: "${inner}"`);
  return start.slice(1, end).trim();
}

function comparison(text: string, lookup: Lookup, depth: number): {holds: boolean; rest: string} | undefined {
  const leftEnd = matching(text, 0);
  if (leftEnd < 0) throw new ExpansionFault(`truncated macro reference: "${text}"`);
  const operator = /^\s*(<=level|>=level|==level|!=level|<level|>level|==|!=|<=|>=|<|>)\s*/.exec(
    text.slice(leftEnd + 1),
  );
  if (operator === null)
    throw new ExpansionFault(`relational operator expected at: "...}>>>${text.slice(leftEnd + 1)}"`);
  const rightStart = leftEnd + 1 + operator[0].length;
  const rightEnd = text.charAt(rightStart) === '{' ? matching(text, rightStart) : -1;
  if (rightEnd < 0)
    throw new ExpansionFault(`"{expression}" expected at: "...${operator[1]}>>>${text.slice(rightStart)}"`);
  const left = expand(text.slice(1, leftEnd).trim(), lookup, depth + 1);
  const right = expand(text.slice(rightStart + 1, rightEnd).trim(), lookup, depth + 1);
  const sign = operator[1] ?? '';
  const order = sign.endsWith('level') ? compareLevels(left, right) : compareValues(left, right);
  return {holds: satisfies(sign.replace('level', ''), order), rest: text.slice(rightEnd + 1).trimStart()};
}

function satisfies(sign: string, order: number): boolean {
  switch (sign) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Numbers compare as numbers when both are, else as text. */
function compareValues(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Math.sign(Number(a) - Number(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `major.minor.patch`, missing parts count as 0 (postconf(5) compatibility_level). */
function compareLevels(a: string, b: string): number {
  const [left, right] = [a, b].map(level => level.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const order = Math.sign((left?.[i] ?? 0) - (right?.[i] ?? 0));
    if (order !== 0) return order;
  }
  return 0;
}

/** Where the bracket that opens at `at` closes, counting its own kind only; -1 when it doesn't. */
function matching(text: string, at: number): number {
  const open = text.charAt(at);
  const close = open === '{' ? '}' : ')';
  let level = 0;
  for (let i = at; i < text.length; i++) {
    const letter = text.charAt(i);
    if (letter === open) level++;
    else if (letter === close && --level === 0) return i;
  }
  return -1;
}
