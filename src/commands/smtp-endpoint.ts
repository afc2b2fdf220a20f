/**
 * Where smtp-source connects to and smtp-sink listens: `[inet:]host:port`, `[host]:port`, `unix:path`. Port numbers wrap at
 * 65536 as the C library's do. Throws FatalError in the originals' words when there is no such place.
 */
import {lookup} from 'node:dns/promises';
import {isIP} from 'node:net';
import {FatalError, systemCode} from '../core/base/errors.ts';
import {tcpPorts} from '../core/net/tcp-ports.ts';

export type Endpoint =
  | {readonly kind: 'unix'; readonly path: string}
  /** `host` is empty for any address. */
  | {readonly kind: 'inet'; readonly host: string; readonly port: number; readonly text: string};

export type Family = 0 | 4 | 6;

/** What stands in for a part that is left out; undefined where it may not be. */
interface Defaults {
  readonly host?: string;
  readonly service?: string;
}

export function readEndpoint(text: string, defaults: Defaults): Endpoint {
  if (text.startsWith('unix:')) return {kind: 'unix', path: text.slice('unix:'.length)};
  const place = text.startsWith('inet:') ? text.slice('inet:'.length) : text;
  const {host, service} = splitPlace(place, defaults);
  return {kind: 'inet', host, port: portOf(service, place), text: place};
}

function splitPlace(place: string, defaults: Defaults): {host: string; service: string} {
  const fault = (reason: string): FatalError => new FatalError(`${place}: ${reason}`);
  let host: string;
  let service: string;
  if (place.startsWith('[')) {
    const end = place.indexOf(']');
    if (end < 0) throw fault('missing "]"');
    const rest = place.slice(end + 1);
    if (rest !== '' && !rest.startsWith(':')) throw fault('garbage after "]"');
    [host, service] = [place.slice(1, end), rest.slice(1)];
  } else {
    const colon = place.lastIndexOf(':');
    if (colon >= 0) [host, service] = [place.slice(0, colon), place.slice(colon + 1)];
    else [host, service] = defaults.host === undefined ? [place, ''] : ['', place];
  }
  if (host === '' && defaults.host === undefined) throw fault('missing host information');
  if (service === '' && defaults.service === undefined) throw fault('missing service information');
  service ||= defaults.service ?? '';
  if (/^\d/.test(service) && !/^\d+$/.test(service)) throw fault('garbage after numerical service');
  return {host, service};
}

const MAX_PORTS = 0x1_0000;

function portOf(service: string, place: string): number {
  if (/^\d+$/.test(service)) return Number(service) % MAX_PORTS;
  const port = servicePort(service);
  if (port === undefined) throw new FatalError(`${place}: Servname not supported for ai_socktype`);
  return port;
}

/** As the originals have them where services(5) does not. */
const servicePort = tcpPorts('lmtp=24, smtp=25, smtps=submissions=465, submission=587');

/** The addresses of an endpoint's host, those of the family only; at least one. */
export async function addressesOf(endpoint: Endpoint & {kind: 'inet'}, family: Family): Promise<readonly string[]> {
  const {host, text} = endpoint;
  const literal = isIP(host);
  if (literal !== 0 && family !== 0 && literal !== family)
    throw new FatalError(`${text}: Address family for hostname not supported`);
  if (literal !== 0) return [host];
  try {
    return (await lookup(host, {all: true, family})).map(({address}) => address);
  } catch (fault) {
    throw new FatalError(`${text}: ${LOOKUP_WORDS.get(systemCode(fault) ?? '') ?? 'Name or service not known'}`);
  }
}

/** gai_strerror(3). */
const LOOKUP_WORDS: ReadonlyMap<string, string> = new Map([
  ['EAI_AGAIN', 'Temporary failure in name resolution'],
  ['EAI_FAIL', 'Non-recoverable failure in name resolution'],
  ['EAI_MEMORY', 'Memory allocation failure'],
]);
