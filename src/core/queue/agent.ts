/**
 * What the queue and the delivery agents agree on. The queue owns these types, `delivery` implements `Agent`, `daemon`
 * joins them. All addresses are byte strings in internal (unquoted) form.
 */
import type {Recorder} from '../log/decisions.ts';

/** DSN NOTIFY bits as the queue file stores them (RFC 3461 section 4.1); 0 when the sender asked for nothing. */
export const NOTIFY_NEVER = 1;
export const NOTIFY_SUCCESS = 2;
export const NOTIFY_FAILURE = 4;
export const NOTIFY_DELAY = 8;

/** DSN RET (RFC 3461 section 4.3): 0 unset, 1 FULL, 2 HDRS. */
export type ReturnContent = 0 | 1 | 2;

export const QUEUE_NAMES = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** One recipient of a queue file. */
export interface Recipient {
  readonly address: string;
  /** The address as submitted (record `O`), before any rewriting; may be bare. */
  readonly original: string;
  /** `rfc822;addr` (attribute dsn_orig_rcpt), '' when absent. */
  readonly dsnOriginal: string;
  /** NOTIFY bits, 0 when unset. */
  readonly notify: number;
  /** Byte offset of the recipient's record in the queue file; the type byte there becomes `D` when done. */
  readonly offset: number;
}

/** A queued message's envelope, as read from (or just written to) its queue file. */
export interface Envelope {
  readonly id: string;
  readonly queue: QueueName;
  /** Path of the queue file when this was read. */
  readonly path: string;
  readonly arrivalSeconds: number;
  readonly arrivalMicroseconds: number;
  /** Field 1 of the size record: content records with their overhead; what mailq and the log show. */
  readonly sizeBytes: number;
  /** Byte offset of the first content record. */
  readonly dataOffset: number;
  /** '' for the null sender. */
  readonly sender: string;
  readonly fullName: string;
  /** Named attributes (`rewrite_context`, `encoding`, `client_name`, `envelope_id`, `ret_flags`, ...). */
  readonly attributes: ReadonlyMap<string, string>;
  /** Recipients still to do; the first ones, where `recipientCount` says that there are more. */
  readonly recipients: readonly Recipient[];
  /** Offset and value of the delay-warning record (`W`), undefined when there is none. */
  readonly warning?: {readonly offset: number; readonly seconds: number} | undefined;
  /** Two delimiter characters when VERP was asked for. */
  readonly verp?: string | undefined;
  /** All recipients the file was made with, those that are done too; undefined: `recipients` are all. */
  readonly recipientCount?: number | undefined;
  /** When the file was made, which a requeued message's arrival is not; undefined: when it arrived. */
  readonly createdSeconds?: number | undefined;
  /** Bits of the size record (send-options.ts); undefined: 0. */
  readonly sendOptions?: number | undefined;
  /** `transport:nexthop` of a content filter, and the address that overrides all recipients. */
  readonly contentFilter?: string | undefined;
  readonly redirect?: string | undefined;
}

/** What became of one recipient. `status` is the enhanced status code (`2.0.0`), `text` the reason logged and reported. */
export interface Outcome {
  readonly kind: 'sent' | 'deferred' | 'bounced';
  readonly status: string;
  readonly text: string;
  /** DSN Action of a success report (RFC 3464 section 2.3.3). */
  readonly action?: 'delivered' | 'relayed' | 'expanded' | undefined;
  /** The remote server's reply, when that was the reason: DSN Diagnostic-Code and Remote-MTA. */
  readonly remote?: {readonly host: string; readonly reply: string} | undefined;
  /** What a command said or meant by its exit status, when that was the reason: DSN Diagnostic-Code of type x-unix. */
  readonly diagnostic?: string | undefined;
}

/** One recipient's outcome as an agent reports it, with what the log line needs. */
export interface Report {
  readonly recipient: Recipient;
  /** The address to log and report when it is not `recipient.address` (an alias's member, a forwarded-to name). */
  readonly address?: string | undefined;
  readonly outcome: Outcome;
  /** `relay=` of the log line: `local`, `none`, `host[ip]:port`, a service's name. */
  readonly relay: string;
  /** The program whose log tag the line gets: `local`, `virtual`, `pipe`, `error`, `smtp`. */
  readonly program: string;
  /** Milliseconds since 1970 when the agent began, and when the connection stood (same, where there is none). */
  readonly startedAt: number;
  readonly connectedAt?: number | undefined;
  readonly connectionUse?: number | undefined;
  /**
   * True for an additional line about a recipient that is not done by it (one member of an alias expansion): it is
   * logged and, unless sent, kept in the bounce or defer log, but the recipient's fate is the final report's.
   */
  readonly partial?: boolean | undefined;
  /**
   * True for what the original keeps out of the log: `alias expanded` (a partial one, for the success report only), and
   * a recipient that is done though nothing was delivered (every member was a duplicate).
   */
  readonly unlogged?: boolean | undefined;
  /** The destination as a whole does not answer, or the transport itself is out of order: others need not try just now. */
  readonly breakdown?: 'destination' | 'transport' | undefined;
  /** Who is told of the failure when that is not the message's sender: the list's owner. */
  readonly returnTo?: string | undefined;
}

/** The bytes of a queued message, read as a stream; nothing is held in memory whole. */
export interface ContentSource {
  /**
   * Calls `line` for each content record in order: a line without its newline, `endsLine` false when the line goes on
   * in the next record (longer than line_length_limit). The buffer is only valid during the call.
   * Answering false stops the reading. With backpressure: `drained()` is awaited between chunks when `line` answered 'wait'.
   */
  lines(line: (bytes: Buffer, endsLine: boolean) => void): Promise<void>;
  /** The content as chunks of whole bytes with LF line ends, for writing to files and pipes. */
  chunks(): AsyncIterable<Buffer>;
  /** The whole content with LF ends when it is at most `limitBytes`, else undefined: the fast path for small messages. */
  wholeIfSmall(limitBytes: number): Promise<Buffer | undefined>;
}

