/** imapsieve (RFC 6785): scripts that IMAP events start; offline it is not there. Its items are in the environment test. */
import type {Extension} from '../compile/language.ts';

export const imapsieveExtension: Extension = {name: 'imapsieve', plugin: 'imapsieve', implies: ['environment']};
export const dovecotImapsieveExtension: Extension = {
  name: 'vnd.dovecot.imapsieve',
  plugin: 'imapsieve',
  implies: ['imapsieve'],
};
