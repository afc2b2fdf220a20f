/** `doveadm flags add | remove | replace`. */
import type {FlagChange} from '../../core/mailbox/mailbox.ts';
import {MailError} from '../../core/mailbox/mail-error.ts';
import type {MailRun} from './command.ts';
import {expectFlags, expectQuery, selectMessages, syncFailed} from './messages.ts';

export const flagsAdd = changeFlags('add');
export const flagsRemove = changeFlags('remove');
export const flagsReplace = changeFlags('replace');

/** RFC 3501 section 9, atom. */
const NOT_IN_KEYWORDS = /[(){ %*"\\\]\x00-\x1f\x7f-\xff]/;

function changeFlags(mode: FlagChange['mode']): MailRun {
  return {
    prepare(call) {
      const [text, ...words] = call.args;
      if (text === undefined || words.length === 0) return call.usage();
      const change: FlagChange = {mode, ...expectFlags(text)};
      const query = expectQuery(call, words);
      return async ({store}) => {
        if (change.keywords.some(word => NOT_IN_KEYWORDS.test(word)))
          throw new MailError('cannot', 'Invalid keywords: Invalid characters in keyword');
        for await (const {mailbox, sequences} of selectMessages(store, query, {isReadOnly: false, unknown: syncFailed}))
          await mailbox.setFlags(sequences, change);
        return 0;
      };
    },
  };
}
