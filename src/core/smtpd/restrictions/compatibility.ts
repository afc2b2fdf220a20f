/**
 * What smtpd tells the operator who still lives by the defaults of an older release (COMPATIBILITY_README): which of them
 * has just let something through, or refused it.
 */
import type {Config} from '../../config/config.ts';

export interface OldDefaults {
  /** smtpd_relay_restrictions is empty by default. */
  readonly relaysUnasked: boolean;
  /** smtpd_relay_before_recipient_restrictions is off by default. */
  readonly asksRecipientFirst: boolean;
}

/** What the default of smtpd_relay_restrictions has been since, but for its refusal. */
export const NEWER_RELAY_RESTRICTIONS = 'permit_mynetworks, permit_sasl_authenticated, permit_auth_destination';

export function oldDefaults(config: Config): OldDefaults {
  const [major = 0, minor = 0] = config.get('compatibility_level').split('.').map(Number);
  const isUnset = (name: string): boolean => config.origin(name) === undefined;
  return {
    relaysUnasked: major < 1 && isUnset('smtpd_relay_restrictions'),
    asksRecipientFirst: major * 100 + minor < 306 && isUnset('smtpd_relay_before_recipient_restrictions'),
  };
}

export function relayedUnasked(recipient: string, client: string): string {
  return (
    'using backwards-compatible default setting "smtpd_relay_restrictions = (empty)" to avoid "Relay access denied" ' +
    `error for recipient "${recipient}" from client "${client}"`
  );
}

export function refusedFirst(recipient: string, client: string): string {
  return (
    'using backwards-compatible default setting smtpd_relay_before_recipient_restrictions=no to reject ' +
    `recipient "${recipient}" from client "${client}"`
  );
}
