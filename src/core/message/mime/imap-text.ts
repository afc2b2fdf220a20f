/** Strings of IMAP answers (RFC 3501 section 9: nstring) in the form Dovecot chooses: quoted, escaped, or a literal. */

import {unfold} from './field-collector.ts';

/** A field's value, unfolded; `NIL` for undefined. */
export function imapNstring(text: string | undefined): string {
  return text === undefined ? 'NIL' : imapString(unfold(text));
}

export function imapString(text: string): string {
  let escapes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code === CR || code === LF || code > 0x7f) return literal(text);
    if (code === QUOTE || code === BACKSLASH) escapes++;
  }
  if (escapes === 0) return `"${text}"`;
  return escapes > MAX_ESCAPES ? literal(text) : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * For subjects and names: blanks in a row become one, those at the ends go. Anything but plain text that needed no change
 * is a literal.
 */
export function imapStringForHumans(text: string | undefined): string {
  if (text === undefined) return 'NIL';
  let out = '';
  let isChanged = false;
  let isAfterBlank = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isBlank = code === SPACE || code === TAB || code === CR || code === LF;
    if (!isBlank) {
      isChanged ||= code === 0 || code > 0x7f || code === QUOTE || code === BACKSLASH;
      out += text.charAt(i);
    } else if (isAfterBlank) isChanged = true;
    else {
      isChanged ||= code !== SPACE;
      out += ' ';
    }
    isAfterBlank = isBlank;
  }
  if (!isChanged && !(isAfterBlank && out !== '')) return `"${out}"`;
  if (out.endsWith(' ')) out = out.slice(0, -1);
  return out === '' ? '""' : literal(out);
}

function literal(text: string): string {
  const safe = text.includes('\0') ? text.replaceAll('\0', REPLACEMENT) : text;
  return `{${safe.length}}\r\n${safe}`;
}

/** U+FFFD in UTF-8: IMAP has no NUL in strings. */
const REPLACEMENT = '\xef\xbf\xbd';
const MAX_ESCAPES = 4;
const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
