/** The submission server: submission_*. */
import {choice, count, flag, milliseconds, optionalText, port, size, template, text, time} from '../setting-row.ts';

export const submissionRows = {
  name: 'submission',
  needs: ['mail', 'submission-login'],
  rows: {
    verbose_proctitle: flag('no'),
    rawlog_dir: template(''),
    hostname: text('', {effect: true}),
    login_greeting: text('Dovecot (Debian) ready.', {effect: true}),
    login_trusted_networks: text(''),
    recipient_delimiter: text('+', {effect: true}),
    submission_max_mail_size: size('40 M'),
    submission_max_recipients: count('0'),
    submission_client_workarounds: text(''),
    submission_logout_format: text('in=%i out=%o'),
    submission_backend_capabilities: optionalText(),
    submission_relay_host: text(''),
    submission_relay_port: port('25'),
    submission_relay_trusted: flag('no'),
    submission_relay_user: text(''),
    submission_relay_master_user: text(''),
    submission_relay_password: text(''),
    submission_relay_ssl: choice(['no', 'smtps', 'starttls']),
    submission_relay_ssl_verify: flag('yes'),
    submission_relay_rawlog_dir: template(''),
    submission_relay_max_idle_time: time('29 mins'),
    submission_relay_connect_timeout: milliseconds('30 secs'),
    submission_relay_command_timeout: milliseconds('5 mins'),
    imap_urlauth_host: text(''),
    imap_urlauth_port: port('143'),
  },
};
