/** Refusals (RFC 5429, as an MDN of RFC 8098), notifications (RFC 5436) and feedback reports (RFC 5965) as mails. */
import type {NotifyAction, RejectAction, ReportAction} from '../run/action.ts';
import {
  AGENT,
  composeMail,
  type Correspondence,
  dateField,
  encodeHeader,
  isEightBit,
  messageId,
  type OutgoingMail,
  ownAddress,
  postmasterAddress,
  postmasterFrom,
} from './correspondence.ts';

type Fields = readonly (readonly [name: string, value: string | undefined])[];

function headerOf({message}: Correspondence): string {
  return message
    .fields()
    .map(({text}) => text)
    .join('');
}

/** Undefined for a bounce, which is never answered. */
export function rejectMail({reason}: RejectAction, mail: Correspondence): OutgoingMail | undefined {
  const {envelope, message, hostName} = mail;
  if (envelope.from === '') return undefined;
  const ownId = messageId(mail);
  const boundary = `${mail.uniqueId()}/${hostName}`;
  const fields: Fields = [
    ['X-Sieve', AGENT],
    ['Message-ID', ownId],
    ['Date', dateField(mail.now())],
    ['From', postmasterFrom(mail)],
    ['To', `<${envelope.from}>`],
    ['Subject', 'Automatically rejected mail'],
    ['Auto-Submitted', 'auto-replied (rejected)'],
    ['Precedence', 'bulk'],
    ['MIME-Version', '1.0'],
    ['Content-Type', `multipart/report; report-type=disposition-notification;\r\n\tboundary="${boundary}"`],
  ];
  const id = message.rawValues('message-id')[0];
  const parts = [
    `\nThis is a MIME-encapsulated message\n`,
    `Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline\nContent-Transfer-Encoding: 8bit\n\nYour message to <${envelope.to}> was automatically rejected:\n${reason}`,
    `Content-Type: message/disposition-notification\n\nReporting-UA: ${hostName}; Dovecot Mail Delivery Agent\nOriginal-Recipient: rfc822; ${envelope.originalTo}\nFinal-Recipient: rfc822; ${envelope.to}\n${id === undefined ? '' : `Original-Message-ID: ${id}\n`}Disposition: automatic-action/MDN-sent-automatically; deleted\n`,
    `Content-Type: message/rfc822\n\n${headerOf(mail)}\n\n`,
  ];
  return {
    sender: '',
    recipients: [envelope.from],
    text: composeMail(fields, `${parts.join(`\n--${boundary}\n`)}\n--${boundary}--\n`),
    isFollowed: false,
  };
}

const PRIORITIES = ['1 (Highest)', '3 (Normal)', '5 (Lowest)'];
const IMPORTANCES = ['High', 'Normal', 'Low'];

/** Undefined where nobody would get it, or it would answer a robot (RFC 5436 section 2.7.1). */
export function notifyMail(action: NotifyAction, mail: Correspondence): OutgoingMail | undefined {
  const {to, cc, importance, from, subject, message, headers, body} = action;
  const isRobot = mail.message.rawValues('auto-submitted').some(value => value.trim().toLowerCase() !== 'no');
  if (to.length + cc.length === 0 || isRobot) return undefined;
  if (action.isOld) return oldNotifyMail(action, mail);
  const [author] = mail.message.values('from');
  const given =
    message ??
    subject ??
    (author === undefined
      ? 'Notification of new message'
      : `Notification: ${mail.message.values('subject')[0] ?? '(no subject)'}`);
  const fields: Fields = [
    ['X-Sieve', AGENT],
    ['Message-ID', messageId(mail)],
    ['Date', dateField(mail.now())],
    ['Subject', encodeHeader(given)],
    ['From', from === undefined ? postmasterFrom(mail) : encodeHeader(from)],
    ['To', to.length === 0 ? undefined : to.join(', ')],
    ['Cc', cc.length === 0 ? undefined : cc.join(', ')],
    ['Auto-Submitted', `auto-notified; owner-email="${ownAddress(mail)}"`],
    ['Precedence', 'bulk'],
    ['X-Priority', PRIORITIES[importance - 1]],
    ['Importance', IMPORTANCES[importance - 1]],
    ...headers.map(([name, value]) => [name, encodeHeader(value)] as const),
    ['MIME-Version', '1.0'],
  ];
  return {
    sender: notifySender(mail),
    recipients: [...to, ...cc],
    text: composeMail(fields, notifyBody(body)),
    isFollowed: false,
  };
}

