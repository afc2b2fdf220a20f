/** Results of pattern tables: `$1`, `${1}` and `$(1)` stand for what a group matched, `$$` for a dollar sign. */
export interface Replacement {
  readonly parts: readonly (string | number)[];
  /** The highest group asked for, 0 for none. */
  readonly highest: number;
}

/** Undefined, after a warning, when the text can't be used. */
export function parseReplacement(text: string, warn: (text: string) => void): Replacement | undefined {
  const parts: (string | number)[] = [];
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
    parts.push(text.slice(at, dollar));
    const token = TOKEN.exec(text.slice(dollar))?.[0];
    if (token === undefined) {
      warn(`bad $ syntax in replacement: "${text}": skipping this rule`);
      return undefined;
    }
    parts.push(token === '$$' ? '$' : Number(token.replace(/\D/g, '')));
    at = dollar + token.length;
  }
  parts.push(text.slice(at));
  return {parts, highest: Math.max(0, ...parts.map(part => (typeof part === 'number' ? part : 0)))};
}

const TOKEN = /^\$(?:\$|\d+|\{\d+\}|\(\d+\))/;

export function substitute({parts}: Replacement, groups: readonly (string | undefined)[]): string {
  return parts.map(part => (typeof part === 'number' ? (groups[part] ?? '') : part)).join('');
}
