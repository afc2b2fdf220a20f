/** ETRN (RFC 1985): mail that waits for a domain is tried now (flush(8)). Its replies have no enhanced codes. */
import {isValidHostname, isValidLiteral} from '../../address/host-syntax.ts';
import {isAscii} from '../../base/bytes.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

export const etrn: SmtpdCommand = {
  name: 'ETRN',
  counter: 'etrn',
  isJunk: true,
  run(machine, argument) {
    if (machine.service.settings.requiresHelo && machine.state.heloName === undefined)
      return no(machine, '503 Error: send HELO/EHLO first');
    if (machine.transaction.isOpen) return no(machine, '503 Error: MAIL transaction in progress');
    if (argument === '' || /\s/.test(argument)) return no(machine, '500 Syntax: ETRN domain');
    const domain = /^[@#]/.test(argument) ? argument.slice(1) : argument;
    if (!isAscii(domain) || (!isValidHostname(domain) && !isValidLiteral(domain)))
      return no(machine, '501 Error: invalid parameter syntax');
    return serve(machine, domain);
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

async function serve(machine: SmtpdMachine, domain: string): Promise<boolean> {
  const {service, state} = machine;
  const refused = await service.access.etrn(state, domain);
  if (refused !== undefined) return machine.refuse(refused);
  switch (await service.flushSite(domain)) {
    case 'started':
      machine.say('250 Queuing started');
      return true;
    case 'not-configured':
      service.log.warning(`reject: ETRN ${domain}... from ${machine.clientText}`);
      return no(machine, `459 <${domain}>: service unavailable`);
    case 'bad':
      service.log.warning(`bad ETRN ${domain}... from ${machine.clientText}`);
      return no(machine, '458 Unable to queue messages');
    case 'failed':
      service.log.warning(`unable to talk to fast flush service`);
      return no(machine, '458 Unable to queue messages');
  }
}
