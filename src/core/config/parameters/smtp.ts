/** The parameters of the SMTP client, smtp(8). */
import {flag, number, text, time, type Parameter} from '../parameter.ts';

export const smtpClient = {
  smtp_address_preference: text('any', 'The address family that is tried first: any, ipv4 or ipv6.', {
    min: 1,
    effect: true,
  }),
  smtp_address_verify_target: text('rcpt', 'The stage at which a probe of a recipient ends: rcpt or data.', {
    min: 1,
    effect: true,
  }),
  smtp_always_send_ehlo: flag('yes', 'Whether EHLO is sent even when the greeting does not say ESMTP.', {effect: true}),
  smtp_balance_inet_protocols: flag(
    'yes',
    'Whether both IPv4 and IPv6 addresses are tried when smtp_mx_address_limit cuts the list.',
    {effect: true},
  ),
  smtp_bind_address: text('', 'The local IPv4 address that connections are made from.', {effect: true}),
  smtp_bind_address6: text('', 'The local IPv6 address that connections are made from.', {effect: true}),
  smtp_bind_address_enforce: flag(
    'no',
    'Whether mail is deferred when the local address to connect from cannot be used.',
    {effect: true},
  ),
  smtp_body_checks: text('', 'The tables with patterns that body lines are looked up in as mail goes out.', {
    effect: true,
  }),
  smtp_cname_overrides_servername: flag(
    'no',
    "Whether the name that a CNAME leads to is used as the server's in log, SASL and TLS.",
    {effect: true},
  ),
  smtp_connect_timeout: time('30s', 'The time a connection may take to open; 0: what the system allows.', {
    min: 0,
    effect: true,
  }),
  smtp_connection_cache_destinations: text('', 'The destinations whose sessions are always kept for reuse.', {
    effect: true,
  }),
  smtp_connection_cache_on_demand: flag(
    'yes',
    'Whether sessions are kept for reuse while much mail waits for a destination.',
    {effect: true},
  ),
  smtp_connection_cache_time_limit: time('2s', 'How long an idle session is kept for reuse.', {min: 1, effect: true}),
  smtp_connection_reuse_count_limit: number('0', 'How many deliveries may share a session; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  smtp_connection_reuse_time_limit: time('300s', 'The age after which a session is not reused.', {
    min: 1,
    effect: true,
  }),
  smtp_data_done_timeout: time('600s', 'How long to wait for the reply to the end of the message.', {
    min: 1,
    effect: true,
  }),
  smtp_data_init_timeout: time('120s', 'How long to wait for the reply to DATA.', {min: 1, effect: true}),
  smtp_data_xfer_timeout: time('180s', 'How long the server may take to accept the next part of the message.', {
    min: 1,
    effect: true,
  }),
  smtp_defer_if_no_mx_address_found: flag(
    'no',
    'Whether mail is deferred, not bounced, when no MX host of a domain has an address.',
    {effect: true},
  ),
  smtp_delivery_status_filter: text('$default_delivery_status_filter', 'The delivery status filter of smtp(8).'),
  smtp_discard_ehlo_keyword_address_maps: text(
    '',
    'The tables with the EHLO keywords to overlook for each server address.',
    {effect: true},
  ),
  smtp_discard_ehlo_keywords: text('', 'The EHLO keywords of servers that are overlooked.', {effect: true}),
  smtp_dns_reply_filter: text('', 'A table that changes or drops records of DNS replies to the SMTP client.', {
    effect: true,
  }),
  smtp_dns_resolver_options: text('', 'The resolver options of host lookups: res_defnames, res_dnsrch.', {
    effect: true,
  }),
  smtp_dns_support_level: text(
    '',
    'How DNS is used: disabled, enabled or dnssec; empty: as disable_dns_lookups says.',
    {effect: true},
  ),
  smtp_enforce_tls: flag('no', 'Whether servers must use TLS; smtp_tls_security_level replaces it.', {effect: true}),
  smtp_fallback_relay: text('$fallback_relay', 'The hosts tried when a destination is not found or not reached.', {
    effect: true,
  }),
  smtp_generic_maps: text('', 'The tables that replace local addresses by public ones as mail goes out.', {
    effect: true,
  }),
  smtp_header_checks: text('', 'The tables with patterns that message headers are looked up in as mail goes out.', {
    effect: true,
  }),
  smtp_helo_name: text('$myhostname', 'The name given in EHLO and HELO.', {min: 1, effect: true}),
  smtp_helo_timeout: time('300s', 'How long to wait for the greeting, and for the reply to EHLO or HELO.', {
    min: 1,
    effect: true,
  }),
  smtp_host_lookup: text('dns', 'How host names are looked up: dns, native, or both in that order.', {
    effect: true,
    min: 1,
  }),
  smtp_line_length_limit: number('998', 'How many bytes a line may have before it is broken; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  smtp_mail_timeout: time('300s', 'How long to wait for the reply to MAIL FROM.', {min: 1, effect: true}),
  smtp_mime_header_checks: text('', 'The tables with patterns that MIME headers are looked up in as mail goes out.', {
    effect: true,
  }),
  smtp_min_data_rate: number(
    '500',
    'The bytes a second that a server must take a message with, when deadlines are for whole requests.',
    {min: 1, effect: true},
  ),
  smtp_mx_address_limit: number('5', 'How many addresses of MX hosts are used for a delivery; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  smtp_mx_session_limit: number(
    '2',
    'How many sessions a delivery may open before it goes to the fallback relay or is deferred; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtp_nested_header_checks: text(
    '',
    'The tables with patterns that headers of attached messages are looked up in as mail goes out.',
    {effect: true},
  ),
  smtp_never_send_ehlo: flag('no', 'Whether HELO is sent in any case, and EHLO never.', {effect: true}),
  smtp_per_request_deadline: flag(
    '${smtp_per_record_deadline?{$smtp_per_record_deadline}:{no}}',
    'Whether the timeouts are for a whole request or reply, not for each read or write.',
    {effect: true},
  ),
  smtp_pix_workaround_delay_time: time(
    '10s',
    'The pause before the final dot when the delay_dotcrlf workaround applies.',
    {min: 1, effect: true},
  ),
  smtp_pix_workaround_maps: text('', 'The tables with the PIX firewall workarounds for each server address.', {
    effect: true,
  }),
  smtp_pix_workaround_threshold_time: time(
    '500s',
    'How long a message must have been queued before the PIX firewall workarounds apply.',
    {min: 0, effect: true},
  ),
  smtp_pix_workarounds: text(
    'disable_esmtp,delay_dotcrlf',
    'The workarounds used with servers behind a Cisco PIX firewall.',
    {effect: true},
  ),
  smtp_quit_timeout: time('300s', 'How long to wait for the reply to QUIT.', {min: 1, effect: true}),
  smtp_quote_rfc821_envelope: flag(
    'yes',
    'Whether local parts in MAIL FROM and RCPT TO are quoted where RFC 5321 says so.',
    {effect: true},
  ),
  smtp_randomize_addresses: flag(
    'yes',
    'Whether addresses of MX hosts with the same preference are tried in random order.',
    {effect: true},
  ),
  smtp_rcpt_timeout: time('300s', 'How long to wait for the reply to RCPT TO.', {min: 1, effect: true}),
  smtp_reply_filter: text('', 'A table that replaces lines of server replies before the client reads them.', {
    effect: true,
  }),
  smtp_rset_timeout: time('20s', 'How long to wait for the reply to RSET.', {min: 1, effect: true}),
  smtp_sasl_auth_cache_name: text(
    '',
    'The table with logins that failed, not to be tried again soon; empty: none is kept.',
  ),
  smtp_sasl_auth_cache_time: time('90d', 'How long a failed login is remembered.', {min: 0}),
  smtp_sasl_auth_enable: flag('no', 'Whether the client authenticates to servers.', {effect: true}),
  smtp_sasl_auth_soft_bounce: flag(
    'yes',
    'Whether mail is deferred, not bounced, when a server refuses the login with 535.',
    {effect: true},
  ),
  smtp_sasl_mechanism_filter: text('', 'The list of SASL mechanisms that the client may use.', {effect: true}),
  smtp_sasl_password_maps: text('', 'The tables with user:password for each server, destination or sender.', {
    effect: true,
  }),
  smtp_sasl_path: text('', "What the client's SASL plug-in needs to find its settings."),
  smtp_sasl_security_options: text(
    'noplaintext, noanonymous',
    'The properties that SASL mechanisms must have, such as noanonymous and noplaintext.',
    {effect: true},
  ),
  smtp_sasl_tls_security_options: text(
    '$smtp_sasl_security_options',
    'The properties that SASL mechanisms must have inside TLS.',
    {effect: true},
  ),
  smtp_sasl_tls_verified_security_options: text(
    '$smtp_sasl_tls_security_options',
    'The properties that SASL mechanisms must have inside TLS with a verified server.',
    {effect: true},
  ),
  smtp_sasl_type: text('cyrus', 'The SASL plug-in of the client, cyrus.', {min: 1}),
  smtp_send_dummy_mail_auth: flag('no', 'Whether AUTH=<> is added to MAIL FROM in authenticated sessions.', {
    effect: true,
  }),
  smtp_send_xforward_command: flag(
    'no',
    'Whether the server, if it offers XFORWARD, is told who the first client was.',
    {effect: true},
  ),
  smtp_sender_dependent_authentication: flag(
    'no',
    'Whether passwords may be looked up by sender; sessions are then not reused.',
    {effect: true},
  ),
  smtp_skip_5xx_greeting: flag('yes', 'Whether a server that greets with 5xx is passed over for the next MX host.', {
    effect: true,
  }),
  smtp_skip_quit_response: flag('yes', 'Whether the client hangs up without waiting for the reply to QUIT.', {
    effect: true,
  }),
  smtp_starttls_timeout: time('300s', 'The time each read and write of the TLS handshake may take.', {
    effect: true,
    min: 1,
  }),
  smtp_tcp_port: text('smtp', 'The port, by name or number, of destinations given without one.', {effect: true}),
  smtp_tls_CAfile: text('', 'The file with the CA certificates that server certificates are checked against.', {
    effect: true,
  }),
  smtp_tls_CApath: text('', 'The directory with the CA certificates that server certificates are checked against.', {
    effect: true,
  }),
  smtp_tls_block_early_mail_reply: flag(
    'no',
    'Whether to look for replies to mail commands that an attacker put before ours in the TLS session.',
  ),
  smtp_tls_cert_file: text('', "The file with the client's RSA certificate and its chain.", {effect: true}),
  smtp_tls_chain_files: text(
    '',
    "The files with the client's keys, each followed by its certificates; they replace the other key and certificate files.",
    {effect: true},
  ),
  smtp_tls_ciphers: text('medium', 'The weakest cipher grade for TLS that is used but not required.', {
    effect: true,
    min: 1,
  }),
  smtp_tls_connection_reuse: flag('no', 'Whether TLS sessions are kept open for reuse, with tlsproxy(8).', {
    effect: true,
  }),
  smtp_tls_dane_insecure_mx_policy: text(
    '${{$smtp_tls_security_level} == {dane} ? {dane} : {may}}',
    'The TLS level of a DANE destination whose MX records are not signed.',
    {effect: true},
  ),
  smtp_tls_dcert_file: text('', "The file with the client's DSA certificate and its chain.", {effect: true}),
  smtp_tls_dkey_file: text('$smtp_tls_dcert_file', "The file with the client's DSA key.", {effect: true}),
  smtp_tls_eccert_file: text('', "The file with the client's ECDSA certificate and its chain.", {effect: true}),
  smtp_tls_eckey_file: text('$smtp_tls_eccert_file', "The file with the client's ECDSA key.", {effect: true}),
  smtp_tls_enforce_peername: flag(
    'yes',
    'Whether the certificate must name the server, where the obsolete smtp_enforce_tls applies.',
    {effect: true},
  ),
  smtp_tls_exclude_ciphers: text('', 'The ciphers that the client never uses.', {effect: true}),
  smtp_tls_fingerprint_cert_match: text(
    '',
    'The fingerprints that a server certificate may have at the level fingerprint.',
    {effect: true},
  ),
  smtp_tls_fingerprint_digest: text(
    '${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}',
    'The hash that makes fingerprints of server certificates.',
    {effect: true, min: 1},
  ),
  smtp_tls_force_insecure_host_tlsa_lookup: flag(
    'no',
    'Whether DANE records are looked up even for hosts whose address records are not signed.',
    {effect: true},
  ),
  smtp_tls_key_file: text('$smtp_tls_cert_file', "The file with the client's RSA key.", {effect: true}),
  smtp_tls_loglevel: text('0', 'How much the client logs about TLS, from 0 to 4.', {effect: true}),
  smtp_tls_mandatory_ciphers: text('medium', 'The weakest cipher grade where TLS is required.', {effect: true, min: 1}),
  smtp_tls_mandatory_exclude_ciphers: text('', 'The further ciphers that are not used where TLS is required.', {
    effect: true,
  }),
  smtp_tls_mandatory_protocols: text('>=TLSv1', 'The TLS versions where TLS is required.', {effect: true}),
  smtp_tls_note_starttls_offer: flag('no', 'Whether servers that offer STARTTLS are logged while TLS is off.', {
    effect: true,
  }),
  smtp_tls_per_site: text('', 'The tables with the TLS use of each site; smtp_tls_policy_maps replaces them.', {
    effect: true,
  }),
  smtp_tls_policy_maps: text('', 'The tables with the TLS level, and more, of each destination.', {effect: true}),
  smtp_tls_protocols: text('>=TLSv1', 'The TLS versions where TLS is used but not required.', {effect: true}),
  smtp_tls_scert_verifydepth: number('9', "How many certificates deep a server's chain may be.", {
    effect: true,
    min: 0,
  }),
  smtp_tls_secure_cert_match: text(
    'nexthop, dot-nexthop',
    'The names, one of which a server certificate must bear at the level secure.',
    {effect: true, min: 1},
  ),
  smtp_tls_security_level: text(
    '',
    'The TLS level: none, may, encrypt, dane, dane-only, fingerprint, verify or secure.',
    {effect: true},
  ),
  smtp_tls_servername: text('', 'The server name that the client sends in TLS (SNI): a name, hostname or nexthop.', {
    effect: true,
  }),
  smtp_tls_session_cache_database: text('', "The table with the client's TLS sessions, to be resumed.", {effect: true}),
  smtp_tls_session_cache_timeout: time('3600s', 'How long a TLS session of the client can be resumed.', {
    effect: true,
    min: 0,
    max: 8640000,
  }),
  smtp_tls_trust_anchor_file: text(
    '',
    'The files with the only CA certificates or keys that server certificates may lead to.',
    {effect: true},
  ),
  smtp_tls_verify_cert_match: text(
    'hostname',
    'The names, one of which a server certificate must bear at the level verify.',
    {effect: true, min: 1},
  ),
  smtp_tls_wrappermode: flag('no', 'Whether TLS begins with the connection, without STARTTLS.', {effect: true}),
  smtp_use_tls: flag('no', 'Whether TLS is used when offered; smtp_tls_security_level = may replaces it.', {
    effect: true,
  }),
  smtp_xforward_timeout: time('300s', 'How long to wait for the reply to XFORWARD.', {min: 1, effect: true}),
} satisfies Record<string, Parameter>;
