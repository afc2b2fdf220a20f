/** The `-o name=value` of a master.cf entry (master(5)); the value may have been in braces: `-o { name = value }`. */
export function serviceOverrides(options: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < options.length; i++) {
    const option = options[i] ?? '';
    if (!option.startsWith('-o')) continue;
    const text = option === '-o' ? (options[++i] ?? '') : option.slice(2);
    const equals = text.indexOf('=');
    if (equals > 0) found.set(text.slice(0, equals).trim(), text.slice(equals + 1).trim());
  }
  return found;
}
