/** mynetworks as the interfaces give it for mynetworks_style = host: each address as a network of its own, IPv4 first. */
import {networkInterfaces} from 'node:os';

let answer: string | undefined;

export function hostNetworks(): string {
  return (answer ??= compute());
}

function compute(): string {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const four = addresses.filter(entry => entry.family === 'IPv4').map(({address}) => `${address}/32`);
  const six = addresses.filter(entry => entry.family === 'IPv6').map(({address}) => `[${address.split('%')[0]}]/128`);
  const all = new Set([...four.map(net => (net.startsWith('127.') ? '127.0.0.0/8' : net)), ...six]);
  return [...all].join(' ');
}
