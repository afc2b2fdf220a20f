/**
 * What dovecot.conf says of logins (auth_* of doveconf(1)): for now its defaults, from which an instance without a
 * dovecot.conf differs in one thing: it also offers what its stored passwords allow (`mechanisms`).
 */
export interface AuthSettings {
  /** auth_mechanisms, in capitals, in order. */
  readonly mechanisms: readonly string[];
  /** Mechanisms that are offered as well while every account's password is kept in a form that they can use. */
  readonly mechanismsWherePossible: readonly string[];
  /** auth_default_realm: put behind a name without `@`; '' for none. */
  readonly defaultRealm: string;
  /** auth_realms: offered by DIGEST-MD5. */
  readonly realms: readonly string[];
  /** auth_username_chars; '' allows all. */
  readonly usernameChars: string;
  /** auth_username_format is `%Lu`: names are folded to lower case. */
  readonly foldsUsernames: boolean;
  readonly anonymousUsername: string;
  /** auth_failure_delay. */
  readonly failureDelaySeconds: number;
}

export const defaultAuthSettings: AuthSettings = {
  mechanisms: ['PLAIN', 'LOGIN'],
  mechanismsWherePossible: ['CRAM-MD5', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'],
  defaultRealm: '',
  realms: [],
  usernameChars: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@',
  foldsUsernames: true,
  anonymousUsername: 'anonymous',
  failureDelaySeconds: 2,
};
