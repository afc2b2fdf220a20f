/** Where the services of dovecot.conf listen: their inet and unix listeners, for the protocols that are on. */
import type {InetListenerRecord, ServiceRecord, FileListenerRecord} from '../../config/dovecot/records.ts';
import type {MailAccess} from './mail-access.ts';

interface Common {
  /** `imap-login`, `lmtp`. */
  readonly service: string;
  /** `imap`, `pop3`, `lmtp`, `sieve`. */
  readonly protocol: string;
  readonly isTls: boolean;
  readonly hasProxyHeader: boolean;
}

export type AccessAddress = Common &
  (
    | {readonly kind: 'inet'; readonly host: string | undefined; readonly port: number}
    | {readonly kind: 'unix'; readonly path: string; readonly mode: number}
  );

/** The services that clients come to, by protocol. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['imap-login', 'imap'],
  ['pop3-login', 'pop3'],
  ['managesieve-login', 'sieve'],
  ['lmtp', 'lmtp'],
]);

export function accessAddresses(access: MailAccess): AccessAddress[] {
  const wanted = access.protocols();
  const {settings} = access;
  const everywhere = settings
    .get('listen')
    .split(/[ ,]+/)
    .filter(word => word !== '');
  const hasTls = settings.get('ssl') !== 'no';
  return settings.services.flatMap(service => {
    const name = service.name;
    if (name === 'auth') return authAddresses(service, settings.get('base_dir'));
    const protocol = SERVICES.get(name);
    if (protocol === undefined || !wanted.includes(protocol)) return [];
    const inet = service.inet_listener
      .filter(one => one.port !== 0 && (hasTls || !one.ssl))
      .flatMap(one => inetAddresses(name, protocol, one, everywhere));
    return [...inet, ...unixAddresses(name, protocol, service, settings.get('base_dir'))];
  });
}

function inetAddresses(
  service: string,
  protocol: string,
  listener: InetListenerRecord,
  everywhere: readonly string[],
): AccessAddress[] {
  const own = listener.address.split(/[ ,]+/).filter(word => word !== '');
  const hosts = own.length > 0 ? own : everywhere;
  const common = {service, protocol, isTls: listener.ssl, hasProxyHeader: listener.haproxy};
  const port = listener.port;
  // A socket on `::` takes IPv4 as well.
  const list =
    hosts.includes('*') && hosts.includes('::')
      ? ['::', ...hosts.filter(host => host !== '*' && host !== '::')]
      : hosts;
  return list.map(host => ({
    kind: 'inet',
    host: host === '*' ? '0.0.0.0' : host.replace(/^\[|\]$/g, ''),
    port,
    ...common,
  }));
}

/** `auth-userdb`, `auth-master`, and any other for clients of the login protocol (a real Postfix's `private/auth`). */
function authAddresses(service: ServiceRecord, base: string): AccessAddress[] {
  return service.unix_listener
    .filter(({path, mode}) => mode !== 0 && !path.startsWith('login/') && !path.startsWith('token-login/'))
    .map(({path, mode}) => {
      const last = path.slice(path.lastIndexOf('/') + 1);
      const protocol = ['auth-userdb', 'auth-master'].includes(last) ? last : 'auth-client';
      const whole = path.startsWith('/') ? path : `${base}/${path}`;
      return {kind: 'unix', path: whole, mode, service: 'auth', protocol, isTls: false, hasProxyHeader: false};
    });
}

/** Only LMTP's clients come by a socket; those of the login services are Dovecot's own processes. */
function unixAddresses(name: string, protocol: string, service: ServiceRecord, base: string): AccessAddress[] {
  if (protocol !== 'lmtp') return [];
  const isWanted = (one: FileListenerRecord): boolean => one.mode !== 0;
  return service.unix_listener.filter(isWanted).map(one => {
    const path = one.path;
    const mode = one.mode;
    return {
      kind: 'unix',
      path: path.startsWith('/') ? path : `${base}/${path}`,
      mode,
      service: name,
      protocol,
      isTls: false,
      hasProxyHeader: false,
    };
  });
}

export function addressName(address: AccessAddress): string {
  return address.kind === 'unix' ? address.path : `${address.host ?? '*'}:${address.port}`;
}
