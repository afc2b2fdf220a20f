/** userdb `prefetch`: what the passdb said already, in fields that begin with `userdb_`. */
import type {Userdb} from '../userdb.ts';

export function prefetchUserdb(): Userdb {
  return {
    title: 'prefetch',
    lookup(request) {
      if (request.hasPrefetch) return {kind: 'found', fields: []};
      if (request.isAccepted) request.debug('prefetch', "passdb didn't return userdb entries");
      else request.debug('prefetch', "passdb didn't return userdb entries, trying the next userdb");
      return {kind: 'unknown', isTold: true};
    },
  };
}
