/**
 * DNS messages on the wire (RFC 1035 section 4), by dns-packet: a question as bytes, and the reply to it as records.
 * A reply is foreign: what is not the reply to this very question is `undefined`, what can't be read is `malformed`.
 */
import type * as dnsPacket from 'dns-packet';
import type {Answer, DecodedPacket} from 'dns-packet';
import type {DnsRecord, DnsType} from './dns.ts';
import {isSoundMessage} from './reply-frame.ts';

/** Loaded when the first question is asked: most commands ask none. */
export type DnsPacket = typeof dnsPacket;

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: DnsType;
  readonly bytes: Buffer;
  readonly usesEdns: boolean;
}

export interface Reply {
  readonly kind: 'reply';
  readonly code: number;
  readonly isTruncated: boolean;
  readonly isSecure: boolean;
  readonly records: readonly DnsRecord[];
}
export type ReplyOrNoise = Reply | {readonly kind: 'malformed'} | undefined;

export const FORMAT_ERROR = 1;
export const SERVER_FAILURE = 2;
export const NO_SUCH_NAME = 3;

/** RFC 9715 section 3.2: what travels in one piece. */
const EDNS_UDP_SIZE = 1232;
const HEADER_BYTES = 12;

export interface QuestionOptions {
  readonly usesEdns: boolean;
  readonly wantsSecure: boolean;
}

export function makeQuestion(
  packet: DnsPacket,
  id: number,
  name: string,
  type: DnsType,
  options: QuestionOptions,
): Question {
  const {usesEdns} = options;
  const secureFlag = options.wantsSecure ? packet.AUTHENTIC_DATA : 0; // RFC 6840 section 5.7: asks for the AD bit
  const bytes = packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED | secureFlag,
    questions: [{name, type}],
    additionals: usesEdns ? [ednsRecord(options.wantsSecure ? packet.DNSSEC_OK : 0)] : [],
  });
  return {id, name, type, bytes, usesEdns};
}

function ednsRecord(flags: number): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: EDNS_UDP_SIZE,
    extendedRcode: 0,
    ednsVersion: 0,
    flags,
    flag_do: flags !== 0,
    options: [],
  };
}

export function readReply(packet: DnsPacket, question: Question, bytes: Buffer): ReplyOrNoise {
  if (!isReplyTo(question, bytes)) return undefined;
  const isTruncated = ((bytes[2] ?? 0) & 2) !== 0;
  const code = (bytes[3] ?? 0) & 15;
  if (isTruncated) return {kind: 'reply', code, isTruncated, isSecure: false, records: []};
  if (!isSoundMessage(bytes)) return {kind: 'malformed'};
  let decoded: DecodedPacket;
  try {
    decoded = packet.decode(bytes);
  } catch {
    return {kind: 'malformed'}; // the decoder's own words say nothing to an operator
  }
  const records = (decoded.answers ?? []).map(recordOf).filter(record => record !== undefined);
  return {kind: 'reply', code, isTruncated, isSecure: decoded.flag_ad, records};
}

/** Same number, a response, and the same question, whatever the case of its letters. */
function isReplyTo(question: Question, bytes: Buffer): boolean {
  const end = questionEnd(question);
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== question.id) return false;
  if (((bytes[2] ?? 0) & 0x80) === 0) return false;
  if (bytes.length < end) return bytes.readUInt16BE(4) === 0 && ((bytes[3] ?? 0) & 15) !== 0; // a bare error
  for (let at = HEADER_BYTES; at < end; at++)
    if (folded(bytes[at] ?? 0) !== folded(question.bytes[at] ?? 0)) return false;
  return true;
}

function questionEnd(question: Question): number {
  let at = HEADER_BYTES;
  for (let length = question.bytes[at] ?? 0; length > 0; length = question.bytes[at] ?? 0) at += length + 1;
  return at + 5;
}

function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

function recordOf(answer: Answer): DnsRecord | undefined {
  if (answer.type === 'OPT' || answer.class !== 'IN') return undefined;
  const common = {name: nameOf(answer.name), ttl: answer.ttl ?? 0};
  const plain = {...common, preference: 0};
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return {...plain, type: answer.type, value: answer.data};
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return {...plain, type: answer.type, value: nameOf(answer.data)};
    case 'SOA':
      return {...plain, type: answer.type, value: nameOf(answer.data.mname)};
    case 'TXT':
      return {...plain, type: answer.type, value: textOf(answer.data)};
    case 'MX':
      return {...common, type: 'MX', value: nameOf(answer.data.exchange), preference: answer.data.preference ?? 0};
    case 'SRV': {
      const {target, priority = 0, port} = answer.data;
      return {...common, type: 'SRV', value: nameOf(target), preference: priority, port};
    }
    case 'TLSA': {
      const {usage, selector, matchingType, certificate} = answer.data;
      const tlsa = {usage, selector, matching: matchingType};
      return {...plain, type: 'TLSA', value: certificate.toString('hex'), tlsa};
    }
    default:
      return undefined;
  }
}

/** The root is `.`; other names have no final dot. dns-packet reads labels as UTF-8: back to bytes. */
function nameOf(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1');
}

/** All strings of a TXT record; what is not printable becomes a blank, since texts go into logs and replies. */
function textOf(data: string | Buffer | readonly (string | Buffer)[]): string {
  const pieces = Array.isArray(data) ? data : [data];
  const text = pieces.map(piece => (typeof piece === 'string' ? nameOf(piece) : piece.toString('latin1'))).join('');
  return text.replace(/[^ -~]/g, ' ');
}
