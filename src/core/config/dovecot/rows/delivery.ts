/** Mail that arrives: lmtp_*, lda_*, and how mail is sent in answer to it. */
import {choice, count, flag, template, text, time} from '../setting-row.ts';

export const lmtpRows = {
  name: 'lmtp',
  needs: ['lda'],
  rows: {
    lmtp_proxy: flag('no'),
    lmtp_save_to_detail_mailbox: flag('no'),
    lmtp_rcpt_check_quota: flag('no'),
    lmtp_add_received_header: flag('yes'),
    lmtp_verbose_replies: flag('no'),
    lmtp_user_concurrency_limit: count('0'),
    lmtp_hdr_delivery_address: choice(['final', 'none', 'original']),
    lmtp_rawlog_dir: template(''),
    lmtp_proxy_rawlog_dir: template(''),
    lmtp_client_workarounds: text(''),
    login_greeting: template('Dovecot (Debian) ready.'),
    login_trusted_networks: text(''),
    mail_plugins: text(''),
    mail_plugin_dir: text('/usr/lib/dovecot/modules'),
  },
};

export const ldaRows = {
  name: 'lda',
  needs: ['mail', 'smtp-submit'],
  rows: {
    hostname: text(''),
    rejection_subject: text('Rejected: %s'),
    rejection_reason: text('Your message to <%t> was automatically rejected:%n%r'),
    deliver_log_format: text('msgid=%m: %$'),
    recipient_delimiter: text('+'),
    lda_original_recipient_header: text(''),
    quota_full_tempfail: flag('no'),
    lda_mailbox_autocreate: flag('no'),
    lda_mailbox_autosubscribe: flag('no'),
  },
};

export const smtpSubmitRows = {
  name: 'smtp-submit',
  needs: [],
  rows: {
    hostname: text(''),
    mail_debug: flag('no'),
    submission_host: template(''),
    sendmail_path: template('/usr/sbin/sendmail'),
    submission_timeout: time('30 secs'),
    submission_ssl: choice(['no', 'smtps', 'submissions', 'starttls']),
  },
};
