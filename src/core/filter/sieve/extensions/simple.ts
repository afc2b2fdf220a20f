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

export const encodedCharacterExtension: Extension = {name: 'encoded-character'};
export const subaddressExtension: Extension = {name: 'subaddress'};
export const relationalExtension: Extension = {name: 'relational'};
export const regexExtension: Extension = {name: 'regex'};

export const COMPARATOR_EXTENSIONS: readonly Extension[] = [
  {name: 'comparator-i;ascii-numeric'},
  {name: 'comparator-i;octet'},
  {name: 'comparator-i;ascii-casemap'},
];
