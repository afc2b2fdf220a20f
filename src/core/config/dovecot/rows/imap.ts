/** IMAP after the login: imap_*. */
import {choice, flag, optionalText, path, port, size, template, text, time} from '../setting-row.ts';

export const imapRows = {
  name: 'imap',
  needs: ['mail', 'smtp-submit'],
  rows: {
    verbose_proctitle: flag('no'),
    rawlog_dir: template(''),
    imap_max_line_length: size('64 k', {effect: true}),
    imap_idle_notify_interval: time('2 mins', {effect: true}),
    imap_capability: text('', {effect: true}),
    imap_client_workarounds: text('', {effect: true}),
    imap_logout_format: text(
      'in=%i out=%o deleted=%{deleted} expunged=%{expunged} trashed=%{trashed} hdr_count=%{fetch_hdr_count} hdr_bytes=%{fetch_hdr_bytes} body_count=%{fetch_body_count} body_bytes=%{fetch_body_bytes}',
      {effect: true},
    ),
    imap_id_send: text('name *', {effect: true}),
    imap_id_log: text('', {effect: true}),
    imap_fetch_failure: choice(['disconnect-immediately', 'disconnect-after', 'no-after'], {effect: true}),
    imap_metadata: flag('no', {effect: true}),
    imap_literal_minus: flag('no', {effect: true}),
    imap_hibernate_timeout: time('0'),
    imap_urlauth_host: text(''),
    imap_urlauth_port: port('143'),
  },
};

export const imapUrlauthRows = {
  name: 'imap-urlauth',
  needs: [],
  rows: {
    base_dir: path('/run/dovecot', {effect: true}),
    mail_debug: flag('no'),
    verbose_proctitle: flag('no'),
    imap_urlauth_logout_format: text('in=%i out=%o'),
    imap_urlauth_submit_user: optionalText(),
    imap_urlauth_stream_user: optionalText(),
  },
};

export const imapUrlauthWorkerRows = {
  name: 'imap-urlauth-worker',
  needs: ['mail'],
  rows: {
    verbose_proctitle: flag('no'),
    imap_urlauth_host: text(''),
    imap_urlauth_port: port('143'),
  },
};
