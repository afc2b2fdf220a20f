/**
 * Whether a message may be answered automatically, and the answer (RFC 5230 sections 4.5 to 4.7, RFC 3834): never to
 * lists, bounces, other answers, or the user himself, and only where the message was meant for him.
 */
import type {VacationAction} from '../../filter/sieve/run/action.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import {parseAddresses} from '../../message/mime/addresses.ts';
import {isPlainText} from './header-text.ts';

export interface VacationContext {
  readonly message: SieveMessage;
  /** '' is the null sender. */
  readonly sender: string;
  readonly recipient: string;
  readonly originalRecipient: string;
  /** Addresses of the user himself. */
  readonly own: readonly string[];
  /** sieve_vacation_dont_check_recipient. */
  readonly ignoresRecipient: boolean;
}

/** Why there is no answer, in the original's words for its log; undefined: it is to be answered. */
export function reasonForSilence(action: VacationAction, context: VacationContext): string | undefined {
  const {message, sender} = context;
  if (sender === '') return 'discarded vacation reply to <>';
  const own = [...context.own, ...action.addresses, context.recipient, context.originalRecipient].map(fold);
  if (own.includes(fold(sender))) return 'discarded vacation reply to own address';
  if (message.fields().some(({name}) => name.toLowerCase().startsWith('list-')))
    return `discarding vacation response to mailinglist recipient <${sender}>`;
  const automatic = message.rawValues('auto-submitted').find(value => fold(value) !== 'no');
  if (automatic !== undefined) return `discarding vacation response to auto-submitted message from <${sender}>`;
  if (message.rawValues('precedence').some(value => ['bulk', 'junk', 'list'].includes(fold(value))))
    return `discarding vacation response to precedence=${fold(message.rawValues('precedence')[0] ?? '')} message from <${sender}>`;
  const suppressed = message.rawValues('x-auto-response-suppress').flatMap(value => value.split(','));
  if (suppressed.some(word => ['all', 'oof'].includes(fold(word))))
    return `discarding vacation response to message from <${sender}> (\`X-Auto-Response-Suppress:' header)`;
  if (isSystemSender(sender)) return `not sending vacation response to system address <${sender}>`;
  if (context.ignoresRecipient || isMeant(message, own)) return undefined;
  return 'discarding vacation response for implicitly delivered message';
}

const RECIPIENT_FIELDS = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'];

function isMeant(message: SieveMessage, own: readonly string[]): boolean {
  return RECIPIENT_FIELDS.some(name =>
    message
      .rawValues(name)
      .some(value =>
        parseAddresses(value, MAX_ADDRESSES).some(({mailbox, domain}) =>
          own.includes(fold(`${mailbox ?? ''}@${domain ?? ''}`)),
        ),
      ),
  );
}

const MAX_ADDRESSES = 10_000;

function fold(text: string): string {
  return text.trim().toLowerCase();
}

/** RFC 3834 section 2: programs, and owners of lists. */
function isSystemSender(sender: string): boolean {
  const local = fold(sender.slice(0, sender.lastIndexOf('@') < 0 ? undefined : sender.lastIndexOf('@')));
  return (
    ['mailer-daemon', 'listserv', 'majordomo'].includes(local) ||
    local.startsWith('owner-') ||
    local.endsWith('-request')
  );
}

export interface ReplyFacts {
  readonly hostName: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly date: string;
  readonly messageId: string;
}

/** The answer, with LF line ends. */
export function vacationReply(action: VacationAction, context: VacationContext, facts: ReplyFacts): string {
  const {message, sender} = context;
  const [subject = ''] = message.values('subject');
  const [messageId] = message.rawValues('message-id');
  const references = message.rawValues('references')[0] ?? message.rawValues('in-reply-to')[0];
  const lines = [
    'X-Sieve: Pigeonhole Sieve 0.5.19 (4eae2f79)',
    `Message-ID: ${facts.messageId}`,
    `Date: ${facts.date}`,
    `From: <${action.from ?? context.recipient}>`,
    `To: <${sender}>`,
    `Subject: ${encoded(action.subject ?? `Auto: ${subject === '' ? 'Automatic reply' : subject}`)}`,
    ...(messageId === undefined
      ? []
      : [`In-Reply-To: ${messageId}`, `References: ${references === undefined ? '' : `${references} `}${messageId}`]),
    'Auto-Submitted: auto-replied (vacation)',
    'Precedence: bulk',
    'X-Auto-Response-Suppress: All',
    'MIME-Version: 1.0',
  ].map(line => line.replace(/[\r\n]+/g, ' '));
  if (action.from !== undefined && action.from.includes('<'))
    lines[3] = `From: ${action.from.replace(/[\r\n]+/g, ' ')}`;
  const body = action.message.replaceAll('\r\n', '\n');
  // With :mime the text begins with its own header.
  if (action.isMime) return `${lines.join('\n')}\n${body}${body.endsWith('\n') ? '' : '\n'}`;
  lines.push('Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit');
  return `${lines.join('\n')}\n\n${body}${body.endsWith('\n') ? '' : '\n'}`;
}

/** RFC 2047, where it is not ASCII. */
function encoded(text: string): string {
  if (isPlainText(text)) return text;
  return `=?utf-8?b?${Buffer.from(text, 'latin1').toString('base64')}?=`;
}
