/**
 * What the engine asks the DNS, and how it is answered. `net/resolver.ts` asks the servers of resolv.conf (or those that
 * are set) over UDP and TCP; tests hand in a `Dns` of their own. Names are byte strings without the final dot.
 *
 * Never throws: an answer says what kind of no it is, since mail is returned for one kind and waits for the other.
 */
export type DnsType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR' | 'NS' | 'SOA' | 'TLSA' | 'SRV' | 'CNAME';

export interface DnsRecord {
  readonly name: string;
  readonly type: DnsType;
  /** Seconds. */
  readonly ttl: number;
  /** The address, host name or text; of TLSA the hexadecimal digits. */
  readonly value: string;
  /** MX and SRV preference; 0 otherwise. */
  readonly preference: number;
  /** SRV. */
  readonly port?: number | undefined;
  /** TLSA: usage, selector, matching type (RFC 6698 section 2.1). */
  readonly tlsa?: {readonly usage: number; readonly selector: number; readonly matching: number} | undefined;
}

/** `text` is the resolver's reason, in the words of hstrerror(3): `Host not found`, `Host not found, try again`. */
export type DnsAnswer =
  | {
      readonly kind: 'found';
      /** Of the type asked for, after aliases were followed. */
      readonly records: readonly DnsRecord[];
      /** The resolver vouches for it (AD bit), asked for with `wantsSecure`. */
      readonly isSecure: boolean;
      /** Where CNAMEs led. */
      readonly canonicalName: string;
    }
  /** The name does not exist. */
  | {readonly kind: 'no-name'; readonly text: string; readonly isSecure: boolean}
  /** It exists, without records of that type. */
  | {readonly kind: 'no-record'; readonly text: string; readonly isSecure: boolean}
  /** No server answered, or SERVFAIL. */
  | {readonly kind: 'temporary'; readonly text: string}
  /** REFUSED, NOTIMP, FORMERR or an answer that makes no sense. */
  | {readonly kind: 'failure'; readonly text: string};

export interface DnsQueryOptions {
  /** Asks for DNSSEC: sets AD and DO, and reports the answer's AD bit. */
  readonly wantsSecure?: boolean | undefined;
  /** Short names are completed: `default` with the first search domain, `parents` as resolv.conf says. */
  readonly searches?: 'default' | 'parents' | undefined;
}

/** Addresses of a host, as getaddrinfo(3) gives them: /etc/hosts first, then the DNS. */
export type HostAnswer =
  | {readonly kind: 'found'; readonly addresses: readonly string[]}
  | {readonly kind: 'none' | 'temporary'; readonly text: string};

export interface Dns {
  query(name: string, type: DnsType, options?: DnsQueryOptions): Promise<DnsAnswer>;
  /** A and AAAA records of a host; a value at once when /etc/hosts knows it. */
  hostAddresses(name: string, families: readonly (4 | 6)[]): HostAnswer | Promise<HostAnswer>;
  /** The name of an address (getnameinfo(3)); a value at once when /etc/hosts knows it. */
  hostName(address: string): HostNameAnswer | Promise<HostNameAnswer>;
}

export type HostNameAnswer =
  {readonly kind: 'found'; readonly name: string} | {readonly kind: 'none' | 'temporary'; readonly text: string};
