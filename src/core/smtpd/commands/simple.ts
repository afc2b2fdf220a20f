/** RSET, NOOP and QUIT (RFC 5321 sections 4.1.1.5, 4.1.1.9, 4.1.1.10). */
import type {SmtpdCommand} from './registry.ts';

export const rset: SmtpdCommand = {
  name: 'RSET',
  counter: 'rset',
  isJunk: true,
  keepsStage: true,
  run(machine, argument) {
    if (argument !== '') {
      machine.say('501 5.5.4 Syntax: RSET');
      return false;
    }
    machine.transaction.reset();
    machine.say('250 2.0.0 Ok');
    return true;
  },
};

export const noop: SmtpdCommand = {
  name: 'NOOP',
  counter: 'noop',
  isJunk: true,
  isLast: true,
  keepsStage: true,
  worksBeforeTls: true,
  run(machine) {
    machine.say('250 2.0.0 Ok');
    return true;
  },
};

export const quit: SmtpdCommand = {
  name: 'QUIT',
  counter: 'quit',
  keepsStage: true,
  worksBeforeTls: true,
  run(machine) {
    machine.say('221 2.0.0 Bye');
    machine.end();
    return true;
  },
};
