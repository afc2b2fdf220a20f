/** Looks for texts in one message: in the fields the index has, or in the whole of it, read through once. */
import {MessagePart} from '../../message/mime/message-part.ts';
import {MessageSearch, type SearchTerm} from '../../message/mime/search-text.ts';
import {StructureScanner} from '../../message/mime/structure.ts';
import type {MessageReader} from '../mailbox.ts';
import type {Breathe} from './search.ts';

/** For each term; terms that want the body are not found here. `fields` as `MessageItems` has them. */
export function searchFields(terms: readonly SearchTerm[], fields: ReadonlyMap<string, Buffer>): readonly boolean[] {
  const search = new MessageSearch(terms.map(term => (term.kind === 'header' ? term : NOTHING_TO_FIND)));
  const root = new MessagePart(undefined, undefined, 0, 0);
  search.partStart();
  for (const bytes of fields.values())
    for (const [name, value] of splitFields(bytes)) search.field(root, name, value, '');
  return search.matches;
}

const NOTHING_TO_FIND: SearchTerm = {kind: 'header', name: '', key: 'x', form: 'plain'};

export async function searchText(
  terms: readonly SearchTerm[],
  reader: MessageReader,
  breathe: Breathe,
): Promise<readonly boolean[]> {
  const search = new MessageSearch(terms);
  const scanner = new StructureScanner(search);
  for await (const piece of reader.stream()) {
    scanner.write(piece);
    if (search.isDone) return search.matches;
    const pause = breathe();
    if (pause !== undefined) await pause;
  }
  scanner.end();
  return search.matches;
}

/** Fields with CRLF to names and values with LF inside, as the scanner hands them over. */
function splitFields(bytes: Buffer): [string, string][] {
  const fields: [string, string][] = [];
  const text = bytes.toString('latin1').replaceAll('\r\n', '\n');
  for (let at = 0; at < text.length;) {
    let end = text.indexOf('\n', at);
    while (end >= 0 && (text.charAt(end + 1) === ' ' || text.charAt(end + 1) === '\t'))
      end = text.indexOf('\n', end + 1);
    const stop = end < 0 ? text.length : end;
    const colon = text.indexOf(':', at);
    if (colon >= 0 && colon < stop) fields.push([text.slice(at, colon).trimEnd(), text.slice(colon + 1, stop)]);
    at = stop + 1;
  }
  return fields;
}
