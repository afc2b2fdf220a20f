/** UIDL (RFC 1939 section 7). */
import type {MailPhase} from '../mail-phase.ts';
import {uidlNeeds, UidlNames, uidlOf} from '../uidl.ts';
import {SessionEnd} from '../session-end.ts';
import {type MailCommand, onlyMessageNumber} from './mail-command.ts';

export const uidl: MailCommand = async (phase, argument) => {
  const number = argument === '' ? undefined : onlyMessageNumber(phase, argument);
  if (argument !== '' && number === undefined) return false;
  if (needsHeaderDigest(phase)) return failUnsupported(phase);
  return number === undefined || phase.settings.renamesDuplicates ? listAll(phase, number) : one(phase, number);
};

/** `%m`, which Dovecot knows of mbox files only. */
function needsHeaderDigest({settings}: MailPhase): boolean {
  return !settings.reusesXuidl && /%[-\d.]*[A-Z]*m/.test(settings.uidlFormat);
}

function failUnsupported(phase: MailPhase): never {
  phase.log.error('UIDL: Header MD5 not found (pop3_uidl_format=%m not supported by storage?)');
  throw new SessionEnd("POP3 UIDLs couldn't be listed");
}

async function one(phase: MailPhase, number: number): Promise<boolean> {
  const sequence = phase.messages.sequence(number);
  let answer: string | undefined;
  try {
    await phase.mailbox.items([[sequence, sequence]], uidlNeeds(phase.settings), (_sequence, items) => {
      if (items !== undefined) answer = uidlOf(phase.settings, phase.mailbox, sequence, items);
    });
  } catch (fault) {
    return phase.failMail(fault);
  }
  return answer === undefined ? phase.fail(`Message ${number} expunged.`) : phase.reply(`+OK ${number} ${answer}`);
}

/** `only`: the one that is asked for, whose name depends on those before it. */
async function listAll(phase: MailPhase, only: number | undefined): Promise<boolean> {
  const {wire, settings, mailbox, messages} = phase;
  const names = new UidlNames();
  const kept = new Map<number, string>();
  if (only === undefined) wire.write('+OK\r\n');
  if (messages.count > 0)
    await mailbox.items([[1, messages.sequence(messages.count)]], uidlNeeds(settings), async (sequence, items) => {
      const number = messages.number(sequence);
      if (number === 0 || items === undefined) return;
      const made = uidlOf(settings, mailbox, sequence, items);
      const name = settings.renamesDuplicates ? names.take(made) : made;
      if (only === number) wire.write(`+OK ${number} ${name}\r\n`);
      if (only !== undefined || messages.deleted.has(number)) return;
      if (settings.savesUidl && items.pop3Uidl === undefined) kept.set(sequence, name);
      wire.write(`${number} ${name}\r\n`);
      if (number % 1000 === 0) await wire.flush();
    });
  if (only === undefined) wire.write('.\r\n');
  if (kept.size > 0) await mailbox.keepPop3Uidls?.(kept);
  return true;
}
