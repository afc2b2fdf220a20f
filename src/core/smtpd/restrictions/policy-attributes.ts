/** What a policy server is told of a request, in the order Postfix sends it (SMTPD_POLICY_README). */
import type {Check} from './check.ts';

type Attribute = (check: Check, context: string) => string | number;

const ATTRIBUTES: readonly (readonly [name: string, value: Attribute])[] = [
  ['request', () => 'smtpd_access_policy'],
  ['protocol_state', ({state}) => (state.stage === 'BDAT' ? 'DATA' : state.stage)],
  ['protocol_name', ({state}) => state.protocol],
  ['client_address', ({state}) => state.client.address],
  ['client_name', ({state}) => state.client.name],
  ['client_port', ({state}) => state.client.port],
  ['reverse_client_name', ({state}) => state.client.reverseName],
  ['server_address', ({state}) => state.client.serverAddress],
  ['server_port', ({state}) => state.client.serverPort],
  ['helo_name', ({state}) => state.heloName ?? ''],
  ['sender', ({state}) => state.sender ?? ''],
  ['recipient', ({state}) => state.recipient ?? ''],
  ['recipient_count', ({state}) => (COUNTED.has(state.stage) ? state.recipientCount : 0)],
  ['queue_id', ({state}) => state.queueId ?? ''],
  ['instance', ({state}) => state.instance],
  ['size', ({state}) => state.messageSize],
  ['etrn_domain', ({memory}) => memory.etrnDomain ?? ''],
  ['stress', ({tools}) => tools.config.get('stress')],
  ['sasl_method', ({state}) => state.login?.method ?? ''],
  ['sasl_username', ({state}) => state.login?.username ?? ''],
  ['sasl_sender', ({state}) => state.login?.sender ?? ''],
  ['ccert_subject', ({state}) => (state.tls?.peerIsTrusted === true ? quoteName(state.tls.peerSubject) : '')],
  ['ccert_issuer', ({state}) => (state.tls?.peerIsTrusted === true ? quoteName(state.tls.peerIssuer) : '')],
  ['ccert_fingerprint', ({state}) => state.tls?.peerFingerprint ?? ''],
  ['ccert_pubkey_fingerprint', ({state}) => state.tls?.peerKeyFingerprint ?? ''],
  ['encryption_protocol', ({state}) => state.tls?.protocol ?? ''],
  ['encryption_cipher', ({state}) => state.tls?.cipher ?? ''],
  ['encryption_keysize', ({state}) => state.tls?.cipherBits ?? 0],
  ['policy_context', (_check, context) => context],
];

/** Stages with all recipients known. */
const COUNTED: ReadonlySet<string> = new Set(['DATA', 'BDAT', 'END-OF-MESSAGE']);

/** The request as it goes over the wire, with the empty line at its end. */
export function policyRequest(check: Check, context: string): string {
  let request = '';
  for (const [name, value] of ATTRIBUTES) request += `${name}=${oneLine(String(value(check, context)))}\n`;
  return `${request}\n`;
}

/** A value can't forge another attribute. */
function oneLine(value: string): string {
  return /[\0\n\r]/.test(value) ? value.replace(/[\0\n\r]/g, ' ') : value;
}

/** xtext (RFC 3461 section 4): certificate names may hold anything. */
function quoteName(name: string): string {
  return name.replace(/[^!-*,-<>-~]/g, byte => `+${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
