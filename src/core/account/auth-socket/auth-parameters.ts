/** What a client of the auth service says of its own client, behind AUTH, USER, PASS and LIST. Unknown words are passed over. */
import type {SaslConnection} from '../sasl/sasl.ts';

export interface AuthParameters {
  readonly connection: SaslConnection;
  /** undefined: no initial response. */
  readonly response: Buffer | undefined;
  /** The response is no base64. */
  readonly isBroken: boolean;
  readonly values: ReadonlyMap<string, string>;
}

export function readAuthParameters(words: readonly string[]): AuthParameters {
  const values = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    values.set(equals < 0 ? word : word.slice(0, equals), equals < 0 ? '' : word.slice(equals + 1));
  }
  const encoded = words.some(word => word.startsWith('resp=')) ? values.get('resp') : undefined;
  const response = encoded === undefined ? undefined : decodeResponse(encoded);
  return {
    connection: connectionOf(values),
    response,
    isBroken: encoded !== undefined && response === undefined,
    values,
  };
}

function connectionOf(values: ReadonlyMap<string, string>): SaslConnection {
  const certificateName = values.get('cert_username');
  return {
    service: values.get('service') ?? '',
    clientAddress: values.get('rip') ?? '',
    serverAddress: values.get('lip') ?? '',
    clientPort: portOf(values.get('rport')),
    serverPort: portOf(values.get('lport')),
    isEncrypted: values.has('secured'),
    certificateName: values.has('valid-client-cert') ? (certificateName ?? '') : undefined,
    session: values.get('session'),
    localName: values.get('local_name'),
    isExemptFromPenalty: values.has('no-penalty'),
  };
}

function portOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** `=` alone is an empty response, as Postfix writes it. */
function decodeResponse(text: string): Buffer | undefined {
  if (text === '=' || text === '') return Buffer.alloc(0);
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
