/** The processes, their sockets and logs: what every process reads, and what only the master does. */
import {choice, count, flag, path, size, text, time, uniqueList} from '../setting-row.ts';
import {service} from './sections.ts';

export const masterServiceRows = {
  name: 'master',
  needs: [],
  rows: {
    base_dir: path('/run/dovecot'),
    state_dir: path('/var/lib/dovecot'),
    instance_name: text('dovecot'),
    log_path: text('syslog'),
    info_log_path: text(''),
    debug_log_path: text(''),
    log_timestamp: text('%b %d %H:%M:%S '),
    log_debug: text(''),
    log_core_filter: text(''),
    process_shutdown_filter: text(''),
    syslog_facility: text('mail'),
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
    base_dir: path('/run/dovecot'),
    state_dir: path('/var/lib/dovecot'),
    libexec_dir: text('/usr/lib/dovecot'),
    instance_name: text('dovecot'),
    protocols: text(''),
    listen: text('*, ::'),
    ssl: choice(['yes', 'no', 'required']),
    default_internal_user: text('dovecot'),
    default_internal_group: text('dovecot'),
    default_login_user: text('dovenull'),
    default_process_limit: count('100'),
    default_client_limit: count('1000'),
    default_idle_kill: time('1 mins'),
    default_vsz_limit: size('256 M'),
    version_ignore: flag('no'),
    first_valid_uid: count('500'),
    last_valid_uid: count('0'),
    first_valid_gid: count('1'),
    last_valid_gid: count('0'),
    service: uniqueList(service),
  },
};
