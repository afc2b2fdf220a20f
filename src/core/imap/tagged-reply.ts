/** The texts of tagged replies: response codes for what the store refuses, and the times Dovecot adds. */
import {Refusal} from '../base/errors.ts';
import type {MailError, MailErrorCode} from '../mailbox/mail-error.ts';

/** RFC 5530; undefined: no code. That a mailbox is missing is coded by some commands only. */
const CODES: Readonly<Record<MailErrorCode, string | undefined>> = {
  nonexistent: undefined,
  exists: 'ALREADYEXISTS',
  cannot: 'CANNOT',
  permission: 'NOPERM',
  quota: 'OVERQUOTA',
  'in-use': 'INUSE',
  limit: 'LIMIT',
  expunged: 'EXPUNGEISSUED',
  'invalid-name': 'CANNOT',
  unsupported: 'CANNOT',
  temporary: 'SERVERBUG',
};

export function refusalText(fault: Refusal | MailError): string {
  const code = fault instanceof Refusal ? fault.code : CODES[fault.code];
  return `NO ${code === undefined || code === '' ? '' : `[${code}] `}${withPeriod(fault.message)}`;
}

export function internalError(now: number): string {
  const at = new Date(now);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `NO [SERVERBUG] Internal error occurred. Refer to server log for more information. [${day} ${time}]`;
}

export function withPeriod(text: string): string {
  return text.endsWith('.') || text.endsWith(']') ? text : `${text}.`;
}

/** `OK Fetch completed.` -> `OK Fetch completed (0.001 + 0.000 secs).`: time of work, and of waiting for the client. */
export function withTimes(text: string, milliseconds: number, waited: number): string {
  const body = text.endsWith('.') ? text.slice(0, -1) : text;
  const work = Math.max(1, Math.ceil(milliseconds - waited));
  return `${body} (${seconds(work)} + ${seconds(Math.floor(waited))} secs).`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
