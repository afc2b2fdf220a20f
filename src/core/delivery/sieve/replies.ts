/**
 * Messages that filters send besides vacation's: the rejection of a message (RFC 5429 section 2.1, as a notification of
 * its disposition, RFC 8098) and the notification of enotify's mailto (RFC 5436). LF line ends.
 */
import type {NotifyAction, RejectAction} from '../../filter/sieve/run/action.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import {isPlainText} from './header-text.ts';

export interface MailFacts {
  readonly hostName: string;
  readonly date: string;
  readonly messageId: string;
  /** postmaster_address. */
  readonly postmaster: string;
}

const SIEVE = 'X-Sieve: Pigeonhole Sieve 0.5.19 (4eae2f79)';

export function rejection(
  action: RejectAction,
  message: SieveMessage,
  envelope: {readonly sender: string; readonly recipient: string; readonly originalRecipient: string},
  facts: MailFacts,
): string {
  const boundary = `${facts.messageId.replace(/[<>@.]/g, '')}/${facts.hostName}`;
  const [messageId] = message.rawValues('message-id');
  const head = message
    .fields()
    .map(({text}) => text.replaceAll('\r\n', '\n'))
    .join('');
  return [
    SIEVE,
    `Message-ID: ${facts.messageId}`,
    `Date: ${facts.date}`,
    `From: Mail Delivery Subsystem <${facts.postmaster}>`,
    `To: <${envelope.sender}>`,
    'Subject: Automatically rejected mail',
    'Auto-Submitted: auto-replied (rejected)',
    'Precedence: bulk',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=disposition-notification;`,
    `\tboundary="${boundary}"`,
    '',
    'This is a MIME-encapsulated message',
    '',
    `--${boundary}`,
    `Content-Type: text/plain; charset=utf-8`,
    'Content-Disposition: inline',
    'Content-Transfer-Encoding: 8bit',
    '',
    `Your message to <${envelope.recipient}> was automatically rejected:`,
    action.reason.replaceAll('\r\n', '\n'),
    '',
    `--${boundary}`,
    'Content-Type: message/disposition-notification',
    '',
    `Reporting-UA: ${facts.hostName}; Dovecot Mail Delivery Agent`,
    ...(envelope.originalRecipient === envelope.recipient
      ? []
      : [`Original-Recipient: rfc822; ${envelope.originalRecipient}`]),
    `Final-Recipient: rfc822; ${envelope.recipient}`,
    ...(messageId === undefined ? [] : [`Original-Message-ID: ${messageId}`]),
    'Disposition: automatic-action/MDN-sent-automatically; deleted',
    '',
    `--${boundary}`,
    'Content-Type: message/rfc822-headers',
    '',
    head,
    `--${boundary}--`,
    '',
  ].join('\n');
}

export function notification(action: NotifyAction, message: SieveMessage, recipient: string, facts: MailFacts): string {
  const [subject] = message.values('subject');
  const [from = ''] = message.rawValues('from');
  const shown =
    action.subject ?? action.message ?? (subject === undefined ? 'New mail notification' : `Re: ${subject}`);
  const importance = PRIORITIES[action.importance] ?? PRIORITIES[2];
  const own = new Set(action.headers.map(([name]) => name.toLowerCase()));
  const lines = [
    SIEVE,
    `Message-ID: ${facts.messageId}`,
    `Date: ${facts.date}`,
    `From: ${action.from ?? `<${facts.postmaster}>`}`,
    ...(action.to.length > 0 ? [`To: ${action.to.join(', ')}`] : []),
    ...(action.cc.length > 0 ? [`Cc: ${action.cc.join(', ')}`] : []),
    `Subject: ${isPlainText(shown) ? shown : `=?utf-8?b?${Buffer.from(shown, 'latin1').toString('base64')}?=`}`,
    `Auto-Submitted: auto-notified; owner-email="${recipient}"`,
    'Precedence: bulk',
    ...(importance ?? []),
    ...action.headers.map(([name, value]) => `${name}: ${value}`),
    ...(own.has('mime-version')
      ? []
      : ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']),
  ].map(line => line.replace(/[\r\n]+/g, ' '));
  const text =
    action.body ?? (action.isOld && action.message !== undefined ? action.message : 'Notification of new message.\n');
  const body = text
    .replaceAll('\r\n', '\n')
    .replaceAll('$from$', from)
    .replaceAll('$subject$', subject ?? '');
  return `${lines.join('\n')}\n\n${body}${body.endsWith('\n') ? '' : '\n'}`;
}

const PRIORITIES: Readonly<Record<number, readonly string[]>> = {
  1: ['X-Priority: 1 (Highest)', 'Importance: High'],
  2: ['X-Priority: 3 (Normal)', 'Importance: Normal'],
  3: ['X-Priority: 5 (Lowest)', 'Importance: Low'],
};
