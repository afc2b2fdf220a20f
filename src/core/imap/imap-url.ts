/**
 * Local IMAP URLs (RFC 5092) as CATENATE uses them: `/INBOX;UIDVALIDITY=1/;UID=2/;SECTION=TEXT/;PARTIAL=0.10`. Answers
 * undefined for what is none, or is of another server.
 */
import type {Partial} from './fetch/section.ts';

export interface ImapUrl {
  /** Modified UTF-7. */
  readonly mailbox: string;
  readonly uidValidity: number | undefined;
  readonly uid: number;
  readonly section: string;
  readonly partial: Partial | undefined;
}

export function parseImapUrl(url: string): ImapUrl | undefined {
  if (!url.startsWith('/') || url.startsWith('//')) return undefined;
  const uidAt = url.search(/\/;UID=/i);
  if (uidAt <= 0) return undefined;
  const [path = '', validity] = splitAt(url.slice(1, uidAt), /;UIDVALIDITY=/i);
  const [head = '', partialText] = splitAt(url.slice(uidAt + '/;UID='.length), /\/;PARTIAL=/i);
  const [uidText = '', section] = splitAt(head, /\/;SECTION=/i);
  const mailbox = unescape(path);
  const name = unescape(section ?? '');
  const partial = partialText === undefined ? undefined : /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(partialText);
  const isSound = isNumber(uidText) && (validity === undefined || isNumber(validity)) && partial !== null;
  if (!isSound || mailbox === undefined || mailbox === '' || name === undefined) return undefined;
  return {
    mailbox,
    uidValidity: validity === undefined ? undefined : Number(validity),
    uid: Number(uidText),
    section: name,
    partial: partial === undefined ? undefined : {start: Number(partial[1]), length: Number(partial[2] ?? Infinity)},
  };
}

function splitAt(text: string, mark: RegExp): [string, string | undefined] {
  const match = mark.exec(text);
  if (match === null) return [text, undefined];
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text);
}

/** `%20`; undefined: a percent sign without two digits. */
function unescape(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
