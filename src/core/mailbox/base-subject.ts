/**
 * The base subject (RFC 5256 section 2.1): a subject in UTF-8 without `Re:`, `Fwd:`, list names in brackets and trailing
 * `(fwd)`. A byte string in, one out. Linear: each step takes something away, blobs are looked at once per step.
 */
import {toByteString} from '../base/bytes.ts';
import {decodeHeader} from '../message/mime/header-words.ts';

export interface BaseSubject {
  readonly subject: string;
  readonly isReplyOrForward: boolean;
}

/** Subjects are cut here: nobody threads by more. */
const LONGEST = 4096;

export function baseSubject(text: string): BaseSubject {
  let subject = toByteString(decodeHeader(text.slice(0, LONGEST))).replace(/[ \t\r\n]+/g, ' ');
  let isReplyOrForward = false;
  for (;;) {
    const before = subject;
    const trailing = withoutTrailers(subject);
    const leading = withoutLeaders(trailing.subject);
    isReplyOrForward ||= trailing.found || leading.found;
    subject = leading.subject;
    if (/^\[fwd:/i.test(subject) && subject.endsWith(']')) {
      subject = subject.slice(5, -1);
      isReplyOrForward = true;
    }
    if (subject === before) return {subject, isReplyOrForward};
  }
}

interface Cut {
  readonly subject: string;
  readonly found: boolean;
}

/** `(fwd)` and blanks at the end. */
function withoutTrailers(text: string): Cut {
  let end = text.length;
  let found = false;
  for (;;) {
    if (text[end - 1] === ' ') end--;
    else if (text.slice(end - 5, end).toLowerCase() === '(fwd)') {
      end -= 5;
      found = true;
    } else return {subject: text.slice(0, end), found};
  }
}

function withoutLeaders(text: string): Cut {
  let at = 0;
  let found = false;
  for (;;) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const leader = endOfLeader(text, at);
    if (leader > at) {
      at = leader;
      found = true;
      continue;
    }
    const blob = endOfBlob(text, at);
    if (blob === at || blob >= text.length) return {subject: text.slice(at), found};
    at = blob; // a list's name goes unless nothing else is there
  }
}

/** Behind `[list] Re [2]:`, or where it began. */
function endOfLeader(text: string, from: number): number {
  let at = from;
  for (let blob = endOfBlob(text, at); blob > at; blob = endOfBlob(text, at)) at = blob;
  const word = /^(?:re|fwd?) *(?=[[:])/i.exec(text.slice(at, at + LONGEST))?.[0];
  if (word === undefined) return from;
  at += word.length;
  at = endOfBlob(text, at);
  return text[at] === ':' ? at + 1 : from;
}

/** Behind `[...]` and the blanks that follow, or where it began. */
function endOfBlob(text: string, at: number): number {
  if (text[at] !== '[') return at;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '[') return at;
    if (text[end] !== ']') continue;
    end++;
    while (text[end] === ' ') end++;
    return end;
  }
  return at;
}
