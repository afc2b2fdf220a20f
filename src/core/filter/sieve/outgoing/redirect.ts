/** A message sent on (RFC 5228 section 4.2): what is put before it, and what keeps it from going round. */
import {createHash} from 'node:crypto';
import type {RedirectAction} from '../run/action.ts';
import {duration} from '../setting-values.ts';
import {
  AGENT,
  type Correspondence,
  messageId,
  type OutgoingMail,
  ownAddress,
  postmasterAddress,
} from './correspondence.ts';

/** sieve_redirect_duplicate_period: for how long it is remembered. */
export function redirectSeconds({setting}: Correspondence): number {
  return duration(setting('sieve_redirect_duplicate_period'), 's') ?? 12 * 3600;
}

/** Under which it is remembered that this message went to this address. */
export function redirectId({address}: RedirectAction, {message, envelope}: Correspondence): string | undefined {
  const field = (name: string): string => message.rawValues(name)[0] ?? '';
  const id = field('message-id');
  if (id === '') return undefined;
  const parts = [id, field('resent-message-id'), field('resent-from'), field('list-id'), envelope.to, address];
  return `redirect ${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

/** The message has come from here already; in the original's words. */
export function redirectLoop({address}: RedirectAction, mail: Correspondence): string | undefined {
  const own = ownAddress(mail).toLowerCase();
  const isLoop = mail.message.rawValues('x-sieve-redirected-from').some(value => value.trim().toLowerCase() === own);
  return isLoop
    ? `not forwarding message to <${address}>: the \`x-sieve-redirected-from' header indicates a mail loop`
    : undefined;
}

/** sieve_redirect_envelope_from: sender, recipient, orig_recipient, user_email, postmaster or an address. */
function envelopeSender(mail: Correspondence): string {
  const {envelope, userEmail} = mail;
  const source = mail.setting('sieve_redirect_envelope_from') ?? 'sender';
  if (envelope.from === '' || source === 'sender') return envelope.from;
  if (source === 'recipient') return envelope.to;
  if (source === 'orig_recipient') return envelope.originalTo;
  if (source === 'user_email') return userEmail ?? envelope.to;
  if (source === 'postmaster') return postmasterAddress(mail);
  return /^<(.*)>$/.exec(source)?.[1] ?? envelope.from; // what is neither counts as not set
}

export function redirectMail({address}: RedirectAction, mail: Correspondence): OutgoingMail {
  const lines = [`X-Sieve: ${AGENT}\n`, `X-Sieve-Redirected-From: ${ownAddress(mail)}\n`];
  if (mail.message.rawValues('message-id').length === 0) lines.push(`Message-ID: ${messageId(mail)}\n`);
  return {sender: envelopeSender(mail), recipients: [address], text: lines.join(''), isFollowed: true};
}
