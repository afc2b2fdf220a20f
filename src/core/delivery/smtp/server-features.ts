/** What a server offers in its reply to EHLO or LHLO (RFC 5321 section 4.1.1.1), less what we are told to overlook. */
import type {Reply} from './reply-parser.ts';

export interface ServerFeatures {
  /** The name it gives itself. */
  readonly name: string;
  readonly hasPipelining: boolean;
  /** 0: it did not say; seen: it is not told the message's size then either. */
  readonly sizeLimit: number;
  readonly has8BitMime: boolean;
  readonly hasDsn: boolean;
  readonly hasSmtpUtf8: boolean;
  readonly hasChunking: boolean;
  /** RFC 8689; it counts only within TLS. */
  readonly hasRequireTls: boolean;
  readonly hasStartTls: boolean;
  readonly hasAuth: boolean;
  /** As offered; some servers say `AUTH=` besides, with the same. */
  readonly mechanisms: readonly string[];
  readonly xforward: ReadonlySet<string>;
  /** We are logged in. */
  isAuthenticated: boolean;
}

const NO_FEATURES: ReadonlySet<string> = new Set();

/** The keywords that postconf(5) smtp_discard_ehlo_keywords knows, in the order in which the log names them. */
const DISCARDABLE = [
  '8BITMIME',
  'AUTH',
  'ETRN',
  'PIPELINING',
  'SIZE',
  'STARTTLS',
  'VERP',
  'VRFY',
  'XCLIENT',
  'XFORWARD',
  'ENHANCEDSTATUSCODES',
  'DSN',
  'SMTPUTF8',
  'CHUNKING',
  'REQUIRETLS',
  'SILENT-DISCARD',
];

/** A list of keywords; what is not known counts for nothing. Answers them in upper case. */
export function parseDiscarded(list: string): ReadonlySet<string> {
  const words = list.toUpperCase().split(/[\s,]+/);
  return new Set(DISCARDABLE.filter(keyword => words.includes(keyword)));
}

/** `isExtended`: the reply is to EHLO or LHLO; HELO's names the server and no more. */
export function parseFeatures(reply: Reply, isExtended: boolean, discarded: ReadonlySet<string>): ServerFeatures {
  const [first = '', ...lines] = reply.text.split('\n');
  const keywords = new Map<string, string[]>();
  if (isExtended) for (const line of lines) addKeyword(keywords, line);
  const has = (keyword: string): boolean => keywords.has(keyword) && !discarded.has(keyword);
  return {
    name: words(first)[0] ?? '',
    hasPipelining: has('PIPELINING'),
    sizeLimit: has('SIZE') ? sizeOf(keywords.get('SIZE')?.[0]) : 0,
    has8BitMime: has('8BITMIME'),
    hasDsn: has('DSN'),
    hasSmtpUtf8: has('SMTPUTF8'),
    hasChunking: has('CHUNKING'),
    hasRequireTls: has('REQUIRETLS'),
    hasStartTls: has('STARTTLS'),
    hasAuth: has('AUTH'),
    mechanisms: has('AUTH') ? (keywords.get('AUTH') ?? []) : [],
    xforward: has('XFORWARD') ? new Set(keywords.get('XFORWARD')?.map(word => word.toUpperCase())) : NO_FEATURES,
    isAuthenticated: false,
  };
}

function addKeyword(keywords: Map<string, string[]>, line: string): void {
  const [keyword, ...parameters] = words(line);
  if (keyword === undefined) return;
  const name = keyword.toUpperCase();
  const known = keywords.get(name);
  if (known === undefined) keywords.set(name, parameters);
  else if (known.length === 0) known.push(...parameters);
}

/** What stands behind the code; Microsoft's `AUTH=LOGIN` counts as `AUTH LOGIN`. */
function words(line: string): string[] {
  return line
    .slice(4)
    .split(/[ \t=]/)
    .filter(Boolean);
}

function sizeOf(text = ''): number {
  if (!/^[0-9]{1,20}$/.test(text)) return 0;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : 0;
}
