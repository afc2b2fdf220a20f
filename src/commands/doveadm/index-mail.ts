/** `doveadm index`, `force-resync` and `purge`: caches filled, rebuilt, and compacted (which happens by itself here). */
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import {type MailRun, optionOf, status} from './command.ts';
import {mailboxNames} from './messages.ts';
import {FatalError} from '../../core/base/errors.ts';
import {ListPattern} from '../../core/mailbox/list-pattern.ts';

export const index: MailRun = {
  prepare(call) {
    const [mask, ...rest] = call.args;
    if (mask === undefined || rest.length > 0) return call.usage();
    const {stderr} = call.stdio;
    const recent = optionOf(call, 'n');
    if (recent !== undefined && !/^\d{1,10}$/.test(recent))
      throw new FatalError(`Invalid -n parameter number: ${recent}`, status.usage);
    return async ({name: user, store}) => {
      const pattern = new ListPattern(mask, separatorOf(store));
      for (const name of await mailboxNames(store)) {
        if (!pattern.matches(name)) continue;
        const count = await store.index(name, (done, total) => {
          if (stderr.isTTY === true) stderr.write(`\r${done}/${total}`);
        });
        if (stderr.isTTY === true) stderr.write('\r');
        if (call.isVerbose) stderr.write(`doveadm(${user}): Info: ${name}: ${count} messages\n`);
      }
      return 0;
    };
  },
};

export const forceResync: MailRun = {
  prepare(call) {
    const [mask, ...rest] = call.args;
    if (mask === undefined || rest.length > 0) return call.usage();
    return async ({store}) => {
      const pattern = new ListPattern(mask, separatorOf(store));
      for (const name of await mailboxNames(store)) if (pattern.matches(name)) await store.resync(name);
      return 0;
    };
  },
};

function separatorOf(store: MailStore): string {
  return store.namespaces[0]?.separator ?? '.';
}

/** There is nothing that could be purged: the formats that need it (mdbox) are not had. */
export const purge: MailRun = {
  prepare(call) {
    if (call.args.length > 0) return call.usage();
    return () => Promise.resolve(0);
  },
};
