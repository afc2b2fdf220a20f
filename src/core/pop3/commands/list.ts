/** LIST (RFC 1939 section 5). */
import type {MailPhase} from '../mail-phase.ts';
import {type MailCommand, onlyMessageNumber} from './mail-command.ts';

export const list: MailCommand = (phase, argument) => {
  if (argument === '') return listAll(phase);
  const number = onlyMessageNumber(phase, argument);
  return number !== undefined && phase.reply(`+OK ${number} ${phase.messages.size(number)}`);
};

async function listAll({wire, messages}: MailPhase): Promise<boolean> {
  wire.write(`+OK ${messages.count - messages.deleted.size} messages:\r\n`);
  let lines = '';
  for (let number = 1; number <= messages.count; number++) {
    if (!messages.deleted.has(number)) lines += `${number} ${messages.size(number)}\r\n`;
    if (lines.length < 16_384) continue;
    wire.write(lines);
    await wire.flush();
    lines = '';
  }
  wire.write(`${lines}.\r\n`);
  return true;
}
