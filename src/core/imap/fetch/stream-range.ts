/**
 * Sends a range of a message with CRLF line ends, or a window of it. Where every line ends in CRLF on disk the window is
 * read at once; else what lies before it is run through, from where the last window ended (clients fetch large
 * messages piece by piece).
 */
import {WireLines} from '../../message/mime/section-reader.ts';
import type {MailSession} from '../mail-session.ts';
import {SessionEnd} from '../session-end.ts';
import type {Partial} from './section.ts';
import type {OpenMessage, TakeBytes} from './section-bytes.ts';

export interface ByteRange {
  readonly offset: number;
  readonly size: number;
  /** With CRLF. */
  readonly virtualSize: number;
}

/** Where a window ended. */
export interface WindowEnd {
  readonly uid: number;
  readonly rangeOffset: number;
  readonly virtual: number;
  readonly physical: number;
}

/** The window of a range that a client asked for, in bytes with CRLF. */
export function windowOf(virtualSize: number, partial: Partial | undefined): {start: number; length: number} {
  if (partial === undefined) return {start: 0, length: virtualSize};
  const start = Math.min(partial.start, virtualSize);
  return {start, length: Math.min(partial.length, virtualSize - start)};
}

/** Sends `{123}` and the bytes. */
export async function sendPlain(
  session: MailSession,
  message: OpenMessage,
  range: ByteRange,
  partial: Partial | undefined,
): Promise<number> {
  const {start, length} = windowOf(range.virtualSize, partial);
  session.line.out.text(`{${length}}\r\n`);
  await streamPlain(session, message, range, start, length, bytes => session.line.out.bytes(bytes));
  return length;
}

export async function streamPlain(
  session: MailSession,
  {uid, reader}: OpenMessage,
  range: ByteRange,
  start: number,
  length: number,
  take: TakeBytes,
): Promise<void> {
  if (length === 0) return;
  const isPlain = range.size === range.virtualSize;
  const from = isPlain ? {virtual: start, physical: range.offset + start} : placeBefore(session, uid, range, start);
  const lines = new WireLines(true);
  let skip = start - from.virtual;
  let left = length;
  let physical = from.physical;
  let endsInCr = false;
  const end = isPlain ? physical + length : range.offset + range.size;
  for await (const piece of reader.stream(physical, end)) {
    const made = lines.write(piece);
    const bytes = made.subarray(skip, skip + left);
    left -= bytes.length;
    if (bytes.length > 0) await take(bytes);
    const pause = session.line.breathe();
    if (pause !== undefined) await pause;
    if (left === 0) {
      const place = isPlain ? undefined : rawLength(piece, endsInCr, skip + bytes.length);
      if (place !== undefined)
        session.windowEnd = {uid, rangeOffset: range.offset, virtual: start + length, physical: physical + place};
      return;
    }
    skip = Math.max(0, skip - made.length);
    physical += piece.length;
    endsInCr = piece[piece.length - 1] === CR;
  }
  throw new SessionEnd('FETCH failed: message is shorter than expected', FAILED);
}

function placeBefore(
  session: MailSession,
  uid: number,
  range: ByteRange,
  start: number,
): {virtual: number; physical: number} {
  const last = session.windowEnd;
  const fits = last !== undefined && last.uid === uid && last.rangeOffset === range.offset && last.virtual <= start;
  return fits ? {virtual: last.virtual, physical: last.physical} : {virtual: 0, physical: range.offset};
}

/** How much of a piece made so many bytes; undefined: the cut lies within a line end. */
function rawLength(piece: Buffer, beginsAfterCr: boolean, made: number): number | undefined {
  let bare = 0;
  for (let at = piece.indexOf(LF); at >= 0 && at + bare < made; at = piece.indexOf(LF, at + 1)) {
    const hasCr = at === 0 ? beginsAfterCr : piece[at - 1] === CR;
    if (hasCr) continue;
    bare++;
    if (at + bare === made) return undefined;
  }
  const length = made - bare;
  return length > 0 && piece[length - 1] === CR ? undefined : length;
}

const FAILED = 'FETCH failed: Internal error occurred. Refer to server log for more information.';
const CR = 0x0d;
const LF = 0x0a;
