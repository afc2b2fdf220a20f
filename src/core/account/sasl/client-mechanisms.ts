/** Which mechanism our side as a client uses: the best of those that are offered, allowed and safe enough. */
import {cramMd5Client, digestMd5Client} from './client-challenge.ts';
import {
  anonymousClient,
  externalClient,
  loginClient,
  oauthBearerClient,
  plainClient,
  xoauth2Client,
} from './client-plain.ts';
import type {ClientCredentials, ClientMechanism} from './client-mechanism.ts';
import {scramClient} from './client-scram.ts';
import {saslMechanisms} from './mechanisms.ts';
import type {SaslClientExchange} from './sasl.ts';
import {securityTest} from './security-options.ts';

/**
 * Best first. Those for tokens and certificates come behind those for passwords: what a password map has is taken for a
 * token only when nothing else may be used (smtp_sasl_mechanism_filter = xoauth2).
 */
const PREFERRED: readonly (readonly [name: string, begin: ClientMechanism])[] = [
  ['SCRAM-SHA-256', scramClient('SCRAM-SHA-256', 'sha256')],
  ['SCRAM-SHA-1', scramClient('SCRAM-SHA-1', 'sha1')],
  ['DIGEST-MD5', digestMd5Client],
  ['CRAM-MD5', cramMd5Client],
  ['PLAIN', plainClient],
  ['LOGIN', loginClient],
  ['XOAUTH2', xoauth2Client],
  ['OAUTHBEARER', oauthBearerClient],
  ['EXTERNAL', externalClient],
  ['ANONYMOUS', anonymousClient],
];

/** smtp_sasl_mechanism_filter as a `MatchList` of kind `text`. */
export interface MechanismFilter {
  matches(mechanism: string): boolean | Promise<boolean>;
}

/**
 * undefined: nothing that is offered may be used. Throws `ConfigError` for unknown security options (`parameter` is their
 * name), and what the filter throws.
 */
export async function chooseClientMechanism(
  offered: readonly string[],
  filter: MechanismFilter | undefined,
  securityOptions: readonly string[],
  credentials: ClientCredentials,
  parameter = 'the security options',
): Promise<SaslClientExchange | undefined> {
  const isSafe = securityTest(securityOptions, parameter);
  const names = new Set(offered.map(name => name.toUpperCase()));
  for (const [name, begin] of PREFERRED) {
    const mechanism = saslMechanisms.get(name);
    if (mechanism === undefined || !names.has(name) || !isSafe(mechanism)) continue;
    if (filter === undefined || (await filter.matches(name))) return begin(credentials);
  }
  return undefined;
}
