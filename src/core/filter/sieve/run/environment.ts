/**
 * What surrounds a run: the envelope, the user, the time, and what only the mail system can know. Whoever runs scripts
 * supplies it; what is left out makes the tests that need it answer as if there were nothing.
 */
import type {SieveMessage} from '../message/message.ts';

export interface Envelope {
  /** Without brackets; '' is the null sender. */
  readonly from: string;
  readonly to: string;
  /** Before aliases; the same as `to` when unknown. */
  readonly originalTo: string;
  /** Who logged in to send it. */
  readonly auth?: string | undefined;
  /** What the sender asked for (RFC 3461). */
  readonly dsn?: EnvelopeDsn | undefined;
}

export interface EnvelopeDsn {
  readonly notify?: string | undefined;
  readonly originalRecipient?: string | undefined;
  readonly ret?: string | undefined;
  readonly envelopeId?: string | undefined;
}

/** Which messages were seen, which replies and redirects were sent; kept across restarts. */
export interface SeenBefore {
  has(id: string): boolean | Promise<boolean>;
  /** `seconds` from now on it is forgotten. */
  mark(id: string, seconds: number): void | Promise<void>;
}

export interface ProgramRequest {
  readonly kind: 'pipe' | 'filter' | 'execute';
  readonly program: string;
  readonly args: readonly string[];
  /** What goes to its standard input; undefined for the message. */
  readonly input: string | undefined;
  readonly message: SieveMessage;
  readonly wantsOutput: boolean;
}

/** RFC 9671. */
export interface CalendarRequest {
  readonly message: SieveMessage;
  readonly addresses: readonly string[];
  readonly organizers: string | undefined;
  readonly calendarId: string | undefined;
  readonly allowPublic: boolean;
  readonly updatesOnly: boolean;
  readonly invitesOnly: boolean;
  readonly deleteCancelled: boolean;
}

export interface CalendarAnswer {
  /** `no_action`, `added`, `updated`, `cancelled`, `error`. */
  readonly outcome: string;
  readonly reason: string;
}

export interface ProgramResult {
  /** Undefined when there is no such program. */
  readonly status: number | undefined;
  readonly output: string;
  /** Of an explanation, which runs none; `status` is what was assumed. */
  readonly isNotRun?: boolean;
  /** It took too long, or died. */
  readonly wasKilled?: boolean | undefined;
}

export interface RunEnvironment {
  readonly envelope: Envelope;
  readonly user: string;
  /** sieve_user_email, without brackets. */
  readonly userEmail?: string | undefined;
  readonly hostName: string;
  readonly domain: string;
  /** Milliseconds since 1970. */
  now(): number;
  readonly defaultMailbox: string;
  /** RFC 5183: `MDA`, `MS`, `MUA`. */
  readonly location: string;
  readonly phase: 'pre' | 'during' | 'post';
  readonly maxActions: number;
  readonly maxRedirects: number;
  /** Milliseconds of computing; 0 for no limit. */
  readonly maxCpuMs: number;
  readonly maxVariableBytes: number;
  /** sieve_vacation_default_period and sieve_duplicate_default_period. */
  readonly vacationSeconds: number;
  readonly duplicateSeconds: number;
  setting(name: string): string | undefined;
  mailboxExists?(name: string): boolean | Promise<boolean>;
  /** RFC 9042. */
  mailboxIdExists?(id: string): boolean | Promise<boolean>;
  specialUseExists?(mailbox: string | undefined, flag: string): boolean | Promise<boolean>;
  metadata?(mailbox: string | undefined, annotation: string): string | undefined | Promise<string | undefined>;
  /** RFC 6134: whether a list has an entry. */
  listHas?(list: string, value: string): boolean;
  /** RFC 6134. */
  hasList?(name: string): boolean;
  processCalendar?(request: CalendarRequest): CalendarAnswer | Promise<CalendarAnswer>;
  run?(request: ProgramRequest): ProgramResult | Promise<ProgramResult>;
  readonly seen?: SeenBefore | undefined;
  /** Of a message that has flags already: what each script begins with that uses imap4flags (sieve-filter). */
  readonly flags?: readonly string[] | undefined;
  /** The same, for all scripts together, whether they use imap4flags or not (imapsieve). */
  readonly initialFlags?: readonly string[] | undefined;
  /** imapsieve (RFC 6785). */
  readonly imap?: ReadonlyMap<string, string> | undefined;
}

/** What a test saw and why it answered as it did, for `--why`. */
export interface TestSeen {
  readonly script: string;
  readonly line: number;
  readonly test: string;
  readonly saw: readonly string[];
  /** The key that fitted, or those that did not. */
  readonly keys: readonly string[];
  readonly result: boolean;
}

export interface TestRecorder {
  tested(seen: TestSeen): void;
}
