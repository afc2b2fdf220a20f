/**
 * The text of a delivery status notification (RFC 3464, RFC 6522; RFC 6533 for internationalised mail) as bounce(8)
 * writes it: headers, the part for people, the part for programs, and the head of the returned message. Byte strings with
 * LF ends.
 */
import {isAscii} from '../base/bytes.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import {formatMailDate} from '../message/date.ts';
import type {Envelope} from '../queue/agent.ts';
import type {LogEntry} from '../queue/queue-log.ts';

export interface ReportFrame {
  readonly envelope: Envelope;
  readonly entries: readonly LogEntry[];
  readonly hostName: string;
  readonly mailName: string;
  /** Header text. */
  readonly from: string;
  readonly subject: string;
  /** External form. */
  readonly to: string;
  /** To the postmaster, not to the sender. */
  readonly isNotice: boolean;
  /** The returned mail is called undelivered, and what a report about a delay says is said. */
  readonly isFailure: boolean;
  readonly isDelay: boolean;
  /** Seconds since 1970. */
  readonly now: number;
  readonly retryUntil: number;
  /** The message's own Message-Id, for reports that are to be shown with it (enable_threaded_bounces). */
  readonly thread?: string | undefined;
  /** The part for people, before the reasons. */
  readonly text: readonly string[];
  readonly charset: string;
  /** Content-Transfer-Encoding of the whole and of its parts; undefined: none is named. */
  readonly encoding: string | undefined;
  readonly partEncoding: string | undefined;
  /** The message needs SMTPUTF8, and so does what is said about it. */
  readonly isGlobal: boolean;
  readonly isHeadersOnly: boolean;
  /** The message had `TLS-Required: No`, and so has what is said about it. */
  readonly needsNoTls: boolean;
}

/** Everything before the returned message, and what ends the report behind it. */
export function reportText(frame: ReportFrame): {readonly head: string; readonly tail: string} {
  const boundary = `${frame.envelope.id}.${frame.now}/${frame.hostName}`;
  const head = [
    ...headers(frame, boundary),
    '',
    'This is a MIME-encapsulated message.',
    '',
    `--${boundary}`,
    'Content-Description: Notification',
    `Content-Type: text/plain; charset=${frame.charset}`,
    ...encoding(frame.partEncoding),
    '',
    ...frame.text,
    ...frame.entries.flatMap(entry => ['', ...foldText(reasonText(entry))]),
    '',
    `--${boundary}`,
    'Content-Description: Delivery report',
    `Content-Type: message/${frame.isGlobal ? 'global-' : ''}delivery-status`,
    ...encoding(frame.isGlobal ? '8bit' : undefined),
    '',
    ...statusPart(frame),
    '',
    `--${boundary}`,
    ...returnedHead(frame),
  ].join('\n');
  return {head: `${head}\n`, tail: `\n--${boundary}--\n`};
}

function headers(frame: ReportFrame, boundary: string): string[] {
  return [
    `Date: ${formatMailDate(frame.now)}`,
    `From: ${frame.from}`,
    `Subject: ${frame.subject}`,
    `To: ${frame.to}`,
    ...(frame.thread === undefined ? [] : [`References: ${frame.thread}`, `In-Reply-To: ${frame.thread}`]),
    `Auto-Submitted: ${frame.isNotice ? 'auto-generated' : 'auto-replied'}`,
    ...(frame.needsNoTls ? ['TLS-Required: no'] : []),
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    `\tboundary="${boundary}"`,
    ...encoding(frame.encoding),
  ];
}

function encoding(name: string | undefined): string[] {
  return name === undefined ? [] : [`Content-Transfer-Encoding: ${name}`];
}

function reasonText(entry: LogEntry): string {
  const isOther = entry.original !== '' && entry.original.toLowerCase() !== entry.recipient.toLowerCase();
  const from = isOther ? ` (expanded from <${quoteAddress(entry.original)}>)` : '';
  return `<${quoteAddress(entry.recipient)}>${from}: ${entry.reason}`;
}

