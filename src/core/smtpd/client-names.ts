/**
 * Who a client is (smtpd_peername_lookup): the name of its address, verified by looking up the addresses of that name.
 * A name that does not lead back is `unknown`, and the operator is told.
 */
import type {Dns, HostAnswer, HostNameAnswer} from '../net/dns.ts';
import type {Log} from '../log/log.ts';
import type {NameStatus, SmtpdClient} from './smtpd-state.ts';

type Later<T> = T | Promise<T>;
type Names = Pick<SmtpdClient, 'name' | 'nameStatus' | 'reverseName' | 'reverseNameStatus'>;

const UNKNOWN: Names = {name: 'unknown', nameStatus: 'none', reverseName: 'unknown', reverseNameStatus: 'none'};

export function lookUpClient(address: string, dns: Dns | undefined, log: Log): Later<Names> {
  if (dns === undefined) return UNKNOWN;
  const answer = dns.hostName(address);
  return answer instanceof Promise
    ? answer.then(name => verify(name, address, dns, log))
    : verify(answer, address, dns, log);
}

function verify(answer: HostNameAnswer, address: string, dns: Dns, log: Log): Later<Names> {
  if (answer.kind !== 'found') {
    const status: NameStatus = answer.kind;
    return {...UNKNOWN, nameStatus: status, reverseNameStatus: status};
  }
  const {name} = answer;
  const back = dns.hostAddresses(name, [address.includes(':') ? 6 : 4]);
  const finish = (found: HostAnswer): Names => judge(name, address, found, log);
  return back instanceof Promise ? back.then(finish) : finish(back);
}

function judge(name: string, address: string, back: HostAnswer, log: Log): Names {
  const reverse = {reverseName: name, reverseNameStatus: 'ok'} as const;
  if (back.kind === 'found' && back.addresses.includes(address)) return {...reverse, name, nameStatus: 'ok'};
  const why = back.kind === 'found' ? '' : `: ${back.text}`;
  log.warning(`hostname ${name} does not resolve to address ${address}${why}`);
  return {...reverse, name: 'unknown', nameStatus: back.kind === 'temporary' ? 'temporary' : 'none'};
}
