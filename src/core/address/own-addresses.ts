/**
 * The addresses that mail for this machine comes to: those of the interfaces we receive mail on, and those that others
 * forward to us (postconf(5) inet_interfaces, proxy_interfaces). Each in one spelling (net/ip-address.ts).
 */
import {networkInterfaces} from 'node:os';
import type {Config} from '../config/config.ts';
import {plainAddress} from '../net/ip-address.ts';

export function ownAddresses(config: Config): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(item => item.address));
  const own = new Set<string>();
  for (const item of [...config.list('inet_interfaces'), ...config.list('proxy_interfaces')]) {
    if (item === 'all') for (const address of all) own.add(plainAddress(address));
    else if (item === 'loopback-only') for (const address of ['127.0.0.1', '::1']) own.add(address);
    else own.add(plainAddress(item.replace(/^\[|\]$/g, '')));
  }
  return own;
}
