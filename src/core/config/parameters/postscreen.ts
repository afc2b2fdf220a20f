/** The parameters of postscreen(8) and dnsblog(8). */
import {flag, number, text, time, type Parameter} from '../parameter.ts';

export const postscreen = {
  dnsblog_reply_delay: time('0s', 'How long dnsblog(8) holds back its answer; for debugging.', {min: 0}),
  dnsblog_service_name: text('dnsblog', 'The service name of dnsblog(8), which asks DNS lists.', {min: 1}),
  postscreen_access_list: text(
    'permit_mynetworks',
    'The clients that are let in without tests, or denied, at once: tables, addresses, permit_mynetworks.',
  ),
  postscreen_allowlist_interfaces: text(
    '${postscreen_whitelist_interfaces?{$postscreen_whitelist_interfaces}:{static:all}}',
    'The local addresses on which a new client may earn its pass; on the others it only gets 4xx.',
  ),
  postscreen_bare_newline_action: text(
    'ignore',
    'What is done about a client that ends lines without CR: ignore, enforce, drop.',
    {min: 1},
  ),
  postscreen_bare_newline_enable: flag('no', 'Whether clients are tested for lines that end without CR.'),
  postscreen_bare_newline_ttl: time('30d', 'How long a passed test for bare newlines is remembered.', {min: 1}),
  postscreen_cache_cleanup_interval: time(
    '12h',
    'The pause between two removals of expired entries from the cache; 0 means never.',
    {min: 0},
  ),
  postscreen_cache_map: text(
    'btree:$data_directory/postscreen_cache',
    'The table in which passed tests are remembered.',
  ),
  postscreen_cache_retention_time: time('7d', 'How long an expired entry stays in the cache before it is removed.', {
    min: 1,
  }),
  postscreen_client_connection_count_limit: number(
    '$smtpd_client_connection_count_limit',
    'How many connections to postscreen(8) a client may have open at once; 0: no limit.',
    {min: 0},
  ),
  postscreen_command_count_limit: number('20', 'How many commands a client may send to the test server in a session.', {
    min: 1,
  }),
  postscreen_command_filter: text('', 'A table that replaces commands of clients before postscreen(8) reads them.'),
  postscreen_command_time_limit: time(
    '${stress?{10}:{300}}s',
    'How long a command of a client may take to come in whole.',
    {min: 1},
  ),
  postscreen_denylist_action: text(
    '${postscreen_blacklist_action?{$postscreen_blacklist_action}:{ignore}}',
    'What is done about a client that the access list denies: ignore, enforce, drop.',
    {
      min: 1,
    },
  ),
  postscreen_disable_vrfy_command: flag('$disable_vrfy_command', 'Whether postscreen(8) refuses VRFY.'),
  postscreen_discard_ehlo_keyword_address_maps: text(
    '$smtpd_discard_ehlo_keyword_address_maps',
    'The tables with the EHLO keywords that postscreen(8) keeps from each client address.',
  ),
  postscreen_discard_ehlo_keywords: text(
    '$smtpd_discard_ehlo_keywords',
    'The EHLO keywords that postscreen(8) tells no client.',
  ),
  postscreen_dnsbl_action: text(
    'ignore',
    'What is done about a client whose DNS list score is too high: ignore, enforce, drop.',
    {min: 1},
  ),
  postscreen_dnsbl_allowlist_threshold: number(
    '${postscreen_dnsbl_whitelist_threshold?{$postscreen_dnsbl_whitelist_threshold}:{0}}',
    'The DNS list score, below 0, that lets a client skip other tests; 0: none does.',
    {min: 0},
  ),
  postscreen_dnsbl_max_ttl: time(
    '${postscreen_dnsbl_ttl?{$postscreen_dnsbl_ttl}:{1}}h',
    'How long a passed DNS list test is remembered at most, whatever the DNS says.',
    {min: 1},
  ),
  postscreen_dnsbl_min_ttl: time(
    '60s',
    'How long a passed DNS list test is remembered at least, whatever the DNS says.',
    {min: 1},
  ),
  postscreen_dnsbl_reply_map: text('', 'A table that hides secrets in DNS list names from the replies to clients.'),
  postscreen_dnsbl_sites: text('', 'The DNS lists to ask, each with the answers that count and its weight.'),
  postscreen_dnsbl_threshold: number('1', 'The DNS list score from which a client counts as listed.', {min: 1}),
  postscreen_dnsbl_timeout: time('10s', 'How long a DNS list may take to answer.', {min: 1}),
  postscreen_enforce_tls: flag(
    '$smtpd_enforce_tls',
    'Whether clients must use TLS with postscreen(8); postscreen_tls_security_level = encrypt replaces it.',
  ),
  postscreen_expansion_filter: text(
    '$smtpd_expansion_filter',
    'The characters that values put into postscreen_reject_footer may have; others become underscores.',
    {min: 1, raw: true},
  ),
  postscreen_forbidden_commands: text(
    '$smtpd_forbidden_commands',
    'The commands that count as no SMTP, in the test for them.',
  ),
  postscreen_greet_action: text(
    'ignore',
    'What is done about a client that speaks before the greeting: ignore, enforce, drop.',
    {min: 1},
  ),
  postscreen_greet_banner: text(
    '$smtpd_banner',
    'The teaser, 220-text, that tempts clients to speak too early; empty: none is sent.',
  ),
  postscreen_greet_ttl: time('1d', 'How long a passed test for early talkers is remembered.', {min: 1}),
  postscreen_greet_wait: time('${stress?{2}:{6}}s', 'How long the greeting is held back to see who speaks first.', {
    min: 1,
  }),
  postscreen_helo_required: flag(
    '$smtpd_helo_required',
    'Whether a client must send HELO or EHLO before MAIL to postscreen(8).',
  ),
  postscreen_non_smtp_command_action: text(
    'drop',
    'What is done about a client whose commands are no SMTP: ignore, enforce, drop.',
    {min: 1},
  ),
  postscreen_non_smtp_command_enable: flag('no', 'Whether clients are tested for commands that are no SMTP.'),
  postscreen_non_smtp_command_ttl: time('30d', 'How long a passed test for commands that are no SMTP is remembered.', {
    min: 1,
  }),
  postscreen_pipelining_action: text(
    'enforce',
    'What is done about a client that sends several commands at once: ignore, enforce, drop.',
    {min: 1},
  ),
  postscreen_pipelining_enable: flag('no', 'Whether clients are tested for sending several commands at once.'),
  postscreen_pipelining_ttl: time('30d', 'How long a passed test for pipelining is remembered.', {min: 1}),
  postscreen_post_queue_limit: number(
    '$default_process_limit',
    'How many accepted clients may wait for a server process.',
    {min: 5},
  ),
  postscreen_pre_queue_limit: number(
    '$default_process_limit',
    'How many clients may wait for the end of their tests.',
    {min: 10},
  ),
  postscreen_reject_footer: text(
    '$smtpd_reject_footer',
    'A text added to each 4xx and 5xx reply of postscreen(8), with names to expand.',
    {raw: true},
  ),
  postscreen_reject_footer_maps: text(
    '$smtpd_reject_footer_maps',
    'The tables with a footer for each whole 4xx or 5xx reply, before postscreen_reject_footer.',
  ),
  postscreen_tls_security_level: text(
    '$smtpd_tls_security_level',
    'Whether TLS with postscreen(8) is off (none), offered (may) or required (encrypt).',
  ),
  postscreen_upstream_proxy_protocol: text(
    '',
    "The protocol in which a proxy before postscreen(8) tells the client's address, haproxy; empty: no proxy.",
  ),
  postscreen_upstream_proxy_timeout: time('5s', 'How long postscreen(8) waits for what the proxy before it tells.', {
    min: 1,
  }),
  postscreen_use_tls: flag(
    '$smtpd_use_tls',
    'Whether postscreen(8) offers TLS; postscreen_tls_security_level = may replaces it.',
  ),
  postscreen_watchdog_timeout: time(
    '10s',
    'How long postscreen(8) may work on one event before its watchdog ends it.',
    {min: 10},
  ),
} satisfies Record<string, Parameter>;
