/**
 * The header by which a proxy says whose connection it passes on: HAProxy's PROXY protocol, version 1 (a line of text)
 * and version 2 (binary), told apart by their first bytes.
 *
 * Pure: the bytes that are there go in; out comes the header and how long it was, the wish for more bytes, or a fault,
 * after which there is no saying who the client is. No more than `MAX_HEADER_BYTES` are ever wanted.
 * Authority: "The PROXY protocol, versions 1 & 2" (haproxy.org), sections 2.1 and 2.2, as Postfix takes it: blanks may
 * be repeated, LF may stand for CRLF, words may follow; a client that the proxy does not name (UNKNOWN) is refused.
 */
import {isIPv4, isIPv6} from 'node:net';
import {plainAddress} from './ip-address.ts';

export interface ProxiedConnection {
  readonly family: 4 | 6;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
}

export type ProxyHeader =
  | {
      readonly kind: 'header';
      /** How many bytes it took; what follows belongs to the client. */
      readonly length: number;
      /** Undefined: the connection is the proxy's own (LOCAL, a health check); its real addresses count. */
      readonly connection: ProxiedConnection | undefined;
    }
  | {readonly kind: 'more'}
  /** `text` is what Postfix logs behind `haproxy read: `, with the header in it. */
  | {readonly kind: 'fault'; readonly text: string};

/** HAPROXY_HEADER_MAX_LEN of Postfix, for both versions. */
const MAX_HEADER_BYTES = 536;
const V1_BEGIN = 'PROXY ';
const V2_BEGIN = '\r\n\r\n\0\r\nQUIT\n';
const V2_HEADER_BYTES = 16;
const V2_ADDRESS_BYTES = {4: 12, 6: 36} as const;

export function readProxyHeader(bytes: Buffer, families: readonly (4 | 6)[]): ProxyHeader {
  const begin = bytes.toString('latin1', 0, V2_BEGIN.length);
  const answer = readVersion(begin, bytes, families);
  return typeof answer === 'string' ? {kind: 'fault', text: `${answer}: ${escaped(bytes)}`} : answer;
}

/** A text says what is wrong. */
type Reading = ProxyHeader | string;

function readVersion(begin: string, bytes: Buffer, families: readonly (4 | 6)[]): Reading {
  if (begin.startsWith(V1_BEGIN)) return readVersion1(bytes, families);
  if (begin === V2_BEGIN) return readVersion2(bytes, families);
  if (V1_BEGIN.startsWith(begin) || V2_BEGIN.startsWith(begin)) return {kind: 'more'};
  return bytes.length < V2_HEADER_BYTES ? 'short protocol header' : 'unrecognized protocol header';
}

function readVersion1(bytes: Buffer, families: readonly (4 | 6)[]): Reading {
  const window = bytes.subarray(0, MAX_HEADER_BYTES);
  const end = window.indexOf('\n');
  if (end < 0) return bytes.length < MAX_HEADER_BYTES ? {kind: 'more'} : 'missing protocol header terminator';
  const words = window.toString('latin1', V1_BEGIN.length, end).split(/[ \r]/).filter(Boolean);
  const connection = readWords(words, families);
  return typeof connection === 'string' ? connection : {kind: 'header', length: end + 1, connection};
}

function readWords(words: readonly string[], families: readonly (4 | 6)[]): ProxiedConnection | string {
  const [protocol, client = '', server = '', clientPort = '', serverPort = ''] = words;
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : undefined;
  if (family === undefined || !families.includes(family)) return 'bad or missing protocol type';
  const isAddress = family === 4 ? isIPv4 : isPlainIpv6;
  if (!isAddress(client)) return 'bad or missing client address';
  if (!isAddress(server)) return 'bad or missing server address';
  if (!isPort(clientPort)) return 'bad or missing client port';
  if (!isPort(serverPort)) return 'bad or missing server port';
  return connectionOf(client, server, Number(clientPort), Number(serverPort));
}

function isPlainIpv6(address: string): boolean {
  return isIPv6(address) && !address.includes('%');
}

/** Without leading zeros. */
function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) < 65_536;
}

function readVersion2(bytes: Buffer, families: readonly (4 | 6)[]): Reading {
  if (bytes.length < V2_HEADER_BYTES) return {kind: 'more'};
  const versionAndCommand = bytes[12] ?? 0;
  const length = V2_HEADER_BYTES + bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2) return 'unrecognized protocol version';
  if (length > MAX_HEADER_BYTES) return 'short version 2 protocol header';
  if (bytes.length < length) return {kind: 'more'};
  const command = versionAndCommand & 15;
  if (command === 0) return {kind: 'header', length, connection: undefined};
  if (command !== 1) return 'bad command in proxy header';
  const connection = readAddresses(bytes[13] ?? 0, bytes.subarray(V2_HEADER_BYTES, length), families);
  return typeof connection === 'string' ? connection : {kind: 'header', length, connection};
}

/** Extras (TLVs) behind the addresses are passed over. */
function readAddresses(
  familyAndTransport: number,
  body: Buffer,
  families: readonly (4 | 6)[],
): ProxiedConnection | string {
  const family = familyAndTransport === 0x11 ? 4 : familyAndTransport === 0x21 ? 6 : undefined;
  if (family === undefined) return 'unsupported network protocol';
  if (!families.includes(family)) return `Postfix IPv${family} support is disabled`;
  if (body.length < V2_ADDRESS_BYTES[family]) return 'short address field';
  const size = family === 4 ? 4 : 16;
  const client = addressText(body.subarray(0, size));
  const server = addressText(body.subarray(size, 2 * size));
  return connectionOf(client, server, body.readUInt16BE(2 * size), body.readUInt16BE(2 * size + 2));
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({length: 8}, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');
}

/** An IPv4 address that comes mapped into IPv6 is one. */
function connectionOf(client: string, server: string, clientPort: number, serverPort: number): ProxiedConnection {
  const clientAddress = plainAddress(client);
  const family = isIPv4(clientAddress) ? 4 : 6;
  return {family, clientAddress, clientPort, serverAddress: plainAddress(server), serverPort};
}

const NAMED_ESCAPES: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [92, '\\\\'],
]);

/** As C writes a string: `\r\n`, `\000`. */
function escaped(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes.subarray(0, MAX_HEADER_BYTES)) {
    const isPrintable = byte >= 32 && byte < 127;
    text += NAMED_ESCAPES.get(byte) ?? (isPrintable ? String.fromCharCode(byte) : octal(byte));
  }
  return text;
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}
