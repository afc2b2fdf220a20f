/**
 * An SMTP session as its restrictions, its log lines and its explanation see it. The machine writes it, the restrictions
 * read it and write `actions`. Byte strings throughout; addresses in internal form.
 */
import type {TlsSession} from '../net/tls-session.ts';
import type {Recorder} from '../log/decisions.ts';

/** How a name look-up ended, as restrictions answer for it: found, none, or no answer for now. */
export type NameStatus = 'ok' | 'none' | 'temporary';

export interface SmtpdClient {
  /** Verified name (PTR and back), or `unknown`. */
  readonly name: string;
  readonly nameStatus: NameStatus;
  /** The PTR name as it is, or `unknown`. */
  readonly reverseName: string;
  readonly reverseNameStatus: NameStatus;
  /** `127.0.0.1`, `2001:db8::1`: no brackets, no prefix; `unknown` when there is none (standard input). */
  readonly address: string;
  readonly port: string;
  readonly serverAddress: string;
  readonly serverPort: string;
}

/** Where the session stands: the word of the reject line. */
export type SmtpdStage =
  | 'CONNECT'
  | 'HELO'
  | 'EHLO'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'BDAT'
  | 'END-OF-MESSAGE'
  | 'ETRN'
  | 'VRFY'
  | 'AUTH'
  | 'STARTTLS'
  | 'XCLIENT';

/** What access tables and policy servers did to the message at hand; made anew with each MAIL. */
export interface MessageActions {
  hold: boolean;
  discard: boolean;
  filter: string | undefined;
  redirect: string | undefined;
  readonly bcc: string[];
  readonly prepend: string[];
}

export interface SmtpdState {
  client: SmtpdClient;
  /** First column of master.cf: `smtp`, `2525`, `submission`. */
  readonly service: string;
  /** Said in logs: SMTP until EHLO came. */
  protocol: 'SMTP' | 'ESMTP';
  stage: SmtpdStage;
  heloName: string | undefined;
  /** undefined until MAIL was accepted (or is being checked); '' is the null sender. */
  sender: string | undefined;
  /** The recipient that is being checked, or the only one of the message. */
  recipient: string | undefined;
  /** Recipients accepted so far. */
  recipientCount: number;
  /** From MAIL's SIZE, or what was received; 0 when unknown. */
  messageSize: number;
  /** The message's SMTPUTF8 parameter was given. */
  isUtf8: boolean;
  queueId: string | undefined;
  tls: TlsSession | undefined;
  login: {readonly method: string; readonly username: string; readonly sender?: string | undefined} | undefined;
  actions: MessageActions;
  /** Tells policy servers which requests belong to one message (SMTPD_POLICY_README `instance`). */
  instance: string;
  recorder?: Recorder | undefined;
  /** The client sent commands ahead of replies where SMTP does not allow it (reject_unauth_pipelining). */
  hasPipelined?: boolean | undefined;
  /** Gets what kinds of refusals there were, by the names of notify_classes. */
  errorClasses?: Set<string> | undefined;
}

export function newActions(): MessageActions {
  return {hold: false, discard: false, filter: undefined, redirect: undefined, bcc: [], prepend: []};
}

/** `client.example.org[198.51.100.5]`. */
export function nameAndAddress({name, address}: SmtpdClient): string {
  return `${name}[${address}]`;
}
