/** The mechanisms that we know, with the properties by which they are filtered; Dovecot 2.3 gives them the same ones. */
import type {SaslMechanism} from './sasl.ts';

type Property = Exclude<keyof SaslMechanism, 'name'>;

export const saslMechanisms: ReadonlyMap<string, SaslMechanism> = new Map(
  [
    mechanism('PLAIN', 'isPlaintext'),
    mechanism('LOGIN', 'isPlaintext'),
    mechanism('CRAM-MD5', 'isDictionaryProne', 'isActiveProne'),
    mechanism('DIGEST-MD5', 'isDictionaryProne', 'isActiveProne', 'isMutual'),
    mechanism('SCRAM-SHA-1', 'isMutual'),
    mechanism('SCRAM-SHA-256', 'isMutual'),
    mechanism('EXTERNAL'),
    mechanism('ANONYMOUS', 'isAnonymous'),
    mechanism('XOAUTH2'),
    mechanism('OAUTHBEARER'),
  ].map(row => [row.name, row]),
);

/** A mechanism with these properties and no others. */
export function mechanism(name: string, ...properties: readonly Property[]): SaslMechanism {
  const has = (property: Property): boolean => properties.includes(property);
  return {
    name,
    isPlaintext: has('isPlaintext'),
    isAnonymous: has('isAnonymous'),
    isDictionaryProne: has('isDictionaryProne'),
    isActiveProne: has('isActiveProne'),
    hasForwardSecrecy: has('hasForwardSecrecy'),
    isMutual: has('isMutual'),
  };
}
