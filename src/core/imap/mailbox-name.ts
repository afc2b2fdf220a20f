/** Mailbox names between the wire (modified UTF-7) and the store (UTF-8). */
import {Refusal} from '../base/errors.ts';
import type {Namespace} from '../mailbox/mail-store.ts';
import type {MailSession} from './mail-session.ts';
import {astring} from './imap-string.ts';
import {fromMutf7, toMutf7} from '../mailbox/mutf7.ts';

export function storeName(session: MailSession, name: string): string {
  const decoded = hasControls(name) ? undefined : fromMutf7(name);
  if (decoded === undefined) throw new Refusal('', 'Mailbox name is not valid mUTF-7');
  if (!session.settings.clientWorkarounds.has('tb-extra-mailbox-sep')) return decoded;
  const {separator} = namespaceOf(session, decoded);
  // Thunderbird names folders `Work/` (imap_client_workarounds).
  return decoded.length > 1 && decoded.endsWith(separator) ? decoded.slice(0, -separator.length) : decoded;
}

export function wireName(name: string): string {
  return astring(toMutf7(name) ?? name);
}

function hasControls(name: string): boolean {
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) < 0x20 || name.charCodeAt(at) === 0x7f) return true;
  return false;
}

/** The namespace with the longest prefix that fits. */
export function namespaceOf(session: MailSession, name: string): Namespace {
  let best: Namespace | undefined;
  for (const namespace of session.store.namespaces) {
    if (!name.startsWith(namespace.prefix)) continue;
    if (best === undefined || namespace.prefix.length > best.prefix.length) best = namespace;
  }
  return best ?? session.store.namespaces[0] ?? NO_NAMESPACE;
}

export function isInbox(name: string): boolean {
  return name.toUpperCase() === 'INBOX';
}

const NO_NAMESPACE: Namespace = {
  prefix: '',
  separator: '/',
  type: 'private',
  isInbox: true,
  isHidden: false,
  list: 'yes',
  hasSubscriptions: true,
};
