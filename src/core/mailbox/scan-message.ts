/**
 * Reads a message once and answers what the index keeps of it. The head is always read; the whole of it where the
 * structure, the size with CRLF or the preview is wanted, or where it is short anyway.
 */
import {writeBodyStructure} from '../message/mime/bodystructure.ts';
import {writeEnvelope} from '../message/mime/envelope.ts';
import type {MessagePart} from '../message/mime/message-part.ts';
import {PreviewMaker} from '../message/mime/preview.ts';
import {StructureScanner} from '../message/mime/structure.ts';
import {TextGrams} from '../message/mime/text-grams.ts';
import {findTextPart} from '../message/mime/text.ts';
import {endOfField} from './kept-fields.ts';
import type {MessageReader} from './mailbox.ts';
import {writeSortKeys} from './sort-keys.ts';
import {threadKeysOf, writeThreadKeys} from './thread-keys.ts';

export interface ScannedItems {
  /** Up to the empty line, which is included, as it lies on disk; a message without one is all head. */
  readonly head: Buffer;
  /** Byte strings. */
  readonly envelope: string;
  readonly threadKeys: string;
  readonly sortKeys: string;
  /** undefined: not asked for. */
  readonly grams: Buffer | undefined;
  /** undefined: only the head was read. */
  readonly virtualSize: number | undefined;
  readonly body: string | undefined;
  readonly bodyStructure: string | undefined;
  /** Of a message that was read whole: what its preview is made of. */
  readonly textPart: MessagePart | undefined;
}

/** A head that is longer is cut: nobody sends such a thing to be read. */
const LONGEST_HEAD = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

export interface ScanOptions {
  /** Else a long message is read up to the end of its head. */
  readonly wantsWhole?: boolean;
  /** Means the whole, too. */
  readonly wantsGrams?: boolean;
}

export async function scanMessage(
  reader: MessageReader,
  {wantsWhole = false, wantsGrams = false}: ScanOptions,
): Promise<ScannedItems> {
  const grams = wantsGrams ? new TextGrams() : undefined;
  const scanner = new StructureScanner(grams);
  const pieces: Buffer[] = [];
  let held = 0;
  let headEnd = -1;
  const isWhole = wantsWhole || wantsGrams || reader.sizeBytes <= PIECE_BYTES;
  for (let at = 0; at < reader.sizeBytes;) {
    const piece = await reader.read(at, PIECE_BYTES);
    if (piece.length === 0) break;
    at += piece.length;
    scanner.write(piece);
    if (headEnd < 0 && held < LONGEST_HEAD) {
      pieces.push(piece);
      held += piece.length;
      headEnd = endOfHead(pieces.length === 1 ? piece : Buffer.concat(pieces));
    }
    if (!isWhole && (headEnd >= 0 || held >= LONGEST_HEAD)) break;
  }
  const start = pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces);
  const head = start.subarray(0, headEnd < 0 ? Math.min(held, LONGEST_HEAD) : headEnd);
  const root = scanner.end();
  return {...describe(root, head, isWhole), grams: grams?.end()};
}

/** The same of a message that is held. */
export function scanBytes(bytes: Buffer, wantsGrams = false): ScannedItems {
  const scanner = new StructureScanner(wantsGrams ? sharedGrams : undefined);
  scanner.write(bytes);
  const root = scanner.end();
  const found = describe(root, headOf(bytes), true);
  return wantsGrams ? {...found, grams: sharedGrams.end()} : found;
}

/** Of scans that are not interrupted. */
const sharedGrams = new TextGrams();

function describe(root: MessagePart, head: Buffer, isWhole: boolean): ScannedItems {
  const {envelope} = root;
  const references = referencesIn(head);
  return {
    head,
    envelope: envelope === undefined ? 'NIL' : writeEnvelope(envelope),
    threadKeys: writeThreadKeys(threadKeysOf(envelope, references)),
    sortKeys: writeSortKeys(envelope),
    grams: undefined,
    virtualSize: isWhole ? root.headerVirtualSize + root.bodyVirtualSize : undefined,
    body: isWhole ? writeBodyStructure(root, false) : undefined,
    bodyStructure: isWhole ? writeBodyStructure(root, true) : undefined,
    textPart: isWhole ? findTextPart(root) : undefined,
  };
}

/** PREVIEW, UTF-8; '' where there is no text. */
export async function previewOf(scanned: ScannedItems, reader: Pick<MessageReader, 'read'>): Promise<Buffer> {
  const {textPart} = scanned;
  if (textPart === undefined) return NOTHING;
  const maker = new PreviewMaker(textPart);
  const end = textPart.bodyOffset + textPart.bodySize;
  for (let at = textPart.bodyOffset; at < end && !maker.isDone;) {
    const piece = await reader.read(at, Math.min(PIECE_BYTES, end - at));
    if (piece.length === 0) break;
    at += piece.length;
    maker.write(piece);
  }
  return Buffer.from(maker.end(), 'latin1');
}

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

/** The empty line included; all of it where there is none. */
export function headOf(bytes: Buffer): Buffer {
  const end = endOfHead(bytes);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Behind the first empty line, or -1. */
function endOfHead(bytes: Buffer): number {
  if (bytes[0] === LF) return 1;
  if (bytes[0] === CR && bytes[1] === LF) return 2;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/** The value of References, found without taking the head apart: most messages have none. */
function referencesIn(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  const start = /^references[ \t]*:/im.exec(text);
  if (start === null) return undefined;
  const from = start.index + start[0].length;
  return text.slice(from, endOfField(head, from));
}
