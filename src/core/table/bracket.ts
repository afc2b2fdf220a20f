/** Bracket expressions, `[^[:alpha:]x-z]`, as classes of RegExp. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['alnum', 'A-Za-z0-9'],
  ['alpha', 'A-Za-z'],
  ['blank', ' \\t'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '\\x21-\\x7e'],
  ['lower', 'a-z'],
  ['print', '\\x20-\\x7e'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['space', ' \\t\\n\\v\\f\\r'],
  ['upper', 'A-Z'],
  ['word', 'A-Za-z0-9_'],
  ['xdigit', '0-9A-Fa-f'],
]);

export interface Bracket {
  readonly text: string;
  /** Behind the closing bracket. */
  readonly end: number;
}

/** `at` is that of `[`. In POSIX (`escapes` false) a backslash stands for itself. */
export function translateBracket(source: string, at: number, escapes: boolean, lines: boolean): Bracket {
  let from = at + 1;
  let text = '[';
  if (source[from] === '^') {
    text += lines ? '^\\n' : '^';
    from++;
  }
  for (let first = true; from < source.length; first = false) {
    const rest = source.slice(from);
    const character = rest.charAt(0);
    if (character === ']' && !first) return {text: `${text}]`, end: from + 1};
    const named = /^\[:(\^?)([a-z]+):\]/.exec(rest);
    const collating = /^\[([.=])(.)\1\]/.exec(rest);
    if (named !== null) {
      const members = CLASSES.get(named[2] ?? '');
      if (members === undefined) throw new SyntaxError('Invalid character class name');
      text += members;
      from += named[0].length;
    } else if (collating !== null) {
      text += escapeMember(collating[2] ?? '');
      from += collating[0].length;
    } else if (escapes && character === '\\') {
      const escape = /^\\(?:x[0-9a-f]{2}|[^])/i.exec(rest)?.[0] ?? '\\\\';
      text += escape === '\\h' ? ' \\t' : escape;
      from += escape.length;
    } else {
      text += character === '-' ? '-' : escapeMember(character);
      from++;
    }
  }
  throw new SyntaxError('Unterminated character class');
}

function escapeMember(character: string): string {
  return /[\\[\]^]/.test(character) ? `\\${character}` : character;
}
