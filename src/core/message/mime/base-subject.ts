/**
 * Base subjects (RFC 5256 section 2.1): a subject without "Re:", "Fwd:", "[list]" and the like, in the form in which SORT and
 * THREAD compare it (normalize.ts).
 */
import {decodeHeader} from './header-words.ts';
import {normalizeText} from './normalize.ts';
import {unfold} from './field-collector.ts';

export interface BaseSubject {
  /** Normalized UTF-8 as a byte string; two of them are equal, or come before each other, byte by byte. */
  readonly text: string;
  /** Something was taken away that says so (RFC 5256 section 3, THREAD=REFERENCES step 5). */
  readonly isReplyOrForward: boolean;
}

/** `value` is the field's value as it stands in the message. */
export function baseSubject(value: string): BaseSubject {
  let text = withoutRuns(normalizeText(decodeHeader(unfold(value))).toString('latin1'));
  let isReplyOrForward = false;
  for (;;) {
    const trailed = withoutTrailer(text);
    const led = withoutLeaders(trailed);
    const inner = led.endsWith(']') && led.startsWith('[FWD:') ? led.slice(5, -1) : led;
    isReplyOrForward ||= trailed !== text.trimEnd() || saysReply(trailed, led) || inner !== led;
    text = inner;
    if (inner === led) return {text, isReplyOrForward};
  }
}

/** White space as one blank, none in front. */
function withoutRuns(text: string): string {
  return text.replace(/[ \t\r\n]+/g, ' ').replace(/^ /, '');
}

/** `(fwd)` and blanks at the end. */
function withoutTrailer(text: string): string {
  let end = text.length;
  for (;;) {
    if (text.charAt(end - 1) === ' ') end--;
    else if (end >= 5 && text.startsWith('(FWD)', end - 5)) end -= 5;
    else return text.slice(0, end);
  }
}

/** Leaders ("Re:", "[x] Fwd [y]:") as often as they come, then blobs ("[x]") as long as something stays behind them. */
function withoutLeaders(text: string): string {
  let at = 0;
  for (;;) {
    const start = at;
    at = skipLeaders(text, at);
    const behind = skipBlob(text, at);
    if (behind > at && behind < text.length) at = behind;
    if (at === start) return text.slice(at);
  }
}

function skipLeaders(text: string, start: number): number {
  let at = start;
  for (;;) {
    if (text.charAt(at) === ' ') {
      at++;
      continue;
    }
    let word = at;
    for (let next = skipBlob(text, word); next > word; next = skipBlob(text, word)) word = next;
    const behind = skipReplyWord(text, word);
    if (behind === word) return at;
    at = behind;
  }
}

/** `Re:`, `Fw [x] :`; answers `start` when it isn't one. */
function skipReplyWord(text: string, start: number): number {
  const word = ['FWD', 'FW', 'RE'].find(one => text.startsWith(one, start));
  if (word === undefined) return start;
  let at = start + word.length;
  if (text.charAt(at) === ' ') at++;
  at = skipBlob(text, at);
  return text.charAt(at) === ':' ? at + 1 : start;
}

/** `[x] `; answers `start` when there is none. */
function skipBlob(text: string, start: number): number {
  if (text.charAt(start) !== '[') return start;
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '[' && text.charAt(at) !== ']') at++;
  if (text.charAt(at) !== ']') return start;
  return text.charAt(at + 1) === ' ' ? at + 2 : at + 1;
}

function saysReply(before: string, after: string): boolean {
  const removed = before.slice(0, before.length - after.length);
  return removed.includes(':');
}
