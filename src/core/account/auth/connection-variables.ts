/** What %variables of the auth service say of a connection. */
import type {SaslConnection} from '../sasl/sasl.ts';

export function connectionVariables(facts: SaslConnection): readonly (readonly [name: string, value: string])[] {
  const {service, serverAddress, clientAddress, isEncrypted, certificateName} = facts;
  const [localPort, remotePort] = [textOf(facts.serverPort), textOf(facts.clientPort)];
  const secured = isEncrypted ? 'secured' : '';
  const certificate = certificateName === undefined ? '' : 'valid';
  return [
    ['service', service],
    ['lip', serverAddress],
    ['rip', clientAddress],
    ['a', localPort],
    ['lport', localPort],
    ['b', remotePort],
    ['rport', remotePort],
    ['real_lip', serverAddress],
    ['real_rip', clientAddress],
    ['real_lport', localPort],
    ['real_rport', remotePort],
    ['c', secured],
    ['secured', secured],
    ['k', certificate],
    ['cert', certificate],
    ['session', facts.session ?? ''],
    ['local_name', facts.localName ?? ''],
    ['pid', ''],
    ['session_pid', ''],
    ['client_id', ''],
  ];
}

function textOf(port: number | undefined): string {
  return port === undefined ? '' : String(port);
}
