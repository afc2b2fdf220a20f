/**
 * Enhanced status codes (RFC 3463) in texts that the operator writes: found in front of a text, and set right where one
 * about a recipient is used to refuse a sender, or the other way about. Nothing here fails.
 */
import type {ReplyClass} from './check.ts';

/** `5.7.1` in front of a text, or alone. */
export function isEnhancedStatus(text: string): boolean {
  return statusLength(text) > 0;
}

/** Takes the code off the front of a text; `fallback` when there is none. */
export function splitStatus(text: string, fallback: string): {readonly status: string; readonly text: string} {
  const length = statusLength(text);
  if (length === 0) return {status: fallback, text};
  return {status: text.slice(0, length), text: text.slice(length).replace(/^[ \t\n\v\f\r]+/, '')};
}

function statusLength(text: string): number {
  const found = /^[245]\.\d{1,3}\.\d{1,3}(?=\s|$)/.exec(text.slice(0, 10));
  return found === null ? 0 : found[0].length;
}

/** The last number of an address status X.1.N: what it becomes for a sender, and for a recipient. */
const ADDRESS_DETAILS: ReadonlyMap<string, readonly [sender: string, recipient: string]> = new Map([
  ['1', ['7', '1']],
  ['2', ['8', '2']],
  ['3', ['7', '3']],
  ['4', ['7', '4']],
  ['5', ['0', '5']],
  ['6', ['7', '6']],
  ['7', ['7', '3']],
  ['8', ['8', '2']],
]);

/** Answers the status that fits what is refused; `tell` hears of a change. */
export function fitStatus(status: string, replyClass: ReplyClass, tell: (text: string) => void): string {
  if (!status.startsWith('.1.', 1)) return status;
  const fitting = `${status.charAt(0)}${fittingDetail(status.slice(4), replyClass)}`;
  if (fitting !== status) tell(`mapping DSN status ${status} into ${replyClass} status ${fitting}`);
  return fitting;
}

function fittingDetail(detail: string, replyClass: ReplyClass): string {
  const [sender, recipient] = ADDRESS_DETAILS.get(detail) ?? ['0', '0'];
  if (replyClass === 'Sender address') return `.1.${sender}`;
  return replyClass === 'Recipient address' ? `.1.${recipient}` : '.0.0';
}
