/** TOP (RFC 1939 section 7). */
import {type MailCommand, takeDigits, takeMessageNumber} from './mail-command.ts';
import {sendMessage} from './send-message.ts';

export const top: MailCommand = async (phase, argument) => {
  const taken = takeMessageNumber(phase, argument);
  if (taken === undefined) return false;
  if (!taken.rest.startsWith(' ')) return phase.fail(`Noise after message number: ${taken.rest}`);
  const lines = takeDigits(taken.rest);
  if (lines === undefined) return phase.fail(`Invalid size: ${taken.rest.slice(1)}`);
  if (lines.rest !== '') return phase.fail(`Noise after size: ${lines.rest}`);
  const sent = await sendMessage(phase, taken.number, '+OK', Number(lines.digits));
  if (sent === undefined) return false;
  phase.counts.tops++;
  phase.counts.topBytes += sent;
  return true;
};
