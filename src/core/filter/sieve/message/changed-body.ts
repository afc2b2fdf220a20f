/** What replace and enclose make of a message (RFC 5703 sections 5 and 6): a new text in memory. */
import {BufferMessage} from './buffer-message.ts';
import type {MessagePart, RawField, SieveMessage} from './message.ts';

export interface BodyChange {
  readonly text: string;
  readonly subject: string | undefined;
  readonly from: string | undefined;
  /** The text begins with MIME fields of its own. */
  readonly isMime: boolean;
}

/** In place of the whole body, or of the part a loop is at. */
export async function replaced(
  message: SieveMessage,
  part: MessagePart | undefined,
  change: BodyChange,
): Promise<SieveMessage> {
  const content = mimeContent(change);
  const range = part?.range;
  if (range !== undefined && range.start > 0) {
    const whole = await wholeText(message);
    return inMemory(whole.slice(0, range.start) + content + whole.slice(range.end));
  }
  const kept = message.fields().filter(({name}) => !isReplaced(name, change));
  const own = [...optionalField('Subject', change.subject), ...optionalField('From', change.from)];
  return inMemory(`${headerText(kept)}${own.join('')}MIME-Version: 1.0\n${content}`);
}

/** The old message becomes an attachment of a new one that begins with a text. */
export async function enclosed(
  message: SieveMessage,
  change: BodyChange,
  headers: readonly string[],
  seed: string,
): Promise<SieveMessage> {
  const boundary = `=_enclosed_${seed}`;
  const kept = message.fields().filter(({name}) => !isReplaced(name, change));
  const lines = [
    ...optionalField('Subject', change.subject),
    ...headers
      .filter(line => /^[\x21-\x39\x3b-\x7e]+:/.test(line))
      .map(line => `${line.replace(/\r?\n[ \t]*/g, ' ')}\n`),
  ];
  const parts = [
    `--${boundary}\nContent-Type: text/plain; charset=utf-8\n\n${change.text}\n`,
    `--${boundary}\nContent-Type: message/rfc822\n\n${await wholeText(message)}\n`,
  ];
  const type = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${boundary}"\n`;
  return inMemory(`${headerText(kept)}${lines.join('')}${type}\n${parts.join('')}--${boundary}--\n`);
}

function mimeContent({text, isMime}: BodyChange): string {
  return isMime ? text : `Content-Type: text/plain; charset=utf-8\n\n${text}\n`;
}

function isReplaced(name: string, {subject, from}: BodyChange): boolean {
  const lower = name.toLowerCase();
  if (lower.startsWith('content-') || lower === 'mime-version') return true;
  return (lower === 'subject' && subject !== undefined) || (lower === 'from' && from !== undefined);
}

function optionalField(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${value.replace(/[\r\n]+/g, ' ')}\n`];
}

function headerText(fields: readonly RawField[]): string {
  return fields.map(({text}) => text).join('');
}

async function wholeText(message: SieveMessage): Promise<string> {
  return `${headerText(message.fields())}\n${await message.rawBody()}`;
}

function inMemory(text: string): SieveMessage {
  return new BufferMessage(Buffer.from(text, 'latin1'));
}