const LINE_WIDTH = 79;
const INDENT = 4;

/** At blanks, no line longer than the width where it can be helped; later lines are indented. Blanks at ends go. */
export function foldText(given: string, width = LINE_WIDTH, indentation = INDENT): string[] {
  const text = given.replace(/[ \t]+$/, '');
  const lines: string[] = [];
  let at = 0;
  while (at < text.length || lines.length === 0) {
    const indent = lines.length === 0 ? '' : ' '.repeat(indentation);
    const end = lineEnd(text, at, width - indent.length);
    lines.push((indent + text.slice(at, end)).trimEnd());
    at = end;
    while (isBlank(text.charCodeAt(at))) at++;
  }
  return lines;
}

/** Where a line that begins at `at` ends: the last blank that fits, else the first one after. */
function lineEnd(text: string, at: number, width: number): number {
  if (text.length - at <= width) return text.length;
  for (let end = at + width; end > at; end--) if (isBlank(text.charCodeAt(end))) return end;
  for (let end = at + width; end < text.length; end++) if (isBlank(text.charCodeAt(end))) return end;
  return text.length;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function statusPart(frame: ReportFrame): string[] {
  const {envelope, hostName, mailName} = frame;
  const sender = senderAddress(frame);
  const envelopeId = envelope.attributes.get('envelope_id') ?? '';
  return [
    `Reporting-MTA: dns; ${hostName}`,
    ...(envelopeId === '' ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
    `X-${mailName}-Queue-ID: ${envelope.id}`,
    `X-${mailName}-Sender: ${addressType(frame, sender)}; ${sender}`,
    `Arrival-Date: ${formatMailDate(envelope.arrivalSeconds)}`,
    ...frame.entries.flatMap(entry => ['', ...recipientStatus(frame, entry)]),
  ];
}

/** Seen: the null sender is shown as the mailer daemon of $myhostname. */
function senderAddress({envelope, hostName}: ReportFrame): string {
  return envelope.sender === '' ? `MAILER-DAEMON@${hostName}` : quoteAddress(envelope.sender);
}

function addressType({isGlobal}: ReportFrame, address: string): string {
  return isGlobal && !isAscii(address) ? 'utf-8' : 'rfc822';
}

function recipientStatus(frame: ReportFrame, entry: LogEntry): string[] {
  const recipient = quoteAddress(entry.recipient);
  const original = quoteAddress(entry.original);
  const asked = entry.dsnOriginal || (original === '' ? '' : `${addressType(frame, original)};${original}`);
  const diagnostic =
    entry.diagnosticType === undefined
      ? `X-${frame.mailName}; ${entry.reason}`
      : `${entry.diagnosticType}; ${entry.diagnosticText ?? ''}`;
  return [
    `Final-Recipient: ${addressType(frame, recipient)}; ${recipient}`,
    ...(asked === '' ? [] : [`Original-Recipient: ${asked}`]),
    `Action: ${entry.action}`,
    `Status: ${entry.status}`,
    ...(entry.remoteName === undefined ? [] : [`Remote-MTA: ${entry.remoteType ?? 'dns'}; ${entry.remoteName}`]),
    ...foldText(`Diagnostic-Code: ${diagnostic}`),
    ...(frame.isDelay ? [`Will-Retry-Until: ${formatMailDate(frame.retryUntil)}`] : []),
  ];
}

function returnedHead(frame: ReportFrame): string[] {
  const {isGlobal, isHeadersOnly} = frame;
  const what = `${frame.isFailure || frame.isDelay ? 'Undelivered ' : ''}Message${isHeadersOnly ? ' Headers' : ''}`;
  const whole = isGlobal ? 'message/global' : 'message/rfc822';
  const headersOnly = isGlobal ? 'message/global-headers' : 'text/rfc822-headers';
  return [
    `Content-Description: ${what}`,
    `Content-Type: ${isHeadersOnly ? headersOnly : whole}`,
    ...encoding(frame.partEncoding),
    '',
    `Return-Path: <${senderAddress(frame)}>`,
  ];
}
