/** What FETCH asks for (RFC 3501 section 6.4.5 and extensions), read from the arguments. */
import {type Arguments, fail} from '../argument.ts';
import type {Section} from '../../message/mime/section.ts';
import {expectPlainSection, expectSection, type NamedSection} from './section.ts';

/** Items of the index, by the word they are asked for and answered with. */
export type PlainItem =
  | 'FLAGS'
  | 'UID'
  | 'INTERNALDATE'
  | 'RFC822.SIZE'
  | 'MODSEQ'
  | 'ENVELOPE'
  | 'BODY'
  | 'BODYSTRUCTURE'
  | 'SAVEDATE'
  | 'X-GUID'
  | 'X-MAILBOX'
  | 'X-REAL-UID'
  | 'X-SAVEDATE';

export type FetchItem =
  | {readonly kind: 'plain'; readonly name: PlainItem}
  | {readonly kind: 'preview'; readonly isSnippet: boolean; readonly showsFuzzy: boolean; readonly isLazy: boolean}
  /** `label` is answered: `BODY[1]<0>`, `RFC822.TEXT`. */
  | {readonly kind: 'body'; readonly named: NamedSection; readonly label: string; readonly isPeek: boolean}
  | {readonly kind: 'binary'; readonly named: NamedSection; readonly label: string; readonly isPeek: boolean}
  | {readonly kind: 'binary-size'; readonly section: Section; readonly label: string};

const PLAIN: ReadonlySet<string> = new Set<PlainItem>([
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'MODSEQ',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'SAVEDATE',
  'X-GUID',
  'X-MAILBOX',
  'X-REAL-UID',
  'X-SAVEDATE',
]);

const MACROS: ReadonlyMap<string, readonly PlainItem[]> = new Map([
  ['ALL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE']],
  ['FAST', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']],
  ['FULL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY']],
] as const);

/** One item or macro, or a list of items. */
export function expectFetchItems(args: Arguments): FetchItem[] {
  const list = args.takeList();
  if (list === undefined) {
    const macro = args.peek();
    const plain = macro?.kind === 'atom' ? MACROS.get(macro.text.toUpperCase()) : undefined;
    if (plain === undefined) return [expectItem(args)];
    args.next();
    return plain.map(name => ({kind: 'plain', name}));
  }
  if (list.isAtEnd) fail('FETCH list is empty.');
  const items: FetchItem[] = [];
  while (!list.isAtEnd) items.push(expectItem(list));
  return items;
}

function expectItem(args: Arguments): FetchItem {
  const word = args.takeAtom() ?? fail(args.isAtEnd ? 'Invalid arguments.' : 'FETCH list contains non-atoms.');
  const name = word.toUpperCase();
  if (PLAIN.has(name)) return {kind: 'plain', name: name as PlainItem};
  if (name === 'PREVIEW' || name === 'SNIPPET') return preview(name, args);
  if (name.startsWith('RFC822')) return rfc822(name);
  const bracket = word.indexOf('[');
  if (bracket > 0) return sectionItem(name.slice(0, bracket), word.slice(bracket + 1), args);
  return fail(`Unknown parameter: ${name}.`);
}

function sectionItem(name: string, text: string, args: Arguments): FetchItem {
  switch (name) {
    case 'BODY':
    case 'BODY.PEEK': {
      const named = expectSection(text, args);
      return {kind: 'body', named, label: `BODY[${named.label}]${origin(named)}`, isPeek: name !== 'BODY'};
    }
    case 'BINARY':
    case 'BINARY.PEEK': {
      const named = expectSection(text, args, false);
      return {kind: 'binary', named, label: `BINARY[${named.label}]${origin(named)}`, isPeek: name !== 'BINARY'};
    }
    case 'BINARY.SIZE': {
      const {section, label, partial} = expectSection(text, args, false);
      if (partial !== undefined) fail('Invalid BINARY.SIZE[..] section.');
      return {kind: 'binary-size', section, label: `BINARY.SIZE[${label}]`};
    }
    default:
      return fail(`Unknown parameter: ${name}[${text.toUpperCase()}.`);
  }
}

function origin({partial}: NamedSection): string {
  return partial === undefined ? '' : `<${partial.start}>`;
}

/** `RFC822` and the like of IMAP2. */
function rfc822(name: string): FetchItem {
  const sections = new Map([
    ['RFC822', ''],
    ['RFC822.HEADER', 'HEADER'],
    ['RFC822.TEXT', 'TEXT'],
  ]);
  const text = sections.get(name) ?? fail(`Unknown parameter ${name}.`);
  const named = {section: expectPlainSection(text), label: text, partial: undefined};
  return {kind: 'body', named, label: name, isPeek: text === 'HEADER'};
}

/** PREVIEW (RFC 8970), its draft's `(LAZY=FUZZY)`, and SNIPPET before it. */
function preview(name: string, args: Arguments): FetchItem {
  const modifiers = args.takeList();
  let showsFuzzy = name === 'SNIPPET';
  let isLazy = false;
  while (modifiers !== undefined && !modifiers.isAtEnd) {
    const word = (modifiers.takeAtom() ?? fail(`Invalid ${name} modifiers.`)).toUpperCase();
    if (word === 'LAZY') isLazy = true;
    else if (word === 'FUZZY') showsFuzzy = true;
    else if (word === 'LAZY=FUZZY') isLazy = showsFuzzy = true;
    else fail(`'${word}' is not a supported ${name} modifier.`);
  }
  return {kind: 'preview', isSnippet: name === 'SNIPPET', showsFuzzy, isLazy};
}
