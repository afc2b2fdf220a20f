/** The parameters of Posthorn that Postfix has not: shown by name and by `postconf -C posthorn`, never among the others. */
import {flag, number, text, type Parameter} from '../parameter.ts';

export const posthorn = {
  posthorn_adaptive_rate_delay: flag(
    'yes',
    'Whether a destination that answers 421 or 4.7.x gets one delivery at a time, with a pause that grows from 1 to 60 s and shrinks with success.',
    {effect: true},
  ),
  posthorn_backoff_jitter: number(
    '5',
    'By how many percent the pause before the next try is longer or shorter by chance, within minimal_backoff_time and maximal_backoff_time.',
    {min: 0, max: 50, effect: true},
  ),
  posthorn_dns_servers: text(
    '',
    'The DNS servers, as address:port, and options as in resolv.conf(5); empty: those of resolv.conf.',
    {effect: true},
  ),
  posthorn_json_log_file: text('', 'A file that gets the log as JSON lines, besides the log itself.', {effect: true}),
  posthorn_log_format: text('maillog', 'The form of the log: maillog or json.', {effect: true}),
  posthorn_sendmail_delivers: flag(
    'yes',
    'Whether sendmail(1) delivers its message itself when no mail system runs; not in the system-wide instance.',
    {effect: true},
  ),
  posthorn_single_process: flag('no', 'Whether the queue is worked in the master process itself.', {effect: true}),
  posthorn_smtp_chunking: flag(
    'no',
    'Whether the SMTP client sends content with BDAT to servers that announce CHUNKING (RFC 3030); smtp_discard_ehlo_keywords may name some that shall not get it.',
    {effect: true},
  ),
  posthorn_smtp_mta_sts: flag(
    'no',
    'Whether the SMTP client keeps to the MTA-STS policies of the domains it sends to (RFC 8461), unless smtp_tls_policy_maps or DANE say more.',
    {effect: true},
  ),
} satisfies Record<string, Parameter>;
