/** What `:type`, `:subtype`, `:contenttype` and `:param` take of a MIME field (RFC 5703 section 4). */
import {parseMimeField} from './mime-field.ts';

export function mimeOption(
  name: string,
  value: string,
  option: 'type' | 'subtype' | 'contenttype' | 'param',
  params: readonly string[],
  trace: (text: string) => void,
): string[] {
  const lower = name.toLowerCase();
  const isDisposition = lower === 'content-disposition';
  if (lower !== 'content-type' && !isDisposition) {
    trace('non-mime header yields empty string');
    return [''];
  }
  const {type, subtype, parameters} = parseMimeField(value);
  switch (option) {
    case 'type':
      trace('extracted MIME type');
      return [type];
    case 'subtype':
      trace(isDisposition ? 'no MIME sub-type for content-disposition' : 'extracted MIME sub-type');
      return [isDisposition ? '' : subtype];
    case 'contenttype':
      trace('extracted full MIME contenttype');
      return [isDisposition || subtype === '' ? type : `${type}/${subtype}`];
    case 'param':
      return parametersOf(parameters, params, trace);
  }
}

/** Seen: a field without any of them counts as an empty value. */
function parametersOf(
  parameters: ReadonlyMap<string, string>,
  wanted: readonly string[],
  trace: (text: string) => void,
): string[] {
  const found: string[] = [];
  for (const name of wanted) {
    const value = parameters.get(name.toLowerCase());
    if (value === undefined) continue;
    trace(`found mime parameter \`${name}' in mime header`);
    found.push(value);
  }
  return found.length > 0 ? found : [''];
}
