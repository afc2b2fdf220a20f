/**
 * Splits a next hop of the SMTP and LMTP clients into its hosts, and reads each: `example.net`, `host:587`,
 * `[mx.example.net]:submission`, `[IPv6:2001:db8::1]`, `unix:path`, `inet:host:24` (smtp(8), lmtp(8)).
 */
import {isIP, isIPv6} from 'node:net';
import {isValidHostname} from '../../address/host-syntax.ts';
import type {PortOf} from '../../net/tcp-ports.ts';
import type {Destination} from './host-search.ts';

export interface DestinationRules {
  readonly protocol: 'smtp' | 'lmtp';
  /** smtp_tcp_port or lmtp_tcp_port. */
  readonly defaultService: string;
  /** Numbers of services by name (net/tcp-ports.ts). */
  readonly portOf: PortOf;
}

/** The hosts of a next hop, separated by commas or blanks; a `unix:` next hop is one whole. */
export function splitNexthop(nexthop: string, rules: DestinationRules): Destination[] {
  if (rules.protocol === 'lmtp' && nexthop.startsWith('unix:'))
    return [{kind: 'unix', text: nexthop, path: nexthop.slice(5)}];
  const list = rules.protocol === 'lmtp' && nexthop.startsWith('inet:') ? nexthop.slice(5) : nexthop;
  return list
    .split(/[,\s]/)
    .filter(Boolean)
    .map(host => parseDestination(host, rules));
}

function parseDestination(text: string, rules: DestinationRules): Destination {
  const parts = hostAndService(text);
  if (typeof parts === 'string') return {kind: 'bad', fatal: `${parts} in server description: ${text}`};
  const host = withoutPrefix(parts.host);
  if (isIP(host) === 0 && !isValidHostname(host))
    return {kind: 'bad', fatal: `valid hostname or network address required in server description: ${text}`};
  const port = readPort(parts.service === '' ? rules.defaultService : parts.service, rules);
  if (typeof port === 'number') return {kind: 'inet', text, host, port, isBracketed: text.startsWith('[')};
  return {kind: 'bad', fatal: port === 'bad' ? `bad network port: ${parts.service} for destination: ${text}` : port};
}

/** host_port: what is wrong with it, as a text, or its two halves. */
function hostAndService(text: string): {host: string; service: string} | string {
  if (!text.startsWith('[')) {
    const colon = text.indexOf(':');
    return colon < 0 ? {host: text, service: ''} : {host: text.slice(0, colon), service: text.slice(colon + 1)};
  }
  const end = text.indexOf(']');
  if (end < 0) return 'missing "]"';
  const rest = text.slice(end + 1);
  if (rest !== '' && !rest.startsWith(':')) return 'garbage after "]"';
  return {host: text.slice(1, end), service: rest.slice(1)};
}

/** A text that says so for a service nobody knows. */
function readPort(service: string, {portOf}: DestinationRules): number | 'bad' | `unknown service: ${string}/tcp` {
  if (!/^[0-9]+$/.test(service)) return portOf(service) ?? `unknown service: ${service}/tcp`;
  const port = Number(service);
  return port > 0 && port < 65_536 ? port : 'bad';
}

function withoutPrefix(host: string): string {
  return /^ipv6:/i.test(host) && isIPv6(host.slice(5)) ? host.slice(5) : host;
}
