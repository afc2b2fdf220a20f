/**
 * Where an inet service of master.cf listens (master(5)): `port`, `name`, `host:port`, `[ipv6]:port`; without a host, on
 * the addresses of inet_interfaces. Service names are services(5)'s. Throws `ConfigError` for what is no address.
 */
import {isIP} from 'node:net';
import {ConfigError} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import {tcpPorts} from './tcp-ports.ts';

export interface ListenAddress {
  /** undefined: all addresses. */
  readonly host: string | undefined;
  readonly port: number;
}

export function listenAddresses(name: string, config: Config): ListenAddress[] {
  const [, bracketed, plain, service = name] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]+)$/.exec(name) ?? [];
  const port = portOf(service, config);
  if (port === undefined) throw new ConfigError(`unknown service: ${service}/tcp`);
  const host = bracketed ?? plain ?? '';
  const hosts = host === '' ? interfaces(config) : [host];
  return hosts.map(one => ({host: one === undefined || one === '*' ? undefined : hostAddress(one), port}));
}

function interfaces(config: Config): (string | undefined)[] {
  const protocols = config.list('inet_protocols');
  const hasAll = protocols.includes('all') || (protocols.includes('ipv4') && protocols.includes('ipv6'));
  const wants = (family: number): boolean => hasAll || protocols.includes(family === 6 ? 'ipv6' : 'ipv4');
  const found = config.list('inet_interfaces').flatMap(item => {
    if (item === 'all') return hasAll ? [undefined] : [wants(6) ? '::' : '0.0.0.0'];
    if (item === 'loopback-only') return ['127.0.0.1', '::1'];
    return [item.replace(/^\[|\]$/g, '')];
  });
  return [...new Set(found)].filter(host => host === undefined || isIP(host) === 0 || wants(isIP(host)));
}

function hostAddress(host: string): string {
  if (isIP(host) !== 0) return host;
  if (host === 'localhost') return '127.0.0.1';
  return host; // looked up when it is listened on
}

/** A number, or a name of known_tcp_ports and services(5). */
export function portOf(service: string, config: Config): number | undefined {
  if (/^\d{1,5}$/.test(service)) return Number(service) <= MAX_PORT ? Number(service) : undefined;
  const port = tcpPorts(config.get('known_tcp_ports'))(service);
  return typeof port === 'number' ? port : undefined;
}

const MAX_PORT = 65_535;
