/**
 * The text of a delivery status notification (RFC 3464, RFC 6522) as bounce(8) writes it: headers, the part for people,
 * the part for programs, and the head of the returned message. Byte strings with LF ends.
 */
import {quoteAddress} from '../message/address-syntax.ts';
import {formatMailDate} from '../message/date.ts';
import type {Envelope} from '../queue/agent.ts';
import type {LogEntry} from '../queue/queue-log.ts';

export type ReportKind = 'failed' | 'delayed' | 'success' | 'verify' | 'postmaster' | 'postmaster-delay';

export interface ReportFrame {
  readonly kind: ReportKind;
  readonly envelope: Envelope;
  readonly entries: readonly LogEntry[];
  readonly hostName: string;
  readonly origin: string;
  /** External form. */
  readonly to: string;
  readonly seconds: number;
  readonly isHeadersOnly: boolean;
  readonly isUtf8: boolean;
  readonly warningHours: number;
  readonly lifetimeDays: number;
  readonly lifetimeSeconds: number;
}

const SUBJECTS: Readonly<Record<ReportKind, string>> = {
  failed: 'Undelivered Mail Returned to Sender',
  delayed: 'Delayed Mail (still being retried)',
  success: 'Successful Mail Delivery Report',
  verify: 'Mail Delivery Status Report',
  postmaster: 'Postmaster Copy: Undelivered Mail',
  'postmaster-delay': 'Postmaster Warning: Delayed Mail',
};

/** Everything before the returned message, and what ends the report behind it. */
export function reportText(frame: ReportFrame): {readonly head: string; readonly tail: string} {
  const boundary = `${frame.envelope.id}.${frame.seconds}/${frame.hostName}`;
  const head = [
    ...headers(frame, boundary),
    '',
    'This is a MIME-encapsulated message.',
    '',
    `--${boundary}`,
    'Content-Description: Notification',
    `Content-Type: text/plain; charset=${frame.isUtf8 ? 'utf-8' : 'us-ascii'}`,
    ...encoding(frame),
    '',
    ...textPart(frame),
    '',
    `--${boundary}`,
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    ...statusPart(frame),
    '',
    `--${boundary}`,
    ...returnedHead(frame),
  ].join('\n');
  return {head: `${head}\n`, tail: `\n--${boundary}--\n`};
}

