/**
 * Which transport, next hop and recipient an address gets (trivial-rewrite(8) resolve). Address classes:
 * ADDRESS_CLASS_README.
 */
import type {Recorder} from '../log/decisions.ts';

export type AddressClass = 'local' | 'virtual-alias' | 'virtual-mailbox' | 'relay' | 'default';

export interface Resolution {
  readonly addressClass: AddressClass;
  readonly transport: string;
  readonly nexthop: string;
  /** The recipient in internal form, after rewriting (source route, percent hack, `@` completed). */
  readonly recipient: string;
  /**
   * Why there is no ordinary answer. `transport` and `nexthop` are then already what the queue manager makes of it:
   * `error` with `5.1.3 bad address syntax`, or `retry` with `4.3.0 address resolver failure`.
   */
  readonly problem?: 'syntax' | 'failure' | undefined;
  /** The local part still holds `@`, `!` or `%` before the last domain: a relay must not be talked into it. */
  readonly isRouted?: boolean | undefined;
}

/** What the queue manager, smtpd and explain are handed. A value when no asynchronous table was asked. */
export interface AddressResolver {
  resolve(recipient: string, sender: string, recorder?: Recorder): Resolution | Promise<Resolution>;
}
