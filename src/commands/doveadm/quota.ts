/** `doveadm quota get | recalc`. */
import type {QuotaRoot} from '../../core/mailbox/mail-store.ts';
import type {Call, MailRun} from './command.ts';

export const quotaGet: MailRun = {
  prepare(call) {
    if (call.args.length > 0) return call.usage();
    call.printer.columns([
      {key: 'root', title: 'Quota name'},
      {key: 'type', title: 'Type'},
      {key: 'value', title: 'Value', isRightAligned: true},
      {key: 'limit', title: 'Limit', isRightAligned: true},
      {key: 'percent', title: '%', isRightAligned: true},
    ]);
    return async ({store}) => {
      for (const root of await store.quota('INBOX')) printRoot(call, root);
      return 0;
    };
  },
};

export const quotaRecalc: MailRun = {
  prepare(call) {
    if (call.args.length > 0) return call.usage();
    return async ({store}) => {
      await store.recalculateQuota();
      return 0;
    };
  },
};

function printRoot(call: Call, root: QuotaRoot): void {
  const resources = [
    ['STORAGE', root.storage],
    ['MESSAGE', root.messages],
  ] as const;
  for (const [type, figures] of resources) {
    if (figures === undefined) continue;
    const {used, limit} = figures;
    const percent = limit === undefined || limit === 0 ? 0 : Math.floor((used * 100) / limit);
    for (const value of [root.name, type, String(used), limit === undefined ? '-' : String(limit), String(percent)])
      call.printer.value(value);
  }
}
