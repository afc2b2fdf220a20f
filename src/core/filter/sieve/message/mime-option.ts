/** What `:type`, `:subtype`, `:contenttype` and `:param` take of a MIME field (RFC 5703 section 4). */
import {parseMimeField} from './mime-field.ts';

export function* mimeOption(
  name: string,
  value: string,
  option: 'type' | 'subtype' | 'contenttype' | 'param',
  params: readonly string[],
  trace: (text: string) => void,
): Iterable<string> {
  const lower = name.toLowerCase();
  const isDisposition = lower === 'content-disposition';
  if (lower !== 'content-type' && !isDisposition) {
    trace('non-mime header yields empty string');
    return yield '';
  }
  const {type, subtype, parameters} = parseMimeField(value);
  switch (option) {
    case 'type':
      trace('extracted MIME type');
      return yield type;
    case 'subtype':
      trace(isDisposition ? 'no MIME sub-type for content-disposition' : 'extracted MIME sub-type');
      return yield isDisposition ? '' : subtype;
    case 'contenttype':
      trace('extracted full MIME contenttype');
      return yield isDisposition || subtype === '' ? type : `${type}/${subtype}`;
    case 'param':
      return yield* parametersOf(parameters, params, trace);
  }
}

/** In the order of the field; seen: one without any of them counts as an empty value. */
function* parametersOf(
  parameters: ReadonlyMap<string, string>,
  wanted: readonly string[],
  trace: (text: string) => void,
): Iterable<string> {
  const names = new Set(wanted.map(name => name.toLowerCase()));
  let isFound = false;
  for (const [name, value] of parameters) {
    if (!names.has(name)) continue;
    isFound = true;
    trace(`found mime parameter \`${name}' in mime header`);
    yield value;
  }
  if (!isFound) yield '';
}
