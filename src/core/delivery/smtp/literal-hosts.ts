/** Next hops that are addresses. */
import {isIP} from 'node:net';
import type {HostSearch, InetDestination} from './host-search.ts';

export function literalHosts(destination: InetDestination): Promise<HostSearch> {
  const {host, port} = destination;
  const family = isIP(host);
  if (family !== 4 && family !== 6) {
    const text = `Host or domain name not found. Name service error for name=${host} type=A: Host not found, try again`;
    return Promise.resolve({kind: 'failed', outcome: {kind: 'deferred', status: '4.4.3', text}, isLoop: false});
  }
  const found = {name: host, canonicalName: host, address: host, family, port, preference: 0, isSecure: false} as const;
  return Promise.resolve({kind: 'hosts', hosts: [found], isFromMx: false, isMxSecure: false, isBackup: false});
}
