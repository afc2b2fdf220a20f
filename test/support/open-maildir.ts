/** The mail store below a home directory, as a session of a test opens it. */
import {systemClock} from '../../src/core/base/clock.ts';
import type {MailStore} from '../../src/core/mailbox/mail-store.ts';
import {openStore} from '../../src/core/mailbox/open-store.ts';
import type {QuotaSettings} from '../../src/core/mailbox/store-settings.ts';

export function openMaildir(user: string, home: string, quotas: readonly QuotaSettings[] = []): Promise<MailStore> {
  return openStore({
    user,
    home,
    location: 'maildir:~/Maildir',
    inboxSpool: `${home}/mbox`,
    namespaces: [],
    quotas,
    hostName: 'test',
    clock: systemClock,
    fsync: 'never',
    saveCrlf: false,
    maxKeywordLength: 50,
    maildir: {copyWithHardlinks: true, emptyNew: false, brokenFilenameSizes: false},
    mbox: {
      writeLocks: ['dotlock', 'fcntl'],
      lockTimeoutSeconds: 5,
      dotlockChangeTimeoutSeconds: 5,
    },
  });
}
