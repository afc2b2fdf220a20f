/** POP3 after the login: pop3_*. */
import {choice, flag, template, text} from '../setting-row.ts';

export const pop3Rows = {
  name: 'pop3',
  needs: ['mail'],
  rows: {
    verbose_proctitle: flag('no'),
    rawlog_dir: template(''),
    pop3_no_flag_updates: flag('no', {effect: true}),
    pop3_enable_last: flag('no', {effect: true}),
    pop3_reuse_xuidl: flag('no', {effect: true}),
    pop3_save_uidl: flag('no', {effect: true}),
    pop3_lock_session: flag('no'),
    pop3_fast_size_lookups: flag('no'),
    pop3_client_workarounds: text('', {effect: true}),
    pop3_logout_format: text('top=%t/%p, retr=%r/%b, del=%d/%m, size=%s', {effect: true}),
    pop3_uidl_duplicates: choice(['allow', 'rename'], {effect: true}),
    pop3_deleted_flag: text('', {effect: true}),
    pop3_delete_type: choice(['default', 'expunge', 'flag'], {effect: true}),
  },
};
