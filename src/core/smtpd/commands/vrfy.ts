/** VRFY (RFC 5321 section 4.1.1.6): judged as a recipient would be, and answered without telling more. */
import type {Later} from '../../address/address-rewriter.ts';
import {readPath} from '../../smtp/path-argument.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

export const vrfy: SmtpdCommand = {
  name: 'VRFY',
  counter: 'vrfy',
  isJunk: true,
  isLast: true,
  run(machine, argument) {
    const {settings} = machine.service;
    if (settings.disablesVrfy) return no(machine, '502 5.5.1 VRFY command is disabled');
    const isUtf8 = settings.isUtf8 && /[ \t]SMTPUTF8$/i.test(argument);
    const text = isUtf8 ? argument.slice(0, -SMTPUTF8.length).trimEnd() : argument;
    if (text === '') return no(machine, '501 5.5.4 Syntax: VRFY address [SMTPUTF8]');
    const address = readPath(text, settings.isStrict);
    if (address === undefined || address === '') return bad(machine, text);
    const valid = machine.isValidAddress(address, isUtf8);
    if (valid instanceof Promise)
      return valid.then(isValid => (isValid ? judge(machine, address, text) : bad(machine, text)));
    return valid ? judge(machine, address, text) : bad(machine, text);
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function bad(machine: SmtpdMachine, written: string): false {
  machine.warnOfSyntax('VRFY', written);
  return no(machine, '501 5.1.3 Bad recipient address syntax');
}

function judge(machine: SmtpdMachine, address: string, written: string): Later<boolean> {
  const {state, service} = machine;
  const recipient = state.recipient;
  state.recipient = address;
  const verdict = service.access.rcpt(state);
  const finish = (refused: string | undefined): boolean => {
    state.recipient = recipient;
    if (refused !== undefined) return machine.refuse(refused);
    machine.say(`252 2.0.0 ${written}`);
    return true;
  };
  return verdict instanceof Promise ? verdict.then(finish) : finish(verdict);
}

const SMTPUTF8 = 'SMTPUTF8';
