/**
 * Which texts are host names (valid_hostname of Postfix): labels of letters, digits, `-` and `_`, none empty or longer
 * than 63, not all of it digits and dots. Bytes above 127 pass: they are UTF-8 that becomes IDNA when it is asked for.
 */

/** RFC 1035 section 2.3.4. */
const MAX_NAME = 255;
const MAX_LABEL = 63;

/** What is wrong with a name, in Postfix's words; undefined for a good one. */
export function hostnameComplaint(name: string): string | undefined {
  if (name === '') return 'empty hostname';
  const complaint = syntaxComplaint(name) ?? (isNumeric(name) ? 'numeric hostname' : undefined);
  if (complaint !== undefined) return `${complaint}: ${name.slice(0, 100)}`;
  return name.length > MAX_NAME ? `bad length ${name.length} for hostname` : undefined;
}

function syntaxComplaint(name: string): string | undefined {
  let length = 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const isLast = i + 1 === name.length;
    if (code === DOT) {
      if (length === 0 || isLast) return 'misplaced delimiter';
      length = 0;
      continue;
    }
    if (!isLabelByte(code)) return `invalid character ${code}(decimal)`;
    if (code === HYPHEN && (length === 0 || isLast || name.charCodeAt(i + 1) === DOT)) return 'misplaced hyphen';
    if (++length > MAX_LABEL) return 'hostname label too long';
  }
  return undefined;
}

const DOT = 0x2e;
const HYPHEN = 0x2d;

function isLabelByte(code: number): boolean {
  if (code >= 0x80 || code === HYPHEN || code === 0x5f) return true;
  return isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** All digits and dots: an address, or a bad one. */
function isNumeric(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (!isDigit(name.charCodeAt(i)) && name.charCodeAt(i) !== DOT) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
