/** How OpenSSL judged the peer's certificate, and how the original logs a bad verdict. */
import type {TLSSocket} from 'node:tls';
import {slashedName} from './tls-names.ts';
import {MAX_CHAIN, peerChain} from './tls-peer-chain.ts';

/** OpenSSL's verdict: `code` is its constant without X509_V_ERR_. */
export interface VerifyFault {
  readonly code: string;
  readonly message: string;
}

/** undefined: the certificate is good, or there is none. */
export function verifyFault(socket: TLSSocket): VerifyFault | undefined {
  const {_handle: handle} = socket as unknown as Handled; // where tls.Server reads it; a bare TLSSocket has no other way
  const fault = handle?.verifyError?.();
  if (fault === null || fault === undefined) return undefined;
  return {code: fault.code ?? '', message: fault.message};
}
interface Handled {
  readonly _handle?: {verifyError?(): (Error & {readonly code?: string}) | null | undefined} | null;
}

/** `peer`: `H[A]` or `H[A]:port`; `purpose`: `client` or `server`, what the certificate was to be good for. */
export function verifyFaultText(fault: VerifyFault, socket: TLSSocket, peer: string, purpose: string): string {
  switch (fault.code) {
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `certificate verification failed for ${peer}: untrusted issuer ${lastIssuer(socket)}`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `certificate verification failed for ${peer}: self-signed certificate`;
    default:
      return `${purpose} certificate verification failed for ${peer}: ${reason(fault, purpose)}`;
  }
}

function reason({code, message}: VerifyFault, purpose: string): string {
  switch (code) {
    case 'CERT_NOT_YET_VALID':
    case 'ERROR_IN_CERT_NOT_BEFORE_FIELD':
      return 'certificate not yet valid';
    case 'CERT_HAS_EXPIRED':
    case 'ERROR_IN_CERT_NOT_AFTER_FIELD':
      return 'certificate has expired';
    case 'INVALID_PURPOSE':
      return `not designated for use as a ${purpose} certificate`;
    default:
      return message;
  }
}

/** Authorities between the peer's certificate and the topmost one may be one more than the limit says (seen). */
export function isTooDeep(socket: TLSSocket, limit: number): boolean {
  return limit < MAX_CHAIN && peerChain(socket).length - 2 > limit + 1;
}

/** The issuer that was not found: of the topmost certificate the peer sent. */
function lastIssuer(socket: TLSSocket): string {
  const top = peerChain(socket).at(-1);
  return top === undefined ? '' : slashedName(top.issuer);
}
