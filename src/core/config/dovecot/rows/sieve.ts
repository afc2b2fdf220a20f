/** ManageSieve after the login: managesieve_*. */
import {count, flag, size, template, text} from '../setting-row.ts';

export const managesieveRows = {
  name: 'managesieve',
  needs: ['mail'],
  rows: {
    mail_debug: flag('no'),
    verbose_proctitle: flag('no'),
    rawlog_dir: template(''),
    managesieve_max_line_length: size('64 k', {effect: true}),
    managesieve_implementation_string: text('Dovecot (Debian) Pigeonhole', {effect: true}),
    managesieve_client_workarounds: text(''),
    managesieve_logout_format: text('bytes=%i/%o', {effect: true}),
    managesieve_max_compile_errors: count('5'),
  },
};
