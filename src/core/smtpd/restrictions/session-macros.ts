/**
 * The `$name`s that replies to clients may have, filled from the session and from nothing else: no main.cf parameter is
 * shown to a stranger (postconf(5) default_rbl_reply, smtpd_reject_footer). Answers undefined for an unknown name.
 */
import {nameAndAddress, type SmtpdState} from '../smtpd-state.ts';

export function sessionMacro(name: string, state: SmtpdState): string | undefined {
  if (name.startsWith('sender')) return addressMacro(name.slice('sender'.length), state.sender);
  if (name.startsWith('recipient')) return addressMacro(name.slice('recipient'.length), state.recipient);
  return SESSION.get(name)?.(state);
}

const SESSION: ReadonlyMap<string, (state: SmtpdState) => string> = new Map([
  ['client', (state: SmtpdState) => nameAndAddress(state.client)],
  ['client_address', state => state.client.address],
  ['client_name', state => state.client.name],
  ['client_port', state => state.client.port],
  ['reverse_client_name', state => state.client.reverseName],
  ['server_address', state => state.client.serverAddress],
  ['server_port', state => state.client.serverPort],
  ['helo_name', state => state.heloName ?? ''],
]);

/** `sender`, `sender_name` (its local part), `sender_domain`. */
function addressMacro(suffix: string, address: string | undefined): string | undefined {
  if (address === undefined) return '';
  const at = address.lastIndexOf('@');
  switch (suffix) {
    case '':
      return address || '<>';
    case '_name':
      return address === '' ? '<>' : address.slice(0, at < 0 ? undefined : at);
    case '_domain':
      return at < 0 ? '' : address.slice(at + 1);
    default:
      return undefined;
  }
}
