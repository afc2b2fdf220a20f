/** What our side as a client logs in with, and what a mechanism makes of it. */
import type {SaslClientExchange} from './sasl.ts';

/** Byte strings. */
export interface ClientCredentials {
  readonly username: string;
  /** For XOAUTH2 and OAUTHBEARER the access token. */
  readonly password: string;
  /** Whom to act as; '' (usual): the user. */
  readonly authorizationId?: string;
  /** `smtp`, `lmtp`: DIGEST-MD5 names what it logs in to. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly random?: (bytes: number) => Buffer;
}

export type ClientMechanism = (credentials: ClientCredentials) => SaslClientExchange;
