/** Can a stranger relay? Proved by simulation through the live engine, service by service. */
import type {SimulatedServices} from '../explain-session.ts';
import {findOpenRelay} from '../relay-proof.ts';
import {failure, ok, type Finding} from './finding.ts';

export async function checkRelay({services, faults}: SimulatedServices): Promise<Finding[]> {
  const findings: Finding[] = faults.map(fault => failure('relay', `a service does not start: ${fault}`));
  for (const service of services) {
    const [way] = await findOpenRelay(service);
    if (way === undefined) findings.push(ok('relay', `${service.name}: no stranger can relay`));
    else {
      const text = `${service.name}: OPEN RELAY: <${way.recipient}> is accepted, written ${way.how}`;
      findings.push(failure('relay', text, 'see smtpd_relay_restrictions, mynetworks and relay_domains'));
    }
  }
  if (services.length === 0 && faults.length === 0) findings.push(ok('relay', 'no SMTP service: nobody can relay'));
  return findings;
}
