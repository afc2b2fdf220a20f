/**
 * Sections of IMAP's FETCH (RFC 3501 section 6.4.5: BODY[...]; RFC 3516: BINARY[...]): reads their names, finds their bytes in a
 * part tree, and tells how these bytes are served. What doesn't exist is served as an empty string, as Dovecot does.
 */
import type {MessagePart} from './message-part.ts';

export interface Section {
  /** Part numbers, from 1. */
  readonly path: readonly number[];
  readonly what: 'all' | 'mime' | 'header' | 'text' | 'fields' | 'fields-not';
  /** Field names, in lower case. */
  readonly names: readonly string[];
}

/** A stretch of the message, physical, and what is to be done with it on the way to the client. */
export interface Stretch {
  readonly offset: number;
  readonly size: number;
  readonly serving: Serving;
}

export type Serving =
  /** Line ends become CRLF; NULs become 0x80 (`plain`) or stay (`binary`). */
  | {readonly kind: 'plain' | 'binary'}
  /** A header of which some fields are served. */
  | {
      readonly kind: 'fields';
      readonly names: ReadonlySet<string>;
      readonly isNot: boolean;
      /** An empty line ends them even where the header has none. */
      readonly isEnded: boolean;
    }
  /** A header whose Content-Transfer-Encoding becomes binary. */
  | {readonly kind: 'binary-header'}
  /** A body whose encoding is undone. */
  | {readonly kind: 'decoded'; readonly encoding: string};

export interface SectionPlan {
  readonly stretches: readonly Stretch[];
  /** Bytes served, where that is known beforehand. */
  readonly size: number | undefined;
  /** The answer is a literal8 (`~{...}`), as Dovecot sends it for what was decoded or has NULs. */
  readonly isBinary: boolean;
}

/** What stands between the brackets. Undefined when it is no section. */
export function parseSection(text: string): Section | undefined {
  const path: number[] = [];
  let rest = text;
  while (rest !== '' && isDigit(rest.charCodeAt(0))) {
    const dot = rest.indexOf('.');
    const number = dot < 0 ? rest : rest.slice(0, dot);
    if (number.startsWith('0') || number.length > 9 || ![...number].every(digit => isDigit(digit.charCodeAt(0))))
      return undefined;
    path.push(Number(number));
    if (dot >= 0 && dot === rest.length - 1) return undefined;
    rest = dot < 0 ? '' : rest.slice(dot + 1);
  }
  const upper = rest.toUpperCase();
  if (rest === '') return {path, what: 'all', names: []};
  if (upper === 'MIME') return path.length === 0 ? undefined : {path, what: 'mime', names: []};
  if (upper === 'HEADER' || upper === 'TEXT') return {path, what: upper === 'HEADER' ? 'header' : 'text', names: []};
  const isNot = upper.startsWith('HEADER.FIELDS.NOT ');
  if (!isNot && !upper.startsWith('HEADER.FIELDS ')) return undefined;
  const names = parseNames(rest.slice(isNot ? 18 : 14));
  return names === undefined ? undefined : {path, what: isNot ? 'fields-not' : 'fields', names};
}

/** `(A "b c")` */
function parseNames(list: string): readonly string[] | undefined {
  if (!list.startsWith('(') || !list.endsWith(')')) return undefined;
  const names: string[] = [];
  for (let at = 1; at < list.length - 1;) {
    const isQuoted = list.charAt(at) === '"';
    const found = list.indexOf(isQuoted ? '"' : ' ', at + 1);
    const end = found < 0 ? list.length - 1 : found;
    names.push(list.slice(isQuoted ? at + 1 : at, end).toLowerCase());
    at = end + (isQuoted ? 2 : 1);
  }
  return names.length === 0 ? undefined : names;
}

/** How a section is served. */
export function planSection(root: MessagePart, section: Section): SectionPlan {
  const part = findPart(root, section.path);
  if (part === undefined) return EMPTY_PLAN;
  if (section.what === 'mime') return plain(headerExtent(part));
  if (section.what === 'all') return plain(section.path.length === 0 ? wholeExtent(part) : bodyExtent(part));
  const message = section.path.length === 0 ? part : part.isMessage ? part.children[0] : undefined;
  if (message === undefined) return EMPTY_PLAN;
  if (section.what === 'text') return plain(bodyExtent(message));
  if (section.what === 'header') return plain(headerExtent(message));
  const {offset, size} = headerExtent(message);
  const isNot = section.what === 'fields-not';
  const serving = {kind: 'fields', names: new Set(section.names), isNot, isEnded: !isNot && message === root} as const;
  return {stretches: [{offset, size, serving}], size: undefined, isBinary: false};
}

