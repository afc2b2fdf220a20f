/**
 * The system's own crypt(3), for the formats that we don't compute ourselves (yescrypt, scrypt, gost-yescrypt, BSDi's):
 * through koffi, which is optional, from libcrypt.so.1, which a system may lack.
 */
import {createRequire} from 'node:module';

type Crypt = (plain: Buffer, setting: string, workspace: Buffer) => string | null;

/** struct crypt_data: 32 KiB in libxcrypt, 128 KiB in old C libraries. Each thread has its own. */
const WORKSPACE_BYTES = 1 << 18;

let loaded: {readonly crypt: Crypt; readonly workspace: Buffer} | 'missing' | undefined;

/** null: it refuses the setting; undefined: it is not there. */
export function systemCrypt(plain: Buffer, setting: string): string | null | undefined {
  loaded ??= loadCrypt();
  if (loaded === 'missing') return undefined;
  const answer = loaded.crypt(Buffer.concat([plain, Buffer.of(0)]), setting, loaded.workspace.fill(0));
  return answer?.startsWith('*') === true ? null : answer; // libxcrypt's refusals are `*0` and `*1`
}

function loadCrypt(): typeof loaded & {} {
  try {
    // Optional and lazy, hence untyped at run time: what is used of it is named here.
    const koffi = createRequire(import.meta.url)('koffi') as {load(file: string): {func(prototype: string): Crypt}};
    const prototype = 'const char *crypt_r(const uint8_t *plain, const char *setting, _Inout_ uint8_t *workspace)';
    return {crypt: koffi.load('libcrypt.so.1').func(prototype), workspace: Buffer.alloc(WORKSPACE_BYTES)};
  } catch {
    return 'missing'; // no fault: such a password is then "not supported"
  }
}
