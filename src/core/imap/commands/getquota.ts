/** GETQUOTA (RFC 2087 section 4.2). Which root is meant is found through INBOX, whose roots are the user's. */
import {Refusal} from '../../base/errors.ts';
import {imapCommand} from '../command.ts';
import {printQuota} from '../quota.ts';

export const getquota = imapCommand({
  name: 'GETQUOTA',
  parse: args => args.expectStrings(1)[0] ?? '',
  async run(session, name) {
    const root = (await session.store.quota('INBOX')).find(one => one.name === name);
    if (root === undefined) throw new Refusal('', "Quota root doesn't exist");
    session.line.out.line(printQuota(root));
    return 'OK Getquota completed.';
  },
});
