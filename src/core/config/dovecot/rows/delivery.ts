/** Mail that arrives: lmtp_*, lda_*, and how mail is sent in answer to it. */
import {choice, count, flag, template, text, time} from '../setting-row.ts';

export const lmtpRows = {
  name: 'lmtp',
  needs: ['lda'],
  rows: {
    lmtp_proxy: flag('no'),
    lmtp_save_to_detail_mailbox: flag('no', {effect: true}),
    lmtp_rcpt_check_quota: flag('no', {effect: true}),
    lmtp_add_received_header: flag('yes', {effect: true}),
    lmtp_verbose_replies: flag('no'),
    lmtp_user_concurrency_limit: count('0', {effect: true}),
    lmtp_hdr_delivery_address: choice(['final', 'none', 'original'], {effect: true}),
    lmtp_rawlog_dir: template(''),
    lmtp_proxy_rawlog_dir: template(''),
    lmtp_client_workarounds: text('', {effect: true}),
    login_greeting: template('Dovecot (Debian) ready.', {effect: true}),
    login_trusted_networks: text(''),
    mail_plugins: text('', {effect: true}),
    mail_plugin_dir: text('/usr/lib/dovecot/modules'),
  },
};

export const ldaRows = {
  name: 'lda',
  needs: ['mail', 'smtp-submit'],
  rows: {
    hostname: text('', {effect: true}),
    rejection_subject: text('Rejected: %s'),
    rejection_reason: text('Your message to <%t> was automatically rejected:%n%r'),
    deliver_log_format: text('msgid=%m: %$', {effect: true}),
    recipient_delimiter: text('+', {effect: true}),
    lda_original_recipient_header: text(''),
    quota_full_tempfail: flag('no', {effect: true}),
    lda_mailbox_autocreate: flag('no', {effect: true}),
    lda_mailbox_autosubscribe: flag('no', {effect: true}),
  },
};

export const smtpSubmitRows = {
  name: 'smtp-submit',
  needs: [],
  rows: {
    hostname: text('', {effect: true}),
    mail_debug: flag('no'),
    submission_host: template(''),
    sendmail_path: template('/usr/sbin/sendmail', {effect: true}),
    submission_timeout: time('30 secs'),
    submission_ssl: choice(['no', 'smtps', 'submissions', 'starttls']),
  },
};
