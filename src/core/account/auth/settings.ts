/**
 * What dovecot.conf says of logins and accounts (auth_*, passdb {}, userdb {} of doveconf(1)), as plain values. An instance
 * without a dovecot.conf has `instanceAuthSettings`: its own file of accounts, and what its stored passwords allow.
 */

/** What follows from a lookup's result: go on with the next, or end; and whether that counts as success or failure. */
export type AuthRule = 'return' | 'return-ok' | 'return-fail' | 'continue' | 'continue-ok' | 'continue-fail';

export interface PassdbSettings {
  readonly driver: string;
  readonly args: string;
  readonly defaultFields: string;
  readonly overrideFields: string;
  /** Mechanisms that use it, by blanks; '' for all. */
  readonly mechanisms: string;
  /** Names that use it: patterns by blanks, `!pattern` for those that do not; '' for all. */
  readonly usernameFilter: string;
  readonly skip: 'never' | 'authenticated' | 'unauthenticated';
  readonly resultSuccess: AuthRule;
  readonly resultFailure: AuthRule;
  readonly resultInternalfail: AuthRule;
  readonly deny: boolean;
  readonly pass: boolean;
  readonly master: boolean;
  readonly authVerbose: 'default' | 'yes' | 'no';
}

export interface UserdbSettings {
  readonly driver: string;
  readonly args: string;
  readonly defaultFields: string;
  readonly overrideFields: string;
  readonly skip: 'never' | 'found' | 'notfound';
  readonly resultSuccess: AuthRule;
  readonly resultFailure: AuthRule;
  readonly resultInternalfail: AuthRule;
  readonly authVerbose: 'default' | 'yes' | 'no';
}

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
  /** auth_username_translation: pairs of characters, each from and to. */
  readonly usernameTranslation: string;
  /** auth_username_format; '' for the name as it is. */
  readonly usernameFormat: string;
  /** auth_master_user_separator; '' for none. */
  readonly masterUserSeparator: string;
  readonly anonymousUsername: string;
  /** auth_failure_delay. */
  readonly failureDelaySeconds: number;
  /** auth_cache_size; 0: no cache. */
  readonly cacheSizeBytes: number;
  readonly cacheTtlSeconds: number;
  readonly cacheNegativeTtlSeconds: number;
  /** auth_verbose: why a login failed. */
  readonly isVerbose: boolean;
  /** auth_verbose_passwords: `no`, `plain`, `sha1`, with `:LENGTH` behind it. */
  readonly verbosePasswords: string;
  readonly isDebug: boolean;
  /** auth_debug_passwords. */
  readonly showsPasswords: boolean;
  readonly requiresClientCertificate: boolean;
  readonly takesUsernameFromCertificate: boolean;
  /** Failed logins of an address make its next ones wait (anvil's auth-penalty). */
  readonly hasPenalty: boolean;
  /** A passwd-file's names in mixed case are found by folded ones, as local delivery finds them (accounts.ts). */
  readonly findsMixedCase: boolean;
  readonly firstValidUid: number;
  readonly lastValidUid: number;
  readonly passdbs: readonly PassdbSettings[];
  readonly userdbs: readonly UserdbSettings[];
}

export const defaultPassdb: PassdbSettings = {
  driver: '',
  args: '',
  defaultFields: '',
  overrideFields: '',
  mechanisms: '',
  usernameFilter: '',
  skip: 'never',
  resultSuccess: 'return-ok',
  resultFailure: 'continue',
  resultInternalfail: 'continue',
  deny: false,
  pass: false,
  master: false,
  authVerbose: 'default',
};

export const defaultUserdb: UserdbSettings = {
  driver: '',
  args: '',
  defaultFields: '',
  overrideFields: '',
  skip: 'never',
  resultSuccess: 'return-ok',
  resultFailure: 'continue',
  resultInternalfail: 'continue',
  authVerbose: 'default',
};

/** The real defaults (doveconf -d). */
export const defaultAuthSettings: AuthSettings = {
  mechanisms: ['PLAIN'],
  mechanismsWherePossible: [],
  defaultRealm: '',
  realms: [],
  usernameChars: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@',
  usernameTranslation: '',
  usernameFormat: '%Lu',
  masterUserSeparator: '',
  anonymousUsername: 'anonymous',
  failureDelaySeconds: 2,
  cacheSizeBytes: 0,
  cacheTtlSeconds: 3600,
  cacheNegativeTtlSeconds: 3600,
  isVerbose: false,
  verbosePasswords: 'no',
  isDebug: false,
  showsPasswords: false,
  requiresClientCertificate: false,
  takesUsernameFromCertificate: false,
  hasPenalty: true,
  findsMixedCase: false,
  firstValidUid: 500,
  lastValidUid: 0,
  passdbs: [],
  userdbs: [],
};

/** Of an instance without a dovecot.conf; `usersFile` undefined: the system's users. */
export function instanceAuthSettings(usersFile: string | undefined): AuthSettings {
  const driver = usersFile === undefined ? {driver: 'shadow'} : {driver: 'passwd-file', args: usersFile};
  return {
    ...defaultAuthSettings,
    mechanisms: ['PLAIN', 'LOGIN'],
    mechanismsWherePossible: ['CRAM-MD5', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'],
    isVerbose: true,
    hasPenalty: false,
    findsMixedCase: true,
    passdbs: [{...defaultPassdb, ...driver}],
    userdbs: [{...defaultUserdb, ...(usersFile === undefined ? {driver: 'passwd'} : driver)}],
  };
}
