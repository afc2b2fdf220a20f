/** `doveadm flags add | remove | replace`. */
import type {FlagChange} from '../../core/mailbox/mailbox.ts';
import type {MailRun} from './command.ts';
import {expectFlags, expectQuery, selectMessages} from './messages.ts';

export const flagsAdd = changeFlags('add');
export const flagsRemove = changeFlags('remove');
export const flagsReplace = changeFlags('replace');

function changeFlags(mode: FlagChange['mode']): MailRun {
  return {
    prepare(call) {
      const [text, ...words] = call.args;
      if (text === undefined || words.length === 0) return call.usage();
      const change: FlagChange = {mode, ...expectFlags(text)};
      const query = expectQuery(call, words);
      return async ({store}) => {
        for await (const {mailbox, sequences} of selectMessages(store, query, {isReadOnly: false}))
          await mailbox.setFlags(sequences, change);
        return 0;
      };
    },
  };
}
