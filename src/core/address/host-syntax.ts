/** Syntax of host names and address literals in mail addresses (RFC 5321 section 4.1.2 and 4.1.3), as lenient as Postfix. */
import {isIPv4, isIPv6} from 'node:net';

/** RFC 1035 section 2.3.4. */
const MAX_NAME = 255;
const MAX_LABEL = 63;

/** Letters, digits, `-`, `_` and bytes above 127 in labels; no empty label, none that begins or ends with `-`. */
export function isValidHostname(name: string): boolean {
  if (name === '' || name.length > MAX_NAME || isNumeric(name)) return false;
  return name.split('.').every(isValidLabel);
}

/** `[1.2.3.4]` or `[IPv6:::1]`. */
export function isValidLiteral(literal: string): boolean {
  const inside = /^\[([^\]]*)\]$/.exec(literal)?.[1];
  if (inside === undefined) return false;
  if (/^ipv6:/i.test(inside)) return isIPv6(inside.slice(5));
  return isIPv4(inside);
}

function isValidLabel(label: string): boolean {
  if (label === '' || label.length > MAX_LABEL || label.startsWith('-') || label.endsWith('-')) return false;
  for (let i = 0; i < label.length; i++) if (!isLabelByte(label.charCodeAt(i))) return false;
  return true;
}

function isLabelByte(code: number): boolean {
  if (code >= 0x80 || code === 0x2d || code === 0x5f) return true;
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** All digits and dots: no host name. */
function isNumeric(name: string): boolean {
  return /^[0-9.]+$/.test(name);
}
