/**
 * Which transport, next hop and recipient an address gets (trivial-rewrite(8) resolve). Address classes:
 * ADDRESS_CLASS_README.
 */
export type AddressClass = 'local' | 'virtual-alias' | 'virtual-mailbox' | 'relay' | 'default';

export interface Resolution {
  readonly addressClass: AddressClass;
  readonly transport: string;
  readonly nexthop: string;
  /** The recipient in internal form, after rewriting (source route, percent hack, `@` completed). */
  readonly recipient: string;
  /** `error:` transports: the text the nexthop carries; set for unknown or malformed addresses too. */
}
