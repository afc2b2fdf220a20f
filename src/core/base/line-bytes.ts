/** What everybody who moves many lines at once asks of their bytes. */

/** How many LFs there are between two places. */
export function countLines(bytes: Buffer, start = 0, end = bytes.length): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < end; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** CRs become blanks: a stray one could be taken for a line's end by the next server. */
export function replaceReturns(bytes: Buffer): void {
  for (let at = bytes.indexOf(RETURN); at >= 0; at = bytes.indexOf(RETURN, at + 1)) bytes[at] = SPACE;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
