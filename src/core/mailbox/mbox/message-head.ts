/** The head of a message in an mbox: read, with other status fields, or without them as clients see it. */
import type {FileHandle} from 'node:fs/promises';
import {readFully} from '../read-fully.ts';
import type {MboxMessage} from './mbox-parser.ts';
import {isInternal, type StatusToWrite, writeStatus} from './status-headers.ts';

export function readHead(file: FileHandle, message: Pick<MboxMessage, 'headAt' | 'bodyAt'>): Promise<Buffer> {
  return readFully(file, message.headAt, message.bodyAt);
}

const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

/** Without the fields that are the mailbox's; the empty line at the end stays. */
export function withoutInternals(head: Buffer): Buffer {
  const kept: Buffer[] = [];
  let isDropped = false;
  for (let at = 0; at < head.length;) {
    const newline = head.indexOf(LF, at);
    const end = newline < 0 ? head.length : newline + 1;
    if (head[at] !== SPACE && head[at] !== TAB) isDropped = isInternal(nameAt(head, at, end));
    if (!isDropped) kept.push(head.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

function nameAt(head: Buffer, at: number, end: number): string {
  const colon = head.indexOf(COLON, at);
  return colon < 0 || colon >= end ? '' : head.toString('latin1', at, colon).trimEnd().toLowerCase();
}

/** As long as it was, where that can be. */
export function withStatus(head: Buffer, message: Pick<MboxMessage, 'hasBlank'>, status: StatusToWrite): Buffer {
  const plain = withoutInternals(head);
  const blank = message.hasBlank ? endOfLastLine(plain) : plain.length;
  const fields = plain.subarray(0, blank);
  const isOpen = fields.length > 0 && fields[fields.length - 1] !== LF;
  const end = message.hasBlank ? plain.subarray(blank) : Buffer.from('\n');
  const added = (isOpen ? 1 : 0) + (message.hasBlank ? 0 : 1);
  const lines = writeStatus(status, head.length - plain.length - added);
  return Buffer.concat([fields, Buffer.from((isOpen ? '\n' : '') + lines, 'latin1'), end]);
}

/** Where the empty line at the end begins. */
function endOfLastLine(head: Buffer): number {
  return head[head.length - 2] === 0x0d ? head.length - 2 : head.length - 1;
}
