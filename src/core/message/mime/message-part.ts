/** A node of a message's part tree: the message itself, a part of a multipart, or the message inside a message/rfc822. */
import type {Envelope} from './envelope.ts';
import {MimeFields} from './mime-fields.ts';

/** `opaque`: a multipart or message that is not taken apart, because it lies too deep. */
export type PartKind = 'text' | 'multipart' | 'digest' | 'message' | 'opaque' | 'other';

/**
 * Sizes and offsets are bytes: physical ones as the message lies in its file, virtual ones as if every line ended with
 * CRLF. A line is counted where its line feed is. The body begins where the header ends.
 */
export class MessagePart {
  readonly parent: MessagePart | undefined;
  readonly children: MessagePart[] = [];
  kind: PartKind = 'text';
  fields = new MimeFields();
  /** The last Content-Transfer-Encoding, by which the body is decoded; `fields` has what is told of it. */
  transferEncoding: string | undefined;
  /** Of messages: the outermost one, and the one inside a message/rfc822. */
  readonly envelope: Envelope | undefined;
  readonly headerOffset: number;
  readonly headerVirtualOffset: number;
  /** An empty line ends its header. */
  hasHeaderEnd = false;
  headerSize = 0;
  headerVirtualSize = 0;
  headerLines = 0;
  bodySize = 0;
  bodyVirtualSize = 0;
  bodyLines = 0;
  /** A NUL is in its header or body, parts inside not counted. */
  hasNul = false;

  constructor(parent: MessagePart | undefined, envelope: Envelope | undefined, offset: number, virtualOffset: number) {
    this.parent = parent;
    this.envelope = envelope;
    this.headerOffset = offset;
    this.headerVirtualOffset = virtualOffset;
  }

  get isText(): boolean {
    return this.kind === 'text';
  }

  get isMultipart(): boolean {
    return this.kind === 'multipart' || this.kind === 'digest';
  }

  get isMessage(): boolean {
    return this.kind === 'message';
  }

  get isOpaque(): boolean {
    return this.kind === 'opaque';
  }

  get bodyOffset(): number {
    return this.headerOffset + this.headerSize;
  }

  get bodyVirtualOffset(): number {
    return this.headerVirtualOffset + this.headerVirtualSize;
  }
}
