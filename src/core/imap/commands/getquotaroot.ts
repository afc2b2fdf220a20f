/** GETQUOTAROOT (RFC 2087 section 4.3); the mailbox need not be there. */
import {imapCommand} from '../command.ts';
import {astring} from '../imap-string.ts';
import {storeName} from '../mailbox-name.ts';
import {printQuota} from '../quota.ts';

export const getquotaroot = imapCommand({
  name: 'GETQUOTAROOT',
  parse: args => args.expectStrings(1)[0] ?? '',
  async run(session, given) {
    const roots = await session.store.quota(storeName(session, given));
    const {out} = session.line;
    out.line(`* QUOTAROOT ${[given, ...roots.map(({name}) => name)].map(astring).join(' ')}`);
    for (const root of roots) out.line(printQuota(root));
    return 'OK Getquotaroot completed.';
  },
});
