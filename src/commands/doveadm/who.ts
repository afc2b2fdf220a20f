/** `doveadm who`, `kick` and `penalty`: who is connected, ended connections, and addresses that failed to log in. */
import {BlockList, isIP, isIPv6} from 'node:net';
import {FatalError} from '../../core/base/errors.ts';
import {strftime} from '../../core/base/strftime.ts';
import {
  askAccess,
  type AccessReply,
  type AccessRequest,
  type Connected,
} from '../../core/daemon/access/access-control.ts';
import {type Call, type PlainRun, status} from './command.ts';
import {matchesWildcards} from './search-query.ts';

export const who: PlainRun = {
  async run(call) {
    const filter = readFilter(call, call.args);
    const {sessions = []} = await ask(call, {op: 'who'});
    const found = sessions.filter(session => matches(session, filter));
    if (call.options.has('1')) printEach(call, found);
    else printGroups(call, found);
    return 0;
  },
};

export const kick: PlainRun = {
  async run(call) {
    if (call.args.length === 0) return call.usage();
    const filter = readFilter(call, call.args);
    const {sessions = []} = await ask(call, {op: 'who'});
    const victims = sessions.filter(session => matches(session, filter));
    const {kicked = []} = await ask(call, {
      op: 'kick',
      sessions: victims.map(({username, address}) => ({username, address})),
    });
    if (kicked.length === 0) {
      call.stdio.stderr.write('no users kicked\n');
      return status.notFound;
    }
    call.stdio.stdout.write(`kicked connections from the following users:\n${kicked.join(' ')} \n`);
    return 0;
  },
};

export const penalty: PlainRun = {
  async run(call) {
    const {networks} = readFilter(call, call.args);
    call.printer.columns([
      {key: 'ip', title: 'IP', isWide: true},
      {key: 'penalty'},
      {key: 'last_penalty'},
      {key: 'last_update'},
    ]);
    const {penalties = []} = await ask(call, {op: 'penalty'});
    for (const {address, penalty, lastPenalty, lastUpdate} of penalties) {
      if (networks !== undefined && !isWithin(address, networks)) continue;
      const values = [address, String(penalty), time('%Y-%m-%d %H:%M:%S', lastPenalty), time('%H:%M:%S', lastUpdate)];
      for (const value of values) call.printer.value(value);
    }
    return 0;
  },
};

interface Filter {
  readonly user: string | undefined;
  readonly networks: BlockList | undefined;
}

/** A word that is an address or a network is one; any other is a mask for user names. */
function readFilter(call: Call, words: readonly string[]): Filter {
  let filter: Filter = {user: undefined, networks: undefined};
  for (const word of words) {
    const networks = networkOf(word);
    if (networks !== undefined) filter = {...filter, networks};
    else if (filter.user === undefined) filter = {...filter, user: word};
    else return call.usage();
  }
  return filter;
}

function networkOf(word: string): BlockList | undefined {
  const [address = '', bits] = word.split('/');
  const family = isIP(address);
  if (family === 0) return undefined;
  const size = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
  if (!Number.isInteger(size) || size < 0 || size > (family === 6 ? 128 : 32)) return undefined;
  const networks = new BlockList();
  networks.addSubnet(address, size, family === 6 ? 'ipv6' : 'ipv4');
  return networks;
}

function isWithin(address: string, networks: BlockList): boolean {
  return isIP(address) !== 0 && networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function matches({username, address}: Connected, {user, networks}: Filter): boolean {
  if (user !== undefined && !matchesWildcards(username, user)) return false;
  return networks === undefined || isWithin(address, networks);
}

function printEach(call: Call, sessions: readonly Connected[]): void {
  call.printer.columns([{key: 'username', isWide: true}, {key: 'proto'}, {key: 'pid'}, {key: 'ip'}]);
  for (const {username, protocol, pid, address} of sessions)
    for (const value of [username, protocol, String(pid), address]) call.printer.value(value);
}

function printGroups(call: Call, sessions: readonly Connected[]): void {
  call.printer.columns([
    {key: 'username'},
    {key: 'connections', title: '#'},
    {key: 'service', title: 'proto'},
    {key: 'pids', title: '(pids)'},
    {key: 'ips', title: '(ips)'},
  ]);
  const groups = new Map<string, Connected[]>();
  for (const session of sessions) {
    const key = `${session.username}\0${session.protocol}`;
    groups.set(key, [...(groups.get(key) ?? []), session]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const list = (values: readonly string[]): string => `(${[...new Set(values)].join(' ')})`;
    const pids = list(group.map(({pid}) => String(pid)));
    const addresses = list(group.map(({address}) => address).filter(address => address !== ''));
    for (const value of [first.username, String(group.length), first.protocol, pids, addresses])
      call.printer.value(value);
  }
}

async function ask({access}: Call, request: AccessRequest): Promise<AccessReply> {
  const base = access.settings.get('base_dir');
  const reply = await askAccess(base, request);
  if (reply === undefined) {
    const text = `net_connect_unix(${base}/anvil) failed: Connection refused`;
    throw new FatalError(text, status.temporary);
  }
  if (reply.fault !== undefined) throw new FatalError(reply.fault, status.temporary);
  return reply;
}

function time(template: string, seconds: number): string {
  return strftime(template, new Date(seconds * 1000));
}
