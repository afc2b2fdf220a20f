/** The routes of address verification probes (verify(8)): settings that stand in place of those for mail. */
import type {Config} from '../config/config.ts';
import type {ParameterName} from '../config/parameters.ts';

const ROUTES = [
  ['relayhost', 'address_verify_relayhost'],
  ['transport_maps', 'address_verify_transport_maps'],
  ['local_transport', 'address_verify_local_transport'],
  ['virtual_transport', 'address_verify_virtual_transport'],
  ['relay_transport', 'address_verify_relay_transport'],
  ['default_transport', 'address_verify_default_transport'],
  ['sender_dependent_relayhost_maps', 'address_verify_sender_dependent_relayhost_maps'],
  ['sender_dependent_default_transport_maps', 'address_verify_sender_dependent_default_transport_maps'],
] as const satisfies readonly (readonly [ParameterName, ParameterName])[];

/** What to override, as `name -> value`; undefined when probes go where mail goes. */
export function probeRoutes(config: Config): ReadonlyMap<string, string> | undefined {
  const routes = new Map<string, string>();
  for (const [mail, probe] of ROUTES) {
    const value = config.get(probe);
    if (value !== config.get(mail)) routes.set(mail, value.replaceAll('$', '$$$$')); // expanded already
  }
  return routes.size === 0 ? undefined : routes;
}
