/**
 * Gets the text of a domain's MTA-STS policy (RFC 8461 section 3.3): `https://mta-sts.D/.well-known/mta-sts.txt`, from a
 * server with a certificate of a public authority. No redirection, no other content type, no more than 64 KB and no
 * more than a minute. Undefined: it can't be had.
 */
import type {IncomingMessage} from 'node:http';
import type {LookupFunction} from 'node:net';
import type {Dns} from '../../net/dns.ts';

export interface StsFetchOptions {
  readonly dns: Dns;
  readonly families: readonly (4 | 6)[];
  /** 443; a test has another. */
  readonly port?: number | undefined;
  /** Authorities besides those that Node knows, in PEM. */
  readonly authorities?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The policy's text for a domain whose syntax has been checked. */
export type StsFetch = (domain: string) => Promise<string | undefined>;

/** RFC 8461 section 3.3. */
const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 60_000;

export function stsFetch(options: StsFetchOptions): StsFetch {
  return async domain => {
    const {request} = await import('node:https');
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    return new Promise(resolve => {
      const got = request(
        {
          host: `mta-sts.${domain}`,
          port: options.port ?? 443,
          path: '/.well-known/mta-sts.txt',
          agent: false,
          lookup: lookupBy(options),
          signal: AbortSignal.timeout(timeoutMs),
          ...(options.authorities === undefined ? {} : {ca: options.authorities}),
        },
        response => void readText(response).then(resolve, () => resolve(undefined)),
      );
      got.on('error', () => resolve(undefined));
      got.end();
    });
  };
}

async function readText(response: IncomingMessage): Promise<string | undefined> {
  const type = response.headers['content-type'] ?? '';
  if (response.statusCode !== 200 || !/^text\/plain *(?:;|$)/i.test(type)) {
    response.destroy();
    return undefined;
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BYTES) return undefined; // leaving the loop ends the connection
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('latin1');
}

/** By our own resolver, so that the servers that are set hold for this too. */
function lookupBy({dns, families}: StsFetchOptions): LookupFunction {
  return (host, {all}, done) => {
    void Promise.resolve(dns.hostAddresses(host, families)).then(answer => {
      const addresses = answer.kind === 'found' ? answer.addresses : [];
      const entries = addresses.map(address => ({address, family: address.includes(':') ? 6 : 4}));
      const [first] = entries;
      if (first === undefined) done(new Error(`no address of ${host}`), '', 4);
      else if (all === true) done(null, entries);
      else done(null, first.address, first.family);
    });
  };
}
