/** Mailboxes and the users they belong to: mail_*, mailbox_*, maildir_*, mbox_*, mdbox_*, namespace {}, plugin {}. */
import {alias, choice, count, dictionary, flag, path, size, template, text, time, uniqueList} from '../setting-row.ts';
import {namespace} from './sections.ts';

export const mailStorageRows = {
  name: 'mail',
  needs: ['imapc', 'maildir', 'mbox', 'mdbox', 'pop3c'],
  rows: {
    mail_location: template('', {effect: true}),
    mail: alias('mail_location'),
    mail_attachment_fs: template('sis posix'),
    mail_attachment_dir: template(''),
    mail_attachment_hash: text('%{sha1}'),
    mail_attachment_min_size: size('128 k'),
    mail_attachment_detection_options: text(''),
    mail_attribute_dict: template('', {effect: true}),
    mail_prefetch_count: count('0'),
    mail_cache_fields: text('flags'),
    mail_always_cache_fields: text(''),
    mail_never_cache_fields: text('imap.envelope'),
    mail_server_comment: text(''),
    mail_server_admin: text(''),
    mail_cache_unaccessed_field_drop: time('30 days', {hidden: true}),
    mail_cache_record_max_size: size('64 k', {hidden: true}),
    mail_cache_max_size: size('1 G', {hidden: true}),
    mail_cache_min_mail_count: count('0', {hidden: true}),
    mail_cache_purge_min_size: size('32 k', {hidden: true}),
    mail_cache_purge_delete_percentage: count('20', {hidden: true}),
    mail_cache_purge_continued_percentage: count('200', {hidden: true}),
    mail_cache_purge_header_continue_count: count('4', {hidden: true}),
    mail_index_rewrite_min_log_bytes: size('8 k', {hidden: true}),
    mail_index_rewrite_max_log_bytes: size('128 k', {hidden: true}),
    mail_index_log_rotate_min_size: size('32 k', {hidden: true}),
    mail_index_log_rotate_max_size: size('1 M', {hidden: true}),
    mail_index_log_rotate_min_age: time('5 mins', {hidden: true}),
    mail_index_log2_max_age: time('2 days', {hidden: true}),
    mailbox_idle_check_interval: time('30 secs'),
    mail_max_keyword_length: count('50', {effect: true}),
    mail_max_lock_timeout: time('0'),
    mail_temp_scan_interval: time('1 weeks'),
    mail_vsize_bg_after_count: count('0'),
    mail_sort_max_read_count: count('0'),
    mail_save_crlf: flag('no', {effect: true}),
    mail_fsync: choice(['optimized', 'never', 'always'], {effect: true}),
    mmap_disable: flag('no'),
    dotlock_use_excl: flag('yes'),
    mail_nfs_storage: flag('no'),
    mail_nfs_index: flag('no'),
    mailbox_list_index: flag('yes'),
    mailbox_list_index_very_dirty_syncs: flag('no'),
    mailbox_list_index_include_inbox: flag('no'),
    mail_debug: flag('no'),
    mail_full_filesystem_access: flag('no'),
    maildir_stat_dirs: flag('no'),
    mail_shared_explicit_inbox: flag('no'),
    lock_method: choice(['fcntl', 'flock', 'dotlock']),
    pop3_uidl_format: text('%08Xu%08Xv', {effect: true}),
    hostname: text('', {effect: true}),
    recipient_delimiter: text('+', {effect: true}),
  },
};

export const mailUserRows = {
  name: 'mail',
  needs: ['imapc', 'maildir', 'mbox', 'mdbox', 'pop3c'],
  rows: {
    base_dir: path('/run/dovecot', {effect: true}),
    auth_socket_path: text('auth-userdb'),
    mail_temp_dir: template('/tmp', {effect: true}),
    mail_uid: text('', {effect: true}),
    mail_gid: text('', {effect: true}),
    mail_home: template('', {effect: true}),
    mail_chroot: template(''),
    mail_access_groups: text(''),
    mail_privileged_group: text(''),
    valid_chroot_dirs: text(''),
    first_valid_uid: count('500', {effect: true}),
    last_valid_uid: count('0', {effect: true}),
    first_valid_gid: count('1'),
    last_valid_gid: count('0'),
    mail_plugins: text('', {effect: true}),
    mail_plugin_dir: text('/usr/lib/dovecot/modules'),
    mail_log_prefix: text('%s(%u)<%{pid}><%{session}>: '),
    hostname: text('', {effect: true}),
    postmaster_address: template('postmaster@%{if;%d;ne;;%d;%{hostname}}', {effect: true}),
    namespace: uniqueList(namespace),
    plugin: dictionary(),
  },
};

export const maildirRows = {
  name: 'maildir',
  needs: [],
  rows: {
    maildir_copy_with_hardlinks: flag('yes', {effect: true}),
    maildir_very_dirty_syncs: flag('no'),
    maildir_broken_filename_sizes: flag('no', {effect: true}),
    maildir_empty_new: flag('no', {effect: true}),
  },
};

export const mboxRows = {
  name: 'mbox',
  needs: [],
  rows: {
    mbox_read_locks: text('fcntl'),
    mbox_write_locks: text('fcntl dotlock', {effect: true}),
    mbox_lock_timeout: time('5 mins', {effect: true}),
    mbox_dotlock_change_timeout: time('2 mins', {effect: true}),
    mbox_min_index_size: size('0'),
    mbox_dirty_syncs: flag('yes'),
    mbox_very_dirty_syncs: flag('no'),
    mbox_lazy_writes: flag('yes'),
    mbox_md5: choice(['apop3d', 'all']),
  },
};

export const mdboxRows = {
  name: 'mdbox',
  needs: [],
  rows: {
    mdbox_preallocate_space: flag('no'),
    mdbox_rotate_size: size('10 M'),
    mdbox_rotate_interval: time('0'),
  },
};

export const quotaStatusRows = {
  name: 'mail',
  needs: [],
  rows: {
    recipient_delimiter: text('+', {effect: true}),
  },
};

export const fsCryptRows = {
  name: 'fs-crypt',
  needs: [],
  rows: {
    plugin: dictionary(),
  },
};
