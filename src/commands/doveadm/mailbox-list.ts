/** `doveadm mailbox list`: names, all or those that match a mask; `-s` the subscriptions; `-7` in modified UTF-7. */
import {toMutf7} from '../../core/mailbox/mutf7.ts';
import type {MailRun} from './command.ts';
import {ListPattern} from '../../core/mailbox/list-pattern.ts';

export const mailboxList: MailRun = {
  prepare(call) {
    call.printer.columns([{key: 'mailbox', isTitleHidden: true}]);
    const onlySubscribed = call.options.has('s');
    const masks = call.args;
    return async ({store}) => {
      const separator = store.namespaces[0]?.separator ?? '.';
      const patterns = masks.map(mask => new ListPattern(mask, separator));
      const listed = await store.list({patterns: ['*'], onlySubscribed});
      const found = listed
        .map(({name}) => name)
        .filter(name => patterns.length === 0 || patterns.some(one => one.matches(name)));
      // a mask without wildcards is a name, and is printed whether there is such a mailbox or not
      const plain = masks.filter(mask => !onlySubscribed && !/[*%]/.test(mask) && !found.includes(mask));
      for (const name of [...found, ...plain])
        call.printer.value(call.options.has('7') ? (toMutf7(name) ?? name) : name);
      return 0;
    };
  },
};
