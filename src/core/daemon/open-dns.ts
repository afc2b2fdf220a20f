/** The resolver of a mail system: the servers of resolv.conf, or those that posthorn_dns_servers names. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {Dns} from '../net/dns.ts';
import {Resolver} from '../net/resolver.ts';

export function openDns(config: Config, log: Log): Dns {
  return new Resolver({
    servers: config.list('posthorn_dns_servers'),
    warn: text => log.warning(text),
  });
}
