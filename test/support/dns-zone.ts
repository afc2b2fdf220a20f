/**
 * What the DNS stub knows, and how it answers a question from it, as a recursive resolver would: names without regard
 * to case, wildcards, CNAMEs followed, names that exist without a record told from those that do not exist.
 */
import type {Answer, RecordType} from 'dns-packet';

/** A fault instead of an answer. `@short`: an answer that breaks off; `@garbage`: bytes that are none. */
export type ZoneFault =
  '@servfail' | '@refused' | '@formerr' | '@notimp' | '@nxdomain' | '@timeout' | '@garbage' | '@short' | '@wrong-id';

type Records<T> = readonly T[] | ZoneFault;

/** The records of one name: `{MX: [[10, 'mx1.example.net']], TXT: ['v=spf1 -all'], secure: true}`. */
export interface ZoneEntry {
  readonly A?: Records<string>;
  readonly AAAA?: Records<string>;
  readonly MX?: Records<readonly [preference: number, host: string]>;
  /** A text, or its strings. */
  readonly TXT?: Records<string | readonly string[]>;
  readonly PTR?: Records<string>;
  readonly NS?: Records<string>;
  readonly CNAME?: string | ZoneFault;
  readonly SOA?: Records<readonly [server: string, mailbox: string]>;
  readonly SRV?: Records<readonly [priority: number, weight: number, port: number, target: string]>;
  /** The data in hexadecimal digits. */
  readonly TLSA?: Records<readonly [usage: number, selector: number, matching: number, data: string]>;
  /** The answer has the AD bit, when the question asks for it. */
  readonly secure?: boolean;
  /** Over UDP the answer is cut. */
  readonly truncated?: boolean;
  readonly ttl?: number;
}

/** By name, or by address for PTR records: `{'127.0.0.9': {PTR: ['client.example.net']}}`. */
export type Zone = Readonly<Record<string, ZoneEntry | ZoneFault>>;

export type ZoneAnswer =
  | {
      readonly kind: 'answer';
      readonly answers: readonly Answer[];
      readonly exists: boolean;
      readonly secure: boolean;
      readonly truncated: boolean;
    }
  | {readonly kind: 'fault'; readonly fault: ZoneFault};

const TYPES = ['A', 'AAAA', 'MX', 'TXT', 'PTR', 'NS', 'SOA', 'SRV', 'TLSA'] as const;
type ZoneType = (typeof TYPES)[number];
const MAX_ALIASES = 20;

export class ZoneData {
  readonly #entries = new Map<string, ZoneEntry | ZoneFault>();

  add(zone: Zone): void {
    for (const [name, entry] of Object.entries(zone)) this.#entries.set(keyOf(name), entry);
  }

  remove(name: string): void {
    this.#entries.delete(keyOf(name));
  }

  answer(name: string, type: RecordType): ZoneAnswer {
    const answers: Answer[] = [];
    let secure = true;
    let truncated = false;
    let at = name;
    for (let hop = 0; hop < MAX_ALIASES; hop++) {
      const entry = this.#find(at);
      if (typeof entry === 'string') return {kind: 'fault', fault: entry};
      secure &&= entry?.secure === true;
      truncated ||= entry?.truncated === true;
      const found = entry === undefined ? [] : recordsOf(at, entry, type);
      if (typeof found === 'string') return {kind: 'fault', fault: found};
      answers.push(...found);
      const alias = typeof entry === 'object' && type !== 'CNAME' ? entry.CNAME : undefined;
      if (alias === undefined)
        return {kind: 'answer', answers, exists: entry !== undefined || this.#hasBelow(at), secure, truncated};
      at = alias;
    }
    return {kind: 'answer', answers, exists: true, secure, truncated};
  }

  #find(name: string): ZoneEntry | ZoneFault | undefined {
    const key = keyOf(name);
    const own = this.#entries.get(key);
    if (own !== undefined) return own;
    for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
      const wild = this.#entries.get(`*${key.slice(dot)}`);
      if (wild !== undefined) return wild;
    }
    return undefined;
  }

  #hasBelow(name: string): boolean {
    const tail = `.${keyOf(name)}`;
    return [...this.#entries.keys()].some(key => key.endsWith(tail));
  }
}

function recordsOf(name: string, entry: ZoneEntry, type: RecordType): Answer[] | ZoneFault {
  const ttl = entry.ttl ?? 300;
  if (entry.CNAME !== undefined) {
    if (entry.CNAME.startsWith('@')) return entry.CNAME as ZoneFault;
    return [{name, type: 'CNAME', ttl, data: entry.CNAME}];
  }
  if (!isZoneType(type)) return [];
  const records = entry[type];
  if (records === undefined) return [];
  if (typeof records === 'string') return records;
  return records.map(record => ({name, ttl, ...answerOf(type, record)}) as Answer);
}

function isZoneType(type: string): type is ZoneType {
  return TYPES.some(known => known === type);
}

type AnyRecord = string | readonly (string | number)[];

function answerOf(type: ZoneType, record: AnyRecord): {type: RecordType; data: unknown} {
  if (typeof record === 'string') return {type, data: type === 'TXT' ? textsOf([record]) : record};
  const [first, second, third, fourth] = record;
  switch (type) {
    case 'MX':
      return {type, data: {preference: first, exchange: second}};
    case 'SRV':
      return {type, data: {priority: first, weight: second, port: third, target: fourth}};
    case 'TLSA':
      return {
        type,
        data: {usage: first, selector: second, matchingType: third, certificate: Buffer.from(String(fourth), 'hex')},
      };
    case 'SOA':
      return {type, data: {mname: first, rname: second, serial: 1, refresh: 3600, retry: 600, expire: 86400}};
    default:
      return {type, data: textsOf(record.map(String))};
  }
}

/** TXT strings of at most 255 bytes each. */
function textsOf(texts: readonly string[]): Buffer[] {
  return texts.flatMap(text => {
    const bytes = Buffer.from(text, 'latin1');
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length || at === 0; at += 255) pieces.push(bytes.subarray(at, at + 255));
    return pieces;
  });
}

function keyOf(name: string): string {
  const key = name.toLowerCase().replace(/\.$/, '');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(key)) return `${key.split('.').reverse().join('.')}.in-addr.arpa`;
  if (!key.includes(':')) return key;
  const [head = '', tail] = key.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const digits = groups.map(group => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}
