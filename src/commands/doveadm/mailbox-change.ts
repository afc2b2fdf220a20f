/** `doveadm mailbox create | delete | rename | subscribe | unsubscribe`. */
import {describe, FatalError} from '../../core/base/errors.ts';
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import type {CommandUser, MailRun} from './command.ts';
import {statusOfFault} from './mail-fault.ts';
import {mailboxNames} from './messages.ts';

export const mailboxCreate = forEachName("Can't create mailbox", async (store, name, isSubscribing) => {
  await store.create(name);
  if (isSubscribing) await store.subscribe(name);
});

export const mailboxSubscribe = forEachName("Can't subscribe mailbox", (store, name) => store.subscribe(name));
export const mailboxUnsubscribe = forEachName("Can't unsubscribe mailbox", (store, name) => store.unsubscribe(name));

export const mailboxDelete: MailRun = {
  prepare(call) {
    if (call.args.length === 0) return call.usage();
    const {options} = call;
    return async user => {
      const {store} = user;
      let exitStatus = 0;
      for (const name of options.has('r') ? await withChildren(store, call.args) : call.args)
        exitStatus = await attempt(user, `Can't delete mailbox ${name}`, exitStatus, async () => {
          if (options.has('e')) await refuseFull(store, name);
          await store.delete(name);
          if (options.has('s')) await store.unsubscribe(name);
        });
      return exitStatus;
    };
  },
};

export const mailboxRename: MailRun = {
  prepare(call) {
    const [from, to, ...rest] = call.args;
    if (from === undefined || to === undefined || rest.length > 0) return call.usage();
    return user =>
      attempt(user, `Can't rename mailbox ${from} to ${to}`, 0, async () => {
        await user.store.rename(from, to);
        if (!call.options.has('s')) return;
        await user.store.unsubscribe(from);
        await user.store.subscribe(to);
      });
  },
};

function forEachName(
  what: string,
  change: (store: MailStore, name: string, isSubscribing: boolean) => Promise<void>,
): MailRun {
  return {
    prepare(call) {
      if (call.args.length === 0) return call.usage();
      if (call.options.has('g')) throw new FatalError('-g is not part of this version', UNAVAILABLE);
      return async user => {
        let exitStatus = 0;
        for (const name of call.args)
          exitStatus = await attempt(user, `${what} ${name}`, exitStatus, () =>
            change(user.store, name, call.options.has('s')),
          );
        return exitStatus;
      };
    },
  };
}

/** sysexits(3) EX_UNAVAILABLE. */
const UNAVAILABLE = 69;

/** The others go on; the last fault's status is the command's. */
async function attempt(user: CommandUser, what: string, before: number, action: () => Promise<void>): Promise<number> {
  try {
    await action();
    return before;
  } catch (fault) {
    user.error(`${what}: ${describe(fault)}`);
    return statusOfFault(fault);
  }
}

/** Children before their parents. */
async function withChildren(store: MailStore, names: readonly string[]): Promise<string[]> {
  const separator = store.namespaces[0]?.separator ?? '.';
  const all = await mailboxNames(store);
  return names.flatMap(name => [...all.filter(other => other.startsWith(`${name}${separator}`)).reverse(), name]);
}

async function refuseFull(store: MailStore, name: string): Promise<void> {
  const {messages} = await store.status(name, false);
  if (messages > 0) {
    const {MailError} = await import('../../core/mailbox/mail-error.ts');
    throw new MailError('exists', "Mailbox isn't empty");
  }
}
