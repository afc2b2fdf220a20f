/** What the auth processes demand. */
import type {SettingsView} from './settings-view.ts';

export function checkAuth(settings: SettingsView): string | undefined {
  if (settings.number('auth_worker_max_count') === 0) return 'auth_worker_max_count must be above zero';
  const cache = settings.number('auth_cache_size');
  if (cache > 0 && cache < 1024) return `auth_cache_size value is too small (${cache} bytes)`;
  return (
    checkVerbosePasswords(settings.text('auth_verbose_passwords')) ?? checkPolicy(settings) ?? checkDatabases(settings)
  );
}

/** `plain:6`: no more than so many characters. */
function checkVerbosePasswords(value: string): string | undefined {
  const [kind = '', number] = value.split(':', 2);
  if (number !== undefined && (!/^\d{1,9}$/.test(number) || Number(number) === 0))
    return `auth_verbose_passwords: Invalid truncation number: '${number}'`;
  return ['no', 'plain', 'sha1', 'yes'].includes(kind) ? undefined : 'auth_verbose_passwords: Invalid value';
}

function checkPolicy(settings: SettingsView): string | undefined {
  if (settings.text('auth_policy_server_url') === '') return undefined;
  if (settings.text('auth_policy_hash_nonce') === '')
    return 'auth_policy_hash_nonce must be set when policy server is used';
  const bits = DIGEST_BITS.get(settings.text('auth_policy_hash_mech'));
  if (bits === undefined) return 'invalid auth_policy_hash_mech given';
  const truncate = settings.number('auth_policy_hash_truncate');
  if (truncate > 0 && truncate >= bits)
    return `policy_hash_truncate is not smaller than digest size (${truncate} >= ${bits})`;
  return undefined;
}

const DIGEST_BITS: ReadonlyMap<string, number> = new Map([
  ['md4', 128],
  ['md5', 128],
  ['sha1', 160],
  ['sha256', 256],
  ['sha384', 384],
  ['sha512', 512],
  ['sha3-256', 256],
  ['sha3-512', 512],
]);

function checkDatabases(settings: SettingsView): string | undefined {
  for (const passdb of settings.sections('passdb')) {
    if (passdb.text('driver') === '') return 'passdb is missing driver';
    if (passdb.isOn('pass') && passdb.text('result_success') !== 'return-ok')
      return 'Obsolete pass=yes setting mixed with non-default result_success';
  }
  const isMissing = settings.sections('userdb').some(userdb => userdb.text('driver') === '');
  return isMissing ? 'userdb is missing driver' : undefined;
}