export interface DeliveryRequest {
  readonly envelope: Envelope;
  readonly content: ContentSource;
  readonly transport: string;
  readonly nexthop: string;
  readonly recipients: readonly Recipient[];
  /** `sendmail -bv`: say what would happen, deliver nothing. */
  readonly verifyOnly: boolean;
  /** `sendmail -v`: success is reported too. */
  readonly trace: boolean;
  readonly recorder?: Recorder | undefined;
  /**
   * May be called, once, when what is left to do does not mind other deliveries to the same destination (a Maildir, which
   * has no lock): the destination's concurrency limit lets the next one begin.
   */
  readonly release?: (() => void) | undefined;
}

/** A delivery agent: a transport of master.cf. Must report exactly one final outcome per recipient; a throw defers the rest. */
export interface Agent {
  deliver(request: DeliveryRequest, report: (report: Report) => void): Promise<void>;
}

/** Content that goes into the queue: called with `write` for each line (no newline), ends when it returns. */
export type ContentProducer = (write: (line: Buffer | string) => Promise<void> | undefined) => Promise<void> | void;

/** A message for the cleanup room: from pickup, smtpd, bounce, a forward, or the library. */
export interface Submission {
  readonly sender: string;
  readonly fullName?: string | undefined;
  readonly recipients: readonly NewRecipient[];
  /** `local`: headers are completed and addresses qualified with myorigin; `remote` as remote_header_rewrite_domain says. */
  readonly rewriteContext: 'local' | 'remote';
  /**
   * Named attributes for the envelope (encoding, client_*, envelope_id, ret_flags, log_message_origin), all of them: when
   * this is given, `rewrite_context` is written only if it is among them.
   */
  readonly attributes?: ReadonlyMap<string, string> | undefined;
  /** Trace headers written before the message: `Received: ...` lines, folded with newline and tab. */
  readonly prependHeaders?: readonly string[] | undefined;
  /** Recipients are also taken from To, Cc, Bcc (sendmail -t). */
  readonly extractRecipients?: boolean | undefined;
  readonly verp?: string | undefined;
  readonly content: AsyncIterable<Buffer> | Buffer;
  /** Internal mail (bounce, notice): no canonical/virtual expansion of the content, no milters; hop count of zero. */
  readonly internal?: boolean | undefined;
  /** Put straight into `hold`. */
  readonly hold?: boolean | undefined;
  /** `sendmail -bv` / `-v`. */
  readonly verify?: 'verify' | 'trace' | undefined;
  /** SMTPUTF8 bits to begin with (send-options.ts): a report inherits those of the message it is about. */
  readonly utf8?: number | undefined;
  /** It is to go over verified TLS only (RFC 8689). */
  readonly requiresTls?: boolean | undefined;
  /** When the message came in, when that was not now; `text` is its record's own form. */
  readonly arrival?: {readonly seconds: number; readonly microseconds: number; readonly text?: string} | undefined;
  /** Makes the Received: header, which names the queue id; it stands below `prependHeaders`. */
  readonly received?: ((queueId: string) => string) | undefined;
  /** Told the queue id as soon as there is one, before the content is read. */
  readonly announce?: ((queueId: string) => void) | undefined;
  /** Recipients that are known only when the content has been read (the extracted segment). */
  readonly trailingRecipients?: (() => Iterable<NewRecipient> | AsyncIterable<NewRecipient>) | undefined;
  /** `transport:nexthop` that the message passes first (postconf(5) content_filter). */
  readonly contentFilter?: string | undefined;
  /** Header and body checks do not apply (postconf(5) receive_override_options no_header_body_checks). */
  readonly skipsChecks?: boolean | undefined;
  /** No canonical maps, masquerading, virtual aliases or automatic copies (no_address_mappings). */
  readonly skipsMapping?: boolean | undefined;
  /** The queue file, where it was made before: its id was told already. */
  readonly file?: NewQueueFile | undefined;
  /** It will be thrown away whatever comes: nothing is said of its content. */
  readonly discardsContent?: boolean | undefined;
  /** Asked when the content is in: what access rules decided about the message meanwhile. */
  readonly actions?: (() => SubmissionActions) | undefined;
  /** The submitter can't tell the sender: what is refused for good is returned by mail, and counts as accepted. */
  readonly returnsRefused?: boolean | undefined;
}

/** What access(5) actions ask of cleanup. */
export interface SubmissionActions {
  readonly hold: boolean;
  readonly discard: boolean;
  readonly filter: string | undefined;
  readonly redirect: string | undefined;
  readonly bcc: readonly string[];
}

/** A queue file in the making. It gets its name, and counts, only with `finish`. */
export interface NewQueueFile {
  readonly id: string;
  readonly createdSeconds: number;
  /** Appends. A promise asks the caller to wait until the bytes are written; undefined: they are the file's now. */
  write(bytes: Buffer): Promise<void> | undefined;
  /** Puts the size record in front, makes file and name durable, and answers the path. */
  finish(sizeRecord: Buffer, queue: 'incoming' | 'hold'): Promise<string>;
  /** Removes the file, finished or not; never throws. */
  abort(): Promise<void>;
}

export interface NewRecipient {
  readonly address: string;
  readonly original?: string | undefined;
  readonly dsnOriginal?: string | undefined;
  readonly notify?: number | undefined;
}

/** Hands a message to the queue; resolves with its queue id once it is on disk (file and name). Throws `Refusal`. */
export interface Submitter {
  submit(submission: Submission): Promise<{readonly id: string}>;
}
