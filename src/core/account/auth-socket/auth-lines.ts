/**
 * The lines of a connection to an auth socket, and what goes back. Foreign programs are on the other side: a line that does not end and
 * an answer that is not read end the connection.
 */
import type {Duplex} from 'node:stream';

export interface LineSession {
  /** Answers false when the connection has to end. */
  takeLine(line: string): boolean;
  close(): void;
}

const MAX_LINE_BYTES = 65_536;
const MAX_UNREAD_BYTES = 1 << 24;

/** Byte strings in and out. The session is made with the function that writes. */
export function serveLines(stream: Duplex, open: (write: (text: string) => void) => LineSession): void {
  let rest = '';
  const session = open(text => {
    if (!stream.destroyed) stream.write(text, 'latin1');
    if (stream.writableLength > MAX_UNREAD_BYTES) stream.destroy();
  });
  stream.setEncoding('latin1');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (!stream.destroyed && !session.takeLine(line)) stream.destroy();
    if (rest.length > MAX_LINE_BYTES) stream.destroy();
  });
  stream.on('error', () => stream.destroy());
  stream.on('end', () => stream.destroy());
  stream.on('close', () => session.close());
}

/** `BUG: ... (...)`: tabs and other bytes that would disturb the log. */
export function printableLine(line: string): string {
  return line.replace(/[^ -~]/g, '?').slice(0, 512);
}
