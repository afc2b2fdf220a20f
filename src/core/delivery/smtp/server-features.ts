/** What a server offers in its reply to EHLO or LHLO (RFC 5321 section 4.1.1.1), less what we are told to overlook. */
import type {Reply} from './reply-parser.ts';

export interface ServerFeatures {
  /** The name it gives itself. */
  readonly name: string;
  readonly hasPipelining: boolean;
  readonly hasSize: boolean;
  /** 0: it did not say. */
  readonly sizeLimit: number;
  readonly has8BitMime: boolean;
  readonly hasDsn: boolean;
  readonly hasSmtpUtf8: boolean;
  readonly hasStartTls: boolean;
  readonly hasAuth: boolean;
  /** As offered; some servers say `AUTH=` besides, with the same. */
  readonly mechanisms: readonly string[];
  readonly xforward: ReadonlySet<string>;
  /** We are logged in. */
  isAuthenticated: boolean;
}

const NO_FEATURES: ReadonlySet<string> = new Set();

/** The keywords that postconf(5) smtp_discard_ehlo_keywords knows. */
const DISCARDABLE = new Set([
  '8bitmime',
  'auth',
  'chunking',
  'dsn',
  'enhancedstatuscodes',
  'etrn',
  'pipelining',
  'silent-discard',
  'size',
  'smtputf8',
  'starttls',
  'verp',
  'vrfy',
  'xclient',
  'xforward',
]);

/** A list of keywords, in lower case. `unknown` is told of those that mean nothing. */
export function parseDiscarded(list: string, unknown: (word: string) => void): ReadonlySet<string> {
  const words = list
    .toLowerCase()
    .split(/[\s,|]+/)
    .filter(Boolean);
  for (const word of words) if (!DISCARDABLE.has(word)) unknown(word);
  return new Set(words.filter(word => DISCARDABLE.has(word)));
}

/** `isExtended`: the reply is to EHLO or LHLO; HELO's names the server and no more. */
export function parseFeatures(reply: Reply, isExtended: boolean, discarded: ReadonlySet<string>): ServerFeatures {
  const [first = '', ...lines] = reply.text.split('\n');
  const keywords = new Map<string, string[]>();
  if (isExtended) for (const line of lines) addKeyword(keywords, line);
  const has = (keyword: string): boolean => keywords.has(keyword) && !discarded.has(keyword);
  return {
    name: words(first)[0] ?? '',
    hasPipelining: has('pipelining'),
    hasSize: has('size'),
    sizeLimit: has('size') ? sizeOf(keywords.get('size')?.[0]) : 0,
    has8BitMime: has('8bitmime'),
    hasDsn: has('dsn'),
    hasSmtpUtf8: has('smtputf8'),
    hasStartTls: has('starttls'),
    hasAuth: has('auth'),
    mechanisms: has('auth') ? (keywords.get('auth') ?? []) : [],
    xforward: has('xforward') ? new Set(keywords.get('xforward')?.map(word => word.toUpperCase())) : NO_FEATURES,
    isAuthenticated: false,
  };
}

function addKeyword(keywords: Map<string, string[]>, line: string): void {
  const [keyword, ...parameters] = words(line);
  if (keyword === undefined) return;
  const name = keyword.toLowerCase();
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
