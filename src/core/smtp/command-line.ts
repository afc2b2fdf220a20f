/** A command line (RFC 5321 section 4.1.1): the verb, and what follows it. */
export interface CommandLine {
  /** In capitals. */
  readonly verb: string;
  /** As it was written. */
  readonly word: string;
  readonly argument: string;
}

/** Never fails: an empty line has an empty verb. Blanks around the words are the client's business. */
export function splitCommand(line: string): CommandLine {
  let start = 0;
  while (isBlank(line.charCodeAt(start))) start++;
  let end = start;
  while (end < line.length && !isBlank(line.charCodeAt(end))) end++;
  const word = line.slice(start, end);
  return {verb: word.toUpperCase(), word, argument: line.slice(end).trim()};
}

/** `name=value` and bare words behind an address, divided by blanks (RFC 5321 section 4.1.2 Mail-parameters). */
export interface PathParameter {
  /** In capitals. */
  readonly name: string;
  readonly value: string | undefined;
  readonly whole: string;
}

export function splitParameters(text: string): PathParameter[] {
  const found: PathParameter[] = [];
  for (const whole of text.split(/[ \t]+/)) {
    if (whole === '') continue;
    const equals = whole.indexOf('=');
    if (equals < 0) found.push({name: whole.toUpperCase(), value: undefined, whole});
    else found.push({name: whole.slice(0, equals).toUpperCase(), value: whole.slice(equals + 1), whole});
  }
  return found;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0b || code === 0x0c;
}
