/** Mailboxes on other servers: imapc_*, pop3c_*. */
import {choice, count, flag, milliseconds, port, size, template, text, time} from '../setting-row.ts';

export const imapcRows = {
  name: 'imapc',
  needs: [],
  rows: {
    imapc_host: text(''),
    imapc_port: port('143'),
    imapc_user: template(''),
    imapc_master_user: template(''),
    imapc_password: text(''),
    imapc_sasl_mechanisms: text(''),
    imapc_ssl: choice(['no', 'imaps', 'starttls']),
    imapc_ssl_verify: flag('yes'),
    imapc_features: text(''),
    imapc_rawlog_dir: text(''),
    imapc_list_prefix: text(''),
    imapc_cmd_timeout: time('5 mins'),
    imapc_max_idle_time: time('29 mins'),
    imapc_connection_retry_count: count('1'),
    imapc_connection_retry_interval: milliseconds('1 secs'),
    imapc_max_line_length: size('0'),
    pop3_deleted_flag: text('', {effect: true}),
  },
};

export const pop3cRows = {
  name: 'pop3c',
  needs: [],
  rows: {
    pop3c_host: text(''),
    pop3c_port: port('110'),
    pop3c_user: template('%u'),
    pop3c_master_user: template(''),
    pop3c_password: text(''),
    pop3c_ssl: choice(['no', 'pop3s', 'starttls']),
    pop3c_ssl_verify: flag('yes'),
    pop3c_rawlog_dir: text(''),
    pop3c_quick_received_date: flag('no'),
    pop3c_features: text(''),
  },
};
