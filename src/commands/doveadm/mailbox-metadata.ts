/** `doveadm mailbox metadata get | list | set | unset` (RFC 5464); an empty mailbox name, or `-s`, is the server's. */
import {FatalError} from '../../core/base/errors.ts';
import {MailError} from '../../core/mailbox/mail-error.ts';
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import {type Call, type MailRun, status} from './command.ts';

export function mailboxMetadata(verb: 'get' | 'list' | 'set' | 'unset'): MailRun {
  return {
    prepare(call) {
      const [mailbox, key, value] = call.args;
      if (mailbox === undefined || (key === undefined && verb !== 'list') || (verb === 'set' && value === undefined))
        return call.usage();
      if (key !== undefined && !/^\/(private|shared)\//.test(`${key}/`))
        throw new FatalError(`Invalid metadata key '${key}': Must begin with /private or /shared`, status.usage);
      const name = call.options.has('s') ? '' : mailbox;
      if (verb === 'get') call.printer.columns([{key: 'value', isTitleHidden: true}]);
      if (verb === 'list') call.printer.columns([{key: 'key', isTitleHidden: true}]);
      return async user => {
        if (verb === 'list') return listKeys(call, user.store, name, key ?? '/');
        const entry = key ?? '';
        if (verb === 'get')
          call.printer.value((await user.store.metadata(name, entry).catch(told('get')))?.toString('latin1') ?? '');
        else
          await user.store
            .setMetadata(name, entry, verb === 'set' ? Buffer.from(value ?? '', 'latin1') : undefined)
            .catch(told('set'));
        return 0;
      };
    },
  };
}

function told(verb: string): (fault: unknown) => never {
  return fault => {
    if (!(fault instanceof MailError)) throw fault;
    throw new MailError(fault.code, `Failed to ${verb} attribute: ${fault.message}`, {cause: fault});
  };
}

async function listKeys(call: Call, store: MailStore, name: string, prefix: string): Promise<number> {
  for (const entry of await store.metadataEntries(name)) if (entry.startsWith(prefix)) call.printer.value(entry);
  return 0;
}