function notifyBody(body: string | undefined): string {
  if (body === undefined)
    return 'Content-Type: text/plain; charset=US-ASCII\nContent-Transfer-Encoding: 7bit\n\nNotification of new message.\n';
  const [charset, encoding] = isEightBit(body) ? ['utf-8', '8bit'] : ['us-ascii', '7bit'];
  return `Content-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`;
}

/** sieve_notify_mailto_envelope_from; a notification of a bounce has no sender either. */
function notifySender(mail: Correspondence): string {
  return mail.envelope.from === ''
    ? ''
    : (mail.setting('sieve_notify_mailto_envelope_from') ?? postmasterAddress(mail)).replace(/^<|>$/g, '');
}

function oldNotifyMail({importance, to, message = ''}: NotifyAction, mail: Correspondence): OutgoingMail {
  const [charset, encoding] = isEightBit(message) ? ['utf-8', '8bit'] : ['us-ascii', '7bit'];
  const fields: Fields = [
    ['X-Sieve', AGENT],
    ['Date', dateField(mail.now())],
    ['X-Priority', PRIORITIES[importance - 1]],
    ['Importance', IMPORTANCES[importance - 1]],
    ['From', postmasterFrom(mail)],
    ['Subject', '[SIEVE] New mail notification'],
    ['Auto-Submitted', 'auto-generated (notify)'],
    ['Precedence', 'bulk'],
    ['MIME-Version', '1.0'],
    ['Content-Type', `text/plain; charset=${charset}`],
    ['Content-Transfer-Encoding', encoding],
    ['Message-ID', messageId(mail)],
    ['To', to.join(', ')],
  ];
  return {
    sender: postmasterAddress(mail),
    recipients: to,
    text: composeMail(fields, `\n${message}\n`),
    isFollowed: false,
  };
}

export async function reportMail(
  {feedback, message: text, to, headersOnly}: ReportAction,
  mail: Correspondence,
): Promise<OutgoingMail> {
  const {envelope, message, hostName} = mail;
  const ownId = messageId(mail);
  const boundary = `${mail.uniqueId()}/${hostName}`;
  const [original] = message.rawValues('subject');
  const fields: Fields = [
    ['X-Sieve', AGENT],
    ['Message-ID', ownId],
    ['Date', dateField(mail.now())],
    ['From', postmasterFrom(mail)],
    ['To', `<${to}>`],
    ['Subject', `Report: ${original ?? '(message without subject)'}`],
    ['Auto-Submitted', 'auto-generated (report)'],
    ['MIME-Version', '1.0'],
    ['Content-Type', `multipart/report; report-type=feedback-report;\r\n\tboundary="${boundary}"`],
  ];
  const [charset, encoding] = isEightBit(text) ? ['utf-8', '8bit'] : ['us-ascii', '7bit'];
  const about = `Version: 1\nFeedback-Type: ${feedback}\nUser-Agent: Dovecot/2.3.19.1 Pigeonhole/0.5.19\nOriginal-Mail-From: <${envelope.from}>\nOriginal-Rcpt-To: <${envelope.to}>\nDovecot-Reporting-User: <${ownAddress(mail)}>\n`;
  const type = headersOnly ? 'text/rfc822-headers' : 'message/rfc822';
  const parts = [
    '\nThis is a MIME-encapsulated message\n',
    `Content-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: ${encoding}\nContent-Disposition: inline\n\n${text}\n`,
    `Content-Type: message/feedback-report\n\n${about}`,
    `Content-Type: ${type}\nContent-Disposition: attachment\n\n${headerOf(mail)}${headersOnly ? '' : `\n${await message.rawBody()}\n`}`,
  ];
  return {
    sender: '',
    recipients: [to],
    text: composeMail(fields, `${parts.join(`\n--${boundary}\n`)}\n--${boundary}--\n`),
    isFollowed: false,
  };
}
