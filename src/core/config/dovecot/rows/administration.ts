/** doveadm, dictionaries, statistics, replication and directors. */
import {
  alias,
  choice,
  count,
  dictionary,
  flag,
  path,
  port,
  size,
  template,
  text,
  time,
  uniqueList,
} from '../setting-row.ts';
import {eventExporter, metric} from './sections.ts';

export const doveadmRows = {
  name: 'doveadm',
  needs: ['mail'],
  rows: {
    base_dir: path('/run/dovecot', {effect: true}),
    libexec_dir: text('/usr/lib/dovecot'),
    mail_plugins: text('', {effect: true}),
    mail_plugin_dir: text('/usr/lib/dovecot/modules'),
    mail_temp_dir: template('/tmp', {effect: true}),
    auth_debug: flag('no', {effect: true}),
    auth_socket_path: text('auth-userdb'),
    doveadm_socket_path: text('doveadm-server'),
    doveadm_worker_count: count('0'),
    doveadm_port: port('0'),
    doveadm_proxy_port: alias('doveadm_port'),
    doveadm_ssl: choice(['no', 'ssl', 'starttls']),
    doveadm_username: text('doveadm'),
    doveadm_password: text(''),
    doveadm_allowed_commands: text(''),
    dsync_alt_char: text('_'),
    dsync_remote_cmd: text('ssh -l%{login} %{host} doveadm dsync-server -u%u -U'),
    director_username_hash: text('%Lu'),
    doveadm_api_key: text(''),
    dsync_features: text(''),
    dsync_commit_msgs_interval: count('100'),
    doveadm_http_rawlog_dir: text(''),
    dsync_hashed_headers: text('Date Message-ID'),
    plugin: dictionary(),
  },
};

export const dictRows = {
  name: 'dict',
  needs: [],
  rows: {
    base_dir: path('/run/dovecot', {effect: true}),
    verbose_proctitle: flag('no'),
    dict_db_config: text(''),
    dict: dictionary(),
  },
};

export const statsRows = {
  name: 'stats',
  needs: [],
  rows: {
    stats_http_rawlog_dir: text(''),
    metric: uniqueList(metric),
    event_exporter: uniqueList(eventExporter),
  },
};

export const oldStatsRows = {
  name: 'stats',
  needs: [],
  rows: {
    old_stats_memory_limit: size('16 M'),
    old_stats_command_min_time: time('1 mins'),
    old_stats_session_min_time: time('15 mins'),
    old_stats_user_min_time: time('1 hours'),
    old_stats_domain_min_time: time('12 hours'),
    old_stats_ip_min_time: time('12 hours'),
    old_stats_carbon_server: text(''),
    old_stats_carbon_interval: time('30 secs'),
    old_stats_carbon_name: text(''),
  },
};

export const directorRows = {
  name: 'director',
  needs: [],
  rows: {
    master_user_separator: text(''),
    director_servers: text(''),
    director_mail_servers: text(''),
    director_username_hash: text('%Lu'),
    director_flush_socket: text(''),
    director_ping_idle_timeout: time('30 secs'),
    director_ping_max_timeout: time('1 mins'),
    director_user_expire: time('15 mins'),
    director_user_kick_delay: time('2 secs'),
    director_max_parallel_moves: count('100'),
    director_max_parallel_kicks: count('100'),
    director_output_buffer_size: size('10 M'),
  },
};

export const replicatorRows = {
  name: 'replicator',
  needs: [],
  rows: {
    auth_socket_path: text('auth-userdb'),
    doveadm_socket_path: text('doveadm-server'),
    replication_dsync_parameters: text('-d -N -l 30 -U'),
    replication_full_sync_interval: time('1 days'),
    replication_max_conns: count('10'),
  },
};

export const aggregatorRows = {
  name: 'aggregator',
  needs: [],
  rows: {
    replicator_host: text('replicator'),
    replicator_port: port('0'),
  },
};
