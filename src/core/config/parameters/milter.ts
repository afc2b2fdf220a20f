/** The parameters of the mail filter protocol (Milter). */
import {text, time, type Parameter} from '../parameter.ts';

export const milter = {
  milter_command_timeout: time('30s', '', {min: 1}),
  milter_connect_macros: text('j {daemon_name} {daemon_addr} v _', ''),
  milter_connect_timeout: time('30s', '', {min: 1}),
  milter_content_timeout: time('300s', '', {min: 1}),
  milter_data_macros: text('i', ''),
  milter_default_action: text('tempfail', '', {min: 1}),
  milter_end_of_data_macros: text('i', ''),
  milter_end_of_header_macros: text('i', ''),
  milter_header_checks: text('', ''),
  milter_helo_macros: text('{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}', ''),
  milter_macro_daemon_name: text('$myhostname', '', {min: 1}),
  milter_macro_defaults: text('', ''),
  milter_macro_v: text('$mail_name $mail_version', '', {min: 1}),
  milter_mail_macros: text('i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}', ''),
  milter_protocol: text('6', '', {min: 1}),
  milter_rcpt_macros: text('i {rcpt_addr} {rcpt_host} {rcpt_mailer}', ''),
  milter_unknown_command_macros: text('', ''),
} satisfies Record<string, Parameter>;
