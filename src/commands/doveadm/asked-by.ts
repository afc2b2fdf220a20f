/** `-x service=imap -x rip=192.0.2.1`: who is said to ask. */
import type {AskedBy} from '../../core/account/account-service.ts';
import type {Call} from './command.ts';

export function askedBy(call: Call): AskedBy {
  const facts = new Map<string, string>();
  for (const word of call.options.get('x') ?? []) {
    const [name = '', ...value] = word.split('=');
    facts.set(name, value.join('='));
  }
  return {
    service: facts.get('service') ?? 'doveadm',
    clientAddress: facts.get('rip') ?? '',
    serverAddress: facts.get('lip') ?? '',
    clientPort: Number(facts.get('rport') ?? 0),
    serverPort: Number(facts.get('lport') ?? 0),
    isEncrypted: facts.has('secured') || facts.get('secured') === 'tls',
  };
}
