/**
 * A message as scripts see it. Names in any case, values as byte strings of UTF-8. What costs reading is asked for only
 * when a script needs it, and may be a promise.
 */
export interface HeaderBlock {
  /** The values of a field in order: unfolded, encoded words decoded, blanks at the ends gone. */
  values(name: string): readonly string[];
  /** The same without decoding. */
  rawValues(name: string): readonly string[];
}

export interface MessagePart {
  readonly headers: HeaderBlock;
  /** In lower case: `text/plain`; what RFC 2045 says where the field is missing or broken. */
  readonly type: string;
  readonly parts: readonly MessagePart[];
  /** The content, its transfer encoding undone; text in UTF-8. */
  text(): string;
  /** The content as it stands. */
  raw(): string;
  /** Text as people read it: of HTML without its tags. */
  plain(): string;
  /** Where it lies in the message, in bytes; undefined when that is not known. */
  readonly range?: {readonly start: number; readonly end: number};
  /** What stands before and behind the parts of a multipart. */
  readonly around: readonly string[];
}

export interface SieveMessage extends HeaderBlock {
  readonly sizeBytes: number;
  /** The message as a MIME part: its header, and parts below. */
  structure(): MessagePart | Promise<MessagePart>;
  /** Everything behind the header. */
  rawBody(): string | Promise<string>;
  /** All fields of the header in order, for editheader and for what is sent on. */
  fields(): readonly RawField[];
}

export interface RawField {
  readonly name: string;
  /** As it stands in the message, from the name to the last line end. */
  readonly text: string;
}
