/**
 * Where the bytes of a section lie in a message: a range of the file with its size on the wire. Built on the part tree
 * (message/mime/); a message's tree is kept for the next question about it.
 */
import type {MessageReader} from '../../mailbox/mailbox.ts';
import type {MessagePart} from '../../message/mime/message-part.ts';
import {StructureScanner} from '../../message/mime/structure.ts';
import type {MailSession} from '../mail-session.ts';
import type {OpenMessage} from './fetch-run.ts';
import type {Section} from './section.ts';
import {streamWindow} from './stream-range.ts';

export interface ByteRange {
  readonly offset: number;
  readonly size: number;
  /** With CRLF. */
  readonly virtualSize: number;
}

const NOTHING: ByteRange = {offset: 0, size: 0, virtualSize: 0};

/** The range of a section in an open message. */
export async function sectionRange(
  session: MailSession,
  message: OpenMessage,
  reader: MessageReader,
  section: Section,
): Promise<ByteRange> {
  const {size} = message.items;
  if (section.path.length === 0 && section.kind === 'all' && size !== undefined)
    return {offset: 0, size: reader.sizeBytes, virtualSize: size};
  return rangeOf(await treeOf(session, message, reader), section);
}

/** The whole of a header, with CRLF. */
export async function readHeader(
  session: MailSession,
  uid: number,
  reader: MessageReader,
  range: ByteRange,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const length = Math.min(range.virtualSize, MOST_HEADER_BYTES);
  await streamWindow(session, uid, reader, range, 0, length, bytes => {
    pieces.push(bytes);
  });
  return Buffer.concat(pieces);
}

/** Of a larger header the rest is not looked through. */
const MOST_HEADER_BYTES = 8 * 1024 * 1024;

export async function treeOf(session: MailSession, message: OpenMessage, reader: MessageReader): Promise<MessagePart> {
  const kept = session.lastTree;
  if (kept?.uid === message.uid && kept.sizeBytes === reader.sizeBytes) return kept.tree;
  const tree = await readTree(session, reader);
  session.lastTree = {uid: message.uid, sizeBytes: reader.sizeBytes, tree};
  return tree;
}

/** The part tree of a message, read through once. */
async function readTree(session: MailSession, reader: MessageReader): Promise<MessagePart> {
  const scanner = new StructureScanner();
  for await (const piece of reader.stream()) {
    scanner.write(piece);
    const pause = session.line.breathe();
    if (pause !== undefined) await pause;
  }
  return scanner.end();
}

/** The range of a section; that of its whole header for `fields` and `not-fields`. Empty where there is no such part. */
function rangeOf(root: MessagePart, section: Section): ByteRange {
  const part = partAt(root, section.path);
  if (part === undefined) return NOTHING;
  const {path, kind} = section;
  if (kind === 'mime') return headerOf(part);
  if (path.length === 0) return kind === 'all' ? wholeOf(part) : kind === 'text' ? bodyOf(part) : headerOf(part);
  if (kind === 'all') return bodyOf(part);
  const inner = part.isMessage ? part.children[0] : undefined;
  if (inner === undefined) return NOTHING;
  return kind === 'text' ? bodyOf(inner) : headerOf(inner);
}

/** RFC 3501 section 6.4.5: every message has a part 1, if only its text. */
export function partAt(root: MessagePart, path: readonly number[]): MessagePart | undefined {
  let part = root;
  for (const [depth, number] of path.entries()) {
    const container: MessagePart = part.isMessage ? (part.children[0] ?? part) : part;
    if (container.isMultipart) {
      const child = container.children[number - 1];
      if (child === undefined) return undefined;
      part = child;
    } else if (number === 1 && (part.isMessage || depth === 0)) part = container;
    else return undefined;
  }
  return part;
}

function wholeOf(part: MessagePart): ByteRange {
  return {
    offset: part.headerOffset,
    size: part.headerSize + part.bodySize,
    virtualSize: part.headerVirtualSize + part.bodyVirtualSize,
  };
}

function headerOf(part: MessagePart): ByteRange {
  return {offset: part.headerOffset, size: part.headerSize, virtualSize: part.headerVirtualSize};
}

function bodyOf(part: MessagePart): ByteRange {
  return {offset: part.bodyOffset, size: part.bodySize, virtualSize: part.bodyVirtualSize};
}
