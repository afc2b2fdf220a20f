/** Restrictions on the client: its names, its address, its login, its certificate. */
import {nameAndAddress} from '../smtpd-state.ts';
import type {Steps} from '../../address/steps.ts';
import {TableError} from '../../table/table.ts';
import type {Check, Status} from './check.ts';
import {lookupFault} from './lookup-fault.ts';
import {permit} from './permit.ts';
import type {Restriction} from './restriction.ts';

export const client: readonly Restriction[] = [
  {
    name: 'reject_unknown_client_hostname',
    formerly: ['reject_unknown_client'],
    check(check) {
      const {nameStatus, address} = check.state.client;
      if (nameStatus === 'ok') return 'dunno';
      // RFC 7372 section 3.3: X.7.25, reverse DNS validation failed.
      const text = `Client host rejected: cannot find your hostname, [${address}]`;
      return check.reject('policy', unknownCode(check, nameStatus), '4.7.25', text);
    },
  },
  {
    name: 'reject_unknown_reverse_client_hostname',
    check(check) {
      const {reverseNameStatus, address} = check.state.client;
      if (reverseNameStatus === 'ok') return 'dunno';
      const text = `Client host rejected: cannot find your reverse hostname, [${address}]`;
      return check.reject('policy', unknownCode(check, reverseNameStatus), '4.7.1', text);
    },
  },
  {
    name: 'permit_inet_interfaces',
    check: (check, _argument, name) =>
      check.tools.own.hasInterface(check.state.client.address) ? permitClient(check, name) : 'dunno',
  },
  {name: 'permit_mynetworks', check: (check, _argument, name) => permitNetworks(check, name)},
  {
    name: 'permit_sasl_authenticated',
    check: (check, _argument, name) =>
      check.tools.config.get('smtpd_sasl_auth_enable') && check.state.login !== undefined
        ? permitClient(check, name)
        : 'dunno',
  },
  {
    name: 'permit_tls_all_clientcerts',
    check: (check, _argument, name) =>
      check.state.tls?.peerIsTrusted === true ? permitClient(check, name) : permitCertificate(check, name),
  },
  {name: 'permit_tls_clientcerts', check: (check, _argument, name) => permitCertificate(check, name)},
];

function unknownCode(check: Check, status: 'none' | 'temporary'): number {
  return status === 'none' ? check.tools.config.get('unknown_client_reject_code') : 450;
}

function permitClient(check: Check, name: string): Steps<Status> {
  return permit(check, name, 'Client host', nameAndAddress(check.state.client));
}

function* permitNetworks(check: Check, name: string): Steps<Status> {
  const {client} = check.state;
  let isTrusted = false;
  try {
    isTrusted = yield* check.tools.mynetworks.has(client.name, client.address);
  } catch (fault) {
    throw lookupFault(fault, check.question.replyName);
  }
  return isTrusted ? yield* permitClient(check, name) : 'dunno';
}

/** By fingerprint it does not matter who has signed the certificate (postconf(5) relay_clientcerts). */
function* permitCertificate(check: Check, name: string): Steps<Status> {
  const {tls} = check.state;
  if (tls === undefined) return 'dunno';
  if (!tls.peerHasCertificate) {
    warnIfNotAsked(check, name);
    return 'dunno';
  }
  for (const print of [tls.peerFingerprint, tls.peerKeyFingerprint])
    if (yield* isListed(check, print)) return yield* permitClient(check, name);
  return 'dunno';
}

export function warnIfNotAsked(check: Check, name: string): void {
  if (!check.tools.config.get('smtpd_tls_ask_ccert'))
    check.tools.log.warning(`${name} is requested, but "smtpd_tls_ask_ccert = no"`);
}

function* isListed(check: Check, print: string): Steps<boolean> {
  const {tls} = check.state;
  try {
    return (yield* check.tools.certificateMaps.lookup(print, true)) !== undefined;
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    const prints = `'${tls?.peerFingerprint ?? ''}', pkey fingerprint ${tls?.peerKeyFingerprint ?? ''}`;
    check.tools.log.warning(`relay_clientcerts: lookup error for fingerprint ${prints}`);
    throw lookupFault(fault, check.question.replyName);
  }
}
