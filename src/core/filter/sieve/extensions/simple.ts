/** Extensions that only add a word to what is there: their match type, comparator or address part is declared elsewhere. */
import {type Extension, plainTag} from '../compile/language.ts';

/** RFC 3894. */
export const copyExtension: Extension = {
  name: 'copy',
  tags: [
    ['fileinto', plainTag('copy')],
    ['redirect', plainTag('copy')],
  ],
};

export const SIMPLE_EXTENSIONS: readonly Extension[] = [
  {name: 'encoded-character'},
  {name: 'subaddress'},
  {name: 'comparator-i;ascii-numeric'},
  {name: 'comparator-i;octet'},
  {name: 'comparator-i;ascii-casemap'},
  {name: 'relational'},
  {name: 'regex'},
];
