/** `mailto:` URIs (RFC 6068) as notifications use them (RFC 5436): recipients, a subject, a body, other fields. */
import {parseSingleAddress} from './single-address.ts';

export interface MailtoUri {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly subject: string | undefined;
  readonly body: string | undefined;
}

export interface ParsedMailto {
  readonly uri?: MailtoUri;
  readonly fault?: string;
  readonly warnings: readonly string[];
}

/** Pigeonhole's limits. */
const MAX_RECIPIENTS = 8;
const MAX_HEADERS = 16;
/** RFC 5436 section 2.3: not for senders of scripts to set. */
const RESERVED: ReadonlySet<string> = new Set(
  'auto-submitted received message-id data bcc in-reply-to references resent-date resent-from resent-sender resent-to resent-cc resent-bcc resent-msg-id from sender mime-version content-type content-transfer-encoding date'.split(
    ' ',
  ),
);
const UNIQUE: ReadonlySet<string> = new Set(['reply-to', 'subject', 'message-id', 'in-reply-to', 'references']);

export function parseMailto(uri: string): ParsedMailto {
  const reader = new MailtoReader();
  const fault = reader.read(uri.slice(uri.indexOf(':') + 1));
  return fault === undefined ? {uri: reader.found(), warnings: reader.warnings} : {fault, warnings: reader.warnings};
}

class MailtoReader {
  readonly warnings: string[] = [];
  readonly #to: string[] = [];
  readonly #cc: string[] = [];
  readonly #headers: [string, string][] = [];
  #subject: string | undefined;
  #body: string | undefined;

  found(): MailtoUri {
    return {to: this.#to, cc: this.#cc, headers: this.#headers, subject: this.#subject, body: this.#body};
  }

  read(text: string): string | undefined {
    const question = text.indexOf('?');
    const recipients = question < 0 ? text : text.slice(0, question);
    const bad = badCharacter(recipients, '%');
    if (bad !== undefined) return `invalid character '${bad}' in 'to' part`;
    const decoded = decode(recipients);
    if (decoded === undefined) return 'invalid % encoding';
    const fault =
      (decoded === '' ? undefined : this.#recipientField(decoded, this.#to)) ??
      (question < 0 ? undefined : this.#fields(text.slice(question + 1)));
    if (fault === undefined && this.#to.length + this.#cc.length === 0)
      this.warnings.push('notification URI specifies no recipients');
    return fault;
  }

  #recipient(text: string, list: string[]): string | undefined {
    const {address, fault} = parseSingleAddress(text);
    if (address === undefined) return `invalid recipient '${text}': ${fault}`;
    if ([...this.#to, ...this.#cc].includes(address)) this.warnings.push(`ignored duplicate recipient '${text}'`);
    else if (this.#to.length + this.#cc.length >= MAX_RECIPIENTS)
      this.warnings.push(`more than the maximum ${MAX_RECIPIENTS} recipients specified; rest is discarded`);
    else list.push(address);
    return undefined;
  }

  #fields(text: string): string | undefined {
    for (const field of text.split('&')) {
      const equals = field.indexOf('=');
      const encodedName = equals < 0 ? field : field.slice(0, equals);
      const bad = badCharacter(encodedName, '%');
      if (bad !== undefined) return `invalid character '${bad}' in header field name part`;
      if (equals < 0) continue; // seen: passed over
      const name = decode(encodedName);
      const value = decode(field.slice(equals + 1));
      if (name === undefined || value === undefined) return 'invalid % encoding';
      if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name)) return 'invalid header field name';
      if (isOneLine(name) && /[\r\n\0]/.test(value)) return 'invalid header field body';
      const fault = this.#field(name, value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #field(name: string, value: string): string | undefined {
    const lower = name.toLowerCase();
    if (lower === 'to' || lower === 'cc') return this.#recipientField(value, lower === 'to' ? this.#to : this.#cc);
    if (lower === 'subject') {
      if (this.#subject === undefined) this.#subject = value;
      else this.warnings.push('ignored duplicate subject field');
    } else if (lower === 'body') {
      if (this.#body === undefined) this.#body = value;
      else this.warnings.push('ignored duplicate body field');
    } else if (RESERVED.has(lower)) this.warnings.push(`ignored reserved header field '${name}'`);
    else if (UNIQUE.has(lower) && this.#headers.some(([other]) => other.toLowerCase() === lower))
      this.warnings.push(`ignored duplicate for unique header field '${name}'`);
    else if (this.#headers.length >= MAX_HEADERS)
      this.warnings.push(`more than the maximum ${MAX_HEADERS} headers specified; rest is discarded`);
    else this.#headers.push([name, value]);
    return undefined;
  }

  #recipientField(value: string, list: string[]): string | undefined {
    for (const address of value.split(',')) {
      const fault = this.#recipient(address.trim(), list);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}

/** RFC 3986 characters of a path, and those given; undefined when all are. */
function badCharacter(text: string, others: string): string | undefined {
  for (const character of text)
    if (!/[A-Za-z0-9\-._~!$'()*+;:@/]/.test(character) && !others.includes(character)) return character;
  return undefined;
}

function decode(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** All but the body's text is one line. */
function isOneLine(name: string): boolean {
  return name.toLowerCase() !== 'body';
}
