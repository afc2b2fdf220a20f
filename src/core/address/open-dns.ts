/** The resolver of a configuration: the servers of posthorn_dns_servers, else those of resolv.conf. */
import type {Config} from '../config/config.ts';
import type {Dns} from '../net/dns.ts';
import {Resolver} from '../net/resolver.ts';
import {isValidHostname} from './host-syntax.ts';

export function openDns(config: Config, warn: (text: string) => void): Dns {
  return new Resolver({servers: config.list('posthorn_dns_servers'), isValidName: isValidHostname, warn});
}
