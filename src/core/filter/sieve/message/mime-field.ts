/** A structured MIME field: `type/subtype; name=value` (RFC 2045 section 5.1, RFC 2231 continuations). Never fails. */
export interface MimeField {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_PARAMETERS = 100;

export function parseMimeField(value: string): MimeField {
  const sections = splitSections(value);
  const [type = '', subtype = ''] = (sections[0] ?? '').split('/', 2).map(word => word.trim());
  const raw = new Map<string, string>();
  for (const section of sections.slice(1, MAX_PARAMETERS)) {
    const equals = section.indexOf('=');
    if (equals <= 0) continue;
    const name = section.slice(0, equals).trim().toLowerCase();
    if (!raw.has(name)) raw.set(name, unquote(section.slice(equals + 1).trim()));
  }
  return {type, subtype, parameters: joinContinuations(raw)};
}

/** At semicolons outside of quotes; comments are left out. */
function splitSections(value: string): string[] {
  const sections: string[] = [];
  let text = '';
  let isQuoted = false;
  let depth = 0;
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '\\' && (isQuoted || depth > 0)) {
      if (depth === 0) text += character + value.charAt(at + 1);
      at++;
    } else if (depth === 0 && character === '"') {
      isQuoted = !isQuoted;
      text += character;
    } else if (!isQuoted && character === '(') depth++;
    else if (!isQuoted && depth > 0) depth -= character === ')' ? 1 : 0;
    else if (!isQuoted && character === ';') {
      sections.push(text);
      text = '';
    } else text += character;
  }
  sections.push(text);
  return sections;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text.split(/[ \t]/, 1)[0] ?? '';
  let out = '';
  for (let at = 1; at < text.length && text.charAt(at) !== '"'; at++) {
    if (text.charAt(at) === '\\') at++;
    out += text.charAt(at);
  }
  return out;
}

/** `name*0`, `name*1*` become `name`; `name*=charset'lang'%41` is decoded to the bytes it stands for. */
function joinContinuations(raw: ReadonlyMap<string, string>): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of raw) {
    const star = name.indexOf('*');
    if (star < 0) {
      joined.set(name, value);
      continue;
    }
    const base = name.slice(0, star);
    const isFirst = star === name.length - 1 || name.startsWith('0', star + 1);
    const text = name.endsWith('*') ? percentDecode(isFirst ? afterLanguage(value) : value) : value;
    if (isFirst) joined.set(base, text);
    else if (joined.has(base)) joined.set(base, (joined.get(base) ?? '') + text);
  }
  return joined;
}

function afterLanguage(value: string): string {
  const parts = value.split("'");
  return parts.length < 3 ? value : parts.slice(2).join("'");
}

function percentDecode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
