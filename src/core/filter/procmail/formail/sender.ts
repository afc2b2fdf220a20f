/**
 * Whom a reply goes to (formail(1) -r and NOTES): each field that names a sender has a weight, and an address that looks less
 * like one of the Internet's loses some. Addresses are reduced to what a machine needs: comments and blanks go.
 */
import type {Field} from './field.ts';

interface Source {
  readonly name: string;
  /** For a reply to the header's sender (-t), and with `-a Resent-`; the place in the table is the weight for the envelope's. */
  readonly header: number;
  readonly resent: number;
}

const SOURCES: readonly Source[] = [
  {name: 'reply-to:', header: 9, resent: 8},
  {name: 'from:', header: 8, resent: 7},
  {name: 'sender:', header: 7, resent: 6},
  {name: 'resent-reply-to:', header: 1, resent: 11},
  {name: 'resent-from:', header: 1, resent: 10},
  {name: 'resent-sender:', header: 1, resent: 9},
  {name: 'path:', header: 2, resent: 1},
  {name: 'return-receipt-to:', header: 3, resent: 2},
  {name: 'errors-to:', header: 4, resent: 3},
  {name: 'return-path:', header: 6, resent: 5},
  {name: 'from ', header: 5, resent: 4},
];
const FROM_LINE = SOURCES.length - 1;
const RETURN_PATH = SOURCES.length - 2;
/** More than the table gives: what an address of a lower kind loses, times its kind. */
const STEP = SOURCES.length + 1;

/** `envelope`: where the mail came from; `header` (-t): who wrote it; `resent`: the same, Resent- fields first. */
export type Preference = 'envelope' | 'header' | 'resent';

export class SenderSearch {
  address: string | undefined;
  readonly #preference: Preference;
  #weight = 0;

  constructor(preference: Preference) {
    this.#preference = preference;
  }

  consider(field: Field, isFirst: boolean): void {
    const name = field.name.toLowerCase();
    const index = SOURCES.findIndex(source => source.name === name);
    const source = SOURCES[index];
    if (source === undefined || (index === FROM_LINE && !isFirst)) return;
    let weight = this.#preference === 'envelope' ? index : source[this.#preference];
    let text = field.value.slice(0, -1);
    if (index === FROM_LINE) {
      if (text.includes('\n')) weight -= 2;
      text = fromLineAddress(text);
    }
    const address = firstAddress(text.replace(/^(?:[ \t]*\n)*[ \t]*/, ''));
    if (address === undefined) return;
    if (address !== '') this.#offer(address, weight - penalty(address));
    else if (index === RETURN_PATH) {
      this.#weight = STEP;
      this.address = '<>';
    }
  }

  #offer(address: string, weight: number): void {
    if (this.address !== undefined && weight <= this.#weight) return;
    this.#weight = weight;
    this.address = address;
  }
}

function penalty(address: string): number {
  if (!/[@!/]/.test(address)) return STEP * 4;
  if (address.includes('.UUCP')) return STEP * 3;
  if (address.includes('@') && !address.includes('.')) return STEP * 2;
  return address.includes('!') ? STEP : 0;
}

const RELAYS = [' remote from ', ' forwarded by '];

/** The address of a `From ` line; of several lines the last has the user, all of them the hosts it came through. */
function fromLineAddress(text: string): string {
  let rest = text;
  if (rest.startsWith('\n')) rest = rest.slice(rest.indexOf(' ') + 1);
  let last = rest;
  for (let newline = last.indexOf('\n'); newline >= 0; newline = last.indexOf('\n')) {
    const blank = last.indexOf(' ', newline);
    if (blank < 0) break;
    last = last.slice(blank + 1);
  }
  const end = last.indexOf(' ');
  if (end < 0) return last;
  const user = last.slice(0, end);
  return `<${user.includes('@') ? user : hostsOf(rest) + user}`;
}

