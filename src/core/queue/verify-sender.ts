/**
 * The sender of address verification probes (postconf(5) address_verify_sender): as it is set, or with a part behind the
 * user name that changes every address_verify_sender_ttl, so that nobody collects it.
 */
import type {Config} from '../config/config.ts';

/** Digits without vowels, as the original writes them: base 31. */
const DIGITS = '0123456789BCDFGHJKLMNPQRSTVWXYZ';

/** '' for the null sender; completed by cleanup as local addresses are. */
export function verifySender(config: Config, nowMilliseconds: number): string {
  const base = config.get('address_verify_sender');
  if (base === '' || base === '<>') return '';
  const ttl = config.get('address_verify_sender_ttl');
  if (ttl <= 0) return base;
  const at = base.includes('@') ? base.indexOf('@') : base.length;
  return base.slice(0, at) + formatSlot(slotOf(nowMilliseconds, ttl)) + base.slice(at);
}

/** Is it an address that probes come from, or came from a moment ago? Internal form, complete. */
export function isVerifySender(address: string, config: Config, nowMilliseconds: number): boolean {
  const base = config.get('address_verify_sender');
  if (base === '' || base === '<>') return address === '';
  const whole = base.includes('@') ? base : `${base}@${config.get('myorigin')}`;
  const at = whole.indexOf('@');
  const theirAt = address.lastIndexOf('@');
  if (theirAt < at || address.slice(theirAt).toLowerCase() !== whole.slice(at).toLowerCase()) return false;
  if (address.slice(0, at).toLowerCase() !== whole.slice(0, at).toLowerCase()) return false;
  const ttl = config.get('address_verify_sender_ttl');
  const digits = address.slice(at, theirAt);
  if (ttl <= 0) return digits === '';
  const slot = parseSlot(digits);
  return slot !== undefined && Math.abs(slot - slotOf(nowMilliseconds, ttl)) <= 1;
}

function slotOf(nowMilliseconds: number, ttlSeconds: number): number {
  return Math.floor(nowMilliseconds / 1000 / ttlSeconds);
}

function formatSlot(slot: number): string {
  let text = '';
  for (let rest = slot; rest > 0 || text === ''; rest = Math.floor(rest / DIGITS.length))
    text = `${DIGITS.charAt(rest % DIGITS.length)}${text}`;
  return text;
}

function parseSlot(text: string): number | undefined {
  if (text === '' || text.length > 8) return undefined;
  let slot = 0;
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return undefined;
    slot = slot * DIGITS.length + value;
  }
  return slot;
}
