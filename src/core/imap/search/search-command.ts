/** What SEARCH, SORT and THREAD have before their keys: RETURN options (RFC 4731, 5182, 5267), charset. */
import {Refusal} from '../../base/errors.ts';
import type {SearchKey} from '../../mailbox/search/search-key.ts';
import {charsetDecoder} from '../../message/mime/charset.ts';
import {type Arguments, fail} from '../argument.ts';
import type {Selected} from '../selected.ts';
import {expectSearchKeys} from './parse-search-key.ts';

export interface ReturnOptions {
  min: boolean;
  max: boolean;
  all: boolean;
  count: boolean;
  save: boolean;
  update: boolean;
  relevancy: boolean;
  partial: {readonly first: number; readonly last: number} | undefined;
}

/** undefined: there is no RETURN, the old reply is wanted. */
export function takeReturn(args: Arguments): ReturnOptions | undefined {
  const word = args.peek();
  if (word?.kind !== 'atom' || word.text.toUpperCase() !== 'RETURN' || args.items[1]?.kind !== 'list') return undefined;
  args.next();
  const list = args.expectList();
  const options = noReturn();
  while (!list.isAtEnd) takeOption(list, options);
  const {min, max, count, save, update, relevancy, partial} = options;
  if (partial !== undefined && options.all) fail('PARTIAL conflicts with ALL.');
  if (!(min || max || count || save || update || relevancy || partial !== undefined)) options.all = true;
  return options;
}

function takeOption(list: Arguments, options: ReturnOptions): void {
  if (list.takeWord('MIN')) options.min = true;
  else if (list.takeWord('MAX')) options.max = true;
  else if (list.takeWord('ALL')) options.all = true;
  else if (list.takeWord('COUNT')) options.count = true;
  else if (list.takeWord('SAVE')) options.save = true;
  else if (list.takeWord('UPDATE')) options.update = true;
  else if (list.takeWord('RELEVANCY')) options.relevancy = true;
  else if (list.takeWord('PARTIAL')) options.partial = partialRange(list);
  else if (!list.takeWord('CONTEXT')) fail('Unknown SEARCH return option'); // a hint, which we don't need
}

function partialRange(list: Arguments): {first: number; last: number} {
  const text = list.takeAtom() ?? fail('PARTIAL range missing.');
  const match = /^([1-9]\d{0,9}):([1-9]\d{0,9})$/.exec(text);
  if (match === null) fail('PARTIAL range broken.');
  const [first, last] = [Number(match[1]), Number(match[2])];
  return first <= last ? {first, last} : {first: last, last: first};
}

function noReturn(): ReturnOptions {
  return {
    min: false,
    max: false,
    all: false,
    count: false,
    save: false,
    update: false,
    relevancy: false,
    partial: undefined,
  };
}

/** SEARCH alone may leave the charset out. */
export function takeCharset(args: Arguments): string {
  if (!args.takeWord('CHARSET')) return 'US-ASCII';
  return args.takeString() ?? fail('Invalid charset argument.');
}

export function expectKeys(args: Arguments, charset: string, selected: Selected): SearchKey {
  if (charsetDecoder(charset) === undefined) throw new Refusal('BADCHARSET', 'Unknown charset');
  const {mailbox} = selected;
  const {count, name} = mailbox;
  const decode = (text: string): Buffer => toUtf8(text, charset);
  return expectSearchKeys(args, {count, lastUid: count === 0 ? 0 : mailbox.uid(count), mailboxName: name, decode});
}

function toUtf8(text: string, charset: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = charsetDecoder(charset);
  return decoder === undefined ? bytes : Buffer.from(decoder.write(bytes) + decoder.end(), 'utf8');
}
