/**
 * The fields in which an mbox keeps what other formats keep elsewhere, as Dovecot writes them: `Status` (R seen, O not
 * recent), `X-Status` (A answered, F flagged, T draft, D deleted), `X-Keywords`, `X-UID`, and in the first message
 * `X-IMAPbase: UIDVALIDITY LASTUID KEYWORD ...`. Clients do not see them, nor `Content-Length`.
 */
import {flagBits} from '../mailbox.ts';

export interface ImapBase {
  readonly uidValidity: number;
  readonly lastUid: number;
  readonly keywords: readonly string[];
}

export interface StatusFields {
  flags: number;
  isOld: boolean;
  keywords: string[];
  /** 0: none. */
  uid: number;
  base: ImapBase | undefined;
  contentLength: number | undefined;
  /** `X-IMAP` in place of `X-IMAPbase`: not a message, but another program's (c-client) place for this. */
  isPseudo: boolean;
}

export function noStatus(): StatusFields {
  return {flags: 0, isOld: false, keywords: [], uid: 0, base: undefined, contentLength: undefined, isPseudo: false};
}

const INTERNAL = new Set(['status', 'x-status', 'x-keywords', 'x-uid', 'x-imapbase', 'x-imap', 'content-length']);

/** Whether a line of a head is one of ours; `name` in lower case. */
export function isInternal(name: string): boolean {
  return INTERNAL.has(name);
}

const X_STATUS = [
  ['A', flagBits.answered],
  ['F', flagBits.flagged],
  ['T', flagBits.draft],
  ['D', flagBits.deleted],
] as const;

/** Takes one field; what makes no sense is passed over. */
export function takeStatus(fields: StatusFields, name: string, value: string): void {
  const text = value.trim();
  if (name === 'status') {
    if (text.includes('R')) fields.flags |= flagBits.seen;
    fields.isOld = text.includes('O');
  } else if (name === 'x-status') {
    for (const [letter, flag] of X_STATUS) if (text.includes(letter)) fields.flags |= flag;
  } else if (name === 'x-keywords') fields.keywords.push(...text.split(/\s+/).filter(Boolean));
  else if (name === 'x-uid') fields.uid = numberIn(text);
  else if (name === 'content-length') fields.contentLength = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  else if (name === 'x-imapbase' || name === 'x-imap') {
    fields.base = parseBase(text);
    fields.isPseudo = name === 'x-imap';
  }
}

function parseBase(text: string): ImapBase | undefined {
  const [validity = '', last = '', ...keywords] = text.split(/\s+/);
  const uidValidity = numberIn(validity);
  return uidValidity === 0 ? undefined : {uidValidity, lastUid: numberIn(last), keywords};
}

function numberIn(text: string): number {
  return /^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff ? Number(text) : 0;
}

export interface StatusToWrite {
  readonly flags: number;
  readonly keywords: readonly string[];
  readonly uid: number;
  readonly isOld: boolean;
  /** Of the first message. */
  readonly base: ImapBase | undefined;
  readonly contentLength: number | undefined;
}

/** Room for flags and keywords to come, so that they don't move the rest of the file. */
const SPARE_BYTES = 64;
const LAST_UID_DIGITS = 10;

/** The fields as lines; exactly `length` bytes where that is enough for them, else with some to spare. */
export function writeStatus(status: StatusToWrite, length: number): string {
  let lines = '';
  const {base, uid, contentLength} = status;
  if (base !== undefined) {
    const last = String(base.lastUid).padStart(LAST_UID_DIGITS, '0');
    lines += `X-IMAPbase: ${[base.uidValidity, last, ...base.keywords].join(' ')}\n`;
  }
  lines += `X-UID: ${uid}\n`;
  const read = ((status.flags & flagBits.seen) === 0 ? '' : 'R') + (status.isOld ? 'O' : '');
  if (read !== '') lines += `Status: ${read}\n`;
  const letters = X_STATUS.filter(([, flag]) => (status.flags & flag) !== 0).map(([letter]) => letter);
  if (letters.length > 0) lines += `X-Status: ${letters.join('')}\n`;
  if (contentLength !== undefined) lines += `Content-Length: ${contentLength}\n`;
  const last = `X-Keywords: ${status.keywords.join(' ')}`;
  const needed = lines.length + last.length + 1;
  return `${lines}${last}${' '.repeat(needed <= length ? length - needed : SPARE_BYTES)}\n`;
}
