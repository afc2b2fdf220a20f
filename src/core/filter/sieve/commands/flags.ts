/** IMAP flags in scripts (RFC 5232 section 2): lists of them in strings, blanks between; no case, none twice. */
const SYSTEM: ReadonlySet<string> = new Set(['\\answered', '\\flagged', '\\deleted', '\\seen', '\\draft']);

/** RFC 3501 section 9: a keyword is an atom, and what begins with a backslash must be one the standard knows. */
export function isValidFlag(flag: string): boolean {
  if (flag.startsWith('\\')) return SYSTEM.has(flag.toLowerCase());
  if (flag === '') return false;
  for (let at = 0; at < flag.length; at++) {
    const code = flag.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || '(){%*"\\]'.includes(flag.charAt(at))) return false;
  }
  return true;
}

export function splitFlags(texts: readonly string[]): string[] {
  return texts.flatMap(text => text.split(' ')).filter(flag => flag !== '');
}

/** The valid ones, each once. */
export function normalFlags(texts: readonly string[]): string[] {
  return addFlags([], texts);
}

export function addFlags(flags: readonly string[], texts: readonly string[]): string[] {
  const found = [...flags];
  for (const flag of splitFlags(texts)) if (isValidFlag(flag) && !hasFlag(found, flag)) found.push(flag);
  return found;
}

export function removeFlags(flags: readonly string[], texts: readonly string[]): string[] {
  const gone = new Set(splitFlags(texts).map(flag => flag.toLowerCase()));
  return flags.filter(flag => !gone.has(flag.toLowerCase()));
}

function hasFlag(flags: readonly string[], flag: string): boolean {
  const wanted = flag.toLowerCase();
  return flags.some(other => other.toLowerCase() === wanted);
}
