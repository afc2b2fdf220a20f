/** Header fields with addresses: each rewritten in place, the line folded anew when something changed (cleanup(8)). */
import type {AddressRewriter, HeaderKind, RewriteContext} from '../address/address-rewriter.ts';
import {ask, type Steps} from '../address/steps.ts';
import {parseAddressList, printAddressList} from '../message/address-list.ts';

export interface HeaderRewriting {
  readonly rewriter: AddressRewriter;
  readonly context: RewriteContext;
  readonly tokenLimit: number;
  warn(text: string): void;
}

/** The header as it shall stand, lines joined with newlines; the same text when nothing had to be changed. */
export function* rewriteHeader(header: string, kind: HeaderKind, how: HeaderRewriting): Steps<string> {
  const colon = header.indexOf(':');
  const items = parseAddressList(header.slice(colon + 1), how.tokenLimit);
  let isChanged = false;
  for (const item of items) {
    if (item.kind !== 'address') continue;
    const address = item.spaced ?? item.address;
    const rewritten = yield* ask(how.rewriter.headerAddress(address, kind, how.context));
    isChanged ||= rewritten !== address || item.route !== '';
    item.address = rewritten;
  }
  if (!isChanged) return header;
  return fold(`${header.slice(0, colon)}: ${printAddressList(items, '\n', text => how.warn(text))}`);
}

/** One address per line comes in; as many as fit go on a line. A tab in front of a line counts as one. */
function fold(header: string): string {
  const [first = '', ...rest] = header.split('\n');
  let out = first;
  let length = first.length;
  for (const line of rest) {
    const fits = length + 1 + line.length < MAX_LINE;
    out += (fits ? ' ' : '\n') + line;
    length = fits ? length + 1 + line.length : line.length;
  }
  return out;
}

const MAX_LINE = 70;
