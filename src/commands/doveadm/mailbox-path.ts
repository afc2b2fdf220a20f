/** `doveadm mailbox path`: where a mailbox lies on disk. */
import {type MailRun, optionOf} from './command.ts';

const TYPES = ['mailbox', 'index', 'control', 'index-private'] as const;

export const mailboxPath: MailRun = {
  prepare(call) {
    const [name, ...rest] = call.args;
    if (name === undefined || rest.length > 0) return call.usage();
    const wanted = optionOf(call, 't') ?? 'mailbox';
    const type = TYPES.find(one => one === wanted);
    if (type === undefined) return call.usage();
    call.printer.columns([{key: 'path', isTitleHidden: true}]);
    return async ({store}) => {
      const path = store.path(name === '' ? 'INBOX' : name, type);
      if (path !== undefined) call.printer.value(path);
      return Promise.resolve(0);
    };
  },
};
