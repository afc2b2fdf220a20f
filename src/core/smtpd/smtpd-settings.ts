/** What main.cf, with a service's `-o` on top, says to the SMTP server: read once per service and reload. */
import type {Config} from '../config/config.ts';
import type {BareNewlinePolicy} from '../smtp/data-decoder.ts';

export interface SmtpdSettings {
  readonly hostName: string;
  readonly mailName: string;
  readonly banner: string;
  readonly timeoutSeconds: number;
  readonly perRequestDeadline: boolean;
  /** Bytes a second. */
  readonly minDataRate: number;
  /** As it is written: the names in it are the reply's. */
  readonly rejectFooter: string;
  readonly lineLimit: number;
  readonly messageLimit: number;
  readonly recipientLimit: number;
  readonly recipientOvershoot: number;
  readonly hardErrorLimit: number;
  readonly softErrorLimit: number;
  readonly errorSleepSeconds: number;
  readonly junkLimit: number;
  readonly requiresHelo: boolean;
  readonly delaysReject: boolean;
  readonly disablesVrfy: boolean;
  readonly isUtf8: boolean;
  /** Of RFC 8689, within TLS. */
  readonly hasRequireTls: boolean;
  readonly isStrict: boolean;
  readonly isStrictUtf8: boolean;
  readonly forbidsPipelining: boolean;
  readonly isSoft: boolean;
  /** The queue file is opened with the first recipient, not with MAIL. */
  readonly opensLate: boolean;
  readonly bareNewline: BareNewlinePolicy;
  readonly bareNewlineCode: number;
  readonly discardedKeywords: ReadonlySet<string>;
  readonly verpDelimiters: string;
  readonly limits: Readonly<
    Record<'connections' | 'connectionRate' | 'messageRate' | 'recipientRate' | 'authRate' | 'newTlsRate', number>
  >;
  readonly looksUpNames: boolean;
  readonly proxyProtocol: string;
  readonly proxySeconds: number;
  readonly logsPort: boolean;
  readonly contentFilter: string;
  readonly skipsChecks: boolean;
  readonly skipsMapping: boolean;
  readonly isSaslEnabled: boolean;
  readonly showsLoginInReceived: boolean;
  readonly hasBrokenSaslClients: boolean;
  readonly saslResponseLimit: number;
  readonly minFreeBytes: number;
}

export function smtpdSettings(config: Config): SmtpdSettings {
  const overrides = config.list('receive_override_options');
  return {
    hostName: config.get('myhostname'),
    mailName: config.get('mail_name'),
    banner: config.get('smtpd_banner'),
    timeoutSeconds: config.get('smtpd_timeout'),
    perRequestDeadline: config.get('smtpd_per_request_deadline'),
    minDataRate: config.get('smtpd_min_data_rate'),
    rejectFooter: config.raw?.('smtpd_reject_footer') ?? '',
    lineLimit: config.get('line_length_limit'),
    messageLimit: config.get('message_size_limit'),
    recipientLimit: config.get('smtpd_recipient_limit'),
    recipientOvershoot: config.get('smtpd_recipient_overshoot_limit'),
    hardErrorLimit: config.get('smtpd_hard_error_limit'),
    softErrorLimit: config.get('smtpd_soft_error_limit'),
    errorSleepSeconds: config.get('smtpd_error_sleep_time'),
    junkLimit: config.get('smtpd_junk_command_limit'),
    requiresHelo: config.get('smtpd_helo_required'),
    delaysReject: config.get('smtpd_delay_reject'),
    disablesVrfy: config.get('disable_vrfy_command'),
    isUtf8: config.get('smtputf8_enable'),
    hasRequireTls: config.get('requiretls_enable'),
    isStrict: config.get('strict_rfc821_envelopes'),
    isStrictUtf8: config.get('strict_smtputf8'),
    opensLate: config.get('smtpd_delay_open_until_valid_rcpt'),
    isSoft: config.get('soft_bounce'),
    forbidsPipelining: config.get('smtpd_forbid_unauth_pipelining'),
    bareNewline: bareNewlinePolicy(config.get('smtpd_forbid_bare_newline')),
    bareNewlineCode: config.get('smtpd_forbid_bare_newline_reject_code'),
    discardedKeywords: capitals(config.list('smtpd_discard_ehlo_keywords')),
    verpDelimiters: config.get('default_verp_delimiters'),
    limits: {
      connections: config.get('smtpd_client_connection_count_limit'),
      connectionRate: config.get('smtpd_client_connection_rate_limit'),
      messageRate: config.get('smtpd_client_message_rate_limit'),
      recipientRate: config.get('smtpd_client_recipient_rate_limit'),
      authRate: config.get('smtpd_client_auth_rate_limit'),
      newTlsRate: config.get('smtpd_client_new_tls_session_rate_limit'),
    },
    looksUpNames: config.get('smtpd_peername_lookup'),
    proxyProtocol: config.get('smtpd_upstream_proxy_protocol'),
    proxySeconds: config.get('smtpd_upstream_proxy_timeout'),
    logsPort: config.get('smtpd_client_port_logging'),
    contentFilter: config.get('content_filter'),
    skipsChecks: overrides.includes('no_header_body_checks'),
    skipsMapping: overrides.includes('no_address_mappings'),
    isSaslEnabled: config.get('smtpd_sasl_auth_enable'),
    showsLoginInReceived: config.get('smtpd_sasl_authenticated_header'),
    hasBrokenSaslClients: config.get('broken_sasl_auth_clients'),
    saslResponseLimit: config.get('smtpd_sasl_response_limit'),
    minFreeBytes: config.get('queue_minfree'),
  };
}

/** postconf(5) smtpd_forbid_bare_newline: no, yes (the same as normalize), normalize, reject, note. */
function bareNewlinePolicy(value: string): BareNewlinePolicy {
  const word = value.trim().toLowerCase();
  if (word === 'no' || word === 'note') return 'lenient';
  return word === 'reject' ? 'reject' : 'normalize';
}

function capitals(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.map(word => word.toUpperCase()));
}
