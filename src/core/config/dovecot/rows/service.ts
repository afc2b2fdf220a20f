/** The processes, their sockets and logs: what every process reads, and what only the master does. */
import {choice, count, flag, path, size, text, time, uniqueList} from '../setting-row.ts';
import {service} from './sections.ts';

export const masterServiceRows = {
  name: 'master',
  needs: [],
  rows: {
    base_dir: path('/run/dovecot', {effect: true}),
    state_dir: path('/var/lib/dovecot'),
    instance_name: text('dovecot', {effect: true}),
    log_path: text('syslog', {effect: true}),
    info_log_path: text('', {effect: true}),
    debug_log_path: text('', {effect: true}),
    log_timestamp: text('%b %d %H:%M:%S ', {effect: true}),
    log_debug: text(''),
    log_core_filter: text(''),
    process_shutdown_filter: text(''),
    syslog_facility: text('mail', {effect: true}),
    import_environment: text('TZ CORE_OUTOFMEM CORE_ERROR LISTEN_PID LISTEN_FDS NOTIFY_SOCKET'),
    stats_writer_socket_path: text('stats-writer'),
    config_cache_size: size('1 M'),
    version_ignore: flag('no'),
    shutdown_clients: flag('yes'),
    verbose_proctitle: flag('no'),
    haproxy_trusted_networks: text(''),
    haproxy_timeout: time('3 secs'),
  },
};

export const masterRows = {
  name: 'master',
  needs: [],
  rows: {
    base_dir: path('/run/dovecot', {effect: true}),
    state_dir: path('/var/lib/dovecot'),
    libexec_dir: text('/usr/lib/dovecot'),
    instance_name: text('dovecot', {effect: true}),
    protocols: text('', {effect: true}),
    listen: text('*, ::', {effect: true}),
    ssl: choice(['yes', 'no', 'required'], {effect: true}),
    default_internal_user: text('dovecot'),
    default_internal_group: text('dovecot'),
    default_login_user: text('dovenull'),
    default_process_limit: count('100', {effect: true}),
    default_client_limit: count('1000'),
    default_idle_kill: time('1 mins'),
    default_vsz_limit: size('256 M'),
    version_ignore: flag('no'),
    first_valid_uid: count('500', {effect: true}),
    last_valid_uid: count('0', {effect: true}),
    first_valid_gid: count('1'),
    last_valid_gid: count('0'),
    service: uniqueList(service),
  },
};
