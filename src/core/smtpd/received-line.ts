/** The Received: line of a message that came by SMTP (RFC 5321 section 4.4), as smtpd(8) folds it. */
import {formatMailDate} from '../message/date.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import type {SmtpdClient, SmtpdState} from './smtpd-state.ts';

export interface ReceivedSettings {
  readonly hostName: string;
  readonly mailName: string;
  /** What smtpd_tls_received_header tells of an encrypted connection. */
  readonly tlsLines: readonly string[];
  /** smtpd_sasl_authenticated_header. */
  readonly showsLogin: boolean;
}

export function receivedLine(
  state: SmtpdState,
  recipients: readonly string[],
  queueId: string,
  seconds: number,
  settings: ReceivedSettings,
): string {
  let text = `Received: from ${state.heloName ?? state.client.name} (${state.client.name} [${rfcAddress(state.client)}])\n`;
  for (const line of settings.tlsLines) text += `${line}\n`;
  if (settings.showsLogin && state.login !== undefined)
    text += `\t(Authenticated sender: ${comment(state.login.username)})\n`;
  text += `\tby ${settings.hostName} (${settings.mailName}) with ${protocolName(state)} id ${queueId}`;
  const [only] = recipients;
  const date = formatMailDate(seconds);
  if (recipients.length === 1 && only !== undefined) return `${text}\n\tfor <${quoteAddress(only)}>; ${date}`;
  return `${text};\n\t${date}`;
}

/** RFC 3848 and RFC 6531 section 4.3: SMTP, ESMTP, UTF8SMTP, with S for TLS and A for a login. */
function protocolName({protocol, isUtf8, tls, login}: SmtpdState): string {
  const name = isUtf8 ? 'UTF8SMTP' : protocol;
  if (name === 'SMTP') return name;
  return `${name}${tls === undefined ? '' : 'S'}${login === undefined ? '' : 'A'}`;
}

/** Text inside a comment: what would end or nest it is replaced. */
function comment(text: string): string {
  return text.replace(/[()\\\r\n]/g, '?');
}

function rfcAddress({address}: SmtpdClient): string {
  return address.includes(':') ? `IPv6:${address}` : address;
}
