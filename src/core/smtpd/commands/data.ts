/** DATA (RFC 5321 section 4.1.1.4). */
import {ContentIntake} from '../content-intake.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

export const data: SmtpdCommand = {
  name: 'DATA',
  counter: 'data',
  isLast: true,
  run(machine, argument) {
    const complaint = machine.isChunking ? '503 5.5.1 Error: DATA after BDAT' : machine.notReadyForContent();
    if (complaint !== undefined) return no(machine, complaint);
    if (argument !== '') return no(machine, '501 5.5.4 Syntax: DATA');
    const verdict = machine.service.access.data(machine.state);
    if (verdict instanceof Promise) return verdict.then(refused => begin(machine, refused));
    return begin(machine, verdict);
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function begin(machine: SmtpdMachine, refused: string | undefined): boolean {
  if (refused !== undefined) return machine.refuse(refused);
  const {message} = machine.transaction;
  if (message === undefined) throw new Error('DATA without a message');
  const intake = new ContentIntake(machine, message, 'DATA');
  machine.say('354 End data with <CR><LF>.<CR><LF>');
  machine.receiving = 'data';
  machine.wire.parser.readData(machine.bareNewlinePolicy(), {
    push: bytes => intake.push(bytes),
    async end(hasBareNewline) {
      machine.receiving = undefined;
      intake.hasBareNewline = hasBareNewline;
      const errorsBefore = machine.errors;
      if (!(await intake.finish(''))) await machine.contentFailed(errorsBefore);
    },
  });
  return true;
}
