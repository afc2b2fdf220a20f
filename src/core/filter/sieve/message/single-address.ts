/**
 * One address as scripts write it: `a@b`, `<a@b>`, `Name <a@b>`, comments allowed. What is wrong is said in Pigeonhole's
 * words. Dots in the local part may stand anywhere (seen), bytes above 127 in the domain only.
 */
export type ParsedAddress =
  | {readonly address: string; readonly localPart: string; readonly domain: string; readonly fault?: undefined}
  | {readonly fault: string; readonly address?: undefined; readonly localPart?: undefined; readonly domain?: undefined};

export function parseSingleAddress(text: string): ParsedAddress {
  const reader = new AddressReader(text);
  reader.skipBlanks();
  if (reader.isAtEnd) return {fault: 'empty address'};
  return reader.skipPhrase() ? reader.angle() : reader.bare();
}

class AddressReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  /** White space and comments. */
  skipBlanks(): void {
    for (;;) {
      while (this.#next !== '' && ' \t\r\n'.includes(this.#next)) this.#at++;
      if (this.#next !== '(') return;
      this.#skipComment();
    }
  }

  #skipComment(): void {
    let depth = 0;
    for (; !this.isAtEnd; this.#at++) {
      if (this.#next === '\\') this.#at++;
      else if (this.#next === '(') depth++;
      else if (this.#next === ')' && --depth === 0) {
        this.#at++;
        return;
      }
    }
  }

  /** True when words and `<` stood here; else nothing is taken. */
  skipPhrase(): boolean {
    const start = this.#at;
    while (this.#word(true) !== undefined) this.skipBlanks();
    if (this.#next === '<') {
      this.#at++;
      return true;
    }
    this.#at = start;
    return false;
  }

  #word(withDots: boolean): string | undefined {
    if (this.#next === '"') return this.#quoted();
    const start = this.#at;
    while (isAtom(this.#text.charCodeAt(this.#at)) || (withDots && this.#next === '.')) this.#at++;
    return this.#at === start ? undefined : this.#text.slice(start, this.#at);
  }

  #quoted(): string | undefined {
    const start = this.#at;
    let out = '';
    for (this.#at++; this.#next !== '"'; this.#at++) {
      if (this.#next === '\\') this.#at++;
      if (this.isAtEnd) {
        this.#at = start;
        return undefined;
      }
      out += this.#next;
    }
    this.#at++;
    return out;
  }

  angle(): ParsedAddress {
    const found = this.#addrSpec();
    if (found.fault !== undefined) return found;
    if (this.#next !== '>') return {fault: this.isAtEnd ? "missing '>'" : 'invalid characters after <'};
    this.#at++;
    return this.#end(found);
  }

  bare(): ParsedAddress {
    const found = this.#addrSpec();
    return found.fault === undefined ? this.#end(found) : found;
  }

  #addrSpec(): ParsedAddress {
    this.skipBlanks();
    const localPart = this.#word(true);
    if (localPart === undefined) return {fault: 'invalid local part'};
    this.skipBlanks();
    if (this.#next !== '@') return {fault: `invalid or lonely local part '${localPart}' (expecting '@')`};
    this.#at++;
    this.skipBlanks();
    const domain = this.#domain()?.toLowerCase(); // seen: as the envelope has it
    if (domain === undefined) return {fault: 'invalid or missing domain'};
    this.skipBlanks();
    return {address: `${quoteLocal(localPart)}@${domain}`, localPart, domain};
  }

  #domain(): string | undefined {
    const start = this.#at;
    if (this.#next === '[') {
      const end = this.#text.indexOf(']', this.#at);
      if (end < 0) return undefined;
      this.#at = end + 1;
      return this.#text.slice(start, this.#at);
    }
    for (;;) {
      const label = this.#at;
      while (isAtom(this.#text.charCodeAt(this.#at)) || this.#text.charCodeAt(this.#at) > 0x7f) this.#at++;
      if (this.#at === label) return undefined;
      if (this.#next !== '.') return this.#text.slice(start, this.#at);
      this.#at++;
    }
  }

  #end(found: ParsedAddress): ParsedAddress {
    this.skipBlanks();
    if (this.isAtEnd) return found;
    return {fault: this.#next === ',' ? "not a single address (found ',')" : 'address ends in invalid characters'};
  }
}

/** RFC 5322 section 3.2.3. */
function isAtom(code: number): boolean {
  if (Number.isNaN(code) || code <= 0x20 || code >= 0x7f) return false;
  return !'()<>[]:;@\\,."'.includes(String.fromCharCode(code));
}

function quoteLocal(localPart: string): string {
  for (let at = 0; at < localPart.length; at++)
    if (!isAtom(localPart.charCodeAt(at)) && localPart.charAt(at) !== '.')
      return `"${localPart.replace(/["\\]/g, '\\$&')}"`;
  return localPart;
}
