/**
 * check_ccert_access: what a table says of the client's certificate, by its fingerprint and its public key's, or in the
 * order of `{type:table, {search_order = pubkey_fingerprint, cert_fingerprint}}` (postconf(5)).
 */
import type {Steps} from '../../address/steps.ts';
import {applyAnswer} from './access-checks.ts';
import type {Check, Status} from './check.ts';
import {warnIfNotAsked} from './client.ts';
import type {Restriction} from './restriction.ts';

export const certificateAccess: readonly Restriction[] = [
  {name: 'check_ccert_access', takes: 'table', check: (check, table) => checkCertificate(check, table)},
];

function* checkCertificate(check: Check, spec: string): Steps<Status> {
  const {tls} = check.state;
  const search = check.tools.certificateSearch(spec);
  if (search === undefined) {
    check.tools.log.warning(`See earlier parsing error messages for '${spec}`);
    return check.serverError();
  }
  if (tls?.peerHasCertificate !== true) {
    warnIfNotAsked(check, 'check_ccert_access');
    return 'dunno';
  }
  for (const kind of search.order) {
    if (kind !== 'cert_fingerprint' && kind !== 'pubkey_fingerprint') {
      check.tools.log.warning(`check_ccert_access: unexpected action '${kind}' in '${spec}'`);
      return check.serverError();
    }
    const datum = kind === 'cert_fingerprint' ? tls.peerFingerprint : tls.peerKeyFingerprint;
    const answer = yield* search.table.find(datum, true);
    const about = {datum, replyName: tls.peerSubject, replyClass: 'Client certificate'} as const;
    const status = yield* applyAnswer(check, search.table, answer, about);
    if (status !== undefined && status !== 'dunno') return status;
  }
  return 'dunno';
}
