/** The right-hand side of a transport table, `[transport]:[nexthop]` (transport(5) RESULT FORMAT). */
export interface Route {
  readonly transport: string;
  readonly nexthop: string;
}

/** What an entry makes of a route; `domain` is the recipient's. `:` changes nothing. */
export function applyTransportEntry(entry: string, domain: string, route: Route): Route {
  const colon = entry.indexOf(':');
  const transport = colon < 0 ? entry : entry.slice(0, colon);
  const nexthop = colon < 0 ? '' : entry.slice(colon + 1);
  if (transport === '') return nexthop === '' ? route : {transport: route.transport, nexthop};
  return {transport, nexthop: nexthop === '' ? defaultNexthop(transport, domain) : nexthop};
}

/** The next hop of error and retry is the reason they give. */
function defaultNexthop(transport: string, domain: string): string {
  return transport === 'error' || transport === 'retry' ? 'Address is undeliverable' : domain;
}
