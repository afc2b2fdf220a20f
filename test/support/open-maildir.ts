/** The mail store below a home directory, as a session of a test opens it. */
import type {MailStore} from '../../src/core/mailbox/mail-store.ts';
import {openStore} from '../../src/core/mailbox/open-store.ts';
import type {QuotaSettings} from '../../src/core/mailbox/store-settings.ts';
import {storeSettings} from './mail-home.ts';

export function openMaildir(user: string, home: string, quotas: readonly QuotaSettings[] = []): Promise<MailStore> {
  return openStore(storeSettings(home, {user, quotas, namespaces: []}));
}
