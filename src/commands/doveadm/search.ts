/** `doveadm search`: the mailbox's GUID and the UID of each message, a line each. */
import type {MailRun} from './command.ts';
import {eachOf, expectQuery, selectMessages} from './messages.ts';

const unknown = (name: string): string => `Couldn't get mailbox '${name}' GUID`;

export const search: MailRun = {
  prepare(call) {
    const query = expectQuery(call, call.args);
    call.printer.columns([
      {key: 'mailbox-guid', isTitleHidden: true},
      {key: 'uid', isTitleHidden: true},
    ]);
    return async ({store}) => {
      for await (const {mailbox, sequences} of selectMessages(store, query, {isReadOnly: true, unknown}))
        for (const sequence of eachOf(sequences)) {
          call.printer.value(mailbox.guid);
          call.printer.value(String(mailbox.uid(sequence)));
        }
      return 0;
    };
  },
};
