/** What `protocol imap {` and its like mean inside of the filter around: a narrower one, or an error. */
import {contains, type Filter, type Network} from './filter.ts';
import {parseNetwork} from './network.ts';
import {ValueFault} from './setting-text.ts';

/** Undefined when the section is no filter. Throws `ValueFault` in the original's words. */
export function nestFilter(outer: Filter, key: string, name: string): Filter | undefined {
  switch (key) {
    case 'protocol':
      if (outer.protocol !== undefined) throw new ValueFault('Nested protocol { protocol { .. } } block not allowed');
      return {...outer, protocol: name};
    case 'local':
      refuse(outer.remote !== undefined, 'remote', 'local');
      refuse(outer.protocol !== undefined, 'protocol', 'local');
      refuse(outer.localName !== undefined, 'local_name', 'local');
      return {...outer, local: within('local', outer.local, name)};
    case 'local_name':
      refuse(outer.remote !== undefined, 'remote', 'local_name');
      refuse(outer.protocol !== undefined, 'protocol', 'local_name');
      return {...outer, localName: name};
    case 'remote':
      refuse(outer.protocol !== undefined, 'protocol', 'remote');
      return {...outer, remote: within('remote', outer.remote, name)};
    default:
      return undefined;
  }
}

function refuse(isWrong: boolean, outer: string, inner: string): void {
  if (isWrong)
    throw new ValueFault(`${outer} { ${inner} { .. } } not allowed (use ${inner} { ${outer} { .. } } instead)`);
}

function within(kind: string, outer: Network | undefined, name: string): Network {
  const network = parseNetwork(name);
  if (outer !== undefined && !contains(outer, network))
    throw new ValueFault(`${kind} net1 { ${kind} net2 { .. } } requires net2 to be inside net1`);
  return network;
}
