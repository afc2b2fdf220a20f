/** `doveadm index`, `force-resync` and `purge`: caches filled, rebuilt, and compacted (which happens by itself here). */
import {type MailRun} from './command.ts';
import {mailboxNames} from './messages.ts';
import {matchesWildcards} from './search-query.ts';

export const index: MailRun = {
  prepare(call) {
    const [mask, ...rest] = call.args;
    if (mask === undefined || rest.length > 0) return call.usage();
    const {stderr} = call.stdio;
    return async ({name: user, store}) => {
      for (const name of await mailboxNames(store)) {
        if (!matchesWildcards(name, mask)) continue;
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
      for (const name of await mailboxNames(store)) if (matchesWildcards(name, mask)) await store.resync(name);
      return 0;
    };
  },
};

/** There is nothing that could be purged: the formats that need it (mdbox) are not had. */
export const purge: MailRun = {
  prepare(call) {
    if (call.args.length > 0) return call.usage();
    return () => Promise.resolve(0);
  },
};
