/** `* QUOTA "User quota" (STORAGE 2 10240 MESSAGE 4 20)` (RFC 2087 section 5.1): only what has a limit. */
import type {QuotaRoot} from '../mailbox/mail-store.ts';
import {astring} from './imap-string.ts';

export function printQuota({name, storage, messages}: QuotaRoot): string {
  const resources: string[] = [];
  if (storage?.limit !== undefined) resources.push(`STORAGE ${storage.used} ${storage.limit}`);
  if (messages?.limit !== undefined) resources.push(`MESSAGE ${messages.used} ${messages.limit}`);
  return `* QUOTA ${astring(name)} (${resources.join(' ')})`;
}
