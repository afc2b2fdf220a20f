/**
 * Commands of the original that this version does not have: dbox, replication, director, dictionaries, statistics. The help lists them, so that it
 * equals the original's, and each says clearly that it is not there, with status 69 (sysexits(3) EX_UNAVAILABLE).
 */
import type {PlainRun} from './command.ts';

/** Name and arguments, as the help prints them. */
export const ABSENT: readonly (readonly [name: string, usage: string])[] = [
  ['altmove', '[-u <user>|-A] [-S <socket_path>] [-r] <search query>'],
  [
    'backup',
    '[-fPRU] [-l <secs>] [-r <rawlog path>] [-m <mailbox>] [-g <mailbox guid>] [-n <namespace> | -N] [-x <exclude>] [-a <all mailbox>] [-s <state>] [-T <secs>] [-t <start date>] [-e <end date>] [-O <sync flag>] [-I <max size>] -d|<dest>',
  ],
  ['dict get', '[-u <user>] <dict uri> <key>'],
  ['dict inc', '[-u <user>] <dict uri> <key> <diff>'],
  ['dict iter', '[-u <user>] [-1RV] <dict uri> <prefix>'],
  ['dict set', '[-u <user>] <dict uri> <key> <value>'],
  ['dict unset', '[-u <user>] <dict uri> <key>'],
  ['director add', '[-a <director socket path>] [-t <tag>] <host> [<vhost count>]'],
  ['director down', '[-a <director socket path>] <host>'],
  ['director dump', '[-a <director socket path>]'],
  ['director flush', '[-a <director socket path>] [-F] [--max-parallel <n>] <host>|all'],
  ['director kick', '[-a <director socket path>] [-f <passdb field>] <user>'],
  ['director map', '[-a <director socket path>] [-f <users file>] [-h | -u] [<host>]'],
  ['director move', '[-a <director socket path>] <user> <host>'],
  ['director remove', '[-a <director socket path>] <host>'],
  ['director ring add', '[-a <director socket path>]'],
  ['director ring remove', '[-a <director socket path>]'],
  ['director ring status', '[-a <director socket path>]'],
  ['director status', '[-a <director socket path>] [<user>] [<tag>]'],
  ['director up', '[-a <director socket path>] <host>'],
  ['director update', '[-a <director socket path>] <host> <vhost count>'],
  ['dsync-server', '[-E] [-r <rawlog path>] [-T <timeout secs>] [-U]'],
  ['dump', '[-t <type>] <path> [<type-specific args>]'],
  ['fs copy', '<fs-driver> <fs-args> <source path> <dest path>'],
  ['fs delete', '[-R] [-n <count>] <fs-driver> <fs-args> <path> [<path> ...]'],
  ['fs get', '<fs-driver> <fs-args> <path>'],
  ['fs iter', '[--no-cache] [--object-ids] <fs-driver> <fs-args> <path>'],
  ['fs iter-dirs', '<fs-driver> <fs-args> <path>'],
  ['fs metadata', '<fs-driver> <fs-args> <path>'],
  ['fs put', '[-h <hash>] <fs-driver> <fs-args> <input path> <path>'],
  ['fs stat', '<fs-driver> <fs-args> <path>'],
  [
    'mailbox cache decision',
    '[-u <user>|-A] [-S <socket_path>] [--all] [--fields <fields>] [--last-used <timestamp>] [--decision <decision>] <mailbox> [...]',
  ],
  ['mailbox cache purge', '[-u <user>|-A] [-S <socket_path>] <mailbox> [...]'],
  ['mailbox cache remove', '[-u <user>|-A] [-S <socket_path>] <search string>'],
  [
    'mailbox update',
    '[-u <user>|-A] [-S <socket_path>] [--mailbox-guid guid] [--uid-validity uid] [--min-next-uid uid] [--min-first-recent-uid uid] [--min-highest-modseq seq] [--min-highest-pvt-modseq seq] <mailbox>',
  ],
  ['oldstats dump', '[-s <stats socket path>] <type> [<filter>]'],
  ['oldstats reset', '[-s <stats socket path>]'],
  ['oldstats top', '[-s <stats socket path>] [-b] [<sort field>]'],
  ['proxy kick', '[-a <ipc socket path>] [-f <passdb field>] [-h <host> [...] | <user> [...]]'],
  ['proxy list', '[-a <ipc socket path>]'],
  ['rebuild attachments', '[-u <user>|-A] [-S <socket_path>] <search query>'],
  ['replicator add', '[-a <replicator socket path>] <user mask>'],
  ['replicator dsync-status', '[-a <replicator socket path>]'],
  ['replicator remove', '[-a <replicator socket path>] <username>'],
  ['replicator replicate', '[-a <replicator socket path>] [-f] [-p <priority>] <user mask>'],
  ['replicator status', '[-a <replicator socket path>] [<user mask>]'],
  ['sis deduplicate', '<root dir> <queue dir>'],
  ['sis find', '<root dir> <hash>'],
  [
    'stats add',
    '[--description <string>] [--exporter <name> [--exporter-include <fields>]] [--fields <fields>] [--group-by <fields>] <name> <filter>',
  ],
  ['stats dump', '[-s <stats socket path>] [-r] [-f <fields>]'],
  ['stats remove', '<name>'],
  [
    'sync',
    '[-1fPRU] [-l <secs>] [-r <rawlog path>] [-m <mailbox>] [-g <mailbox guid>] [-n <namespace> | -N] [-x <exclude>] [-a <all mailbox>] [-s <state>] [-T <secs>] [-t <start date>] [-e <end date>] [-O <sync flag>] [-I <max size>] -d|<dest>',
  ],
  ['zlibconnect', '<host> [<port>]'],
];

export function absent(name: string): PlainRun {
  return {
    run(call) {
      call.stdio.stderr.write(`doveadm: Fatal: ${name} is not part of this version\n`);
      return UNAVAILABLE;
    },
  };
}

const UNAVAILABLE = 69;
