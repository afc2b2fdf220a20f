/** What of a message a condition's expression has seen, in few words, for people who ask why it fits or not. */

const NEWLINE = 0x0a;
/** A line in an explanation is cut here. */
const MOST_BYTES = 200;
/** So many fields are shown of those an expression asks for. */
const MOST_FIELDS = 8;

/** The line in which a match ends; `end` is one past its last byte. */
export function lineAt(area: Buffer, end: number): string {
  let at = Math.min(Math.max(end - 1, 0), area.length);
  if (at > 0 && area[at] === NEWLINE) at--;
  const start = at === 0 ? 0 : area.lastIndexOf(NEWLINE, at - 1) + 1;
  const stop = area.indexOf(NEWLINE, at);
  return cut(area.toString('latin1', start, stop < 0 ? area.length : stop));
}

/** The fields whose names an expression that found nothing begins with: `^Subject:`, `^(To|Cc):`, `^TO_`. */
export function fieldsNamed(area: Buffer, expression: string): string {
  const names = namesIn(expression);
  if (names.size === 0) return '';
  const found: string[] = [];
  for (let at = 0; at < area.length && found.length < MOST_FIELDS;) {
    const newline = area.indexOf(NEWLINE, at);
    const end = newline < 0 ? area.length : newline;
    const colon = area.subarray(at, Math.min(end, at + MOST_BYTES)).indexOf(0x3a);
    if (colon > 0 && names.has(area.toString('latin1', at, at + colon).toLowerCase()))
      found.push(cut(area.toString('latin1', at, end)));
    at = end + 1;
  }
  return found.join('; ');
}

function namesIn(expression: string): Set<string> {
  if (expression.startsWith('^TO')) return new Set(['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'apparently-to']);
  const names = /^\^\(?([\w-]+(?:\|[\w-]+)*)\)?:/.exec(expression)?.[1] ?? '';
  return new Set(
    names
      .toLowerCase()
      .split('|')
      .filter(name => name !== ''),
  );
}

function cut(line: string): string {
  return line.length <= MOST_BYTES ? line : `${line.slice(0, MOST_BYTES)}...`;
}
