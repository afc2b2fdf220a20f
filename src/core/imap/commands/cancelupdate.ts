/** CANCELUPDATE (RFC 5267 section 4.5). */
import {imapCommand} from '../command.ts';
import {fail} from '../argument.ts';

export const cancelupdate = imapCommand({
  name: 'CANCELUPDATE',
  needsMailbox: true,
  parse(args) {
    const tags: string[] = [];
    while (!args.isAtEnd) tags.push(args.expectString('Invalid parameters.'));
    return tags.length === 0 ? fail('Invalid parameters.') : tags;
  },
  run(session, tags) {
    const {contexts} = session.expectSelected();
    for (const tag of tags) if (!contexts.delete(tag)) return 'NO Unknown tag.';
    return 'OK Updates cancelled.';
  },
});
