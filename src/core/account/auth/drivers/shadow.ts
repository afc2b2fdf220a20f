/**
 * passdb `shadow`: shadow(5), as root. An account that has expired, or whose password had to be changed longer ago than is borne, does
 * not log in: what PAM would say. passdb `pam` is answered by it too, with a warning: PAM itself is not asked.
 */
import {parseShadow} from '../../shadow-file.ts';
import type {Passdb, PassdbEntry} from '../passdb.ts';
import type {AuthRequest} from '../request.ts';
import type {DriverContext} from './driver-context.ts';
import {disabled, isValidPassword} from './passwd.ts';
import {WatchedFile} from './watched-file.ts';

const DAY_MILLISECONDS = 86_400_000;
const SHADOW_FILE = '/etc/shadow';

export function shadowPassdb(_args: string, {now}: DriverContext, path = SHADOW_FILE): Passdb {
  const file = new WatchedFile(path, text => parseShadow(text, path));
  return {
    title: 'shadow',
    defaultScheme: 'CRYPT',
    cacheKey: '',
    lookup(request) {
      request.debug('shadow', 'lookup');
      const fields = file.get().get(request.user ?? '');
      return fields === undefined ? {kind: 'unknown'} : shadowEntry(request, fields, now());
    },
    stored: {
      get version() {
        return file.get();
      },
      *all() {
        for (const [, password = ''] of file.get().values()) yield password;
      },
    },
  };
}

export function pamPassdb(args: string, context: DriverContext): Passdb {
  context.log.warning('passdb pam: PAM is not asked, passwords are compared with shadow(5)');
  return shadowPassdb(args, context);
}

export function shadowEntry(request: AuthRequest, fields: readonly string[], now: number): PassdbEntry {
  const [, password = '', changed = '', , maximum = '', , inactive = '', expires = ''] = fields;
  if (!isValidPassword(password)) return disabled(request, 'shadow', password);
  const today = Math.floor(now / DAY_MILLISECONDS);
  const isOver = expires !== '' && today >= Number(expires);
  const isStale =
    changed !== '' && maximum !== '' && inactive !== '' && today > Number(changed) + Number(maximum) + Number(inactive);
  return isOver || isStale ? {kind: 'expired'} : {kind: 'found', password, fields: []};
}
