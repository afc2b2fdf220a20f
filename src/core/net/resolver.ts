import type {Config} from '../config/config.ts';
import type {Dns, DnsAnswer, HostAnswer, HostNameAnswer} from './dns.ts';
/** Stand-in until the resolver is joined. */
export class SystemDns implements Dns {
  constructor(_config: Config) {}
  query(): Promise<DnsAnswer> {
    return Promise.resolve({kind: 'temporary', text: 'Host not found, try again'});
  }
  hostAddresses(name: string): HostAnswer {
    return name === 'localhost'
      ? {kind: 'found', addresses: ['127.0.0.1', '::1']}
      : {kind: 'none', text: 'Host not found'};
  }
  hostName(address: string): HostNameAnswer {
    return address === '127.0.0.1' ? {kind: 'found', name: 'localhost'} : {kind: 'none', text: 'Host not found'};
  }
}