function hostsOf(text: string): string {
  let hosts = '';
  for (let rest = text; ;) {
    const found = RELAYS.map(relay => ({relay, at: rest.indexOf(relay)}))
      .filter(({at}) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (found === undefined) return hosts;
    rest = rest.slice(found.at + found.relay.length);
    const newline = rest.indexOf('\n');
    hosts += `${newline < 0 ? rest : rest.slice(0, newline)}!`;
    rest = newline < 0 ? '' : rest.slice(newline + 1);
  }
}

/** The first address of a field, or the first in angle brackets; undefined when the field is empty. */
function firstAddress(text: string): string | undefined {
  let first: string | undefined;
  for (let at = 0; at < text.length;) {
    const read = readAddress(text, at);
    if (text.charAt(at) === '<') return read.address;
    first ??= read.address;
    if (read.end === at) break; // a comma or the like: what follows is somebody else
    at = read.end;
  }
  return first;
}

interface AddressRead {
  readonly address: string;
  readonly end: number;
}

/** Words that have no blank between them which means something, comments taken out. */
class AddressReader {
  #out = '';
  #at: number;
  readonly #text: string;
  #isBracketed: boolean;
  #hasSeparator = false;
  /** A list of addresses with a name (`friends: a, b;`) may still begin; has begun; can't any more. */
  #group: 'possible' | 'open' | 'no' = 'possible';
  #sawBlank = false;
  #sawWord = false;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#isBracketed = text.charAt(at) === '<';
    this.#at = this.#isBracketed ? at + 1 : at;
  }

  read(): AddressRead {
    while (this.#at < this.#text.length) if (this.#character(this.#text.charAt(this.#at))) return this.#ended();
    return this.#ended();
  }

  #ended(): AddressRead {
    const address = this.#hasSeparator ? `<${this.#out}>` : this.#out;
    return {address, end: this.#at};
  }

  /** Answers true when the address is over. */
  #character(next: string): boolean {
    switch (next) {
      case '<':
        if (!this.#isBracketed) return true;
        this.#out = '';
        this.#sawBlank = this.#sawWord = false;
        this.#at++;
        return false;
      case '(':
        this.#at = endOfComment(this.#text, this.#at);
        this.#sawBlank = true;
        this.#at++;
        return false;
      case ' ':
      case '\t':
      case '\n':
        this.#sawBlank = true;
        this.#at++;
        return false;
      case ';':
      case ',':
        return this.#separator(next);
      case '>':
        return true;
      case ':':
        if (this.#group === 'possible') this.#group = 'open';
        return this.#special(next);
      case '@':
      case '.':
        if (this.#group === 'possible') this.#group = 'no';
        return this.#special(next);
      case '[':
        return this.#delimited(next, ']');
      case '"':
        return this.#delimited(next, '"');
      default:
        return this.#word(next);
    }
  }

  #separator(next: string): boolean {
    if (this.#group === 'open') {
      this.#special(next);
      if (next === ';') this.#at = this.#text.length;
      return false;
    }
    if (!this.#isBracketed) return true;
    this.#hasSeparator = true;
    return this.#special(next);
  }

  #special(next: string): boolean {
    this.#sawBlank = this.#sawWord = false;
    this.#out += next;
    this.#at++;
    return false;
  }

  #word(next: string): boolean {
    if (!this.#isBracketed && this.#sawBlank && this.#sawWord && this.#out !== '') return true;
    if (next === '\\') {
      this.#out += next;
      this.#at++;
    }
    this.#sawBlank = false;
    this.#sawWord = true;
    this.#out += this.#text.charAt(this.#at);
    this.#at++;
    return false;
  }

  #delimited(open: string, close: string): boolean {
    if (open === '"') {
      this.#out += open;
      this.#at++;
    }
    while (this.#at < this.#text.length) {
      const next = this.#text.charAt(this.#at++);
      this.#out += next;
      if (next === close) break;
      if (next === '\\' && this.#at < this.#text.length) this.#out += this.#text.charAt(this.#at++);
    }
    this.#sawBlank = false;
    this.#sawWord = true;
    return false;
  }
}

function readAddress(text: string, at: number): AddressRead {
  return new AddressReader(text, at).read();
}

/** Of its closing parenthesis, those within counted; or of the text. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const next = text.charAt(at);
    if (next === '\\') at++;
    else if (next === '(') depth++;
    else if (next === ')' && --depth === 0) return at;
  }
  return text.length - 1;
}
