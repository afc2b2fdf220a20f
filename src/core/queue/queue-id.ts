/**
 * Queue ids. Short: five hex digits of microseconds and the inode in hex. Long (enable_long_queue_ids): seconds and
 * microseconds in base 52, `z`, inode in base 51. Both name the file's inode, so that no two files in a queue are alike.
 */
export function formatQueueId(seconds: number, microseconds: number, inode: number, isLong: boolean): string {
  if (!isLong) return `${microseconds.toString(16).padStart(5, '0')}${inode.toString(16)}`.toUpperCase();
  return `${digits(seconds, 52, 6)}${digits(microseconds, 52, 4)}z${digits(inode, 51, 0)}`;
}

/** The inode an id names; undefined when it is no id. */
export function inodeOfId(id: string): number | undefined {
  if (/^[0-9A-F]{6,}$/.test(id)) return parseInt(id.slice(5), 16);
  const long = LONG_ID.exec(id);
  return long === null ? undefined : value(long[3] ?? '', 51);
}

/** The id with another inode in it, and the same time: what a file is called after its queue was copied. */
export function renameToInode(id: string, inode: number): string {
  const long = LONG_ID.exec(id);
  if (long !== null) return `${long[1]}${long[2]}z${digits(inode, 51, 0)}`;
  return `${id.slice(0, 5).padEnd(5, '0')}${inode.toString(16).toUpperCase()}`;
}

/** May this be a queue file's name? Letters, digits and `_` only (seen: the original refuses anything else). */
export function isQueueId(name: string): boolean {
  return /^\w{1,255}$/.test(name);
}

/** The folders between queue and file: by hex digits of the microseconds for long ids, else the id's first characters. */
export function hashFolders(id: string, depth: number): string {
  const long = LONG_ID.exec(id);
  const key =
    long === null
      ? id
      : value(long[2] ?? '', 52)
          .toString(16)
          .toUpperCase()
          .padStart(5, '0');
  let folders = '';
  for (let i = 0; i < depth; i++) folders += `${key.charAt(i) || '_'}/`;
  return folders;
}

const ALPHABET = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
const LONG_ID =
  /^([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{6,})([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{4})z([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+)$/;

function digits(number: number, base: number, width: number): string {
  let out = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / base)) out = ALPHABET.charAt(rest % base) + out;
  return out.padStart(width, '0');
}

function value(text: string, base: number): number {
  let number = 0;
  for (const letter of text) number = number * base + ALPHABET.indexOf(letter);
  return number;
}
