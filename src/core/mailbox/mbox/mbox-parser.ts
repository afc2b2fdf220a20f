/**
 * Cuts an mbox file into messages: each begins with a From_ line (from-line.ts) and ends before the next, where
 * Content-Length says when that is true. Linear; holds a piece of the file only.
 */
import type {FileHandle} from 'node:fs/promises';
import {FileWindow} from './file-window.ts';
import {parseFromLine} from './from-line.ts';
import {isInternal, noStatus, type StatusFields, takeStatus} from './status-headers.ts';

export interface MboxMessage {
  /** The From_ line. */
  readonly fromAt: number;
  readonly headAt: number;
  /** Behind the empty line that ends the head. */
  readonly bodyAt: number;
  /** The empty line before the next From_ line does not belong to it. */
  readonly endAt: number;
  readonly nextAt: number;
  /** Bytes of the fields that clients don't see. */
  readonly internalBytes: number;
  /** The head ends with an empty line. */
  readonly hasBlank: boolean;
  readonly received: number;
  readonly status: StatusFields;
}

const NEXT = Buffer.from('\nFrom ', 'latin1');
/** Heads have no more lines than these that are looked at. */
const MOST_HEAD_LINES = 100_000;

/** undefined: what lies at `from` is no message, so this is no mbox. */
export async function parseMbox(file: FileHandle, sizeBytes: number, from: number): Promise<MboxMessage[] | undefined> {
  const window = new FileWindow(file, sizeBytes);
  const messages: MboxMessage[] = [];
  let at = await skipBlankLines(window, from);
  while (at < sizeBytes) {
    const message = await readMessage(window, at);
    if (message === undefined) return messages.length === 0 ? undefined : messages;
    messages.push(message);
    at = message.nextAt;
  }
  return messages;
}

async function skipBlankLines(window: FileWindow, from: number): Promise<number> {
  let at = from;
  while (at < window.sizeBytes) {
    const {text, next} = await window.line(at);
    if (text !== '' && text !== '\r') return at;
    at = next;
  }
  return at;
}

async function readMessage(window: FileWindow, fromAt: number): Promise<MboxMessage | undefined> {
  const fromLine = await window.line(fromAt);
  const received = parseFromLine(fromLine.text);
  if (received === undefined) return undefined;
  const headAt = fromLine.next;
  const head = await readHead(window, headAt);
  const end = await findEnd(window, head.bodyAt, head.status.contentLength);
  return {fromAt, headAt, received, ...head, ...end};
}

interface Head {
  readonly bodyAt: number;
  readonly internalBytes: number;
  readonly hasBlank: boolean;
  readonly status: StatusFields;
}

async function readHead(window: FileWindow, headAt: number): Promise<Head> {
  const status = noStatus();
  let internalBytes = 0;
  let isInInternal = false;
  let at = headAt;
  for (let lines = 0; at < window.sizeBytes && lines < MOST_HEAD_LINES; lines++) {
    const {text, next} = await window.line(at);
    if (text === '' || text === '\r') return {bodyAt: next, internalBytes, hasBlank: true, status};
    if (lines > 0 && parseFromLine(text) !== undefined) break; // a message that is nothing but its head
    const isContinued = text.startsWith(' ') || text.startsWith('\t');
    const colon = text.indexOf(':');
    const name = isContinued || colon < 0 ? '' : text.slice(0, colon).trimEnd().toLowerCase();
    if (!isContinued) isInInternal = isInternal(name);
    if (isInInternal) internalBytes += next - at;
    if (isInInternal && name !== '') takeStatus(status, name, text.slice(colon + 1));
    at = next;
  }
  return {bodyAt: at, internalBytes, hasBlank: false, status};
}

async function findEnd(
  window: FileWindow,
  bodyAt: number,
  contentLength: number | undefined,
): Promise<{endAt: number; nextAt: number}> {
  if (contentLength !== undefined) {
    const told = await endAt(window, bodyAt + contentLength);
    if (told !== undefined) return told;
  }
  // The head may have ended at a From_ line, which is then looked for with the line end before it.
  for (let at = Math.max(0, bodyAt - 1); ;) {
    const found = await window.find(NEXT, at);
    if (found < 0) return {endAt: await withoutBlank(window, bodyAt, window.sizeBytes), nextAt: window.sizeBytes};
    const {text} = await window.line(found + 1);
    if (parseFromLine(text) !== undefined)
      return {endAt: await withoutBlank(window, bodyAt, found + 1), nextAt: found + 1};
    at = found + 1;
  }
}

/** Whether a message may end here: at a From_ line, or at the end, perhaps after empty lines. */
async function endAt(window: FileWindow, end: number): Promise<{endAt: number; nextAt: number} | undefined> {
  if (end > window.sizeBytes) return undefined;
  let at = end;
  for (let blanks = 0; at < window.sizeBytes; blanks++) {
    const {text, next} = await window.line(at);
    if (parseFromLine(text) !== undefined) return {endAt: end, nextAt: at};
    if ((text !== '' && text !== '\r') || blanks > 2) return undefined;
    at = next;
  }
  return {endAt: end, nextAt: window.sizeBytes};
}

/** The empty line before the next message is the separator's. */
async function withoutBlank(window: FileWindow, bodyAt: number, end: number): Promise<number> {
  const from = Math.max(bodyAt, end - 3);
  const last = await window.bytes(from, end - from);
  const isAtStart = from === bodyAt;
  if (last === '\n' || (isAtStart && last === '\r\n')) return bodyAt;
  if (last.endsWith('\n\n')) return end - 1;
  return last === '\n\r\n' ? end - 2 : Math.max(bodyAt, end);
}
