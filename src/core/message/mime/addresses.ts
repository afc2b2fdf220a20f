/**
 * Addresses of From, To and the like (RFC 5322 section 3.4) as Dovecot understands them, for ENVELOPE, SORT and SEARCH. Never
 * fails: a list ends at the first thing that can't be an address, and what is missing is named as missing.
 */
import {BROKEN, END, FieldReader, OK, type Progress} from './field-reader.ts';

export interface MailAddress {
  readonly name: string | undefined;
  readonly route: string | undefined;
  /** The local part. With an undefined `domain` the name of a group that begins, or undefined where one ends. */
  readonly mailbox: string | undefined;
  readonly domain: string | undefined;
  readonly isInvalid: boolean;
}

export const MISSING_MAILBOX = 'MISSING_MAILBOX';
export const MISSING_DOMAIN = 'MISSING_DOMAIN';
export const SYNTAX_ERROR = 'SYNTAX_ERROR';
const INVALID_ROUTE = 'INVALID_ROUTE';

/** `text` is the field's value. At most `limit` addresses are read. */
export function parseAddresses(text: string, limit = Infinity): MailAddress[] {
  const parser = new AddressParser(text, limit);
  parser.parse();
  return parser.addresses;
}

interface Draft {
  name?: string | undefined;
  route?: string | undefined;
  mailbox?: string | undefined;
  domain?: string | undefined;
  isInvalid?: boolean;
}

class AddressParser {
  readonly addresses: MailAddress[] = [];
  readonly #reader: FieldReader;
  readonly #limit: number;
  #draft: Draft = {};

  constructor(text: string, limit: number) {
    this.#reader = new FieldReader(text);
    this.#limit = limit;
  }

  parse(): void {
    const reader = this.#reader;
    if (reader.skipBlanks() !== OK) return;
    while (this.addresses.length < this.#limit) {
      if (this.#readAddress() === END) return;
      if (reader.isAtEnd || reader.peek() !== COMMA) return;
      reader.at++;
      const progress = reader.skipBlanks();
      if (progress === BROKEN) {
        this.#draft = {};
        this.#add();
      }
      if (progress !== OK) return;
    }
  }

  #readAddress(): Progress {
    return this.#takeGroup() ?? this.#readMailbox();
  }

