/**
 * The settings of the SMTP client, smtp(8), or of the LMTP client, lmtp(8), which have the same under names of their own:
 * one object for either, read once for each service.
 */
import {isIP} from 'node:net';
import type {Config} from '../../config/config.ts';

export type ClientProtocol = 'smtp' | 'lmtp';

/** Seconds. */
export interface ClientTimeouts {
  readonly connect: number;
  readonly hello: number;
  readonly xforward: number;
  readonly startTls: number;
  readonly mail: number;
  readonly rcpt: number;
  readonly dataInit: number;
  readonly dataXfer: number;
  readonly dataDone: number;
  readonly rset: number;
  readonly quit: number;
}

export interface ClientSettings {
  readonly protocol: ClientProtocol;
  readonly myHostName: string;
  readonly helloName: string;
  readonly timeouts: ClientTimeouts;
  /** Time-outs are for a whole request and its reply. */
  readonly hasDeadlines: boolean;
  /** Bytes a second. */
  readonly minDataRate: number;
  readonly passesOver5xxGreeting: boolean;
  readonly skipsQuitReply: boolean;
  readonly alwaysSendsEhlo: boolean;
  readonly neverSendsEhlo: boolean;
  readonly bindAddress: string;
  readonly bindAddress6: string;
  readonly mustBind: boolean;
  readonly quotesEnvelope: boolean;
  readonly sendsDummyAuth: boolean;
  readonly sendsXforward: boolean;
  /** Content goes out with BDAT where that is offered. */
  readonly sendsChunks: boolean;
  readonly isUtf8Enabled: boolean;
  /** An LMTP server without DSN delivers, it does not relay. */
  readonly assumesFinal: boolean;
  /** 0: no limit. */
  readonly lineLimit: number;
  readonly replyLineLimit: number;
  readonly warnsHelpfully: boolean;
  readonly probeEnd: 'rcpt' | 'data';
  /** postconf(5) soft_bounce: what would be returned is tried at the next host too. */
  readonly isSoftBounce: boolean;
}

export function readClientSettings(config: Config, protocol: ClientProtocol): ClientSettings {
  const isSmtp = protocol === 'smtp';
  const get = <T>(smtp: () => T, lmtp: () => T): T => (isSmtp ? smtp() : lmtp());
  return {
    protocol,
    myHostName: config.get('myhostname'),
    helloName: config.get(isSmtp ? 'smtp_helo_name' : 'lmtp_lhlo_name'),
    timeouts: readTimeouts(config, isSmtp),
    hasDeadlines: config.get(isSmtp ? 'smtp_per_request_deadline' : 'lmtp_per_request_deadline'),
    minDataRate: config.get(isSmtp ? 'smtp_min_data_rate' : 'lmtp_min_data_rate'),
    passesOver5xxGreeting: config.get(isSmtp ? 'smtp_skip_5xx_greeting' : 'lmtp_skip_5xx_greeting'),
    skipsQuitReply: config.get(isSmtp ? 'smtp_skip_quit_response' : 'lmtp_skip_quit_response'),
    alwaysSendsEhlo: get(
      () => config.get('smtp_always_send_ehlo'),
      () => true,
    ),
    neverSendsEhlo: get(
      () => config.get('smtp_never_send_ehlo'),
      () => false,
    ),
    bindAddress: config.get(isSmtp ? 'smtp_bind_address' : 'lmtp_bind_address') || onlyAddress(config, 4),
    bindAddress6: config.get(isSmtp ? 'smtp_bind_address6' : 'lmtp_bind_address6') || onlyAddress(config, 6),
    mustBind: config.get(isSmtp ? 'smtp_bind_address_enforce' : 'lmtp_bind_address_enforce'),
    quotesEnvelope: config.get(isSmtp ? 'smtp_quote_rfc821_envelope' : 'lmtp_quote_rfc821_envelope'),
    sendsDummyAuth: config.get(isSmtp ? 'smtp_send_dummy_mail_auth' : 'lmtp_send_dummy_mail_auth'),
    sendsXforward: config.get(isSmtp ? 'smtp_send_xforward_command' : 'lmtp_send_xforward_command'),
    sendsChunks: isSmtp && config.get('posthorn_smtp_chunking'),
    isUtf8Enabled: config.get('smtputf8_enable'),
    assumesFinal: get(
      () => false,
      () => config.get('lmtp_assume_final'),
    ),
    lineLimit: config.get(isSmtp ? 'smtp_line_length_limit' : 'lmtp_line_length_limit'),
    replyLineLimit: config.get('line_length_limit'),
    warnsHelpfully: config.get('helpful_warnings'),
    probeEnd:
      config.get(isSmtp ? 'smtp_address_verify_target' : 'lmtp_address_verify_target') === 'data' ? 'data' : 'rcpt',
    isSoftBounce: config.get('soft_bounce'),
  };
}

/** A virtual host: with one address in inet_interfaces, mail comes from there too (postconf(5) inet_interfaces). */
function onlyAddress(config: Config, family: 4 | 6): string {
  const addresses = config.list('inet_interfaces').filter(address => isIP(address) === family);
  const [first = '', second] = addresses;
  return second !== undefined || first.startsWith('127.') || first === '::1' ? '' : first;
}

function readTimeouts(config: Config, isSmtp: boolean): ClientTimeouts {
  return {
    connect: config.get(isSmtp ? 'smtp_connect_timeout' : 'lmtp_connect_timeout'),
    hello: config.get(isSmtp ? 'smtp_helo_timeout' : 'lmtp_lhlo_timeout'),
    xforward: config.get(isSmtp ? 'smtp_xforward_timeout' : 'lmtp_xforward_timeout'),
    startTls: config.get(isSmtp ? 'smtp_starttls_timeout' : 'lmtp_starttls_timeout'),
    mail: config.get(isSmtp ? 'smtp_mail_timeout' : 'lmtp_mail_timeout'),
    rcpt: config.get(isSmtp ? 'smtp_rcpt_timeout' : 'lmtp_rcpt_timeout'),
    dataInit: config.get(isSmtp ? 'smtp_data_init_timeout' : 'lmtp_data_init_timeout'),
    dataXfer: config.get(isSmtp ? 'smtp_data_xfer_timeout' : 'lmtp_data_xfer_timeout'),
    dataDone: config.get(isSmtp ? 'smtp_data_done_timeout' : 'lmtp_data_done_timeout'),
    rset: config.get(isSmtp ? 'smtp_rset_timeout' : 'lmtp_rset_timeout'),
    quit: config.get(isSmtp ? 'smtp_quit_timeout' : 'lmtp_quit_timeout'),
  };
}
