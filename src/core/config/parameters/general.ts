/** The parameters of everything that is no protocol: addresses, queue, delivery, tables, log, processes. */
import {flag, number, text, time, type Parameter} from '../parameter.ts';

export const general = {
  '2bounce_notice_recipient': text(
    'postmaster',
    'Who is told about bounces that could not be delivered themselves, when notify_classes has 2bounce.',
    {min: 1, effect: true},
  ),
  access_map_defer_code: number('450', 'The SMTP reply code of an access table result that defers.', {
    min: 0,
    effect: true,
  }),
  access_map_reject_code: number('554', 'The SMTP reply code of an access table result REJECT.', {
    min: 0,
    effect: true,
  }),
  address_verify_cache_cleanup_interval: time(
    '12h',
    'The pause between two removals of expired entries from the address verification cache; 0 means never.',
    {min: 0},
  ),
  address_verify_default_transport: text(
    '$default_transport',
    'Overrides default_transport for address verification probes.',
    {min: 1},
  ),
  address_verify_local_transport: text(
    '$local_transport',
    'Overrides local_transport for address verification probes.',
    {min: 1},
  ),
  address_verify_map: text(
    'btree:$data_directory/verify_cache',
    'The table in which the results of address verification are kept; in memory only when empty.',
  ),
  address_verify_negative_cache: flag('yes', 'Whether failed address verification probes are cached too.'),
  address_verify_negative_expire_time: time('3d', 'How long the result of a failed probe stays in the cache.', {
    min: 1,
  }),
  address_verify_negative_refresh_time: time(
    '3h',
    'The age after which the result of a failed probe is probed again.',
    {min: 1},
  ),
  address_verify_pending_request_limit: number(
    '5000',
    'How many unfinished address verification probes there may be at a time.',
    {min: 1},
  ),
  address_verify_poll_count: number(
    '${stress?{1}:{3}}',
    'How often the verify service is asked for the result of a probe under way before the reply is to defer.',
    {min: 1, effect: true},
  ),
  address_verify_poll_delay: time('3s', 'The pause between two questions about a probe under way.', {
    min: 1,
    effect: true,
  }),
  address_verify_positive_expire_time: time('31d', 'How long the result of a successful probe stays in the cache.', {
    min: 1,
  }),
  address_verify_positive_refresh_time: time(
    '7d',
    'The age after which the result of a successful probe is probed again.',
    {min: 1},
  ),
  address_verify_relay_transport: text(
    '$relay_transport',
    'Overrides relay_transport for address verification probes.',
    {min: 1},
  ),
  address_verify_relayhost: text('$relayhost', 'Overrides relayhost for address verification probes.'),
  address_verify_sender: text('$double_bounce_sender', 'The envelope sender of address verification probes.'),
  address_verify_sender_dependent_default_transport_maps: text(
    '$sender_dependent_default_transport_maps',
    'Overrides sender_dependent_default_transport_maps for address verification probes.',
  ),
  address_verify_sender_dependent_relayhost_maps: text(
    '$sender_dependent_relayhost_maps',
    'Overrides sender_dependent_relayhost_maps for address verification probes.',
  ),
  address_verify_sender_ttl: time(
    '0s',
    'How often the time-dependent part of the probe sender changes; 0 means that it has none.',
    {min: 0},
  ),
  address_verify_service_name: text('verify', 'The service name of the address verification cache, verify(8).', {
    min: 1,
    effect: true,
  }),
  address_verify_transport_maps: text('$transport_maps', 'Overrides transport_maps for address verification probes.'),
  address_verify_virtual_transport: text(
    '$virtual_transport',
    'Overrides virtual_transport for address verification probes.',
    {min: 1},
  ),
  alias_database: text('hash:/etc/aliases', 'The alias databases of local delivery that newaliases rebuilds.', {
    effect: true,
  }),
  alias_maps: text('hash:/etc/aliases, nis:mail.aliases', 'The alias tables that local delivery searches.', {
    effect: true,
  }),
  allow_mail_to_commands: text(
    'alias, forward',
    'Where a "|command" may stand as a destination: alias, forward, include.',
    {effect: true},
  ),
  allow_mail_to_files: text(
    'alias, forward',
    'Where a file name may stand as a destination: alias, forward, include.',
    {effect: true},
  ),
  allow_min_user: flag('no', 'Whether an address may begin with "-".', {effect: true}),
  allow_percent_hack: flag('yes', 'Whether user%domain is rewritten to user@domain.', {effect: true}),
  allow_untrusted_routing: flag(
    'no',
    'Whether untrusted clients may relay addresses with their own routing (user@remote@site) to our relay domains.',
    {effect: true},
  ),
  alternate_config_directories: text(
    '',
    'The further configuration directories that unprivileged users may name to set-gid commands with -c.',
  ),
  always_add_missing_headers: flag(
    'no',
    'Whether a missing From, To, Date or Message-ID is added to remote mail too, not only to that of rewrite clients.',
    {effect: true},
  ),
  always_bcc: text('', 'An address that gets a copy of every message received.', {effect: true}),
  anvil_rate_time_unit: time('60s', 'The time over which connection and request rates of clients are counted.', {
    min: 1,
  }),
  anvil_status_update_time: time('600s', 'How often anvil(8) logs the highest counts and rates it has seen.', {min: 1}),
  append_at_myorigin: flag('yes', 'Whether @$myorigin is added to an address without a domain.', {effect: true}),
  append_dot_mydomain: flag(
    '${{$compatibility_level} <level {1} ? {yes} : {no}}',
    'Whether .$mydomain is added to a domain without a dot.',
    {effect: true},
  ),
  application_event_drain_time: time('100s', 'How long postkick(1) waits for a service to read its request.', {min: 1}),
  authorized_flush_users: text('static:anyone', 'The users who may flush the queue.'),
  authorized_mailq_users: text('static:anyone', 'The users who may see the queue.'),
  authorized_submit_users: text('static:anyone', 'The users who may submit mail with sendmail(1) and postdrop(1).', {
    effect: true,
  }),
  backwards_bounce_logfile_compatibility: flag(
    'yes',
    'Whether bounce logs also get the records that Postfix before 2.0 reads.',
  ),
  berkeley_db_create_buffer_size: number(
    '16777216',
    'The I/O buffer, in bytes, of a program that creates a Berkeley DB table.',
    {min: 1},
  ),
  berkeley_db_read_buffer_size: number(
    '131072',
    'The I/O buffer, in bytes, of a program that reads a Berkeley DB table.',
    {min: 1},
  ),
  best_mx_transport: text(
    '',
    'The transport of domains whose best MX host is this machine; empty: such mail bounces as a loop.',
  ),
  biff: flag('yes', 'Whether local delivery tells the comsat service that new mail came.'),
  body_checks: text('', 'The tables with patterns that body lines are looked up in.', {effect: true}),
  body_checks_size_limit: number('51200', 'How many bytes of each body part body_checks looks at.', {
    min: 0,
    effect: true,
  }),
  bounce_notice_recipient: text('postmaster', 'Who gets the headers of bounced mail, when notify_classes has bounce.', {
    min: 1,
    effect: true,
  }),
  bounce_queue_lifetime: time('5d', 'How long a bounce is retried before it is given up.', {
    min: 0,
    max: 8640000,
    effect: true,
  }),
  bounce_service_name: text('bounce', 'The service name of bounce(8), which keeps the record of failed recipients.', {
    min: 1,
  }),
  bounce_size_limit: number(
    '50000',
    'How many bytes of the original message a bounce may return; of a larger one it returns the headers.',
    {
      min: 1,
      effect: true,
    },
  ),
  bounce_template_file: text('', 'The file with the texts of bounces, delay warnings and delivery notices.', {
    effect: true,
  }),
  broken_sasl_auth_clients: flag(
    'no',
    'Whether AUTH is also announced in the old form AUTH=, for clients that know only that.',
  ),
  canonical_classes: text(
    'envelope_sender, envelope_recipient, header_sender, header_recipient',
    'The addresses that canonical_maps rewrites: of the envelope, of the headers, of senders, of recipients.',
    {min: 1, effect: true},
  ),
  canonical_maps: text('', 'The tables that rewrite addresses in envelope and headers as mail comes in.', {
    effect: true,
  }),
  cleanup_replace_stray_cr_lf: flag('yes', 'Whether each lone CR or LF in a message becomes a space.', {effect: true}),
  cleanup_service_name: text('cleanup', 'The service name of cleanup(8), which makes queue files of new mail.', {
    min: 1,
  }),
  command_directory: text('/usr/sbin', 'The directory of the administrative commands.', {min: 1, effect: true}),
  command_execution_directory: text(
    '',
    'The working directory of a command that local delivery runs for a recipient.',
    {raw: true, effect: true},
  ),
  command_expansion_filter: text(
    '1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
    'The characters that values put into mailbox_command may have; others become underscores.',
    {
      min: 1,
      effect: true,
    },
  ),
  command_time_limit: time('1000s', 'The time a command run by local delivery may take.', {min: 1, effect: true}),
  compatibility_level: text('0', 'The Postfix level whose defaults apply, where a later one changed them.', {
    effect: true,
  }),
  config_directory: text('/etc/postfix', 'The directory of main.cf and master.cf.', {min: 1, effect: true}),
  confirm_delay_cleared: flag(
    'no',
    'Whether a sender who got a delay warning is told when the mail is delivered after all.',
  ),
  connection_cache_protocol_timeout: time('5s', 'The time an operation on the connection cache may take.', {min: 1}),
  connection_cache_service_name: text('scache', 'The service name of the connection cache, scache(8).', {min: 1}),
  connection_cache_status_update_time: time('600s', 'How often scache(8) logs its hits, misses and sizes.', {min: 1}),
  connection_cache_ttl_limit: time('2s', 'The longest time that the connection cache keeps an idle session.', {min: 1}),
  content_filter: text('', 'The transport, and its next hop, that all queued mail goes through to be filtered.', {
    effect: true,
  }),
  cyrus_sasl_config_path: text('', 'The directories in which Cyrus SASL looks for smtpd.conf; empty: its own.'),
  daemon_directory: text('/usr/lib/postfix/sbin', 'The directory of the daemon programs.', {min: 1}),
  daemon_table_open_error_is_fatal: flag(
    'no',
    'Whether a daemon stops when a table does not open, instead of failing only what needs it.',
  ),
  daemon_timeout: time('18000s', 'How long a daemon may work on one request before its watchdog ends it.', {min: 1}),
  data_directory: text(
    '/var/lib/postfix',
    'The directory of files that daemons write for themselves, such as caches.',
    {min: 1, effect: true},
  ),
  debug_peer_level: number('2', 'How much more is logged about the peers in debug_peer_list.', {min: 1}),
  debug_peer_list: text('', 'The hosts, domains and networks with which sessions are logged in more detail.'),
  debugger_command: text('', 'The command that a daemon started with -D runs, to attach a debugger.', {min: 1}),
  default_database_type: text('hash', 'The table type that newaliases, postalias and postmap assume.', {
    min: 1,
    effect: true,
  }),
  default_delivery_slot_cost: number(
    '5',
    'How many deliveries of a large message earn one slot that another message may take.',
    {min: 0},
  ),
  default_delivery_slot_discount: number(
    '50',
    'How much of the slots needed to overtake a message may still be missing, in percent.',
    {min: 0, max: 100},
  ),
  default_delivery_slot_loan: number(
    '3',
    'How many of the slots needed to overtake a message may still be missing, beyond the percentage.',
    {min: 0},
  ),
  default_delivery_status_filter: text('', "A table that replaces the status code or text of a delivery's outcome."),
  default_destination_concurrency_failed_cohort_limit: number(
    '1',
    'How many rounds of deliveries to a destination may all fail before it counts as dead; 0: no limit.',
    {min: 0, effect: true},
  ),
  default_destination_concurrency_limit: number(
    '20',
    'How many deliveries to one destination may run at once through one transport.',
    {min: 0, effect: true},
  ),
  default_destination_concurrency_negative_feedback: text(
    '1',
    'How much a failed connection lowers the concurrency of a destination: a fraction, maybe over concurrency.',
    {min: 1, effect: true},
  ),
  default_destination_concurrency_positive_feedback: text(
    '1',
    'How much a delivery raises the concurrency of a destination: a fraction, maybe over concurrency.',
    {min: 1, effect: true},
  ),
  default_destination_rate_delay: time(
    '0s',
    'The pause between two deliveries to one destination through one transport.',
    {min: 0, effect: true},
  ),
  default_destination_recipient_limit: number('50', 'How many recipients one delivery may have.', {
    min: 0,
    effect: true,
  }),
  default_extra_recipient_limit: number(
    '1000',
    'How many recipients beyond the limit of a transport may be in memory for messages that overtake others.',
    {min: 0},
  ),
  default_filter_nexthop: text(
    '',
    'The next hop of a content filter named without one; empty: the domain of the recipient.',
    {effect: true},
  ),
  default_minimum_delivery_slots: number(
    '3',
    'How many slots a message must be able to earn before others may overtake it.',
    {min: 0},
  ),
  default_privs: text(
    'nobody',
    'The user as whom local delivery writes files and runs commands when the alias table belongs to root.',
    {min: 1, effect: true},
  ),
  default_process_limit: number('100', 'How many processes a service may have, unless master.cf says otherwise.', {
    min: 1,
    effect: true,
  }),
  default_rbl_reply: text(
    '$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}',
    'The reply to a client that a DNS list has refused, with names to expand.',
    {min: 1, raw: true, effect: true},
  ),
  default_recipient_limit: number('20000', 'How many recipients of one transport the queue manager holds in memory.', {
    min: 0,
  }),
  default_recipient_refill_delay: time(
    '5s',
    'The longest wait before more recipients of a large message are read into memory.',
    {min: 1},
  ),
  default_recipient_refill_limit: number(
    '100',
    'How many recipients of a large message are read into memory at a time, at least.',
    {min: 1},
  ),
  default_transport: text('smtp', 'The transport of domains that are not ours in any way.', {min: 1, effect: true}),
  default_transport_rate_delay: time('0s', 'The pause between any two deliveries through one transport.', {
    min: 0,
    effect: true,
  }),
  default_verp_delimiters: text(
    '+=',
    "The two characters that VERP puts after the sender's name and in place of the recipient's @.",
    {min: 2, max: 2, effect: true},
  ),
  defer_code: number('450', 'The SMTP reply code of the restriction "defer".', {min: 0, effect: true}),
  defer_service_name: text('defer', 'The service name of bounce(8) as it keeps the record of deferred recipients.', {
    min: 1,
  }),
  defer_transports: text('', 'The transports whose mail waits until somebody flushes the queue.', {effect: true}),
  delay_logging_resolution_limit: number('2', 'How many digits after the point the delays in the log may have.', {
    min: 0,
    max: 6,
  }),
  delay_notice_recipient: text(
    'postmaster',
    'Who gets the headers of mail that is late, when notify_classes has delay.',
    {min: 1, effect: true},
  ),
  delay_warning_time: time('0h', 'The time in the queue after which the sender is warned; 0 means never.', {
    min: 0,
    effect: true,
  }),
  deliver_lock_attempts: number('20', 'How often a lock on a mailbox or bounce log is tried for.', {
    min: 1,
    effect: true,
  }),
  deliver_lock_delay: time('1s', 'The pause between two attempts to lock a mailbox or bounce log.', {
    min: 1,
    effect: true,
  }),
  destination_concurrency_feedback_debug: flag('no', "Whether each change of a destination's concurrency is logged."),
  detect_8bit_encoding_header: flag(
    'yes',
    'Whether Content-Transfer-Encoding headers are searched to learn that a body is 8-bit.',
    {effect: true},
  ),
  disable_dns_lookups: flag('no', "Whether the SMTP and LMTP clients do without DNS and use the system's host lookup."),
  disable_mime_input_processing: flag('no', 'Whether new mail is taken without looking at its MIME structure.', {
    effect: true,
  }),
  disable_mime_output_conversion: flag(
    'no',
    'Whether 8-bit mail is sent as it is to servers that did not announce 8BITMIME.',
  ),
  disable_verp_bounces: flag(
    'no',
    'Whether a message sent with VERP bounces once for all its recipients, not once for each.',
    {effect: true},
  ),
  disable_vrfy_command: flag('no', 'Whether the SMTP server refuses VRFY.'),
  dns_ncache_ttl_fix_enable: flag(
    'no',
    'Whether to work around resolver libraries that withhold negative replies, in DNS reputation lookups.',
  ),
  dnssec_probe: text('ns:.', 'The query, as type:name, that tells whether the resolver validates DNSSEC; empty: none.'),
  dont_remove: number('0', 'Whether finished queue files are saved instead of removed; for debugging.', {min: 0}),
  double_bounce_sender: text(
    'double-bounce',
    "The sender's name on notices whose own failure tells only the postmaster; mail to it is discarded.",
    {min: 1, effect: true},
  ),
  duplicate_filter_limit: number(
    '1000',
    'How many addresses are remembered while duplicate recipients of a message are dropped; 0: no limit.',
    {min: 0, effect: true},
  ),
  empty_address_default_transport_maps_lookup_key: text(
    '<>',
    'The key for the null sender in sender_dependent_default_transport_maps.',
    {min: 1, effect: true},
  ),
  empty_address_local_login_sender_maps_lookup_key: text(
    '<>',
    'The key for the null sender in local_login_sender_maps.',
  ),
  empty_address_recipient: text('MAILER-DAEMON', 'Who gets mail that is addressed to the null address.', {
    min: 1,
    effect: true,
  }),
  empty_address_relayhost_maps_lookup_key: text(
    '<>',
    'The key for the null sender in sender_dependent_relayhost_maps.',
    {min: 1, effect: true},
  ),
  enable_idna2003_compatibility: flag('no', 'Whether domain names are converted by the older IDNA2003 rules.'),
  enable_long_queue_ids: flag('no', 'Whether queue IDs are long enough never to be used twice.', {effect: true}),
  enable_original_recipient: flag('yes', 'Whether the recipient as first given is kept, and shown in X-Original-To.', {
    effect: true,
  }),
  enable_threaded_bounces: flag(
    'no',
    'Whether notices carry References and In-Reply-To, so that readers show them with the original.',
  ),
  error_notice_recipient: text(
    'postmaster',
    'Who is told about trouble of the classes policy, protocol, resource and software in notify_classes.',
    {min: 1},
  ),
  error_service_name: text('error', 'The service name of error(8), which fails every delivery.', {min: 1}),
  execution_directory_expansion_filter: text(
    '1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
    'The characters that values put into command_execution_directory may have; others become underscores.',
    {min: 1, effect: true},
  ),
  expand_owner_alias: flag(
    'no',
    'Whether the envelope sender of list mail is what owner-list expands to, not the name owner-list.',
    {effect: true},
  ),
  export_environment: text(
    'TZ MAIL_CONFIG LANG',
    'The environment variables, or name=value pairs, that programs outside the mail system get.',
    {effect: true},
  ),
  fallback_transport: text('', 'The transport of local recipients who are in neither alias table nor password file.', {
    effect: true,
  }),
  fallback_transport_maps: text(
    '',
    'The tables with a transport for each local recipient who is not in the password file.',
    {effect: true},
  ),
  fast_flush_domains: text(
    '$relay_domains',
    'The domains whose waiting mail can be flushed alone, with ETRN or sendmail -qR.',
    {effect: true},
  ),
  fast_flush_purge_time: time('7d', 'The age at which an empty flush log of a domain is removed.', {min: 1}),
  fast_flush_refresh_time: time(
    '12h',
    'The age at which a flush log that nobody asked for is used to try the mail again.',
    {min: 1},
  ),
  fault_injection_code: number('0', 'The number of an internal test that is made to fail; for debugging.', {min: 0}),
  flush_service_name: text('flush', 'The service name of flush(8), which keeps the record of waiting mail by domain.', {
    min: 1,
  }),
  fork_attempts: number('5', 'How often the start of a child process is tried.', {min: 1}),
  fork_delay: time('1s', 'The pause between two attempts to start a child process.', {min: 1}),
  forward_expansion_filter: text(
    '1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
    'The characters that values put into forward_path may have; others become underscores.',
    {
      min: 1,
      effect: true,
    },
  ),
  forward_path: text(
    '$home/.forward${recipient_delimiter}${extension}, $home/.forward',
    'The .forward files that are looked for, the first one found being used.',
    {raw: true, effect: true},
  ),
  frozen_delivered_to: flag(
    'yes',
    'Whether Delivered-To keeps the address that delivery began with while aliases and .forward files expand.',
    {effect: true},
  ),
  hash_queue_depth: number('1', 'How many levels of subdirectories the queues in hash_queue_names have.', {
    min: 1,
    effect: true,
  }),
  hash_queue_names: text('deferred, defer', 'The queues whose files are spread over subdirectories.', {
    min: 1,
    effect: true,
  }),
  header_address_token_limit: number(
    '10240',
    'How many tokens of an address header are rewritten; the rest is dropped.',
    {min: 1, effect: true},
  ),
  header_checks: text('', 'The tables with patterns that message headers are looked up in.', {effect: true}),
  header_from_format: text(
    'standard',
    'The form of a From header made here: standard, name <address>, or obsolete, address (name).',
    {min: 1, effect: true},
  ),
  header_size_limit: number('102400', 'How many bytes one header may have; the rest is dropped.', {
    min: 1,
    effect: true,
  }),
  helpful_warnings: flag('yes', 'Whether to warn about settings that rarely do what was meant.', {effect: true}),
  home_mailbox: text('', "The mailbox below the recipient's home; one that ends with / is a maildir.", {effect: true}),
  hopcount_limit: number('50', 'How many Received headers a message may have before it counts as looping.', {
    min: 1,
    effect: true,
  }),
  html_directory: text('/usr/share/doc/postfix/html', 'The directory of the manual as HTML.', {min: 1}),
  ignore_mx_lookup_error: flag(
    'no',
    'Whether a failed MX lookup is followed by one of the address, instead of a deferral.',
  ),
  import_environment: text(
    'MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ XAUTHORITY DISPLAY LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME',
    'The environment variables, or name=value pairs, that survive from the process that started a command or daemon.',
    {effect: true},
  ),
  in_flow_delay: time('1s', 'The pause before a new message is taken while mail comes in faster than it goes out.', {
    min: 0,
    max: 10,
  }),
  inet_interfaces: text('all', 'The local addresses on which mail is received, and which count as this machine.', {
    effect: true,
  }),
  inet_protocols: text('all', 'The Internet protocols in use: ipv4, ipv6 or all.', {effect: true}),
  info_log_address_format: text(
    'external',
    'How addresses are logged: external, quoted as in a header, or internal, unquoted.',
    {min: 1},
  ),
  initial_destination_concurrency: number('5', 'How many deliveries to a destination run at once to begin with.', {
    min: 1,
    effect: true,
  }),
  internal_mail_filter_classes: text(
    '',
    'The kinds of mail made here that content checks look at too: bounce, notify.',
  ),
  invalid_hostname_reject_code: number('501', 'The SMTP reply code of reject_invalid_helo_hostname.', {
    min: 0,
    effect: true,
  }),
  ipc_idle: time('5s', 'How long an idle connection to another daemon is kept.', {min: 1}),
  ipc_timeout: time('3600s', 'The time a daemon waits for another to send or to receive.', {min: 1}),
  ipc_ttl: time('1000s', 'How long a connection to another daemon is kept in use.', {min: 1}),
  known_tcp_ports: text(
    'lmtp=24, smtp=25, smtps=submissions=465, submission=587',
    'The names and numbers of TCP ports that need no lookup in the services file.',
  ),
  line_length_limit: number(
    '2048',
    'How many bytes of a line are stored as one piece; pieces are joined again at delivery.',
    {min: 512, effect: true},
  ),
  lmdb_map_size: number('16777216', 'The size, in bytes, that an LMDB database has at first.', {min: 1}),
  local_command_shell: text(
    '',
    'The shell that local delivery runs commands with; empty: one only for commands that need it.',
    {effect: true},
  ),
  local_delivery_status_filter: text('$default_delivery_status_filter', 'The delivery status filter of local(8).'),
  local_destination_concurrency_limit: number('2', 'How many deliveries to one local recipient may run at once.', {
    min: 0,
    effect: true,
  }),
  local_destination_recipient_limit: number('1', 'How many recipients one local delivery may have.', {
    min: 0,
    effect: true,
  }),
  local_header_rewrite_clients: text(
    'permit_inet_interfaces',
    'The clients whose mail gets missing headers, and addresses completed with our own domain.',
  ),
  local_login_sender_maps: text(
    'static:*',
    'The tables that name, for each login, the senders it may give to sendmail(1).',
  ),
  local_recipient_maps: text(
    'proxy:unix:passwd.byname $alias_maps',
    'The tables that know all local recipients; empty: none is refused as unknown.',
    {effect: true},
  ),
  local_transport: text(
    'local:$myhostname',
    "The transport of the domains in mydestination and of this machine's own addresses.",
    {min: 1, effect: true},
  ),
  luser_relay: text('', 'The address that gets mail for unknown local recipients.', {raw: true, effect: true}),
  mail_name: text('Postfix', 'The name of the mail system, in greetings and in Received headers.', {
    min: 1,
    effect: true,
  }),
  mail_owner: text('postfix', 'The user who owns the queue and as whom most daemons run.', {min: 1, effect: true}),
  mail_release_date: text('20240304', 'The date of the Postfix version imitated.', {min: 1}),
  mail_spool_directory: text('/var/mail', 'The directory of the mailboxes; one that ends with / holds maildirs.', {
    effect: true,
  }),
  mail_version: text('3.7.11', 'The Postfix version imitated.', {min: 1, effect: true}),
  mailbox_command: text('', 'The command that local delivery hands all mail to instead of a mailbox.', {
    raw: true,
    effect: true,
  }),
  mailbox_command_maps: text('', 'The tables with a delivery command for each recipient.', {effect: true}),
  mailbox_delivery_lock: text('fcntl, dotlock', 'How a mailbox file is locked for delivery: fcntl, flock, dotlock.', {
    min: 1,
    effect: true,
  }),
  mailbox_size_limit: number('51200000', 'How many bytes a mailbox or maildir file may have; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  mailbox_transport: text('', 'The transport that local delivery hands all mail of known users to.', {effect: true}),
  mailbox_transport_maps: text(
    '',
    'The tables with a transport for each local recipient, used before mailbox_transport.',
    {effect: true},
  ),
  maillog_file: text('', 'The file, or /dev/stdout, that gets the log instead of syslog.', {effect: true}),
  maillog_file_compressor: text('gzip', 'The program that postfix logrotate compresses the old log with.', {
    min: 1,
    effect: true,
  }),
  maillog_file_prefixes: text('/var, /dev/stdout', 'The directories, and files, that maillog_file may be in.', {
    min: 1,
  }),
  maillog_file_rotate_suffix: text(
    '%Y%m%d-%H%M%S',
    'The date format that postfix logrotate adds to the name of the old log.',
    {min: 1, effect: true},
  ),
  mailq_path: text('/usr/bin/mailq', 'The place of the mailq command.', {min: 1}),
  manpage_directory: text('/usr/share/man', 'The directory of the manual pages.', {min: 1}),
  maps_rbl_domains: text('', 'The DNS lists of the obsolete restriction reject_maps_rbl.', {effect: true}),
  maps_rbl_reject_code: number(
    '554',
    'The SMTP reply code when a DNS list has refused a client, sender or recipient.',
    {min: 0, effect: true},
  ),
  masquerade_classes: text(
    'envelope_sender, header_sender, header_recipient',
    'The addresses that masquerade_domains shortens: of the envelope, of the headers, of senders, of recipients.',
    {effect: true},
  ),
  masquerade_domains: text('', 'The domains whose subdomains are cut off from addresses.', {effect: true}),
  masquerade_exceptions: text('', 'The user names whose addresses masquerade_domains leaves alone.', {effect: true}),
  master_service_disable: text('', 'The services of master.cf, as name/type, that are not listened for.'),
  max_idle: time('100s', 'How long an idle daemon waits for more work before it ends.', {min: 1, effect: true}),
  max_use: number('100', 'How many requests a daemon serves before it ends.', {min: 1}),
  maximal_backoff_time: time('4000s', 'The longest pause between two attempts to deliver a message.', {
    min: 1,
    effect: true,
  }),
  maximal_queue_lifetime: time('5d', 'How long a message is retried before it bounces.', {
    min: 0,
    max: 8640000,
    effect: true,
  }),
  message_drop_headers: text(
    'bcc, content-length, resent-bcc, return-path',
    'The headers that are removed from new mail.',
    {effect: true},
  ),
  message_reject_characters: text('', 'The characters, with C escapes, that make a message be refused.', {
    effect: true,
  }),
  message_size_limit: number('10240000', 'How many bytes a message may have, envelope included; 0: no limit.', {
    min: 0,
    effect: true,
  }),
  message_strip_characters: text('', 'The characters, with C escapes, that are removed from messages.', {effect: true}),
  meta_directory: text(
    '/etc/postfix',
    'The directory of files that several instances share, such as dynamicmaps.cf and postfix-files.',
    {min: 1},
  ),
  mime_boundary_length_limit: number('2048', 'How many characters of a MIME boundary are told apart.', {
    min: 1,
    effect: true,
  }),
  mime_header_checks: text('$header_checks', 'The tables with patterns that MIME headers are looked up in.', {
    effect: true,
  }),
  mime_nesting_limit: number('100', 'How deep MIME parts may be nested.', {min: 1, effect: true}),
  minimal_backoff_time: time(
    '300s',
    'The shortest pause between two attempts to deliver a message, and how long a dead destination is avoided.',
    {min: 1, effect: true},
  ),
  multi_instance_directories: text('', 'The configuration directories of the further instances that this one manages.'),
  multi_instance_enable: flag('no', 'Whether the multi-instance manager may start and stop this instance.'),
  multi_instance_group: text('', 'The name of the group of instances that this one is in.'),
  multi_instance_name: text('', 'The name of this instance, one that begins with "postfix-".'),
  multi_instance_wrapper: text('', 'The multi-instance manager that postfix(1) calls, with its arguments.'),
  multi_recipient_bounce_reject_code: number('550', 'The SMTP reply code of reject_multi_recipient_bounce.', {
    min: 0,
    effect: true,
  }),
  mydestination: text(
    '$myhostname, localhost.$mydomain, localhost',
    'The domains whose mail is delivered to users of this machine.',
    {effect: true},
  ),
  mydomain: text('', 'The domain of this machine; by default myhostname without its first label.', {
    min: 1,
    effect: true,
  }),
  myhostname: text('', 'The full name of this machine, from which many defaults are made.', {min: 1, effect: true}),
  mynetworks: text('', 'The networks whose clients are trusted; by default those that mynetworks_style says.', {
    effect: true,
  }),
  mynetworks_style: text(
    '${{$compatibility_level} <level {2} ? {subnet} : {host}}',
    'How mynetworks is made when it is not set: host, subnet or class.',
    {min: 1},
  ),
  myorigin: text('$myhostname', 'The domain of mail that is sent from here, and of addresses without one.', {
    min: 1,
    effect: true,
  }),
  nested_header_checks: text(
    '$header_checks',
    'The tables with patterns that the headers of attached messages are looked up in.',
    {effect: true},
  ),
  newaliases_path: text('/usr/bin/newaliases', 'The place of the newaliases command.', {min: 1}),
  non_fqdn_reject_code: number('504', 'The SMTP reply code of the reject_non_fqdn restrictions.', {
    min: 0,
    effect: true,
  }),
  non_smtpd_milters: text('', 'The mail filters for mail that does not come by SMTP.'),
  notify_classes: text('resource, software', 'The kinds of trouble that the postmaster is told about.', {effect: true}),
  openssl_path: text('openssl', 'The openssl command that postfix tls runs.', {min: 1}),
  owner_request_special: flag(
    'yes',
    'Whether an owner-list alias sets the sender, and owner-list and list-request are not split at a delimiter "-".',
    {effect: true},
  ),
  parent_domain_matches_subdomains: text(
    'debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps',
    'The lists and tables in which a domain also stands for its subdomains.',
    {effect: true},
  ),
  permit_mx_backup_networks: text(
    '',
    'The networks that the primary MX hosts of a domain must be in for permit_mx_backup to apply.',
    {effect: true},
  ),
  pickup_service_name: text('pickup', 'The service name of pickup(8), which takes mail submitted on this machine.', {
    min: 1,
  }),
  pipe_delivery_status_filter: text('$default_delivery_status_filter', 'The delivery status filter of pipe(8).'),
  plaintext_reject_code: number('450', 'The SMTP reply code of reject_plaintext_session.', {min: 0, effect: true}),
  postlog_service_name: text('postlog', 'The service name of postlogd(8), which writes maillog_file.', {min: 1}),
  postlogd_watchdog_timeout: time('10s', 'How long postlogd(8) may work on one request before its watchdog ends it.', {
    min: 10,
  }),
  postmulti_control_commands: text(
    'reload flush',
    'The postfix(1) commands that postmulti(1) takes as meant for running instances, and keeps from disabled ones.',
  ),
  postmulti_start_commands: text(
    'start',
    'The postfix(1) commands that postmulti(1) takes as starting an instance, and gives in order.',
  ),
  postmulti_stop_commands: text(
    'stop abort drain quick-stop',
    'The postfix(1) commands that postmulti(1) takes as stopping an instance, and gives in reverse order.',
  ),
  prepend_delivered_header: text(
    'command, file, forward',
    'The local deliveries that add a Delivered-To header: to a command, a file, or by forwarding.',
    {effect: true},
  ),
  process_id: text('', 'The process ID of the program that reads it; it cannot be set.', {effect: true}),
  process_id_directory: text('pid', 'The directory of lock files with process IDs, below the queue directory.', {
    min: 1,
  }),
  process_name: text('postconf', 'The name of the program that reads it; it cannot be set.', {effect: true}),
  propagate_unmatched_extensions: text(
    'canonical, virtual',
    'The lookups that copy an address extension which was not part of the key to the result.',
    {effect: true},
  ),
  proxy_interfaces: text(
    '',
    'The addresses of proxies and address translators through which mail reaches this machine.',
    {effect: true},
  ),
  proxy_read_maps: text(
    '$local_recipient_maps $mydestination $virtual_alias_maps $virtual_alias_domains $virtual_mailbox_maps $virtual_mailbox_domains $relay_recipient_maps $relay_domains $canonical_maps $sender_canonical_maps $recipient_canonical_maps $relocated_maps $transport_maps $mynetworks $smtpd_sender_login_maps $sender_bcc_maps $recipient_bcc_maps $smtp_generic_maps $lmtp_generic_maps $alias_maps $smtpd_client_restrictions $smtpd_helo_restrictions $smtpd_sender_restrictions $smtpd_relay_restrictions $smtpd_recipient_restrictions $address_verify_sender_dependent_default_transport_maps $address_verify_sender_dependent_relayhost_maps $address_verify_transport_maps $fallback_transport_maps $lmtp_discard_lhlo_keyword_address_maps $lmtp_pix_workaround_maps $lmtp_sasl_password_maps $lmtp_tls_policy_maps $mailbox_command_maps $mailbox_transport_maps $postscreen_discard_ehlo_keyword_address_maps $rbl_reply_maps $sender_dependent_default_transport_maps $sender_dependent_relayhost_maps $smtp_discard_ehlo_keyword_address_maps $smtp_pix_workaround_maps $smtp_sasl_password_maps $smtp_tls_policy_maps $smtpd_discard_ehlo_keyword_address_maps $smtpd_milter_maps $virtual_gid_maps $virtual_uid_maps $local_login_sender_maps $postscreen_reject_footer_maps $smtpd_reject_footer_maps $tls_server_sni_maps $tlsproxy_client_policy_maps $default_delivery_status_filter $lmtp_delivery_status_filter $lmtp_dns_reply_filter $lmtp_reply_filter $local_delivery_status_filter $pipe_delivery_status_filter $postscreen_command_filter $smtp_delivery_status_filter $smtp_dns_reply_filter $smtp_reply_filter $smtpd_command_filter $smtpd_dns_reply_filter $virtual_delivery_status_filter $body_checks $header_checks $lmtp_body_checks $lmtp_header_checks $lmtp_mime_header_checks $lmtp_nested_header_checks $milter_header_checks $mime_header_checks $nested_header_checks $smtp_body_checks $smtp_header_checks $smtp_mime_header_checks $smtp_nested_header_checks',
    'The tables that proxymap(8) may read.',
  ),
  proxy_write_maps: text(
    '$smtp_sasl_auth_cache_name $lmtp_sasl_auth_cache_name $address_verify_map $postscreen_cache_map',
    'The tables that proxymap(8) may write.',
  ),
  proxymap_service_name: text('proxymap', 'The service name of proxymap(8) for reading.', {min: 1}),
  proxywrite_service_name: text('proxywrite', 'The service name of proxymap(8) for writing.', {min: 1}),
  qmgr_clog_warn_time: time(
    '300s',
    'The pause between two warnings that one destination fills the active queue; 0: no warning.',
    {min: 0},
  ),
  qmgr_daemon_timeout: time(
    '1000s',
    'How long the queue manager may work on one request before its watchdog ends it.',
    {min: 1},
  ),
  qmgr_fudge_factor: number(
    '100',
    'The share of deliveries, in percent, that a large list may take; only the old queue manager knows it.',
    {min: 10, max: 100},
  ),
  qmgr_ipc_timeout: time('60s', 'How long the queue manager waits for another daemon to send or to receive.', {min: 1}),
  qmgr_message_active_limit: number('20000', 'How many messages the active queue may hold.', {min: 1, effect: true}),
  qmgr_message_recipient_limit: number(
    '20000',
    'How many recipients the queue manager holds in memory, and how many dead destinations.',
    {min: 1, effect: true},
  ),
  qmgr_message_recipient_minimum: number(
    '10',
    'How many recipients of each message the queue manager may hold in memory in any case.',
    {min: 1},
  ),
  qmqpd_authorized_clients: text('', 'The clients that may send mail by QMQP.'),
  qmqpd_client_port_logging: flag('no', 'Whether the QMQP server logs the port of its client.'),
  qmqpd_error_delay: time('1s', 'The pause before the QMQP server answers with an error.', {min: 0}),
  qmqpd_timeout: time('300s', 'How long the QMQP server waits for its client to send or to receive.', {min: 1}),
  queue_directory: text('/var/spool/postfix', 'The top of the mail queue, and the root of daemons that run chrooted.', {
    min: 1,
    effect: true,
  }),
  queue_file_attribute_count_limit: number(
    '100',
    'How many name=value attributes the envelope of a queue file may have.',
    {min: 1},
  ),
  queue_minfree: number('0', "How many bytes must be free on the queue's disk for mail to be taken; 0: no limit.", {
    min: 0,
  }),
  queue_run_delay: time('300s', 'The pause between two scans of the deferred queue.', {min: 1, effect: true}),
  queue_service_name: text('qmgr', 'The service name of the queue manager, qmgr(8).', {min: 1}),
  rbl_reply_maps: text('', 'The tables with a reply for each DNS list, instead of default_rbl_reply.', {effect: true}),
  readme_directory: text('/usr/share/doc/postfix', 'The directory of the README files.', {min: 1}),
  receive_override_options: text(
    '',
    'What is left out when mail is received: recipient checks, milters, address mappings, body checks, copies.',
    {effect: true},
  ),
  recipient_bcc_maps: text('', 'The tables with an address, for each recipient, that gets a copy.', {effect: true}),
  recipient_canonical_classes: text(
    'envelope_recipient, header_recipient',
    'The addresses that recipient_canonical_maps rewrites: of the envelope, of the headers.',
    {min: 1, effect: true},
  ),
  recipient_canonical_maps: text('', 'The tables that rewrite recipient addresses as mail comes in.', {effect: true}),
  recipient_delimiter: text('', 'The characters that separate a user name from an address extension.', {effect: true}),
  reject_code: number('554', 'The SMTP reply code of the restriction "reject".', {min: 0, effect: true}),
  reject_tempfail_action: text(
    'defer_if_permit',
    'What happens when a reject restriction cannot tell because of a temporary error.',
    {min: 1},
  ),
  relay_clientcerts: text(
    '',
    'The tables with the certificate fingerprints of the clients that permit_tls_clientcerts lets relay.',
    {effect: true},
  ),
  relay_domains: text(
    '${{$compatibility_level} <level {2} ? {$mydestination} : {}}',
    'The domains that mail is relayed to.',
    {effect: true},
  ),
  relay_domains_reject_code: number('554', 'The SMTP reply code of reject_unauth_destination.', {min: 0, effect: true}),
  relay_recipient_maps: text(
    '',
    'The tables that know all recipients in relay_domains; empty: none is refused as unknown.',
    {effect: true},
  ),
  relay_transport: text('relay', 'The transport of the domains in relay_domains.', {min: 1, effect: true}),
  relayhost: text('', 'The next hop of mail for other domains; empty: the MX hosts of each.', {effect: true}),
  relocated_maps: text('', 'The tables with the new place of users and domains that have moved.', {effect: true}),
  remote_header_rewrite_domain: text(
    '',
    'The domain that completes header addresses of remote clients; empty: their headers are left alone.',
    {effect: true},
  ),
  require_home_directory: flag('no', "Whether local delivery waits until the recipient's home directory exists.", {
    effect: true,
  }),
  reset_owner_alias: flag(
    'no',
    'Whether an alias without an owner of its own drops the owner of the alias that led to it.',
    {effect: true},
  ),
  resolve_dequoted_address: flag(
    'yes',
    'Whether a quoted local part is looked into for @, % and !, which is safer than correct.',
    {effect: true},
  ),
  resolve_null_domain: flag('no', 'Whether user@ with an empty domain is taken as local, not as invalid.', {
    effect: true,
  }),
  resolve_numeric_domain: flag('no', 'Whether user@address is taken as user@[address], not as invalid.', {
    effect: true,
  }),
  respectful_logging: flag(
    '${{$compatibility_level} <level {3.6} ? {no} : {yes}}',
    'Whether the log says allowlist and denylist in place of the older words.',
  ),
  rewrite_service_name: text('rewrite', 'The service name of trivial-rewrite(8) for rewriting addresses.', {min: 1}),
  sample_directory: text('/etc/postfix', 'The directory of sample configuration files.', {min: 1}),
  send_cyrus_sasl_authzid: flag('no', 'Whether the SASL client sends its user name as authorization ID as well.'),
  sender_bcc_maps: text('', 'The tables with an address, for each sender, that gets a copy.', {effect: true}),
  sender_canonical_classes: text(
    'envelope_sender, header_sender',
    'The addresses that sender_canonical_maps rewrites: of the envelope, of the headers.',
    {min: 1, effect: true},
  ),
  sender_canonical_maps: text('', 'The tables that rewrite sender addresses as mail comes in.', {effect: true}),
  sender_dependent_default_transport_maps: text(
    '',
    'The tables with a transport for each sender, instead of default_transport.',
    {effect: true},
  ),
  sender_dependent_relayhost_maps: text('', 'The tables with a next hop for each sender, instead of relayhost.', {
    effect: true,
  }),
  sendmail_fix_line_endings: text(
    'always',
    'When sendmail(1) turns CRLF into LF: always, strict (if the first line ends so), never.',
    {min: 1, effect: true},
  ),
  sendmail_path: text('/usr/sbin/sendmail', 'The place of the sendmail command.', {min: 1}),
  service_name: text('', 'The master.cf name of the service that reads it; it cannot be set.'),
  service_throttle_time: time('60s', 'The pause before a service that failed to start is started again.', {min: 1}),
  setgid_group: text('postdrop', 'The group of the submission and queue commands that run set-gid.', {
    min: 1,
    effect: true,
  }),
  shlib_directory: text('/usr/lib/postfix', 'The directory of the shared libraries and table plug-ins.', {min: 1}),
  show_user_unknown_table_name: flag(
    'yes',
    'Whether a "User unknown" reply says in which table the recipient was not found.',
    {effect: true},
  ),
  showq_service_name: text('showq', 'The service name of showq(8), which lists the queue.', {min: 1}),
  smtputf8_autodetect_classes: text('sendmail, verify', 'The kinds of mail examined for whether they need SMTPUTF8.', {
    min: 1,
  }),
  smtputf8_enable: flag(
    '${{$compatibility_level} <level {1} ? {no} : {yes}}',
    'Whether addresses and headers may be in UTF-8 (SMTPUTF8).',
    {effect: true},
  ),
  soft_bounce: flag(
    'no',
    'Whether mail that would bounce stays in the queue, and 5xx replies of the server become 4xx.',
    {effect: true},
  ),
  stale_lock_time: time('500s', 'The age after which a mailbox lock file is taken as left behind and removed.', {
    min: 1,
    effect: true,
  }),
  stress: text('', 'Whether the service is overloaded: the master process sets it to yes or to nothing.', {
    effect: true,
  }),
  strict_7bit_headers: flag('no', 'Whether mail with 8-bit text in its headers is refused.'),
  strict_8bitmime: flag('no', 'Whether both strict_7bit_headers and strict_8bitmime_body apply.'),
  strict_8bitmime_body: flag('no', 'Whether an 8-bit body without the MIME encoding that announces it is refused.'),
  strict_mailbox_ownership: flag(
    'yes',
    'Whether delivery is deferred when the mailbox file does not belong to its recipient.',
    {effect: true},
  ),
  strict_mime_encoding_domain: flag(
    'no',
    'Whether mail is refused whose message or multipart part has a Content-Transfer-Encoding not allowed there.',
  ),
  strict_rfc821_envelopes: flag(
    'no',
    'Whether addresses in MAIL FROM and RCPT TO must stand in <> and bear no comments.',
  ),
  strict_smtputf8: flag('no', 'Whether UTF-8 addresses are taken only from clients that asked for SMTPUTF8.'),
  sun_mailtool_compatibility: flag(
    'no',
    'Whether mailboxes are locked with dotlock alone, for Sun mailtool; mailbox_delivery_lock replaces it.',
  ),
  swap_bangpath: flag('yes', 'Whether site!user is rewritten to user@site.', {effect: true}),
  syslog_facility: text('mail', 'The syslog facility of the log.', {min: 1, effect: true}),
  syslog_name: text(
    '${multi_instance_name?{$multi_instance_name}:{postfix}}',
    "The name that stands before the program's own in the log.",
    {min: 1, effect: true},
  ),
  tcp_windowsize: number('0', "The TCP window, in bytes, where the system's own does not work; 0: the system's own.", {
    min: 0,
  }),
  trace_service_name: text('trace', 'The service name of bounce(8) as it keeps the record of traces, for reports.', {
    min: 1,
  }),
  transport_maps: text('', 'The tables with a transport and next hop for each recipient or domain.', {effect: true}),
  transport_retry_time: time('60s', 'The pause before a transport that failed is tried again.', {min: 1, effect: true}),
  trigger_timeout: time('10s', 'The time in which a daemon must take a wake-up call.', {min: 1}),
  undisclosed_recipients_header: text('', 'The header that a message without any recipient header gets; empty: none.', {
    effect: true,
  }),
  unknown_address_reject_code: number(
    '450',
    'The SMTP reply code of reject_unknown_sender_domain and reject_unknown_recipient_domain.',
    {min: 0, effect: true},
  ),
  unknown_address_tempfail_action: text(
    '$reject_tempfail_action',
    'What the two restrictions for unknown domains of addresses do when the lookup fails for the time being.',
    {min: 1, effect: true},
  ),
  unknown_client_reject_code: number('450', 'The SMTP reply code of reject_unknown_client_hostname.', {
    min: 0,
    effect: true,
  }),
  unknown_helo_hostname_tempfail_action: text(
    '$reject_tempfail_action',
    'What reject_unknown_helo_hostname does when the lookup fails for the time being.',
    {min: 1, effect: true},
  ),
  unknown_hostname_reject_code: number('450', 'The SMTP reply code of reject_unknown_helo_hostname.', {
    min: 0,
    effect: true,
  }),
  unknown_local_recipient_reject_code: number(
    '550',
    'The SMTP reply code for a recipient that local_recipient_maps does not know.',
    {min: 0, effect: true},
  ),
  unknown_relay_recipient_reject_code: number(
    '550',
    'The SMTP reply code for a recipient that relay_recipient_maps does not know.',
    {min: 0, effect: true},
  ),
  unknown_virtual_alias_reject_code: number(
    '550',
    'The SMTP reply code for a recipient in virtual_alias_domains that virtual_alias_maps does not know.',
    {min: 0, effect: true},
  ),
  unknown_virtual_mailbox_reject_code: number(
    '550',
    'The SMTP reply code for a recipient that virtual_mailbox_maps does not know.',
    {min: 0, effect: true},
  ),
  unverified_recipient_defer_code: number(
    '450',
    "The SMTP reply code while a recipient's probe fails for the time being.",
    {min: 200, max: 499, effect: true},
  ),
  unverified_recipient_reject_code: number('450', "The SMTP reply code when a recipient's probe has failed for good.", {
    min: 200,
    max: 599,
    effect: true,
  }),
  unverified_recipient_reject_reason: text(
    '',
    "The text of the reply when a recipient's probe has failed; empty: what the probe met.",
    {effect: true},
  ),
  unverified_recipient_tempfail_action: text(
    '$reject_tempfail_action',
    'What reject_unverified_recipient does when the probe fails for the time being.',
    {min: 1, effect: true},
  ),
  unverified_sender_defer_code: number('450', "The SMTP reply code while a sender's probe fails for the time being.", {
    min: 200,
    max: 499,
    effect: true,
  }),
  unverified_sender_reject_code: number('450', "The SMTP reply code when a sender's probe has failed for good.", {
    min: 200,
    max: 599,
    effect: true,
  }),
  unverified_sender_reject_reason: text(
    '',
    "The text of the reply when a sender's probe has failed; empty: what the probe met.",
    {effect: true},
  ),
  unverified_sender_tempfail_action: text(
    '$reject_tempfail_action',
    'What reject_unverified_sender does when the probe fails for the time being.',
    {min: 1, effect: true},
  ),
  verp_delimiter_filter: text('-=+', 'The characters that may be VERP delimiters, in sendmail -XV and in SMTP.', {
    min: 1,
    effect: true,
  }),
  virtual_alias_address_length_limit: number(
    '1000',
    'How many characters an address may have after virtual alias expansion.',
    {min: 1, effect: true},
  ),
  virtual_alias_domains: text('$virtual_alias_maps', 'The domains of which every address is an alias for another.', {
    effect: true,
  }),
  virtual_alias_expansion_limit: number('1000', 'How many addresses virtual aliases may make of one recipient.', {
    min: 1,
    effect: true,
  }),
  virtual_alias_maps: text('$virtual_maps', 'The tables that replace recipients, of any domain, by others.', {
    effect: true,
  }),
  virtual_alias_recursion_limit: number('1000', 'How deep virtual aliases may lead to virtual aliases.', {
    min: 1,
    effect: true,
  }),
  virtual_delivery_status_filter: text('$default_delivery_status_filter', 'The delivery status filter of virtual(8).'),
  virtual_gid_maps: text('', 'The tables with the group ID that virtual(8) delivers to a recipient with.', {
    effect: true,
  }),
  virtual_mailbox_base: text('', 'The directory that virtual(8) puts before every name from virtual_mailbox_maps.', {
    min: 1,
    effect: true,
  }),
  virtual_mailbox_domains: text(
    '$virtual_mailbox_maps',
    'The domains whose recipients have mailboxes without being users of this machine.',
    {effect: true},
  ),
  virtual_mailbox_limit: number(
    '51200000',
    'How many bytes a mailbox or maildir file of virtual(8) may have; 0: no limit.',
    {min: 0, effect: true},
  ),
  virtual_mailbox_lock: text(
    'fcntl, dotlock',
    'How virtual(8) locks a mailbox file for delivery: fcntl, flock, dotlock.',
    {min: 1, effect: true},
  ),
  virtual_mailbox_maps: text('', 'The tables with the mailbox of each recipient in virtual_mailbox_domains.', {
    effect: true,
  }),
  virtual_minimum_uid: number('100', 'The lowest user ID that virtual_uid_maps may answer.', {min: 1, effect: true}),
  virtual_transport: text('virtual', 'The transport of the domains in virtual_mailbox_domains.', {
    min: 1,
    effect: true,
  }),
  virtual_uid_maps: text('', 'The tables with the user ID that virtual(8) delivers to a recipient with.', {
    effect: true,
  }),
} satisfies Record<string, Parameter>;