  /** `name: a, b;`. Undefined, and nothing read, when it is no group. */
  #takeGroup(): Progress | undefined {
    const reader = this.#reader;
    const start = reader.at;
    let progress = reader.peek() === COLON ? OK : this.#readName();
    const name = reader.takeText();
    if (progress !== OK || reader.peek() !== COLON) {
      reader.at = start;
      return undefined;
    }
    this.addresses.push({name: undefined, route: undefined, mailbox: name, domain: undefined, isInvalid: false});
    reader.at++;
    progress = reader.skipBlanks();
    if (progress === OK && reader.peek() !== SEMICOLON) progress = this.#readMembers();
    if (progress !== END && reader.peek() === SEMICOLON) {
      reader.at++;
      progress = reader.skipBlanks();
    }
    this.addresses.push(GROUP_END);
    return progress;
  }

  #readMembers(): Progress {
    const reader = this.#reader;
    while (this.addresses.length < this.#limit) {
      const progress = this.#readMailbox();
      if (progress === END || reader.peek() !== COMMA) return progress;
      reader.at++;
      const blanks = reader.skipBlanks();
      if (blanks !== OK) return blanks;
    }
    return BROKEN;
  }

  #readMailbox(): Progress {
    const reader = this.#reader;
    const start = reader.at;
    this.#draft = {};
    let progress = this.#readNameAddress();
    if (progress === undefined) {
      reader.at = start;
      this.#draft = {};
      progress = this.#readBareAddress();
    }
    this.#add();
    return progress;
  }

  /** `Name <address>`; undefined when it isn't of that kind. */
  #readNameAddress(): Progress | undefined {
    const reader = this.#reader;
    if (reader.peek() !== ANGLE) {
      const progress = this.#readName();
      const name = reader.takeText();
      if (progress !== OK || reader.peek() !== ANGLE) return undefined;
      if (name !== '') this.#draft.name = name;
    }
    const progress = this.#readAngle();
    if (progress !== undefined) return progress;
    this.#draft.domain = SYNTAX_ERROR;
    this.#draft.isInvalid = true;
    reader.text = '';
    return reader.isAtEnd ? END : OK;
  }

  #readName(): Progress {
    return this.#reader.peek() === DOT ? BROKEN : this.#reader.readPhrase();
  }

  /** Undefined when it is broken. */
  #readAngle(): Progress | undefined {
    const reader = this.#reader;
    reader.at++;
    if (reader.skipBlanks() !== OK) return undefined;
    if (reader.peek() === AT && !this.#readRoute()) {
      this.#draft.route = INVALID_ROUTE;
      return undefined;
    }
    if (reader.peek() === CLOSING_ANGLE) {
      reader.at++;
      this.#draft.isInvalid = true;
      const after = reader.skipBlanks();
      return after === BROKEN ? undefined : after;
    }
    let progress = reader.readLocalPart();
    if (progress !== BROKEN) this.#draft.mailbox = reader.takeText();
    reader.text = '';
    if (progress === OK && reader.peek() === AT) {
      progress = reader.readDomain();
      if (progress !== BROKEN) this.#draft.domain = reader.takeText();
    }
    if (progress !== OK || reader.peek() !== CLOSING_ANGLE) return undefined;
    reader.at++;
    progress = reader.skipBlanks();
    return progress === BROKEN ? undefined : progress;
  }

  /** `@a,@b:` (RFC 5322 section 4.4). */
  #readRoute(): boolean {
    const reader = this.#reader;
    let route = '';
    while (reader.peek() === AT) {
      const progress = reader.readDomain();
      route += `${route === '' ? '' : ','}@${reader.takeText()}`;
      if (progress !== OK) return false;
      while (reader.peek() === COMMA) {
        reader.at++;
        if (reader.skipBlanks() !== OK) return false;
      }
    }
    if (reader.peek() !== COLON) return false;
    this.#draft.route = route;
    reader.at++;
    return reader.skipBlanks() === OK;
  }

  /** `local@domain (Name)`; without the @ a single word is a mailbox, more words or a quoted one are a name. */
  #readBareAddress(): Progress {
    const reader = this.#reader;
    const isQuoted = reader.peek() === QUOTE;
    reader.comment = '';
    let progress = reader.readLocalPart();
    const local = reader.takeText();
    if (progress !== BROKEN) this.#draft.mailbox = local;
    if (progress !== END && reader.peek() === AT) {
      progress = reader.readDomain();
      if (progress !== BROKEN) this.#draft.domain = reader.text;
      reader.text = '';
      if (reader.comment !== '') this.#draft.name = reader.comment;
      return progress;
    }
    if (reader.comment !== '') this.#draft.name = reader.comment;
    else progress = this.#readLostName(local, isQuoted, progress);
    return progress;
  }

  #readLostName(local: string, isQuoted: boolean, before: Progress): Progress {
    const reader = this.#reader;
    const isName = before === BROKEN ? local.endsWith(' ') && reader.peek() === QUOTE : isQuoted;
    const progress = before === BROKEN ? reader.readPhrase() : this.#readName();
    const more = reader.takeText();
    if (more === '' && !isName) return before;
    this.#draft.mailbox = undefined;
    this.#draft.name = more === '' ? local : `${local} ${more}`;
    return progress;
  }

  #add(): void {
    const {name, route, mailbox, domain, isInvalid} = this.#draft;
    this.addresses.push({
      name,
      route,
      mailbox: mailbox ?? MISSING_MAILBOX,
      domain: domain === undefined || domain === '' ? MISSING_DOMAIN : domain,
      isInvalid: isInvalid === true || mailbox === undefined || domain === undefined || domain === '',
    });
  }
}

const GROUP_END: MailAddress = {
  name: undefined,
  route: undefined,
  mailbox: undefined,
  domain: undefined,
  isInvalid: false,
};
const COMMA = 0x2c;
const DOT = 0x2e;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const ANGLE = 0x3c;
const CLOSING_ANGLE = 0x3e;
const QUOTE = 0x22;
const AT = 0x40;
