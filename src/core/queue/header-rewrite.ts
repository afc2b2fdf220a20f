/** Header fields with addresses: each rewritten in place, the line folded anew when something changed (cleanup(8)). */
import type {AddressRewriter, HeaderKind, Later, RewriteContext} from '../address/address-rewriter.ts';
import {ask, type Steps} from '../address/steps.ts';
import {parseAddressList, printAddressList, type AddressItem} from '../message/address-list.ts';
import {quoteAddress, splitAddress} from '../message/address-syntax.ts';

export interface HeaderRewriting {
  readonly rewriter: Pick<AddressRewriter, 'headerAddress'>;
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
    const rewritten = yield* rewriteItem(item, kind, how);
    isChanged ||= rewritten !== item.address || item.route !== '' || lacksQuotes(item);
    item.address = rewritten;
  }
  if (!isChanged) return header;
  return fold(`${header.slice(0, colon)}: ${printAddressList(items, '\n', text => how.warn(text))}`);
}

function* rewriteItem(item: AddressItem, kind: HeaderKind, how: HeaderRewriting): Steps<string> {
  const rewrite = (address: string): Later<string> => how.rewriter.headerAddress(address, kind, how.context);
  if (item.address === '' || item.address === '@') return '';
  const hasQuotes = item.written.includes('"');
  const address = hasQuotes ? item.address : item.written; // `<a,b>` becomes "a, b"
  if (item.hasDomain || !address.includes('@')) return yield* ask(rewrite(address));
  // A quoted string with an `@` in it is a local part; the internal form can't tell, so the domain is put behind it.
  const {domain} = splitAddress(yield* ask(rewrite('x')));
  return domain === undefined ? address : yield* ask(rewrite(`${address}@${domain}`));
}

/** Written without the quotes it needs (`a@b@c`): it is printed anew. */
function lacksQuotes(item: AddressItem): boolean {
  return !item.written.includes('"') && quoteAddress(item.written) !== item.written;
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
