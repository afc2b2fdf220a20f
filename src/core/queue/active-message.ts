/** A message in the active queue, and what has become of its recipients in this round. */
import type {ContentSource, Envelope, Recipient} from './agent.ts';
import type {LogEntry} from './queue-log.ts';

/** Attribute trace_flags: `sendmail -bv` (say what would happen) and `-v` (report all). */
const VERIFY_FLAG = 512;
const TRACE_FLAG = 1024;

export class ActiveMessage {
  readonly envelope: Envelope;
  readonly content: ContentSource;
  readonly contentFilter: string | undefined;
  readonly redirect: string | undefined;
  /** Milliseconds since 1970 when it became active. */
  readonly activeAt: number;
  /** A defer log may be there from an earlier round. */
  readonly wasDeferred: boolean;
  readonly isVerifyOnly: boolean;
  readonly isTraced: boolean;
  /** Deliveries under way or waiting; the round ends at 0. */
  pending = 0;
  deferred: LogEntry[] = [];
  failed: LogEntry[] = [];
  told: LogEntry[] = [];
  /** Recipients to mark once their fate is on disk. */
  failedRecipients: Recipient[] = [];
  isForceExpired = false;

  constructor(from: {
    envelope: Envelope;
    content: ContentSource;
    activeAt: number;
    wasDeferred: boolean;
    contentFilter?: string | undefined;
    redirect?: string | undefined;
  }) {
    this.envelope = from.envelope;
    this.content = from.content;
    this.activeAt = from.activeAt;
    this.wasDeferred = from.wasDeferred;
    this.contentFilter = from.contentFilter;
    this.redirect = from.redirect;
    const flags = Number(from.envelope.attributes.get('trace_flags') ?? 0);
    this.isVerifyOnly = (flags & VERIFY_FLAG) !== 0;
    this.isTraced = (flags & TRACE_FLAG) !== 0;
  }

  get arrivedAt(): number {
    return this.envelope.arrivalSeconds * 1000 + this.envelope.arrivalMicroseconds / 1000;
  }
}
