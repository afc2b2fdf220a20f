/** The parameters of the LMTP client: those of smtp(8) when it runs as lmtp(8). */
import {flag, number, text, time, type Parameter} from '../parameter.ts';

export const lmtpClient = {
  lmtp_address_preference: text('any', 'The address family that is tried first for LMTP: any, ipv4 or ipv6.', {
    min: 1,
    effect: true,
  }),
  lmtp_address_verify_target: text('rcpt', 'The stage at which a probe of a recipient ends: rcpt or data.', {
    min: 1,
    effect: true,
  }),
  lmtp_assume_final: flag(
    'no',
    'Whether an LMTP server that knows no DSN counts as final delivery, so that success is reported as delivered.',
    {effect: true},
  ),
  lmtp_balance_inet_protocols: flag(
    'yes',
    'Whether both IPv4 and IPv6 addresses are tried when lmtp_mx_address_limit cuts the list.',
    {effect: true},
  ),
  lmtp_bind_address: text('', 'The local IPv4 address that LMTP connections are made from.', {effect: true}),
  lmtp_bind_address6: text('', 'The local IPv6 address that LMTP connections are made from.', {effect: true}),
  lmtp_bind_address_enforce: flag(
    'no',
    'Whether LMTP mail is deferred when the local address to connect from cannot be used.',
    {effect: true},
  ),
  lmtp_body_checks: text('', 'The tables with patterns that body lines are looked up in as mail goes out by LMTP.', {
    effect: true,
  }),
  lmtp_cname_overrides_servername: flag(
    'no',
    "Whether the name that a CNAME leads to is used as the LMTP server's in log, SASL and TLS.",
    {effect: true},
  ),
  lmtp_connect_timeout: time('0s', 'The time an LMTP connection may take to open; 0: what the system allows.', {
    min: 0,
    effect: true,
  }),
  lmtp_connection_cache_destinations: text('', 'The destinations whose LMTP sessions are always kept for reuse.', {
    effect: true,
  }),
  lmtp_connection_cache_on_demand: flag(
    'yes',
    'Whether LMTP sessions are kept for reuse while much mail waits for a destination.',
    {effect: true},
  ),
  lmtp_connection_cache_time_limit: time('2s', 'How long an idle LMTP session is kept for reuse.', {
    min: 1,
    effect: true,
  }),
  lmtp_connection_reuse_count_limit: number('0', 'How many deliveries may share an LMTP session; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  lmtp_connection_reuse_time_limit: time('300s', 'The age after which an LMTP session is not reused.', {
    min: 1,
    effect: true,
  }),
  lmtp_data_done_timeout: time('600s', 'How long the LMTP client waits for the reply to the end of the message.', {
    min: 1,
    effect: true,
  }),
  lmtp_data_init_timeout: time('120s', 'How long the LMTP client waits for the reply to DATA.', {min: 1, effect: true}),
  lmtp_data_xfer_timeout: time('180s', 'How long the LMTP server may take to accept the next part of the message.', {
    min: 1,
    effect: true,
  }),
  lmtp_defer_if_no_mx_address_found: flag(
    'no',
    'Whether LMTP mail is deferred, not bounced, when no MX host of a domain has an address.',
    {effect: true},
  ),
  lmtp_delivery_status_filter: text('$default_delivery_status_filter', 'The delivery status filter of lmtp(8).'),
  lmtp_discard_lhlo_keyword_address_maps: text(
    '',
    'The tables with the LHLO keywords to overlook for each LMTP server address.',
    {effect: true},
  ),
  lmtp_discard_lhlo_keywords: text('', 'The LHLO keywords of LMTP servers that are overlooked.', {effect: true}),
  lmtp_dns_reply_filter: text('', 'A table that changes or drops records of DNS replies to the LMTP client.', {
    effect: true,
  }),
  lmtp_dns_resolver_options: text('', 'The resolver options of host lookups for LMTP: res_defnames, res_dnsrch.', {
    effect: true,
  }),
  lmtp_dns_support_level: text(
    '',
    'How DNS is used for LMTP: disabled, enabled or dnssec; empty: as disable_dns_lookups says.',
    {effect: true},
  ),
  lmtp_enforce_tls: flag('no', 'Whether LMTP servers must use TLS; lmtp_tls_security_level replaces it.', {
    effect: true,
  }),
  lmtp_fallback_relay: text('', 'The hosts tried when an LMTP destination is not found or not reached.', {
    effect: true,
  }),
  lmtp_generic_maps: text('', 'The tables that replace local addresses by public ones as mail goes out by LMTP.', {
    effect: true,
  }),
  lmtp_header_checks: text(
    '',
    'The tables with patterns that message headers are looked up in as mail goes out by LMTP.',
    {effect: true},
  ),
  lmtp_host_lookup: text('dns', 'How host names are looked up for LMTP: dns, native, or both in that order.', {
    effect: true,
    min: 1,
  }),
  lmtp_lhlo_name: text('$myhostname', 'The name that the client gives in LHLO.', {min: 1, effect: true}),
  lmtp_lhlo_timeout: time('300s', 'How long the LMTP client waits for the greeting, and for the reply to LHLO.', {
    min: 1,
    effect: true,
  }),
  lmtp_line_length_limit: number('998', 'How many bytes a line of LMTP may have before it is broken; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  lmtp_mail_timeout: time('300s', 'How long the LMTP client waits for the reply to MAIL FROM.', {min: 1, effect: true}),
  lmtp_mime_header_checks: text(
    '',
    'The tables with patterns that MIME headers are looked up in as mail goes out by LMTP.',
    {effect: true},
  ),
  lmtp_min_data_rate: number(
    '500',
    'The bytes a second that an LMTP server must take a message with, when deadlines are for whole requests.',
    {min: 1, effect: true},
  ),
  lmtp_mx_address_limit: number('5', 'How many addresses of MX hosts are used for an LMTP delivery; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  lmtp_mx_session_limit: number(
    '2',
    'How many LMTP sessions a delivery may open before it goes to the fallback relay or is deferred; 0: no limit.',
    {min: 0, effect: true},
  ),
  lmtp_nested_header_checks: text(
    '',
    'The tables with patterns that headers of attached messages are looked up in as mail goes out by LMTP.',
    {effect: true},
  ),
  lmtp_per_request_deadline: flag(
    '${lmtp_per_record_deadline?{$lmtp_per_record_deadline}:{no}}',
    'Whether the timeouts are for a whole request or reply, not for each read or write.',
    {effect: true},
  ),
  lmtp_pix_workaround_delay_time: time(
    '10s',
    'The pause before the final dot when the delay_dotcrlf workaround applies.',
    {min: 1, effect: true},
  ),
  lmtp_pix_workaround_maps: text('', 'The tables with the PIX firewall workarounds for each LMTP server address.', {
    effect: true,
  }),
  lmtp_pix_workaround_threshold_time: time(
    '500s',
    'How long a message must have been queued before the PIX firewall workarounds apply.',
    {min: 0, effect: true},
  ),
  lmtp_pix_workarounds: text(
    'disable_esmtp,delay_dotcrlf',
    'The workarounds used with LMTP servers behind a Cisco PIX firewall.',
    {effect: true},
  ),
  lmtp_quit_timeout: time('300s', 'How long the LMTP client waits for the reply to QUIT.', {min: 1, effect: true}),
  lmtp_quote_rfc821_envelope: flag(
    'yes',
    'Whether local parts in MAIL FROM and RCPT TO are quoted where RFC 5321 says so.',
    {effect: true},
  ),
  lmtp_randomize_addresses: flag(
    'yes',
    'Whether addresses of MX hosts for LMTP with the same preference are tried in random order.',
    {effect: true},
  ),
  lmtp_rcpt_timeout: time('300s', 'How long the LMTP client waits for the reply to RCPT TO.', {min: 1, effect: true}),
  lmtp_reply_filter: text('', 'A table that replaces lines of LMTP server replies before the client reads them.', {
    effect: true,
  }),
  lmtp_rset_timeout: time('20s', 'How long the LMTP client waits for the reply to RSET.', {min: 1, effect: true}),
  lmtp_sasl_auth_cache_name: text(
    '',
    'The table with LMTP logins that failed, not to be tried again soon; empty: none is kept.',
  ),
  lmtp_sasl_auth_cache_time: time('90d', 'How long a failed LMTP login is remembered.', {min: 0}),
  lmtp_sasl_auth_enable: flag('no', 'Whether the LMTP client authenticates to servers.', {effect: true}),
  lmtp_sasl_auth_soft_bounce: flag(
    'yes',
    'Whether mail is deferred, not bounced, when an LMTP server refuses the login with 535.',
    {effect: true},
  ),
  lmtp_sasl_mechanism_filter: text('', 'The list of SASL mechanisms that the LMTP client may use.', {effect: true}),
  lmtp_sasl_password_maps: text('', 'The tables with user:password for each LMTP server, destination or sender.', {
    effect: true,
  }),
  lmtp_sasl_path: text('', "What the LMTP client's SASL plug-in needs to find its settings."),
  lmtp_sasl_security_options: text(
    'noplaintext, noanonymous',
    'The properties that SASL mechanisms must have with LMTP, such as noanonymous and noplaintext.',
    {effect: true},
  ),
  lmtp_sasl_tls_security_options: text(
    '$lmtp_sasl_security_options',
    'The properties that SASL mechanisms must have inside TLS with LMTP.',
    {effect: true},
  ),
  lmtp_sasl_tls_verified_security_options: text(
    '$lmtp_sasl_tls_security_options',
    'The properties that SASL mechanisms must have inside TLS with a verified LMTP server.',
    {effect: true},
  ),
  lmtp_sasl_type: text('cyrus', 'The SASL plug-in of the LMTP client, cyrus.', {min: 1}),
  lmtp_send_dummy_mail_auth: flag('no', 'Whether AUTH=<> is added to MAIL FROM in authenticated LMTP sessions.', {
    effect: true,
  }),
  lmtp_send_xforward_command: flag(
    'no',
    'Whether the LMTP server, if it offers XFORWARD, is told who the first client was.',
    {effect: true},
  ),
  lmtp_sender_dependent_authentication: flag(
    'no',
    'Whether passwords may be looked up by sender; sessions are then not reused.',
    {effect: true},
  ),
  lmtp_skip_5xx_greeting: flag(
    'yes',
    'Whether an LMTP server that greets with 5xx is passed over for the next MX host.',
    {effect: true},
  ),
  lmtp_skip_quit_response: flag('no', 'Whether the LMTP client hangs up without waiting for the reply to QUIT.', {
    effect: true,
  }),
  lmtp_starttls_timeout: time('300s', 'The time each read and write of the TLS handshake with LMTP may take.', {
    effect: true,
    min: 1,
  }),
  lmtp_tcp_port: text('24', 'The port, by name or number, of LMTP destinations given without one.', {effect: true}),
  lmtp_tls_CAfile: text('', 'The file with the CA certificates that LMTP server certificates are checked against.', {
    effect: true,
  }),
  lmtp_tls_CApath: text(
    '',
    'The directory with the CA certificates that LMTP server certificates are checked against.',
    {effect: true},
  ),
  lmtp_tls_block_early_mail_reply: flag(
    'no',
    'Whether to look for replies to mail commands that an attacker put before ours in the TLS session.',
  ),
  lmtp_tls_cert_file: text('', "The file with the LMTP client's RSA certificate and its chain.", {effect: true}),
  lmtp_tls_chain_files: text(
    '',
    "The files with the LMTP client's keys, each followed by its certificates; they replace the other key and certificate files.",
    {effect: true},
  ),
  lmtp_tls_ciphers: text('medium', 'The weakest cipher grade for TLS that is used by LMTP but not required.', {
    effect: true,
    min: 1,
  }),
  lmtp_tls_connection_reuse: flag('no', 'Whether LMTP sessions with TLS are kept open for reuse, with tlsproxy(8).', {
    effect: true,
  }),
  lmtp_tls_dcert_file: text('', "The file with the LMTP client's DSA certificate and its chain.", {effect: true}),
  lmtp_tls_dkey_file: text('$lmtp_tls_dcert_file', "The file with the LMTP client's DSA key.", {effect: true}),
  lmtp_tls_eccert_file: text('', "The file with the LMTP client's ECDSA certificate and its chain.", {effect: true}),
  lmtp_tls_eckey_file: text('$lmtp_tls_eccert_file', "The file with the LMTP client's ECDSA key.", {effect: true}),
  lmtp_tls_enforce_peername: flag(
    'yes',
    'Whether the certificate must name the LMTP server, where the obsolete lmtp_enforce_tls applies.',
    {effect: true},
  ),
  lmtp_tls_exclude_ciphers: text('', 'The ciphers that the LMTP client never uses.', {effect: true}),
  lmtp_tls_fingerprint_cert_match: text(
    '',
    'The fingerprints that an LMTP server certificate may have at the level fingerprint.',
    {effect: true},
  ),
  lmtp_tls_fingerprint_digest: text(
    '${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}',
    'The hash that makes fingerprints of LMTP server certificates.',
    {effect: true, min: 1},
  ),
  lmtp_tls_force_insecure_host_tlsa_lookup: flag(
    'no',
    'Whether DANE records are looked up even for hosts whose address records are not signed.',
    {effect: true},
  ),
  lmtp_tls_key_file: text('$lmtp_tls_cert_file', "The file with the LMTP client's RSA key.", {effect: true}),
  lmtp_tls_loglevel: text('0', 'How much the LMTP client logs about TLS, from 0 to 4.', {effect: true}),
  lmtp_tls_mandatory_ciphers: text('medium', 'The weakest cipher grade where TLS is required for LMTP.', {
    effect: true,
    min: 1,
  }),
  lmtp_tls_mandatory_exclude_ciphers: text(
    '',
    'The further ciphers that are not used where TLS is required for LMTP.',
    {effect: true},
  ),
  lmtp_tls_mandatory_protocols: text('>=TLSv1', 'The TLS versions where TLS is required for LMTP.', {effect: true}),
  lmtp_tls_note_starttls_offer: flag('no', 'Whether LMTP servers that offer STARTTLS are logged while TLS is off.', {
    effect: true,
  }),
  lmtp_tls_per_site: text('', 'The tables with the TLS use of each site; lmtp_tls_policy_maps replaces them.', {
    effect: true,
  }),
  lmtp_tls_policy_maps: text('', 'The tables with the TLS level, and more, of each LMTP destination.', {effect: true}),
  lmtp_tls_protocols: text('>=TLSv1', 'The TLS versions where TLS is used by LMTP but not required.', {effect: true}),
  lmtp_tls_scert_verifydepth: number('9', "How many certificates deep an LMTP server's chain may be.", {
    effect: true,
    min: 0,
  }),
  lmtp_tls_secure_cert_match: text(
    'nexthop',
    'The names, one of which an LMTP server certificate must bear at the level secure.',
    {effect: true, min: 1},
  ),
  lmtp_tls_security_level: text(
    '',
    'The TLS level of LMTP: none, may, encrypt, dane, dane-only, fingerprint, verify or secure.',
    {effect: true},
  ),
  lmtp_tls_servername: text(
    '',
    'The LMTP server name that the client sends in TLS (SNI): a name, hostname or nexthop.',
    {effect: true},
  ),
  lmtp_tls_session_cache_database: text('', "The table with the LMTP client's TLS sessions, to be resumed.", {
    effect: true,
  }),
  lmtp_tls_session_cache_timeout: time('3600s', 'How long a TLS session of the LMTP client can be resumed.', {
    effect: true,
    min: 0,
    max: 8640000,
  }),
  lmtp_tls_trust_anchor_file: text(
    '',
    'The files with the only CA certificates or keys that LMTP server certificates may lead to.',
    {effect: true},
  ),
  lmtp_tls_verify_cert_match: text(
    'hostname',
    'The names, one of which an LMTP server certificate must bear at the level verify.',
    {effect: true, min: 1},
  ),
  lmtp_tls_wrappermode: flag('no', 'Whether TLS begins with the LMTP connection, without STARTTLS.', {effect: true}),
  lmtp_use_tls: flag('no', 'Whether TLS is used for LMTP when offered; lmtp_tls_security_level = may replaces it.', {
    effect: true,
  }),
  lmtp_xforward_timeout: time('300s', 'How long the LMTP client waits for the reply to XFORWARD.', {
    min: 1,
    effect: true,
  }),
} satisfies Record<string, Parameter>;
