/** Writes the pieces of a message to an open file, with as few system calls as they allow, up to a limit. */
import {write} from 'node:fs';
import {promisify} from 'node:util';
import {systemError} from './store-result.ts';

export type Pieces = readonly Buffer[] | AsyncIterable<Buffer>;

/** Small pieces of a stream are put together up to about this many bytes. */
const BATCH_BYTES = 64 * 1024;

/** `first` goes before all. Throws EFBIG beyond `roomBytes`, as writing beyond RLIMIT_FSIZE does (setrlimit(2)). */
export async function writePieces(
  fd: number,
  first: readonly Buffer[],
  pieces: Pieces,
  roomBytes: number,
): Promise<number> {
  let written = 0;
  let batch = [...first];
  let batched = total(first);
  const flush = async (): Promise<void> => {
    if (written + batched > roomBytes) throw systemError('EFBIG');
    await writeWhole(fd, batch.length === 1 && batch[0] !== undefined ? batch[0] : Buffer.concat(batch, batched));
    written += batched;
    batch = [];
    batched = 0;
  };
  if (isArray(pieces)) {
    batch.push(...pieces);
    batched += total(pieces);
  } else {
    for await (const piece of pieces) {
      batch.push(piece);
      batched += piece.length;
      if (batched >= BATCH_BYTES) await flush();
    }
  }
  await flush();
  return written;
}

const writeSome = promisify(write);

async function writeWhole(fd: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await writeSome(fd, bytes, at, bytes.length - at)).bytesWritten;
}

function total(pieces: readonly Buffer[]): number {
  let sum = 0;
  for (const piece of pieces) sum += piece.length;
  return sum;
}

function isArray(pieces: Pieces): pieces is readonly Buffer[] {
  return Array.isArray(pieces);
}
