/** The items of the environment test (RFC 5183, RFC 6785) and of Pigeonhole's `${env.NAME}`, by name. */
import type {RunEnvironment} from './environment.ts';

type Item = (environment: RunEnvironment) => string | undefined;

const ITEMS: ReadonlyMap<string, Item> = new Map<string, Item>([
  ['domain', ({domain}) => domain],
  ['host', ({hostName}) => hostName],
  ['location', ({location}) => location],
  ['phase', ({phase}) => phase],
  ['name', () => 'Pigeonhole Sieve'],
  ['version', () => '0.5.19'], // of the Pigeonhole whose name goes with it
]);

/** Pigeonhole's own, once its extension is required. */
const OWN_ITEMS: typeof ITEMS = new Map<string, Item>([
  ['vnd.dovecot.default-mailbox', ({defaultMailbox}) => defaultMailbox],
  ['vnd.dovecot.username', ({user}) => user],
]);

export function environmentItem(environment: RunEnvironment, name: string): string | undefined {
  const own = ITEMS.get(name) ?? OWN_ITEMS.get(name); // seen: upper case is another name
  if (own !== undefined) return own(environment);
  const config = 'vnd.dovecot.config.';
  if (name.startsWith(config)) return environment.setting(`sieve_env_${name.slice(config.length)}`);
  return environment.imap?.get(name);
}
