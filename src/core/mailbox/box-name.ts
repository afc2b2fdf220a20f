/**
 * Which names a mailbox may have below a namespace, in Dovecot's words when it may not. Names here are without the
 * namespace's prefix; the answer has `/` between its parts (no part ever holds one).
 */
import {MailError} from './mail-error.ts';
import {toMutf7} from './mutf7.ts';

export interface NameRules {
  /** Of the namespace. */
  readonly separator: string;
  readonly layout: 'maildir++' | 'fs';
  readonly driver: 'maildir' | 'mbox';
}

const LONGEST_BYTES = 4096;
const LONGEST_PART_BYTES = 255;
const RESERVED = new Set(['cur', 'new', 'tmp']);

/** Throws `MailError` invalid-name. */
export function storageName(name: string, rules: NameRules, isNew: boolean): string {
  const fault = faultIn(name, rules, isNew);
  if (fault !== undefined) throw new MailError('invalid-name', fault);
  return rules.separator === '/' ? name : name.replaceAll(rules.separator, '/');
}

function faultIn(name: string, rules: NameRules, isNew: boolean): string | undefined {
  const {separator, layout} = rules;
  if (name === '') return 'Invalid mailbox name: Name is empty';
  if (layout === 'maildir++' && separator !== '.' && name.includes('.'))
    return "Character not allowed in mailbox name: '.'";
  if (name.startsWith(separator)) return 'Invalid mailbox name: Begins with hierarchy separator';
  if (separator !== '/' && name.includes('/')) return "Invalid mailbox name: Name must not have '/' characters";
  if (name.endsWith(separator)) return 'Invalid mailbox name: Ends with hierarchy separator';
  if (name.includes(separator + separator)) return 'Invalid mailbox name: Has adjacent hierarchy separators';
  if (name.startsWith('~')) return "Invalid mailbox name: Begins with '~'";
  if (isNew && hasControls(name)) return 'Control characters not allowed in new mailbox names';
  if (name.includes('\0')) return 'Invalid mailbox name: Name must not have NUL characters';
  return faultInParts(name.split(separator), rules);
}

function faultInParts(parts: readonly string[], {layout, driver}: NameRules): string | undefined {
  const encoded = parts.map(toMutf7);
  if (encoded.includes(undefined)) return 'Invalid mailbox name: Name must be valid UTF-8';
  for (const part of layout === 'fs' ? parts : []) {
    if (part === '.') return "Invalid mailbox name: Contains '.' part";
    if (part === '..') return "Invalid mailbox name: Contains '..' part";
    if (driver === 'maildir' && RESERVED.has(part)) return 'Invalid mailbox name: Contains reserved name';
  }
  const onDisk = layout === 'fs' ? encoded : [`.${encoded.join('.')}`];
  const isLong =
    onDisk.some(part => (part ?? '').length > LONGEST_PART_BYTES) || onDisk.join('/').length > LONGEST_BYTES;
  return isLong ? 'Mailbox name too long' : undefined;
}

function hasControls(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
