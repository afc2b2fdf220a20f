/**
 * What the SMTP client asks before it connects, and how it is answered: `find-hosts.ts` turns one destination
 * (`destination.ts` has split the next hop) into the addresses to try, in order, or into what becomes of the mail.
 *
 * The caller walks the destinations of a next hop, then those of smtp_fallback_relay; it counts addresses and sessions
 * against `addressLimit` and `sessionLimit` over all of them, and softens what is left by `softenFailure`.
 */
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import type {Outcome} from '../../queue/agent.ts';
import type {StsPolicy} from './sts-policy.ts';

/** One of the hosts of a next hop, parsed: `example.net`, `[mx.example.net]:587`, `inet:host:24`. */
export interface InetDestination {
  readonly kind: 'inet';
  /** As written, without `inet:`: `[mx.example.net]:587`; what TLS policies and SASL passwords are looked up by. */
  readonly text: string;
  /** Without brackets, `IPv6:` and port. */
  readonly host: string;
  readonly port: number;
  /** In brackets: its addresses count, not its mail exchangers. */
  readonly isBracketed: boolean;
}
/** LMTP: `unix:path`; a relative path is below the queue directory. */
export interface UnixDestination {
  readonly kind: 'unix';
  readonly text: string;
  readonly path: string;
}
/** The original's client ends with these words (`fatal: ...`), and the queue manager defers. */
export interface BadDestination {
  readonly kind: 'bad';
  readonly fatal: string;
}
export type Destination = InetDestination | UnixDestination | BadDestination;

/** An address to connect to. */
export interface MailHost {
  /** The mail exchanger's name, or the destination's own; an address when that was a literal. Log: `name[address]:port`. */
  readonly name: string;
  /** Where CNAMEs led from `name` (`name` itself without any): smtp_cname_overrides_servername is applied to `name` already. */
  readonly canonicalName: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly preference: number;
  /** The address records came with the resolver's word for them (DNSSEC); DANE needs it. */
  readonly isSecure: boolean;
}

export type HostSearch =
  | {
      readonly kind: 'hosts';
      /** At least one. */
      readonly hosts: readonly MailHost[];
      /** From MX records, and whether those were vouched for (DNSSEC); else false. */
      readonly isFromMx: boolean;
      readonly isMxSecure: boolean;
      /** We are a backup exchanger of the domain: no fallback relay is tried after these. */
      readonly isBackup: boolean;
      /**
       * The domain's MTA-STS policy (RFC 8461), when those are looked for. `enforce`: mail goes only over TLS with a
       * certificate of a public authority for the host's own name; hosts that the policy does not list are left out.
       */
      readonly sts?: 'enforce' | 'testing' | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly outcome: Outcome & {readonly kind: 'deferred' | 'bounced'};
      /** The best mail exchanger is this machine: best_mx_transport may take the mail; no fallback relay is tried. */
      readonly isLoop: boolean;
    };

/** main.cf as far as it says which hosts are tried; `readHostSettings(config, 'smtp' | 'lmtp')` makes it. */
export interface HostSettings {
  readonly protocol: 'smtp' | 'lmtp';
  readonly dnsSupport: 'disabled' | 'enabled' | 'dnssec';
  readonly usesDns: boolean;
  readonly usesNative: boolean;
  readonly searchesDefault: boolean;
  readonly searchesParents: boolean;
  readonly families: readonly (4 | 6)[];
  readonly prefers: 'any' | 'ipv4' | 'ipv6';
  readonly randomizes: boolean;
  readonly balances: boolean;
  /** 0: no limit. */
  readonly addressLimit: number;
  readonly sessionLimit: number;
  readonly ignoresMxErrors: boolean;
  readonly defersWithoutAddress: boolean;
  readonly cnameOverrides: boolean;
  /** In plain spelling: inet_interfaces and proxy_interfaces. */
  readonly ownAddresses: ReadonlySet<string>;
}

export interface HostSearchContext {
  readonly settings: HostSettings;
  readonly dns: Dns;
  readonly log: Log;
  /** Math.random, or a test's own. */
  readonly random: () => number;
  /** MTA-STS policies are looked for. */
  readonly sts?: {policyOf(domain: string): Promise<StsPolicy | undefined>} | undefined;
}
