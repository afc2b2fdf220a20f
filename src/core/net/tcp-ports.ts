/**
 * The numbers of TCP services by name: those that postconf(5) known_tcp_ports lists, then those of /etc/services, which
 * is followed. A row of the list may give a number several names: `smtps=submissions=465`.
 */
import {FollowedText} from './followed-text.ts';

export type PortOf = (service: string) => number | undefined;

export function tcpPorts(known: string, servicesFile = '/etc/services'): PortOf {
  const listed = parseKnownPorts(known);
  let services: FollowedText<ReadonlyMap<string, number>> | undefined;
  return service => {
    const port = listed.get(service);
    if (port !== undefined) return port;
    services ??= new FollowedText(servicesFile, parseServices);
    return services.current.get(service);
  };
}

function parseKnownPorts(list: string): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const row of list.split(/[\s,]+/)) {
    const names = row.split('=');
    const port = portNumber(names.pop() ?? '');
    if (port !== undefined) for (const name of names) ports.set(name, port);
  }
  return ports;
}

/** services(5): `name port/protocol aliases... # comment`; the first entry of a name counts. */
function parseServices(text: string): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const line of text.split('\n')) {
    const hash = line.indexOf('#');
    const [name = '', service = '', ...aliases] = (hash < 0 ? line : line.slice(0, hash)).trim().split(/\s+/);
    const [digits = '', protocol] = service.split('/');
    const port = protocol === 'tcp' ? portNumber(digits) : undefined;
    if (port === undefined) continue;
    for (const alias of [name, ...aliases]) if (!ports.has(alias)) ports.set(alias, port);
  }
  return ports;
}

function portNumber(digits: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(digits) ? Number(digits) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}
