/**
 * STARTTLS (RFC 3207). What the client sent in plain text behind the command is thrown away, and what it said before is
 * forgotten.
 */
import type {SmtpdMachine} from '../machine.ts';
import {noTlsReply, type SmtpdTls} from '../smtpd-tls.ts';
import type {SmtpdCommand} from './registry.ts';

export const starttls: SmtpdCommand = {
  name: 'STARTTLS',
  counter: 'starttls',
  worksBeforeTls: true,
  run(machine, argument) {
    const {tls} = machine.service;
    const complaint =
      argument !== ''
        ? '501 5.5.4 Syntax: STARTTLS'
        : machine.state.tls !== undefined
          ? '554 5.5.1 Error: TLS already active'
          : tls?.isOffered !== true || machine.discarded.has('STARTTLS')
            ? '502 5.5.1 Error: command not implemented'
            : undefined;
    if (complaint !== undefined) {
      machine.say(complaint);
      return false;
    }
    if (tls?.isAvailable !== true) {
      machine.say(noTlsReply);
      return false;
    }
    return begin(machine, tls);
  },
};

async function begin(machine: SmtpdMachine, tls: SmtpdTls): Promise<boolean> {
  const tooMany = await machine.refusesMoreTls();
  if (tooMany !== undefined) return machine.refuse(tooMany);
  machine.say('220 2.0.0 Ready to start TLS');
  const session = await machine.wire.startTls();
  if (session === undefined) return false;
  machine.beginAnew(session);
  const refused = (await machine.countsNewTls(session)) ?? tls.refusal(session, machine.clientText);
  return refused === undefined ? true : machine.refuse(refused);
}
