/** QUIT (RFC 1939 section 6): what was marked happens now, and is on disk before the goodbye. */
import {flagBits} from '../../mailbox/mailbox.ts';
import type {NumberRanges} from '../../mailbox/mailbox.ts';
import type {MailPhase} from '../mail-phase.ts';
import {SessionEnd} from '../session-end.ts';
import type {MailCommand} from './mail-command.ts';

export const quit: MailCommand = async phase => {
  const {messages, counts} = phase;
  try {
    await markSeen(phase);
    await remove(phase);
    counts.deleted = messages.deleted.size;
  } catch (fault) {
    phase.failMail(fault);
    throw new SessionEnd('Logged out');
  }
  phase.reply(messages.deleted.size > 0 ? '+OK Logging out, messages deleted.' : '+OK Logging out.');
  throw new SessionEnd('Logged out');
};

async function markSeen({mailbox, messages, settings}: MailPhase): Promise<void> {
  if (settings.hasNoFlagUpdates) return;
  const unseen = [...messages.seen].filter(number => (mailbox.flags(messages.sequence(number)) & flagBits.seen) === 0);
  if (unseen.length === 0) return;
  await mailbox.setFlags(rangesOf(unseen, messages), {mode: 'add', flags: flagBits.seen, keywords: []});
}

async function remove({mailbox, messages, settings}: MailPhase): Promise<void> {
  if (messages.deleted.size === 0) return;
  const ranges = rangesOf([...messages.deleted], messages);
  const flagged = settings.deletedFlag !== '' && settings.deleteType !== 'expunge';
  if (flagged) await mailbox.setFlags(ranges, {mode: 'add', flags: 0, keywords: [settings.deletedFlag]});
  else await mailbox.expunge(ranges, 'all');
}

function rangesOf(numbers: readonly number[], messages: MailPhase['messages']): NumberRanges {
  const ranges: [number, number][] = [];
  for (const sequence of numbers.map(number => messages.sequence(number)).sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}