/** The part with that number; the message itself for an empty path. */
export function findPart(root: MessagePart, path: readonly number[]): MessagePart | undefined {
  let part: MessagePart | undefined = root;
  let isChosen = false; // by a number
  let isSelf = false; // a part that isn't a multipart has itself as its part 1, once
  for (const number of path) {
    if (isChosen && part.isMessage) {
      part = part.children[0];
      isSelf = false;
    }
    if (part === undefined) return undefined;
    if (part.isMultipart) {
      part = part.children[number - 1];
      isSelf = false;
      if (part === undefined) return undefined;
    } else if (number !== 1 || isSelf) return undefined;
    else isSelf = true;
    isChosen = true;
  }
  return part;
}

interface Extent {
  readonly offset: number;
  readonly size: number;
  readonly virtualSize: number;
}

function headerExtent(part: MessagePart): Extent {
  return {offset: part.headerOffset, size: part.headerSize, virtualSize: part.headerVirtualSize};
}

function bodyExtent(part: MessagePart): Extent {
  return {offset: part.bodyOffset, size: part.bodySize, virtualSize: part.bodyVirtualSize};
}

function wholeExtent(part: MessagePart): Extent {
  const virtualSize = part.headerVirtualSize + part.bodyVirtualSize;
  return {offset: part.headerOffset, size: part.headerSize + part.bodySize, virtualSize};
}

function plain({offset, size, virtualSize}: Extent): SectionPlan {
  return {stretches: [{offset, size, serving: {kind: 'plain'}}], size: virtualSize, isBinary: false};
}

/**
 * How BINARY[path] is served. Parts inside are decoded too, and their headers say `binary` then. Undefined for an encoding that
 * isn't known (UNKNOWN-CTE).
 */
export function planBinary(root: MessagePart, path: readonly number[]): SectionPlan | undefined {
  const part = findPart(root, path);
  if (part === undefined) return EMPTY_PLAN;
  const stretches: Stretch[] = [];
  const state = {at: path.length === 0 ? part.headerOffset : part.bodyOffset, isBinary: hasNulInside(part)};
  if (!addDecoded(part, path.length > 0, stretches, state)) return undefined;
  addStretch(stretches, state.at, part.bodyOffset + part.bodySize, {kind: 'binary'});
  const size = stretches.every(({serving}) => serving.kind === 'binary')
    ? part.bodyVirtualSize + (path.length === 0 ? part.headerVirtualSize : 0)
    : undefined;
  return {stretches, size, isBinary: state.isBinary};
}

function addDecoded(
  part: MessagePart,
  isHeaderless: boolean,
  stretches: Stretch[],
  state: {at: number; isBinary: boolean},
): boolean {
  if (part.isMultipart || part.isMessage)
    return part.children.every(child => addDecoded(child, false, stretches, state));
  const encoding = (part.transferEncoding ?? '7bit').toLowerCase();
  if (!KNOWN_ENCODINGS.has(encoding)) return false;
  if ((encoding !== 'base64' && encoding !== 'quoted-printable') || part.bodySize === 0) return true;
  state.isBinary = true;
  if (!isHeaderless) {
    addStretch(stretches, state.at, part.headerOffset, {kind: 'binary'});
    addStretch(stretches, part.headerOffset, part.bodyOffset, {kind: 'binary-header'});
  }
  state.at = part.bodyOffset + part.bodySize;
  addStretch(stretches, part.bodyOffset, state.at, {kind: 'decoded', encoding});
  return true;
}

function addStretch(stretches: Stretch[], offset: number, end: number, serving: Serving): void {
  if (end > offset) stretches.push({offset, size: end - offset, serving});
}

function hasNulInside(part: MessagePart): boolean {
  return part.hasNul || part.children.some(hasNulInside);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const KNOWN_ENCODINGS: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable']);
const EMPTY_PLAN: SectionPlan = {stretches: [], size: 0, isBinary: false};
