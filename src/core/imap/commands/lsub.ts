/** LSUB (RFC 3501 section 6.3.9): a parent of something subscribed shows as `\Noselect` below a `%`. */
import {imapCommand} from '../command.ts';
import {quoted} from '../imap-string.ts';
import {wireName} from '../mailbox-name.ts';
import {joinPatterns, withoutIdleParents} from './list.ts';

export const lsub = imapCommand({
  name: 'LSUB',
  parse: args => ({
    reference: args.expectString('Invalid reference.'),
    pattern: args.expectString('Invalid pattern.'),
  }),
  async run(session, {reference, pattern}) {
    const patterns = joinPatterns(session, reference, [pattern]);
    if (patterns.length === 0) return 'OK Lsub completed.';
    const found = await session.store.list({patterns, onlySubscribed: true, withSubscribedParents: true});
    const marksChildren = session.settings.clientWorkarounds.has('tb-lsub-flags');
    for (const mailbox of withoutIdleParents(found)) {
      const isParent = !mailbox.isSubscribed || (marksChildren && !mailbox.exists);
      const attributes = isParent ? '\\Noselect' : '';
      session.line.out.line(`* LSUB (${attributes}) ${quoted(mailbox.separator)} ${wireName(mailbox.name)}`);
    }
    return 'OK Lsub completed.';
  },
});
