/** The parameters of the SMTP server, smtpd(8). */
import {flag, number, text, time, type Parameter} from '../parameter.ts';

export const smtpd = {
  smtpd_authorized_verp_clients: text('$authorized_verp_clients', 'The clients that may ask for VERP with XVERP.', {
    effect: true,
  }),
  smtpd_authorized_xclient_hosts: text(
    '',
    "The clients that may use XCLIENT, to act under another client's name and address.",
    {effect: true},
  ),
  smtpd_authorized_xforward_hosts: text(
    '',
    'The clients that may use XFORWARD, to pass on for the log who the first client was.',
    {effect: true},
  ),
  smtpd_banner: text(
    '$myhostname ESMTP $mail_name',
    "The text of the server's greeting after 220; it should begin with the host name.",
    {min: 1, effect: true},
  ),
  smtpd_client_auth_rate_limit: number(
    '0',
    'How many AUTH commands a client may send in anvil_rate_time_unit; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_client_connection_count_limit: number(
    '50',
    'How many connections a client may have open at once; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_client_connection_rate_limit: number(
    '0',
    'How many connections a client may make in anvil_rate_time_unit; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_client_event_limit_exceptions: text(
    '${smtpd_client_connection_limit_exceptions:$mynetworks}',
    'The clients that no connection or rate limit applies to.',
    {effect: true},
  ),
  smtpd_client_message_rate_limit: number(
    '0',
    'How many messages a client may send in anvil_rate_time_unit, accepted or not; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_client_new_tls_session_rate_limit: number(
    '0',
    'How many TLS sessions, not resumed ones, a client may negotiate in anvil_rate_time_unit; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_client_port_logging: flag('no', 'Whether the port of the client is logged too.', {effect: true}),
  smtpd_client_recipient_rate_limit: number(
    '0',
    'How many recipients a client may name in anvil_rate_time_unit, accepted or not; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_client_restrictions: text('', 'The restrictions for the client that connects.', {effect: true}),
  smtpd_command_filter: text('', 'A table that replaces commands of clients before the server reads them.', {
    effect: true,
  }),
  smtpd_data_restrictions: text('', 'The restrictions for the DATA command.', {effect: true}),
  smtpd_delay_open_until_valid_rcpt: flag(
    'yes',
    'Whether a queue file is opened only when the first recipient has been accepted.',
    {effect: true},
  ),
  smtpd_delay_reject: flag('yes', 'Whether client, HELO and sender restrictions wait for RCPT TO before they answer.', {
    effect: true,
  }),
  smtpd_discard_ehlo_keyword_address_maps: text(
    '',
    'The tables with the EHLO keywords to keep from each client address.',
    {effect: true},
  ),
  smtpd_discard_ehlo_keywords: text('', 'The EHLO keywords that no client is told.', {effect: true}),
  smtpd_dns_reply_filter: text('', 'A table that changes or drops records of DNS replies to the server.', {
    effect: true,
  }),
  smtpd_end_of_data_restrictions: text('', 'The restrictions for the message as a whole, at the end of DATA.', {
    effect: true,
  }),
  smtpd_enforce_tls: flag('no', 'Whether clients must use TLS; smtpd_tls_security_level = encrypt replaces it.', {
    effect: true,
  }),
  smtpd_error_sleep_time: time(
    '1s',
    'The pause before a reply to a client that has made smtpd_soft_error_limit errors.',
    {min: 0, effect: true},
  ),
  smtpd_etrn_restrictions: text('', 'The restrictions for the ETRN command.', {effect: true}),
  smtpd_expansion_filter: text(
    '\\t\\40!"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~',
    'The characters that values put into a DNS list reply may have; others become underscores.',
    {min: 1, raw: true, effect: true},
  ),
  smtpd_forbid_bare_newline: text(
    'normalize',
    'What is done about lines that end without CR: no, normalize (or yes), note, reject.',
    {min: 1, effect: true},
  ),
  smtpd_forbid_bare_newline_exclusions: text(
    '$mynetworks',
    'The clients that smtpd_forbid_bare_newline does not apply to.',
    {effect: true},
  ),
  smtpd_forbid_bare_newline_reject_code: number('550', 'The SMTP reply code when a bare newline is refused.', {
    min: 500,
    max: 599,
    effect: true,
  }),
  smtpd_forbid_unauth_pipelining: flag(
    'yes',
    'Whether clients are cut off that send commands ahead of replies where SMTP does not allow it.',
    {effect: true},
  ),
  smtpd_forbidden_commands: text(
    'CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}',
    'The commands that end the session at once, such as those of HTTP.',
    {effect: true},
  ),
  smtpd_hard_error_limit: number(
    '${stress?{1}:{20}}',
    'How many errors a client may make in a session before it is cut off.',
    {min: 1, effect: true},
  ),
  smtpd_helo_required: flag('no', 'Whether a client must send HELO or EHLO before MAIL.', {effect: true}),
  smtpd_helo_restrictions: text('', 'The restrictions for the name in HELO or EHLO.', {effect: true}),
  smtpd_history_flush_threshold: number(
    '100',
    'How many lines of the session the server remembers for a notice to the postmaster.',
    {min: 1},
  ),
  smtpd_junk_command_limit: number(
    '${stress?{1}:{100}}',
    'How many NOOP, VRFY, ETRN and RSET a client may send before each counts as an error.',
    {min: 1, effect: true},
  ),
  smtpd_log_access_permit_actions: text('', 'The permitting restrictions and access results that are logged too.', {
    effect: true,
  }),
  smtpd_milter_maps: text('', 'The tables with the mail filters for each client address, instead of smtpd_milters.'),
  smtpd_milters: text('', 'The mail filters for mail that comes by SMTP.'),
  smtpd_min_data_rate: number(
    '500',
    'The bytes a second that a message must come with, when deadlines are for whole requests.',
    {min: 1, effect: true},
  ),
  smtpd_noop_commands: text('', 'The commands that are answered with 250 and do nothing.', {effect: true}),
  smtpd_null_access_lookup_key: text('<>', 'The key for the null sender in access tables.', {effect: true}),
  smtpd_peername_lookup: flag('yes', 'Whether the name of a client is looked up; else it is "unknown".', {
    effect: true,
  }),
  smtpd_per_request_deadline: flag(
    '${smtpd_per_record_deadline?{$smtpd_per_record_deadline}:{${stress?{yes}:{no}}}}',
    'Whether smtpd_timeout is for a whole request or reply, not for each read or write.',
    {effect: true},
  ),
  smtpd_policy_service_default_action: text(
    '451 4.3.5 Server configuration problem',
    'The result that stands in when a policy service fails.',
    {min: 1, effect: true},
  ),
  smtpd_policy_service_max_idle: time('300s', 'How long an idle connection to a policy service is kept.', {
    min: 1,
    effect: true,
  }),
  smtpd_policy_service_max_ttl: time('1000s', 'How long a connection to a policy service is kept in use.', {
    min: 1,
    effect: true,
  }),
  smtpd_policy_service_policy_context: text(
    '',
    'A text sent along to policy services, so that one service can tell its callers apart.',
    {effect: true},
  ),
  smtpd_policy_service_request_limit: number(
    '0',
    'How many requests one connection to a policy service carries; 0: no limit.',
    {min: 0, effect: true},
  ),
  smtpd_policy_service_retry_delay: time('1s', 'The pause before a failed policy request is sent again.', {
    min: 1,
    effect: true,
  }),
  smtpd_policy_service_timeout: time(
    '100s',
    'The time in which a policy service must connect, take the request, and answer.',
    {min: 1, effect: true},
  ),
  smtpd_policy_service_try_limit: number('2', 'How often a policy request is sent before it counts as failed.', {
    min: 1,
    effect: true,
  }),
  smtpd_proxy_ehlo: text('$myhostname', 'The name that the server gives in EHLO to its proxy filter.'),
  smtpd_proxy_filter: text('', 'The host and port of a filter that gets mail while it is received.'),
  smtpd_proxy_options: text(
    '',
    'How the server talks to its proxy filter; speed_adjust: only when the whole message is there.',
  ),
  smtpd_proxy_timeout: time('100s', 'The time in which the proxy filter must connect, and send or take each line.', {
    min: 1,
  }),
  smtpd_recipient_limit: number('1000', 'How many recipients a message may have.', {min: 1, effect: true}),
  smtpd_recipient_overshoot_limit: number(
    '1000',
    'How many recipients beyond the limit are refused before each counts as an error.',
    {min: 1, effect: true},
  ),
  smtpd_recipient_restrictions: text('', 'The restrictions for each recipient, beside those for relaying.', {
    effect: true,
  }),
  smtpd_reject_footer: text('', 'A text added to each 4xx and 5xx reply, with names to expand.', {
    raw: true,
    effect: true,
  }),
  smtpd_reject_footer_maps: text(
    '',
    'The tables with a footer for each whole 4xx or 5xx reply, before smtpd_reject_footer.',
    {effect: true},
  ),
  smtpd_reject_unlisted_recipient: flag(
    'yes',
    'Whether unknown recipients of our domains are refused even without reject_unlisted_recipient.',
    {effect: true},
  ),
  smtpd_reject_unlisted_sender: flag(
    'no',
    'Whether unknown senders of our domains are refused even without reject_unlisted_sender.',
    {effect: true},
  ),
  smtpd_relay_before_recipient_restrictions: flag(
    '${{$compatibility_level} <level {3.6} ? {no} : {yes}}',
    'Whether smtpd_relay_restrictions come before smtpd_recipient_restrictions.',
    {effect: true},
  ),
  smtpd_relay_restrictions: text(
    '${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination}}',
    'The restrictions that say who may send to domains that are not ours.',
    {effect: true},
  ),
  smtpd_restriction_classes: text('', 'The names, set by the operator, that stand for lists of restrictions.', {
    effect: true,
  }),
  smtpd_sasl_auth_enable: flag('no', 'Whether clients can authenticate with AUTH.', {effect: true}),
  smtpd_sasl_authenticated_header: flag('no', 'Whether the login name stands in the Received header.', {effect: true}),
  smtpd_sasl_exceptions_networks: text('', 'The clients that are not offered AUTH.', {effect: true}),
  smtpd_sasl_local_domain: text('', 'The realm that the server gives to Cyrus SASL.'),
  smtpd_sasl_mechanism_filter: text('!external, static:rest', 'The list of SASL mechanisms that may be offered.', {
    effect: true,
  }),
  smtpd_sasl_path: text('smtpd', 'What the SASL plug-in needs: a configuration name for Cyrus, a socket for Dovecot.', {
    min: 1,
    effect: true,
  }),
  smtpd_sasl_response_limit: number('12288', "How many bytes a client's SASL response may have.", {
    min: 12288,
    effect: true,
  }),
  smtpd_sasl_security_options: text(
    'noanonymous',
    'The properties that SASL mechanisms must have, such as noanonymous and noplaintext.',
    {effect: true},
  ),
  smtpd_sasl_service: text('smtp', 'The service name that the server gives to the SASL plug-in.', {min: 1}),
  smtpd_sasl_tls_security_options: text(
    '$smtpd_sasl_security_options',
    'The properties that SASL mechanisms must have inside TLS.',
    {effect: true},
  ),
  smtpd_sasl_type: text(
    'cyrus',
    "Who knows the logins: dovecot with smtpd_sasl_path for a Dovecot auth service, else the instance's own accounts.",
    {min: 1, effect: true},
  ),
  smtpd_sender_login_maps: text('', 'The tables with the logins that own each sender address.', {effect: true}),
  smtpd_sender_restrictions: text('', 'The restrictions for the sender in MAIL FROM.', {effect: true}),
  smtpd_service_name: text('smtpd', 'The service that postscreen(8) hands accepted clients to.', {min: 1}),
  smtpd_soft_error_limit: number('10', 'How many errors a client may make before the server slows down.', {
    min: 1,
    effect: true,
  }),
  smtpd_starttls_timeout: time('${stress?{10}:{300}}s', 'The time each read and write of the TLS handshake may take.', {
    effect: true,
    min: 1,
  }),
  smtpd_timeout: time(
    '${stress?{10}:{300}}s',
    'The time the server waits for its client to send or to take something.',
    {min: 1, effect: true},
  ),
  smtpd_tls_CAfile: text('', 'The file with the CA certificates that client certificates are checked against.', {
    effect: true,
  }),
  smtpd_tls_CApath: text('', 'The directory with the CA certificates that client certificates are checked against.', {
    effect: true,
  }),
  smtpd_tls_always_issue_session_ids: flag(
    'yes',
    'Whether the server gives TLS session IDs even without a session cache.',
  ),
  smtpd_tls_ask_ccert: flag('no', 'Whether a client is asked for a certificate, which it need not have.', {
    effect: true,
  }),
  smtpd_tls_auth_only: flag('no', 'Whether AUTH is offered and taken only inside TLS.', {effect: true}),
  smtpd_tls_ccert_verifydepth: number('9', "How many certificates deep a client's chain may be.", {
    effect: true,
    min: 0,
  }),
  smtpd_tls_cert_file: text('', "The file with the server's RSA certificate and its chain.", {effect: true}),
  smtpd_tls_chain_files: text(
    '',
    "The files with the server's keys, each followed by its certificates; they replace the other key and certificate files.",
    {effect: true},
  ),
  smtpd_tls_ciphers: text('medium', 'The weakest cipher grade for TLS that is offered but not required.', {
    effect: true,
    min: 1,
  }),
  smtpd_tls_dcert_file: text('', "The file with the server's DSA certificate and its chain.", {effect: true}),
  smtpd_tls_dh1024_param_file: text(
    '',
    'The file with the Diffie-Hellman parameters, or auto; empty or auto: OpenSSL 3 chooses them.',
    {effect: true},
  ),
  smtpd_tls_dh512_param_file: text(
    '',
    'The file with Diffie-Hellman parameters for export ciphers; ignored, as these are no longer used.',
  ),
  smtpd_tls_dkey_file: text('$smtpd_tls_dcert_file', "The file with the server's DSA key.", {effect: true}),
  smtpd_tls_eccert_file: text('', "The file with the server's ECDSA certificate and its chain.", {effect: true}),
  smtpd_tls_eckey_file: text('$smtpd_tls_eccert_file', "The file with the server's ECDSA key.", {effect: true}),
  smtpd_tls_eecdh_grade: text(
    'auto',
    'The strength of ephemeral elliptic-curve key exchange: auto, none, strong or ultra.',
    {min: 1},
  ),
  smtpd_tls_exclude_ciphers: text('', 'The ciphers that the server never uses.', {effect: true}),
  smtpd_tls_fingerprint_digest: text(
    '${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}',
    'The hash that makes fingerprints of client certificates.',
    {effect: true, min: 1},
  ),
  smtpd_tls_key_file: text('$smtpd_tls_cert_file', "The file with the server's RSA key.", {effect: true}),
  smtpd_tls_loglevel: text('0', 'How much the server logs about TLS, from 0 to 4.', {effect: true}),
  smtpd_tls_mandatory_ciphers: text('medium', 'The weakest cipher grade where TLS is required.', {
    effect: true,
    min: 1,
  }),
  smtpd_tls_mandatory_exclude_ciphers: text('', 'The further ciphers that are not used where TLS is required.', {
    effect: true,
  }),
  smtpd_tls_mandatory_protocols: text('>=TLSv1', 'The TLS versions where TLS is required.', {effect: true}),
  smtpd_tls_protocols: text('>=TLSv1', 'The TLS versions where TLS is offered but not required.', {effect: true}),
  smtpd_tls_received_header: flag(
    'no',
    'Whether TLS version, cipher and certificate names stand in the Received header.',
    {effect: true},
  ),
  smtpd_tls_req_ccert: flag('no', 'Whether a trusted client certificate is required, where TLS is.', {effect: true}),
  smtpd_tls_security_level: text('', 'Whether TLS is off (none), offered (may) or required (encrypt).', {effect: true}),
  smtpd_tls_session_cache_database: text('', "The table with the server's TLS sessions, to be resumed."),
  smtpd_tls_session_cache_timeout: time('3600s', 'How long a TLS session of the server can be resumed.', {
    effect: true,
    min: 0,
    max: 8640000,
  }),
  smtpd_tls_wrappermode: flag('no', 'Whether TLS begins with the connection, without STARTTLS.', {effect: true}),
  smtpd_upstream_proxy_protocol: text(
    '',
    "The protocol in which a proxy before the server tells the client's address, haproxy; empty: no proxy.",
    {effect: true},
  ),
  smtpd_upstream_proxy_timeout: time('5s', 'How long the server waits for what the proxy before it tells.', {
    min: 1,
    effect: true,
  }),
  smtpd_use_tls: flag('no', 'Whether TLS is offered; smtpd_tls_security_level = may replaces it.', {effect: true}),
} satisfies Record<string, Parameter>;
