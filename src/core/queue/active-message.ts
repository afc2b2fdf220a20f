/** A message in the active queue, and what has become of its recipients in this round. */
import type {ContentSource, Envelope, Recipient} from './agent.ts';
import type {RecipientPlace} from './queue-file-reader.ts';
import type {LogEntry} from './queue-log.ts';

/** Attribute trace_flags: a probe of an address (verify(8)), `sendmail -bv` (say what would happen) and `-v` (report all). */
const PROBE_FLAG = 256;
const VERIFY_FLAG = 512;
const TRACE_FLAG = 1024;

export interface RoutedRecipient {
  readonly recipient: Recipient;
  readonly transport: string;
  readonly nexthop: string;
}

export interface ActiveMessageParts {
  readonly envelope: Envelope;
  readonly content: ContentSource;
  /** Milliseconds since 1970. */
  readonly activeAt: number;
  /** It came from disk: logs of an earlier round may be there. */
  readonly isRead?: boolean | undefined;
  readonly isForceExpired?: boolean | undefined;
  /** Somebody asked that it be tried now: what is dead or deferred for it gets another chance. */
  readonly isFlushed?: boolean | undefined;
  /** Recipients that are still on disk. */
  readonly unread?: number | undefined;
  readonly rest?: RecipientPlace | undefined;
  readonly failed?: readonly LogEntry[] | undefined;
  readonly told?: readonly LogEntry[] | undefined;
}

export class ActiveMessage {
  readonly envelope: Envelope;
  readonly content: ContentSource;
  readonly activeAt: number;
  readonly isRead: boolean;
  readonly isForceExpired: boolean;
  readonly isFlushed: boolean;
  readonly isVerifyOnly: boolean;
  /** It only asks whether an address is deliverable; nobody gets a report. */
  readonly isProbe: boolean;
  readonly isTraced: boolean;
  /** Recipients without a fate; one more while they are still being assigned. The round ends at 0. */
  pending = 1;
  unresolved = 0;
  /** Recipients that are still on disk, and where. */
  unread: number;
  /** Where all of it goes, when that is one destination. */
  soleRoute: RoutedRecipient | undefined;
  isFromDeferred = false;
  rest: RecipientPlace | undefined;
  isRefilling = false;
  refilledAt: number;
  /** Recipients that count for this message among those in memory. */
  inMemory = 0;
  /** Not all of its recipients could be read: it stays in the queue. */
  isCut = false;
  /** Recipients that have a transport, until all have. */
  readonly routed: RoutedRecipient[] = [];
  /** For the defer log, for the report of failures, for the one of success. */
  readonly deferred: LogEntry[] = [];
  failed: LogEntry[];
  told: LogEntry[];
  /** How many of `failed` and `told` are in the logs on disk. */
  failedOnDisk: number;
  toldOnDisk: number;
  /** Reasons that are in the defer log already, of a message with very many recipients. */
  deferredOnDisk = 0;
  /** Failures that others than the sender are told of. */
  elsewhere: {readonly returnTo: string; readonly recipient: Recipient; readonly entry: LogEntry}[] = [];
  /** Recipients that are done, and not marked so in the file yet. */
  done: Recipient[] = [];
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: ActiveMessageParts) {
    this.envelope = parts.envelope;
    this.content = parts.content;
    this.activeAt = parts.activeAt;
    this.isRead = parts.isRead === true;
    this.isForceExpired = parts.isForceExpired === true;
    this.isFlushed = parts.isFlushed === true;
    this.failed = [...(parts.failed ?? [])];
    this.told = [...(parts.told ?? [])];
    this.failedOnDisk = this.failed.length;
    this.toldOnDisk = this.told.length;
    this.unread = parts.unread ?? 0;
    this.rest = parts.rest;
    this.refilledAt = parts.activeAt;
    const flags = Number(parts.envelope.attributes.get('trace_flags') ?? 0);
    this.isProbe = (flags & PROBE_FLAG) !== 0;
    this.isVerifyOnly = (flags & (VERIFY_FLAG | PROBE_FLAG)) !== 0;
    this.isTraced = (flags & TRACE_FLAG) !== 0;
  }

  get arrivedAt(): number {
    return this.envelope.arrivalSeconds * 1000 + this.envelope.arrivalMicroseconds / 1000;
  }

  /** Seconds since the file was made. */
  ageSeconds(now: number): number {
    return now / 1000 - (this.envelope.createdSeconds ?? this.envelope.arrivalSeconds);
  }

  /** Its only recipient's fate is the file's: nothing needs to be marked in between. */
  get hasOneRecipient(): boolean {
    return this.envelope.recipients.length <= 1 && this.rest === undefined;
  }

  get hasDeferred(): boolean {
    return this.deferred.length > 0 || this.deferredOnDisk > 0 || this.isCut;
  }

  /** Work on the message's files, one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined); // whoever asked for it hears of it
    return done;
  }
}
