/**
 * The unique id of a message (RFC 1939 section 7): kept from another server, taken from its X-UIDL line (pop3_reuse_xuidl), or made
 * of UID, UIDVALIDITY, GUID and file name (pop3_uidl_format).
 */
import {createHash} from 'node:crypto';
import {expandVariables} from '../config/dovecot/variables.ts';
import type {ItemNeeds, Mailbox, MessageItems} from '../mailbox/mailbox.ts';
import type {Pop3Settings} from './pop3-settings.ts';

/** What UIDL has to know of each message. */
export function uidlNeeds(settings: Pop3Settings): ItemNeeds {
  const format = settings.uidlFormat;
  return {
    pop3Uidl: true,
    guid: /%[-\d.]*[A-Z]*[gf]/.test(format),
    ...(settings.reusesXuidl ? {headers: ['x-uidl']} : {}),
  };
}

/** '' when no form of it can be had. */
export function uidlOf(settings: Pop3Settings, mailbox: Mailbox, sequence: number, items: MessageItems): string {
  if (items.pop3Uidl !== undefined && items.pop3Uidl !== '') return items.pop3Uidl;
  const kept = settings.reusesXuidl ? xuidlOf(items.headers?.get('x-uidl')) : '';
  if (kept !== '') return shorten(kept);
  const values = new Map([
    ['v', String(mailbox.uidValidity)],
    ['u', String(mailbox.uid(sequence))],
    ['g', items.guid ?? ''],
    ['f', items.guid ?? ''],
  ]);
  return shorten(expandVariables(settings.uidlFormat, {values, onFault: () => undefined}));
}

/** pop3_uidl_duplicates = rename: `x`, `x-2`, `x-3`. */
export class UidlNames {
  readonly #seen = new Map<string, number>();

  take(uidl: string): string {
    const count = (this.#seen.get(uidl) ?? 0) + 1;
    this.#seen.set(uidl, count);
    return count === 1 ? uidl : `${uidl}-${count}`;
  }
}

/** The first word of the last X-UIDL line. */
function xuidlOf(field: Buffer | undefined): string {
  const line = field?.toString('latin1') ?? '';
  return line.slice(line.indexOf(':') + 1).trim();
}

/** RFC 1939 allows 70 printable characters. */
function shorten(uidl: string): string {
  const plain = uidl.replace(/[^!-~]/g, '');
  return plain.length <= 70 ? plain : createHash('sha1').update(plain, 'latin1').digest('hex');
}
