/** `doveadm mailbox list`: names, all or those that match a mask; `-s` the subscriptions; `-7` in modified UTF-7. */
import {toMutf7} from '../../core/mailbox/mutf7.ts';
import type {MailRun} from './command.ts';
import {matchesWildcards} from './search-query.ts';

export const mailboxList: MailRun = {
  prepare(call) {
    call.printer.columns([{key: 'mailbox', isTitleHidden: true}]);
    const onlySubscribed = call.options.has('s');
    const masks = call.args;
    return async ({store}) => {
      for (const {name} of await store.list({patterns: ['*'], onlySubscribed}))
        if (masks.length === 0 || masks.some(mask => matchesWildcards(name, mask)))
          call.printer.value(call.options.has('7') ? (toMutf7(name) ?? name) : name);
      return 0;
    };
  },
};
