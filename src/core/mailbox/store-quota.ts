/** The quota roots of a store: `count` adds up what mailboxes hold, `maildir` keeps it in a file. */
import type {QuotaUse} from './quota/quota-keeper.ts';
import {type QuotaCounter, QuotaKeeper} from './quota/quota-keeper.ts';
import {MaildirSize} from './quota/maildir-size.ts';
import {limitsFor} from './quota/quota-rules.ts';
import {FILE_MODE, type StorePlaces} from './store-places.ts';
import type {QuotaSettings} from './store-settings.ts';

export function openQuota(quotas: readonly QuotaSettings[], places: StorePlaces): QuotaKeeper {
  return new QuotaKeeper(quotas.map(settings => ({settings, counter: counterFor(settings, places)})));
}

function counterFor(settings: QuotaSettings, places: StorePlaces): QuotaCounter {
  const root = places.inboxRoot?.tree.location.root;
  if (settings.backend === 'maildir' && root !== undefined) {
    const count = (): Promise<QuotaUse> => countAll(settings, places, 'physicalBytes');
    return new MaildirSize(`${root}/maildirsize`, limitsFor(settings, ''), FILE_MODE, count);
  }
  const used = (): Promise<QuotaUse> => countAll(settings, places, 'virtualBytes');
  return {used, recount: used, add: () => Promise.resolve()};
}

/** All mailboxes of the user's own namespaces. */
async function countAll(
  settings: QuotaSettings,
  places: StorePlaces,
  size: 'physicalBytes' | 'virtualBytes',
): Promise<QuotaUse> {
  let bytes = 0;
  let messages = 0;
  for (const root of places.roots) {
    if (root.settings.type !== 'private') continue;
    for (const {name, isSelectable} of await root.tree.boxes()) {
      if (!isSelectable || !QuotaKeeper.isCounted(settings, root.toClient(name))) continue;
      if (!(await root.tree.isThere(name))) continue;
      const totals = await places.using({root, name}, mailbox => mailbox.totals());
      bytes += totals[size];
      messages += totals.messages;
    }
  }
  return {bytes, messages};
}
