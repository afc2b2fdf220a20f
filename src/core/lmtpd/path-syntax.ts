/**
 * The path of MAIL and RCPT: `<local@domain>`, `<>`, with a source route that is passed over (RFC 5321 section 4.1.2). Dovecot is
 * lenient with senders, which may be anything that another system made up, and strict with recipients. Texts are its.
 */
import {ParseError} from '../base/errors.ts';

export interface LmtpPath {
  /** Unquoted; '' for the null path. */
  readonly localPart: string;
  /** '' for none. */
  readonly domain: string;
  /** What follows the path: parameters. */
  readonly rest: string;
}

export interface PathOptions {
  readonly mayBeNull: boolean;
  /** Of the domain: a host name or a literal. */
  readonly isStrict: boolean;
  /** lmtp_client_workarounds. */
  readonly workarounds: ReadonlySet<string>;
}

export function parsePath(text: string, options: PathOptions): LmtpPath {
  const trimmed = options.workarounds.has('whitespace-before-path') ? text.replace(/^ +/, '') : text;
  if (trimmed.startsWith(' ')) throw new ParseError('Unexpected whitespace before path');
  if (trimmed === '') throw new ParseError('Path is empty string');
  const isBare = !trimmed.startsWith('<');
  if (isBare && !options.workarounds.has('mailbox-for-path')) throw new ParseError("Missing '<' at beginning of path");
  const parser = new PathParser(isBare ? trimmed : trimmed.slice(1), isBare, options);
  return parser.parse();
}

class PathParser {
  readonly #text: string;
  readonly #isBare: boolean;
  readonly #options: PathOptions;
  #at = 0;

  constructor(text: string, isBare: boolean, options: PathOptions) {
    this.#text = text;
    this.#isBare = isBare;
    this.#options = options;
  }

  parse(): LmtpPath {
    this.#skipRoute();
    const localPart = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
    const domain = this.#text[this.#at] === '@' ? this.#domain() : '';
    const rest = this.#end();
    if (localPart === '' && domain === '' && !this.#options.mayBeNull) throw new ParseError('Null path not allowed');
    return {localPart, domain, rest};
  }

  /** `@one,@two:` */
  #skipRoute(): void {
    if (this.#text[this.#at] !== '@') return;
    const colon = this.#text.indexOf(':', this.#at);
    const end = this.#text.indexOf('>', this.#at);
    if (colon >= 0 && (end < 0 || colon < end)) this.#at = colon + 1;
  }

  #quoted(): string {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === '"') {
        this.#at++;
        return value;
      }
      if (character === '\\') this.#at++;
      value += this.#text[this.#at] ?? '';
    }
    throw new ParseError('Premature end of quoted string');
  }

  #plain(): string {
    const begin = this.#at;
    while (this.#at < this.#text.length && !/[\0-\x20<>@"]/.test(this.#text[this.#at] ?? '')) this.#at++;
    const next = this.#text[this.#at];
    if (next === ' ' && !this.#isBare) throw new ParseError('Invalid character in localpart');
    return this.#text.slice(begin, this.#at);
  }

  #domain(): string {
    const begin = ++this.#at;
    while (this.#at < this.#text.length && !/[\0-\x20<>]/.test(this.#text[this.#at] ?? '')) this.#at++;
    const domain = this.#text.slice(begin, this.#at);
    if (domain === '') throw new ParseError("Missing domain after '@'");
    if (this.#options.isStrict && !isDomain(domain)) throw new ParseError('Invalid domain');
    return domain;
  }

  #end(): string {
    const next = this.#text[this.#at];
    if (!this.#isBare && next === undefined) throw new ParseError("Missing '>' at end of path");
    if (!this.#isBare && next !== '>') throw new ParseError('Invalid character in path');
    const rest = this.#text.slice(this.#isBare ? this.#at : this.#at + 1);
    if (rest !== '' && !rest.startsWith(' ')) throw new ParseError('Invalid character in path');
    return rest.slice(1);
  }
}

function isDomain(text: string): boolean {
  return (
    /^\[[^\]\\]+\]$/.test(text) ||
    /^[A-Za-z0-9_\x80-\xff](?:[A-Za-z0-9_.\x80-\xff-]*[A-Za-z0-9_\x80-\xff])?\.?$/.test(text)
  );
}

/** As it is written in replies and headers: quoted where it has to be. */
export function printPath({localPart, domain}: {readonly localPart: string; readonly domain: string}): string {
  const isPlain = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\x80-\xff]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\x80-\xff]+)*$/.test(
    localPart,
  );
  const isOdd = localPart.includes('..') || localPart === '' || !isPlain;
  const local = isOdd && localPart !== '' ? `"${localPart.replace(/["\\]/g, '\\$&')}"` : localPart;
  return domain === '' ? local : `${local}@${domain}`;
}

export interface MailParameter {
  readonly name: string;
  /** undefined: no `=`. */
  readonly value: string | undefined;
}

/** `BODY=8BITMIME SIZE=1`; names in capitals. Throws `ParseError`. */
export function parseParameters(text: string, command: string): MailParameter[] {
  if (text === '') return [];
  return text.split(' ').map(word => {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (name === '') throw new ParseError(`Invalid ${command} parameter: Parameter is empty`);
    return {name: name.toUpperCase(), value: equals < 0 ? undefined : word.slice(equals + 1)};
  });
}

/** `orig+40x`: RFC 3461 section 4; undefined: not of that form. */
export function decodeXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined;
  return text.replace(/\+([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
