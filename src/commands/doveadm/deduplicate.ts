/** `doveadm deduplicate`: removes messages that are there more than once in a mailbox, by GUID or by Message-ID (`-m`). */
import type {Mailbox, NumberRanges} from '../../core/mailbox/mailbox.ts';
import type {MailRun} from './command.ts';
import {expectQuery, selectMessages, syncFailed} from './messages.ts';

export const deduplicate: MailRun = {
  prepare(call) {
    const query = expectQuery(call, call.args);
    const byMessageId = call.options.has('m');
    return async ({store}) => {
      for await (const {mailbox, sequences} of selectMessages(store, query, {isReadOnly: false, unknown: syncFailed})) {
        const doubles = await findDoubles(mailbox, sequences, byMessageId);
        if (doubles.length > 0) await mailbox.expunge(doubles, 'all');
      }
      return 0;
    };
  },
};

/** All but the first of each. */
async function findDoubles(mailbox: Mailbox, sequences: NumberRanges, byMessageId: boolean): Promise<NumberRanges> {
  const seen = new Set<string>();
  const doubles: [number, number][] = [];
  const needs = byMessageId ? {headers: ['message-id']} : {guid: true};
  await mailbox.items(sequences, needs, (sequence, items) => {
    const name = byMessageId ? items?.headers?.get('message-id')?.toString('latin1').trim() : items?.guid;
    if (name === undefined || name === '') return;
    if (seen.has(name)) doubles.push([sequence, sequence]);
    else seen.add(name);
  });
  return doubles;
}
