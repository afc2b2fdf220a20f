/**
 * smtpd_sasl_security_options and its kin: which properties a mechanism may not have, or must have.
 *
 * Throws `ConfigError` for an option that there is not.
 */
import {ConfigError} from '../../base/errors.ts';
import type {SaslMechanism} from './sasl.ts';

export type SecurityTest = (mechanism: SaslMechanism) => boolean;

const TESTS: ReadonlyMap<string, SecurityTest> = new Map<string, SecurityTest>([
  ['noplaintext', mechanism => !mechanism.isPlaintext],
  ['noactive', mechanism => !mechanism.isActiveProne],
  ['nodictionary', mechanism => !mechanism.isDictionaryProne],
  ['noanonymous', mechanism => !mechanism.isAnonymous],
  ['forward_secrecy', mechanism => mechanism.hasForwardSecrecy],
  ['mutual_auth', mechanism => mechanism.isMutual],
]);

/** The options' names are taken in any case. */
export function securityTest(options: readonly string[], parameter: string): SecurityTest {
  const tests = options.map(option => {
    const test = TESTS.get(option.toLowerCase());
    if (test === undefined) throw new ConfigError(`unknown SASL security option "${option}" in ${parameter}`);
    return test;
  });
  return mechanism => tests.every(test => test(mechanism));
}
