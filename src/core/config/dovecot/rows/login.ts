/** The processes that talk with a client before it has logged in: login_*. */
import {count, flag, milliseconds, optionalText, size, template, text, time} from '../setting-row.ts';

export const loginRows = {
  name: 'login',
  needs: [],
  rows: {
    login_trusted_networks: text(''),
    login_source_ips: text(''),
    login_greeting: template('Dovecot (Debian) ready.', {effect: true}),
    login_log_format_elements: text('user=<%u> method=%m rip=%r lip=%l mpid=%e %c session=<%{session}>', {
      effect: true,
    }),
    login_log_format: text('%$: %s', {effect: true}),
    login_access_sockets: text(''),
    login_proxy_notify_path: template('proxy-notify'),
    login_plugin_dir: text('/usr/lib/dovecot/modules/login'),
    login_plugins: text(''),
    login_proxy_timeout: milliseconds('30 secs'),
    login_proxy_max_reconnects: count('3'),
    login_proxy_max_disconnect_delay: time('0'),
    login_proxy_rawlog_dir: text(''),
    director_username_hash: text('%Lu'),
    auth_ssl_require_client_cert: flag('no', {effect: true}),
    auth_ssl_username_from_cert: flag('no', {effect: true}),
    disable_plaintext_auth: flag('yes', {effect: true}),
    auth_verbose: flag('no', {effect: true}),
    auth_debug: flag('no', {effect: true}),
    verbose_proctitle: flag('no'),
    mail_max_userip_connections: count('10', {effect: true}),
  },
};

export const imapLoginRows = {
  name: 'imap-login',
  needs: ['login'],
  rows: {
    imap_capability: text('', {effect: true}),
    imap_id_send: text('name *', {effect: true}),
    imap_id_log: text('', {effect: true}),
    imap_literal_minus: flag('no', {effect: true}),
    imap_id_retain: flag('no'),
  },
};

export const pop3LoginRows = {
  name: 'pop3-login',
  needs: ['login'],
  rows: {},
};

export const imapUrlauthLoginRows = {
  name: 'imap-urlauth-login',
  needs: ['login'],
  rows: {},
};

export const managesieveLoginRows = {
  name: 'managesieve-login',
  needs: ['login'],
  rows: {
    managesieve_implementation_string: text('Dovecot (Debian) Pigeonhole', {effect: true}),
    managesieve_sieve_capability: text('', {effect: true}),
    managesieve_notify_capability: optionalText({effect: true}),
  },
};

export const submissionLoginRows = {
  name: 'submission-login',
  needs: ['login'],
  rows: {
    hostname: text('', {effect: true}),
    submission_max_mail_size: size('0'),
    submission_client_workarounds: text(''),
    submission_backend_capabilities: optionalText(),
  },
};
