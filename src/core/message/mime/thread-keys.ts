/** Message ids in Message-ID, References and In-Reply-To (RFC 5322 section 3.6.4), as Dovecot's THREAD reads them. */
import {FieldReader, OK} from './field-reader.ts';

export interface ThreadKeys {
  readonly messageId: string | undefined;
  /** From the oldest on; of In-Reply-To where References has none, and then only its first. */
  readonly references: readonly string[];
}

/** The fields' values, undefined where the message has none. */
export function threadKeys(
  messageId: string | undefined,
  references: string | undefined,
  inReplyTo: string | undefined,
): ThreadKeys {
  const found = messageIds(references ?? '');
  return {
    messageId: messageIds(messageId ?? '', 1)[0],
    references: found.length > 0 ? found : messageIds(inReplyTo ?? '', 1),
  };
}

/** All ids in a value, without brackets, blanks and comments; what has no @, or a quote, is passed over. */
export function messageIds(value: string, limit = Infinity): string[] {
  const ids: string[] = [];
  for (let at = value.indexOf('<'); at >= 0 && ids.length < limit;) {
    const reader = new FieldReader(value);
    reader.at = at + 1;
    const id = readId(reader);
    if (id === undefined) break;
    if (id.includes('@') && !id.includes('"')) ids.push(id);
    at = value.indexOf('<', reader.at);
  }
  return ids;
}

/** Up to the closing bracket, whatever stands there; undefined without one. */
function readId(reader: FieldReader): string | undefined {
  for (;;) {
    const progress = reader.skipBlanks();
    if (progress !== OK) return undefined;
    const character = reader.source.charAt(reader.at++);
    if (character === '>') return reader.takeText();
    reader.text += character;
  }
}