function headers(frame: ReportFrame, boundary: string): string[] {
  const isNotice = frame.kind.startsWith('postmaster');
  const domain = isNotice ? frame.hostName : frame.origin;
  return [
    `Date: ${formatMailDate(frame.seconds)}`,
    `From: Mail Delivery System <MAILER-DAEMON@${domain}>`,
    `Subject: ${SUBJECTS[frame.kind]}`,
    `To: ${frame.to}`,
    `Auto-Submitted: ${isNotice ? 'auto-generated' : 'auto-replied'}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    `\tboundary="${boundary}"`,
    ...encoding(frame),
  ];
}

function encoding({isUtf8}: ReportFrame): string[] {
  return isUtf8 ? ['Content-Transfer-Encoding: 8bit'] : [];
}

const PROBLEM_HINT = [
  'For further assistance, please send mail to postmaster.',
  '',
  'If you do so, please include this problem report. You can',
  'delete your own text from the attached returned message.',
  '',
  '                   The mail system',
];

function textPart(frame: ReportFrame): string[] {
  const reasons = frame.entries.flatMap(entry => ['', ...wrapReason(reasonText(entry))]);
  if (frame.kind.startsWith('postmaster')) return reasons;
  return [`This is the mail system at host ${frame.hostName}.`, '', ...explanation(frame), ...reasons];
}

function explanation(frame: ReportFrame): string[] {
  switch (frame.kind) {
    case 'failed':
      return [
        "I'm sorry to have to inform you that your message could not",
        "be delivered to one or more recipients. It's attached below.",
        '',
        ...PROBLEM_HINT,
      ];
    case 'delayed':
      return [
        '#'.repeat(68),
        '# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #',
        '#'.repeat(68),
        '',
        `Your message could not be delivered for more than ${frame.warningHours} hour(s).`,
        `It will be retried until it is ${frame.lifetimeDays} day(s) old.`,
        '',
        ...PROBLEM_HINT,
      ];
    case 'success':
      return [
        'Your message was successfully delivered to the destination(s)',
        'listed below. If the message was delivered to mailbox you will',
        'receive no further notifications. Otherwise you may still receive',
        'notifications of mail delivery errors from other systems.',
        '',
        '                   The mail system',
      ];
    default:
      return ['Enclosed is the mail delivery report that you requested.', '', '                   The mail system'];
  }
}

function reasonText(entry: LogEntry): string {
  const isOther = entry.original !== '' && entry.original.toLowerCase() !== entry.recipient.toLowerCase();
  const from = isOther ? ` (expanded from <${quoteAddress(entry.original)}>)` : '';
  return `<${quoteAddress(entry.recipient)}>${from}: ${entry.reason}`;
}

const LINE_WIDTH = 79;
const INDENT = '    ';

/** At blanks, so that no line is longer than 79 where it can be helped; later lines are indented by 4. */
export function wrapReason(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest !== '' || lines.length === 0) {
    const indent = lines.length === 0 ? '' : INDENT;
    const width = LINE_WIDTH - indent.length;
    const blank = rest.length <= width ? -1 : rest.lastIndexOf(' ', width);
    const cut = rest.length <= width ? rest.length : blank > 0 ? blank : nextBlank(rest, width);
    lines.push(indent + rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return lines;
}

function nextBlank(text: string, from: number): number {
  const blank = text.indexOf(' ', from);
  return blank < 0 ? text.length : blank;
}

function statusPart(frame: ReportFrame): string[] {
  const {envelope, hostName} = frame;
  const sender = envelope.sender === '' ? `MAILER-DAEMON@${hostName}` : quoteAddress(envelope.sender);
  const envelopeId = envelope.attributes.get('envelope_id');
  return [
    `Reporting-MTA: dns; ${hostName}`,
    ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
    `X-Postfix-Queue-ID: ${envelope.id}`,
    `X-Postfix-Sender: rfc822; ${sender}`,
    `Arrival-Date: ${formatMailDate(envelope.arrivalSeconds)}`,
    ...frame.entries.flatMap(entry => ['', ...recipientStatus(frame, entry)]),
  ];
}

function recipientStatus(frame: ReportFrame, entry: LogEntry): string[] {
  const original = entry.dsnOriginal || (entry.original === '' ? '' : `rfc822;${quoteAddress(entry.original)}`);
  const diagnostic =
    entry.diagnosticType === undefined
      ? `X-Postfix; ${entry.reason}`
      : `${entry.diagnosticType}; ${entry.diagnosticText ?? ''}`;
  const isDelay = frame.kind === 'delayed' || frame.kind === 'postmaster-delay';
  const until = frame.envelope.arrivalSeconds + frame.lifetimeSeconds;
  return [
    `Final-Recipient: rfc822; ${quoteAddress(entry.recipient)}`,
    ...(original === '' ? [] : [`Original-Recipient: ${original}`]),
    `Action: ${isDelay ? 'delayed' : entry.action}`,
    `Status: ${entry.status}`,
    ...(entry.remoteName === undefined ? [] : [`Remote-MTA: ${entry.remoteType ?? 'dns'}; ${entry.remoteName}`]),
    ...wrapReason(`Diagnostic-Code: ${diagnostic}`),
    ...(isDelay ? [`Will-Retry-Until: ${formatMailDate(until)}`] : []),
  ];
}

function returnedHead(frame: ReportFrame): string[] {
  const isPlain = frame.kind === 'success' || frame.kind === 'verify';
  const what = `${isPlain ? '' : 'Undelivered '}Message${frame.isHeadersOnly ? ' Headers' : ''}`;
  return [
    `Content-Description: ${what}`,
    `Content-Type: ${frame.isHeadersOnly ? 'text/rfc822-headers' : 'message/rfc822'}`,
    ...encoding(frame),
    '',
    `Return-Path: <${quoteAddress(frame.envelope.sender)}>`,
  ];
}
