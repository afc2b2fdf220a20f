/**
 * For whom a part of dovecot.conf is: `local NET {`, `local_name NAME {`, `remote NET {`, `protocol NAME {`, and their
 * nestings. A filter matches a connection when each of its conditions does.
 */

export interface Network {
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  readonly bits: number;
  /** The address as it is printed. */
  readonly address: string;
}

export interface Filter {
  readonly protocol?: string | undefined;
  readonly localName?: string | undefined;
  readonly local?: Network | undefined;
  readonly remote?: Network | undefined;
}

/** Whether a filter is for everything that `asked` describes. */
export function filterMatches(filter: Filter, asked: Filter): boolean {
  if (filter.protocol !== undefined && !protocolMatches(filter.protocol, asked.protocol)) return false;
  if (filter.localName !== undefined && !nameMatches(filter.localName, asked.localName)) return false;
  if (filter.local !== undefined && !contains(filter.local, asked.local)) return false;
  return filter.remote === undefined || contains(filter.remote, asked.remote);
}

/** Whether a filter could be for what `asked` describes: what it doesn't say excludes nothing. */
export function filterConcerns(filter: Filter, asked: Filter): boolean {
  return filterMatches(
    {
      protocol: asked.protocol === undefined ? undefined : filter.protocol,
      localName: asked.localName === undefined ? undefined : filter.localName,
      local: asked.local === undefined ? undefined : filter.local,
      remote: asked.remote === undefined ? undefined : filter.remote,
    },
    asked,
  );
}

export function filtersEqual(a: Filter, b: Filter): boolean {
  return (
    a.protocol === b.protocol &&
    a.localName === b.localName &&
    networksEqual(a.local, b.local) &&
    networksEqual(a.remote, b.remote)
  );
}

/** Negative when `a` is the more general one. What is equally general keeps its order. */
export function compareFilters(a: Filter, b: Filter): number {
  return (
    Number(a.localName !== undefined) - Number(b.localName !== undefined) ||
    bitsOf(a.local) - bitsOf(b.local) ||
    bitsOf(a.remote) - bitsOf(b.remote) ||
    Number(a.protocol !== undefined) - Number(b.protocol !== undefined)
  );
}

/** Whether `inner` lies within `outer`. */
export function contains(outer: Network, inner: Network | undefined): boolean {
  if (inner === undefined || inner.bytes.length !== outer.bytes.length || inner.bits < outer.bits) return false;
  for (let bit = 0; bit < outer.bits; bit++) if (bitAt(outer.bytes, bit) !== bitAt(inner.bytes, bit)) return false;
  return true;
}

function bitAt(bytes: Uint8Array, bit: number): number {
  return ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
}

function bitsOf(network: Network | undefined): number {
  return network === undefined ? 0 : network.bits;
}

function networksEqual(a: Network | undefined, b: Network | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.bits === b.bits && Buffer.from(a.bytes).equals(b.bytes);
}

function protocolMatches(wanted: string, protocol: string | undefined): boolean {
  if (protocol === undefined) return false;
  return wanted.startsWith('!') ? wanted.slice(1) !== protocol : wanted === protocol;
}

/** `*.example.com` stands for one label more; several names may be listed. */
function nameMatches(patterns: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  const labels = name.toLowerCase().split('.');
  return patterns
    .toLowerCase()
    .split(' ')
    .some(pattern => labelsMatch(pattern.split('.'), labels));
}

function labelsMatch(pattern: readonly string[], labels: readonly string[]): boolean {
  return pattern.length === labels.length && pattern.every((part, i) => part === '*' || part === labels[i]);
}
