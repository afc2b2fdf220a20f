/** The mail access of the instance that a Dovecot tool is for; what an unprivileged instance misses is made first. */
import {type AccessPlace, MailAccess} from '../core/daemon/access/mail-access.ts';
import {ensureInstance, resolveInstance} from '../core/config/instance.ts';

export interface AccessRequest {
  /** Value of `-c`. */
  readonly configFile: string | undefined;
  /** `name=value` of `-o`. */
  readonly overrides: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws `ConfigError` when dovecot.conf can't be read. */
export function openAccess({configFile, overrides, env}: AccessRequest): MailAccess {
  const instance = resolveInstance(undefined, env);
  if (configFile === undefined) ensureInstance(instance);
  const place: AccessPlace = {root: instance.root, file: configFile, overrides};
  return new MailAccess(place);
}
