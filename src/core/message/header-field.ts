/**
 * Header fields by name: what starts one (RFC 5322 section 2.2), and which of them the mail system knows. Which are
 * dropped is a setting (postconf(5) message_drop_headers); the rest is what sendmail(1) and cleanup(8) do with them.
 */
export interface HeaderField {
  /** As the standards spell it. */
  readonly name: string;
  /** Its addresses are rewritten as senders' or as recipients'. */
  readonly addresses?: 'sender' | 'recipient' | undefined;
  /** `sendmail -t` takes recipients from it. */
  readonly isDestination?: boolean | undefined;
  /** Makes the message a resent one (RFC 5322 section 3.6.6). */
  readonly isResent?: boolean | undefined;
  /** Describes content: subject to mime_header_checks even in the primary header. */
  readonly isMime?: boolean | undefined;
}

const FIELDS: readonly HeaderField[] = [
  {name: 'Apparently-To', addresses: 'recipient'},
  {name: 'Bcc', addresses: 'recipient', isDestination: true},
  {name: 'Cc', addresses: 'recipient', isDestination: true},
  {name: 'Content-Description', isMime: true},
  {name: 'Content-Disposition', isMime: true},
  {name: 'Content-ID', isMime: true},
  {name: 'Content-Length'},
  {name: 'Content-Transfer-Encoding', isMime: true},
  {name: 'Content-Type', isMime: true},
  {name: 'Date'},
  {name: 'Delivered-To'},
  {name: 'Disposition-Notification-To', addresses: 'sender'},
  {name: 'Errors-To', addresses: 'sender'},
  {name: 'From', addresses: 'sender'},
  {name: 'Mail-Followup-To', addresses: 'sender'},
  {name: 'Message-ID'},
  {name: 'MIME-Version', isMime: true},
  {name: 'Received'},
  {name: 'Reply-To', addresses: 'sender'},
  {name: 'Resent-Bcc', addresses: 'recipient', isDestination: true, isResent: true},
  {name: 'Resent-Cc', addresses: 'recipient', isDestination: true, isResent: true},
  {name: 'Resent-Date', isResent: true},
  {name: 'Resent-From', addresses: 'sender', isResent: true},
  {name: 'Resent-Message-Id', isResent: true},
  {name: 'Resent-Reply-To', addresses: 'recipient', isResent: true},
  {name: 'Resent-Sender', addresses: 'sender', isResent: true},
  {name: 'Resent-To', addresses: 'recipient', isDestination: true, isResent: true},
  {name: 'Return-Path', addresses: 'sender'},
  {name: 'Return-Receipt-To', addresses: 'sender'},
  {name: 'Sender', addresses: 'sender'},
  {name: 'TLS-Required'},
  {name: 'To', addresses: 'recipient', isDestination: true},
];

const byName: ReadonlyMap<string, HeaderField> = new Map(FIELDS.map(field => [field.name.toLowerCase(), field]));

/** The field a header's text begins with (`Subject: x`), when the mail system knows it. */
export function findHeaderField(header: string): HeaderField | undefined {
  const colon = header.indexOf(':');
  return byName.get(header.slice(0, colon).trimEnd().toLowerCase());
}

/**
 * Length of the field name when a line starts a header: printable ASCII, then, as obsolete syntax has it (RFC 5322
 * section 4.5), perhaps blanks, then a colon. 0 when it does not.
 */
export function headerNameLength(line: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < line.length; i++) {
    const byte = line[i] ?? 0;
    if (byte === COLON) return length;
    if (byte === SPACE || byte === TAB) {
      if (i === 0) return 0;
    } else if (byte < SPACE || byte > 0x7e || i > length) return 0;
    else length++;
  }
  return 0;
}

/** The same of text. */
export function isHeader(text: string): boolean {
  return headerNameLength(Buffer.from(text, 'latin1')) > 0;
}

const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
