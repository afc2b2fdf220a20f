/**
 * The services that are there before dovecot.conf says anything, in the order of `doveconf -S`: what differs from a
 * service that is merely named. Seen: Dovecot 2.3.19 with imapd, pop3d, lmtpd, managesieved and submissiond.
 */
type Settings = Readonly<Record<string, string>>;
type Listeners = Readonly<Record<string, Settings>>;

export interface DefaultService {
  readonly name: string;
  readonly settings: Settings;
  readonly unix_listener?: Listeners;
  readonly fifo_listener?: Listeners;
  readonly inet_listener?: Listeners;
}

export const defaultServices: readonly DefaultService[] = [
  {
    name: 'managesieve-login',
    settings: {
      protocol: 'sieve',
      type: 'login',
      executable: 'managesieve-login',
      user: '$default_login_user',
      chroot: 'login',
      service_count: '1',
    },
    inet_listener: {sieve: {port: '4190'}},
  },
  {
    name: 'managesieve',
    settings: {protocol: 'sieve', executable: 'managesieve', client_limit: '1', service_count: '1'},
    unix_listener: {'login/sieve': {mode: '0666'}},
  },
  {name: 'tcpwrap', settings: {executable: 'tcpwrap', user: '$default_internal_user', client_limit: '1'}},
  {
    name: 'health-check',
    settings: {
      executable: 'script -p health-check.sh',
      user: '$default_internal_user',
      drop_priv_before_exec: 'yes',
      client_limit: '1',
    },
  },
  {
    name: 'submission',
    settings: {
      protocol: 'submission',
      executable: 'submission',
      extra_groups: '$default_internal_group',
      process_limit: '1024',
      client_limit: '1',
      service_count: '1',
    },
    unix_listener: {'login/submission': {mode: '0666'}},
  },
  {
    name: 'submission-login',
    settings: {
      protocol: 'submission',
      type: 'login',
      executable: 'submission-login',
      user: '$default_login_user',
      chroot: 'login',
      service_count: '1',
    },
    inet_listener: {submission: {port: '587'}},
  },
  {
    name: 'stats',
    settings: {executable: 'stats', user: '$default_internal_user', process_limit: '1', idle_kill: '4294967295 secs'},
    unix_listener: {
      'stats-reader': {},
      'stats-writer': {mode: '0660', group: '$default_internal_group'},
      'login/stats-writer': {user: '$default_login_user'},
    },
  },
  {
    name: 'replicator',
    settings: {executable: 'replicator', process_limit: '1', idle_kill: '4294967295 secs'},
    unix_listener: {
      replicator: {user: '$default_internal_user'},
      'replicator-doveadm': {mode: '00', user: '$default_internal_user'},
    },
  },
  {
    name: 'aggregator',
    settings: {executable: 'aggregator', user: '$default_internal_user', chroot: '.'},
    unix_listener: {'replication-notify': {}},
    fifo_listener: {'replication-notify-fifo': {}},
  },
  {
    name: 'pop3',
    settings: {
      protocol: 'pop3',
      executable: 'pop3',
      extra_groups: '$default_internal_group',
      process_limit: '1024',
      client_limit: '1',
      service_count: '1',
    },
    unix_listener: {'login/pop3': {mode: '0666'}},
  },
  {
    name: 'pop3-login',
    settings: {
      protocol: 'pop3',
      type: 'login',
      executable: 'pop3-login',
      user: '$default_login_user',
      chroot: 'login',
      service_count: '1',
    },
    inet_listener: {pop3: {port: '110'}, pop3s: {port: '995', ssl: 'yes'}},
  },
  {
    name: 'old-stats',
    settings: {
      executable: 'old-stats',
      user: '$default_internal_user',
      chroot: 'empty',
      process_limit: '1',
      idle_kill: '4294967295 secs',
    },
    unix_listener: {'old-stats': {}},
    fifo_listener: {'old-stats-mail': {}, 'old-stats-user': {}},
  },
  {
    name: 'log',
    settings: {type: 'log', executable: 'log', process_limit: '1', idle_kill: '4294967295 secs'},
    unix_listener: {'log-errors': {}},
  },
  {
    name: 'lmtp',
    settings: {protocol: 'lmtp', executable: 'lmtp', extra_groups: '$default_internal_group', client_limit: '1'},
    unix_listener: {lmtp: {mode: '0666'}},
  },
  {
    name: 'ipc',
    settings: {executable: 'ipc', user: '$default_internal_user', chroot: 'empty', process_limit: '1'},
    unix_listener: {ipc: {user: '$default_internal_user'}, 'login/ipc-proxy': {user: '$default_login_user'}},
  },
  {
    name: 'indexer-worker',
    settings: {
      type: 'worker',
      executable: 'indexer-worker',
      extra_groups: '$default_internal_group',
      process_limit: '10',
      client_limit: '1',
    },
    unix_listener: {'indexer-worker': {user: '$default_internal_user'}},
  },
  {
    name: 'indexer',
    settings: {executable: 'indexer', user: '$default_internal_user', process_limit: '1'},
    unix_listener: {indexer: {mode: '0666'}},
  },
  {
    name: 'imap',
    settings: {
      protocol: 'imap',
      executable: 'imap',
      extra_groups: '$default_internal_group',
      process_limit: '1024',
      client_limit: '1',
      service_count: '1',
    },
    unix_listener: {'login/imap': {mode: '0666'}, 'imap-master': {}},
  },
  {
    name: 'imap-urlauth-worker',
    settings: {
      protocol: 'imap',
      executable: 'imap-urlauth-worker',
      extra_groups: '$default_internal_group',
      process_limit: '1024',
      client_limit: '1',
      service_count: '1',
    },
    unix_listener: {'imap-urlauth-worker': {user: '$default_internal_user'}},
  },
  {
    name: 'imap-urlauth',
    settings: {
      protocol: 'imap',
      executable: 'imap-urlauth',
      user: '$default_internal_user',
      process_limit: '1024',
      client_limit: '1',
      service_count: '1',
    },
    unix_listener: {'token-login/imap-urlauth': {mode: '0666'}},
  },
  {
    name: 'imap-urlauth-login',
    settings: {
      protocol: 'imap',
      type: 'login',
      executable: 'imap-urlauth-login',
      user: '$default_login_user',
      chroot: 'token-login',
      service_count: '1',
    },
    unix_listener: {'imap-urlauth': {mode: '0666'}},
  },
  {
    name: 'imap-login',
    settings: {
      protocol: 'imap',
      type: 'login',
      executable: 'imap-login',
      user: '$default_login_user',
      chroot: 'login',
      service_count: '1',
    },
    inet_listener: {imap: {port: '143'}, imaps: {port: '993', ssl: 'yes'}},
  },
  {
    name: 'imap-hibernate',
    settings: {protocol: 'imap', executable: 'imap-hibernate', user: '$default_internal_user'},
    unix_listener: {'imap-hibernate': {mode: '0660', group: '$default_internal_group'}},
  },
  {
    name: 'doveadm',
    settings: {
      executable: 'doveadm-server',
      extra_groups: '$default_internal_group',
      client_limit: '1',
      service_count: '1',
    },
    unix_listener: {'doveadm-server': {}},
  },
  {
    name: 'dns-client',
    settings: {executable: 'dns-client', user: '$default_internal_user', client_limit: '1'},
    unix_listener: {'dns-client': {mode: '0666'}, 'login/dns-client': {mode: '0666'}},
  },
  {
    name: 'director',
    settings: {
      executable: 'director',
      user: '$default_internal_user',
      chroot: '.',
      process_limit: '1',
      idle_kill: '4294967295 secs',
    },
    unix_listener: {'login/director': {mode: '00'}, 'director-admin': {}},
    fifo_listener: {'login/proxy-notify': {mode: '00'}},
  },
  {
    name: 'dict',
    settings: {executable: 'dict', user: '$default_internal_user', client_limit: '1'},
    unix_listener: {dict: {mode: '0660', group: '$default_internal_group'}},
  },
  {
    name: 'dict-async',
    settings: {executable: 'dict', user: '$default_internal_user'},
    unix_listener: {'dict-async': {mode: '0660', group: '$default_internal_group'}},
  },
  {
    name: 'config',
    settings: {type: 'config', executable: 'config', idle_kill: '4294967295 secs'},
    unix_listener: {config: {}},
  },
  {
    name: 'auth',
    settings: {executable: 'auth', user: '$default_internal_user', process_limit: '1'},
    unix_listener: {
      'login/login': {mode: '0666'},
      'token-login/tokenlogin': {mode: '0666'},
      'auth-login': {user: '$default_internal_user'},
      'auth-client': {user: '$default_internal_user'},
      'auth-userdb': {mode: '0666', user: '$default_internal_user'},
      'auth-master': {},
    },
  },
  {
    name: 'auth-worker',
    settings: {type: 'worker', executable: 'auth -w', client_limit: '1'},
    unix_listener: {'auth-worker': {user: '$default_internal_user'}},
  },
  {
    name: 'anvil',
    settings: {
      type: 'anvil',
      executable: 'anvil',
      user: '$default_internal_user',
      chroot: 'empty',
      process_min_avail: '1',
      process_limit: '1',
      idle_kill: '4294967295 secs',
    },
    unix_listener: {anvil: {}, 'anvil-auth-penalty': {}},
  },
];
