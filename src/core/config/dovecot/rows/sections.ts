/** What may stand in the sections that come more than once: passdb {}, namespace {}, service {} and theirs. */
import {
  alias,
  choice,
  count,
  flag,
  milliseconds,
  octal,
  optionalTemplate,
  port,
  size,
  template,
  text,
  time,
  uniqueList,
} from '../setting-row.ts';

const mailbox = {
  nameKey: 'name',
  rows: {
    name: text(''),
    auto: choice(['no', 'create', 'subscribe']),
    special_use: text(''),
    driver: text(''),
    comment: text(''),
    autoexpunge: time('0'),
    autoexpunge_max_mails: count('0'),
  },
};

export const namespace = {
  nameKey: 'name',
  rows: {
    name: text(''),
    type: choice(['private', 'shared', 'public']),
    separator: text(''),
    prefix: template(''),
    location: template(''),
    mail: alias('location'),
    mail_location: alias('location'),
    alias_for: optionalTemplate(),
    inbox: flag('no'),
    hidden: flag('no'),
    list: choice(['yes', 'no', 'children']),
    subscriptions: flag('yes'),
    ignore_on_failure: flag('no'),
    disabled: flag('no'),
    order: count('0'),
    mailbox: uniqueList(mailbox),
  },
};

export const passdb = {
  nameKey: 'name',
  rows: {
    name: text(''),
    driver: text(''),
    args: text(''),
    default_fields: text(''),
    override_fields: text(''),
    mechanisms: text(''),
    username_filter: text(''),
    skip: choice(['never', 'authenticated', 'unauthenticated']),
    result_success: choice(['return-ok', 'return', 'return-fail', 'continue', 'continue-ok', 'continue-fail']),
    result_failure: choice(['continue', 'return', 'return-ok', 'return-fail', 'continue-ok', 'continue-fail']),
    result_internalfail: choice(['continue', 'return', 'return-ok', 'return-fail', 'continue-ok', 'continue-fail']),
    deny: flag('no'),
    pass: flag('no'),
    master: flag('no'),
    auth_verbose: choice(['default', 'yes', 'no']),
  },
};

export const userdb = {
  nameKey: 'name',
  rows: {
    name: text(''),
    driver: text(''),
    args: text(''),
    default_fields: text(''),
    override_fields: text(''),
    skip: choice(['never', 'found', 'notfound']),
    result_success: choice(['return-ok', 'return', 'return-fail', 'continue', 'continue-ok', 'continue-fail']),
    result_failure: choice(['continue', 'return', 'return-ok', 'return-fail', 'continue-ok', 'continue-fail']),
    result_internalfail: choice(['continue', 'return', 'return-ok', 'return-fail', 'continue-ok', 'continue-fail']),
    auth_verbose: choice(['default', 'yes', 'no']),
  },
};

export const metric = {
  nameKey: 'metric_name',
  rows: {
    metric_name: text(''),
    fields: text(''),
    group_by: text(''),
    filter: text(''),
    exporter: text(''),
    exporter_include: text('name hostname timestamps categories fields'),
    description: text(''),
  },
};

export const eventExporter = {
  nameKey: 'name',
  rows: {
    name: text(''),
    transport: text(''),
    transport_args: text(''),
    transport_timeout: milliseconds('250 ms'),
    format: text(''),
    format_args: text(''),
  },
};

export const unixListener = {
  nameKey: 'path',
  rows: {
    path: text(''),
    mode: octal('0600'),
    user: text(''),
    group: text(''),
  },
};

export const fifoListener = {
  nameKey: 'path',
  rows: {
    path: text(''),
    mode: octal('0600'),
    user: text(''),
    group: text(''),
  },
};

export const inetListener = {
  nameKey: 'name',
  rows: {
    name: text(''),
    address: text(''),
    port: port('0'),
    ssl: flag('no'),
    reuse_port: flag('no'),
    haproxy: flag('no'),
  },
};

export const service = {
  nameKey: 'name',
  rows: {
    name: text(''),
    protocol: text(''),
    type: text(''),
    executable: text(''),
    user: text(''),
    group: text(''),
    privileged_group: text(''),
    extra_groups: text(''),
    chroot: text(''),
    drop_priv_before_exec: flag('no'),
    process_min_avail: count('0'),
    process_limit: count('0'),
    client_limit: count('0'),
    service_count: count('0'),
    idle_kill: time('0'),
    vsz_limit: size('18446744073709551615 B'),
    unix_listener: uniqueList(unixListener),
    fifo_listener: uniqueList(fifoListener),
    inet_listener: uniqueList(inetListener),
  },
};
