/**
 * resolv.conf(5): whom to ask, how long and how often, and the domains that short names are tried in. Words that are
 * not known, or don't make sense, are passed over, as the C library does.
 */
import {isIP} from 'node:net';

export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

export interface ResolverSettings {
  readonly servers: readonly DnsServer[];
  readonly search: readonly string[];
  /** A name with fewer dots is tried in the search domains first. */
  readonly dots: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly rotates: boolean;
  readonly usesEdns: boolean;
  readonly usesTcp: boolean;
}

const DNS_PORT = 53;
/** MAXNS and the caps of resolv.conf(5). */
const MAX_SERVERS = 3;
const MAX_DOTS = 15;
const MAX_TIMEOUT_SECONDS = 30;
const MAX_ATTEMPTS = 5;

type Changes = {-readonly [Name in keyof ResolverSettings]: ResolverSettings[Name]};

export function parseResolvConf(text: string): ResolverSettings {
  const settings = defaults();
  const servers: DnsServer[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.startsWith(';')) continue;
    const [keyword, ...words] = line.trim().split(/[ \t]+/);
    if (keyword === 'nameserver') addServer(servers, words[0] ?? '');
    if (keyword === 'search' || keyword === 'domain') settings.search = words.filter(Boolean).map(withoutDot);
    if (keyword === 'options') for (const word of words) takeOption(settings, word);
  }
  if (servers.length > 0) settings.servers = servers.slice(0, MAX_SERVERS);
  return settings;
}

/** A list such as `127.0.0.1:5353 [::1]:53 timeout:1`: servers with ports, and options as resolv.conf has them. */
export function parseServerList(words: readonly string[], base: ResolverSettings): ResolverSettings {
  const settings: Changes = {...base};
  const servers: DnsServer[] = [];
  for (const word of words) {
    const server = serverOf(word);
    if (server !== undefined) servers.push(server);
    else takeOption(settings, word);
  }
  if (servers.length > 0) settings.servers = servers;
  return settings;
}

/** Without a file: a server on this machine. */
function defaults(): Changes {
  return {
    servers: [{address: '127.0.0.1', port: DNS_PORT}],
    search: [],
    dots: 1,
    timeoutSeconds: 5,
    attempts: 2,
    rotates: false,
    usesEdns: false,
    usesTcp: false,
  };
}

function addServer(servers: DnsServer[], address: string): void {
  if (isIP(address) !== 0) servers.push({address, port: DNS_PORT});
}

function serverOf(word: string): DnsServer | undefined {
  if (isIP(word) !== 0) return {address: word, port: DNS_PORT};
  const colon = word.lastIndexOf(':');
  const address = word.slice(0, colon).replace(/^\[([^\]]*)\]$/, '$1');
  const port = Number(word.slice(colon + 1));
  if (colon < 0 || isIP(address) === 0 || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return {address, port};
}

function takeOption(settings: Changes, word: string): void {
  const [name, value = ''] = word.split(':');
  const number = /^[0-9]{1,4}$/.test(value) ? Number(value) : undefined;
  if (name === 'rotate') settings.rotates = true;
  if (name === 'edns0') settings.usesEdns = true;
  if (name === 'use-vc') settings.usesTcp = true;
  if (number === undefined) return;
  if (name === 'ndots') settings.dots = Math.min(number, MAX_DOTS);
  if (name === 'timeout') settings.timeoutSeconds = Math.min(Math.max(number, 1), MAX_TIMEOUT_SECONDS);
  if (name === 'attempts') settings.attempts = Math.min(Math.max(number, 1), MAX_ATTEMPTS);
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
