/** Dovecot's extra field allow_nets: addresses and networks by commas; `local` stands for clients without an address. */
import {addressBytes, Network} from '../../table/network.ts';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** What can't be read as a network matches nobody. */
export function isAllowedFrom(nets: string, clientAddress: string): boolean {
  const client = addressBytes(MAPPED.exec(clientAddress)?.[1] ?? clientAddress);
  return nets.split(',').some(net => {
    if (net === 'local') return client === undefined;
    return client !== undefined && networkOf(net)?.has(client) === true;
  });
}

/** Bits behind the mask don't count. */
function networkOf(net: string): Network | undefined {
  const [address = '', bits] = net.trim().split('/');
  const bytes = addressBytes(address.replace(/^\[(.*)\]$/, '$1'));
  if (bytes === undefined) return undefined;
  const length = bits === undefined ? bytes.length * 8 : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  return length < 0 || length > bytes.length * 8 ? undefined : new Network(bytes, length);
}
