/** What a script of a user sees around the message: envelope, limits, his mailboxes and annotations, what was seen before. */
import type {RunEnvironment, SeenBefore} from '../../filter/sieve/run/environment.ts';
import {runLimits, type SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {mailboxTests} from './mailboxes.ts';

export interface DeliveryEnvelope {
  /** '' is the null sender. */
  readonly sender: string;
  readonly recipient: string;
  readonly originalRecipient: string;
}

export interface ScriptUser {
  readonly username: string;
  readonly store: MailStore;
  /** plugin {} of dovecot.conf. */
  readonly settings: SieveSettings;
  readonly hostName: string;
  readonly defaultMailbox: string;
  /** Milliseconds since 1970. */
  now(): number;
}

export function runEnvironment(user: ScriptUser, envelope: DeliveryEnvelope, seen: SeenBefore): RunEnvironment {
  const {settings, store, username, hostName, defaultMailbox} = user;
  const {sender, recipient, originalRecipient} = envelope;
  const dot = hostName.indexOf('.');
  return {
    envelope: {from: sender, to: recipient, originalTo: originalRecipient},
    user: username,
    userEmail: settings.get('sieve_user_email'),
    hostName,
    domain: dot < 0 ? '' : hostName.slice(dot + 1),
    now: () => user.now(),
    defaultMailbox,
    location: 'MDA',
    phase: 'during',
    ...runLimits(settings),
    setting: name => settings.get(name),
    ...mailboxTests(store),
    seen,
  };
}
