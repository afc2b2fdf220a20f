/** The parameters of the mail filter protocol (Milter). */
import {text, time, type Parameter} from '../parameter.ts';

export const milter = {
  milter_command_timeout: time('30s', 'How long a mail filter may take to answer an SMTP command.', {min: 1}),
  milter_connect_macros: text(
    'j {daemon_name} {daemon_addr} v _',
    'The macros sent to mail filters when a client has connected.',
  ),
  milter_connect_timeout: time('30s', 'How long to wait for a mail filter to connect and to agree on options.', {
    min: 1,
  }),
  milter_content_timeout: time('300s', 'How long a mail filter may take to answer the headers and the body.', {min: 1}),
  milter_data_macros: text('i', 'The macros sent to mail filters with DATA.'),
  milter_default_action: text(
    'tempfail',
    'What is done when a mail filter fails: accept, reject, tempfail, quarantine, shutdown.',
    {min: 1},
  ),
  milter_end_of_data_macros: text('i', 'The macros sent to mail filters at the end of the message.'),
  milter_end_of_header_macros: text('i', 'The macros sent to mail filters at the end of the headers.'),
  milter_header_checks: text('', 'The tables with patterns that headers added by mail filters are looked up in.'),
  milter_helo_macros: text(
    '{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}',
    'The macros sent to mail filters with HELO or EHLO.',
  ),
  milter_macro_daemon_name: text('$myhostname', 'The value of the macro {daemon_name}.', {min: 1}),
  milter_macro_defaults: text('', 'The values, as name=value, of macros that would otherwise have none.'),
  milter_macro_v: text(
    '$mail_name $mail_version',
    'The value of the macro {v}, the name and version of the mail system.',
    {min: 1},
  ),
  milter_mail_macros: text(
    'i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}',
    'The macros sent to mail filters with MAIL FROM.',
  ),
  milter_protocol: text('6', 'The version of the mail filter protocol, and options for it.', {min: 1}),
  milter_rcpt_macros: text('i {rcpt_addr} {rcpt_host} {rcpt_mailer}', 'The macros sent to mail filters with RCPT TO.'),
  milter_unknown_command_macros: text('', 'The macros sent to mail filters with an unknown command.'),
} satisfies Record<string, Parameter>;
