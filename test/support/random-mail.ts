/** Mail that nobody would send, by the thousand and the same each time: for parsers that must not fail and must agree with others. */
export class RandomMail {
  #seed: number;
  #newline = '\n';

  constructor(seed: number) {
    this.#seed = seed;
  }

  messages(count: number): Buffer[] {
    return Array.from({length: count}, () => Buffer.from(this.#message(), 'latin1'));
  }

  below(limit: number): number {
    this.#seed = (Math.imul(this.#seed, 1103515245) + 12345) >>> 0;
    return Math.floor(((this.#seed >>> 8) / 0x1000000) * limit);
  }

  pick(choices: readonly string[]): string {
    return choices[this.below(choices.length)] ?? '';
  }

  #message(): string {
    this.#newline = this.pick(['\n', '\r\n']);
    const text = this.#header() + (this.below(10) > 0 ? this.#lineEnd() : '') + this.#body(3);
    return this.below(5) === 0 ? text.slice(0, this.below(text.length + 1)) : text;
  }

  #header(): string {
    let text = '';
    for (let fields = this.below(5); fields >= 0; fields--)
      text += this.#field().replace(/\n/g, this.#newline) + this.#lineEnd();
    return text;
  }

  #body(depth: number): string {
    let text = '';
    for (let pieces = this.below(depth > 0 ? 9 : 4); pieces > 0; pieces--) text += this.#bodyPiece(depth);
    return text;
  }

  #bodyPiece(depth: number): string {
    switch (this.below(7)) {
      case 0:
      case 1:
      case 2:
        return this.#boundaryLine(depth);
      case 3:
        return this.#lineEnd();
      case 4:
        return this.#junk(5) + this.#lineEnd();
      case 5:
        return `text line${this.#lineEnd()}`;
      default:
        return depth > 0 ? this.#header() + this.#lineEnd() + this.#body(depth - 1) : '';
    }
  }

  #boundaryLine(depth: number): string {
    const line = `--${this.#boundary()}${this.pick(['', '', '', '--', '--', ' ', '--x', '-', '\r'])}${this.#lineEnd()}`;
    const header = depth > 0 && this.below(3) > 0 ? this.#header() : '';
    return line + header + (this.below(6) > 0 ? this.#lineEnd() : '');
  }

  #field(): string {
    switch (this.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.#contentType();
      case 4:
        return `Content-Transfer-Encoding: ${this.pick(ENCODINGS)}${this.below(5) > 0 ? '' : this.#junk(2)}`;
      case 5:
        return `${this.pick(ADDRESS_FIELDS)}: ${this.#addresses()}`;
      case 6:
        return `${this.pick(ADDRESS_FIELDS)}: ${this.#junk(8)}`;
      case 7:
        return `${this.pick(['Subject', 'Date', 'Message-ID', 'In-Reply-To', 'X-Foo'])}: ${this.#junk(6)}`;
      case 8:
        return `Content-Disposition: ${this.pick(['inline', 'attachment', 'x y', '', '"a"'])}${this.#parameters()}`;
      case 9:
        return `${this.pick(TEXT_FIELDS)}: ${this.#junk(5)}`;
      case 10:
        return this.#junk(4);
      case 11:
        return `${this.pick([' ', '\t', ''])}${this.pick(['X', 'Content-Type', 'To'])}${this.pick([' ', '\t ', ''])}:${this.#junk(3)}`;
      case 12:
        return `--${this.#boundary()}${this.pick(['', '--', ' ', 'x'])}`;
      default:
        return 'MIME-Version: 1.0';
    }
  }

  #contentType(): string {
    const type = this.pick(TYPES);
    const boundary = type.includes('multi') && this.below(8) > 0 ? `; boundary=${this.pick(BOUNDARIES)}` : '';
    return `Content-Type: ${type}${boundary}${this.below(3) > 0 ? '' : this.#parameters()}`;
  }

  #parameters(): string {
    const one = (): string =>
      this.pick([';', '; ', ';\n ']) +
      this.pick(PARAMETERS) +
      this.pick(['=', '=', '=', ' = ', '']) +
      this.pick(VALUES);
    return Array.from({length: this.below(4)}, one).join('');
  }

  #addresses(): string {
    return Array.from({length: this.below(4)}, () => this.pick(ADDRESSES)).join(
      this.pick([', ', ',', ' ', ';', ',\n ']),
    );
  }

  #junk(words: number): string {
    return Array.from({length: this.below(words)}, () => this.pick(WORDS) + this.pick(['', '', ' '])).join('');
  }

  #boundary(): string {
    return this.pick(BOUNDARIES).replaceAll('"', '');
  }

  #lineEnd(): string {
    return this.below(25) === 0 ? this.pick(['\n', '\r\n', '\r\r\n']) : this.#newline;
  }
}

const TYPES = [
  ...[
    'text/plain',
    'text/html',
    'TEXT/PLAIN',
    'text/plain; charset=us-ascii',
    'text/plain; charset=US-ASCII; format=flowed',
  ],
  ...['multipart/mixed', 'multipart/digest', 'multipart/alternative', 'multipart/mixed/x', 'multi part/x', 'multipart'],
  ...['message/rfc822', 'message/global', 'message/partial', 'message/rfc822x', 'message'],
  ...['text', 'textual/x', 'image/png', 'application/octet-stream'],
];
const BOUNDARIES = ['a', 'ab', 'a--', 'b', '"a b"', '"a "', '""', 'a-', '--', '=_x', 'abc', '-'];
const ENCODINGS = ['7bit', '8bit', 'base64', 'BASE64', 'quoted-printable', '7BIT', 'x', 'binary', ''];
const ADDRESS_FIELDS = ['From', 'To', 'Cc', 'Bcc', 'Sender', 'Reply-To', 'reply-to', 'TO'];
const TEXT_FIELDS = ['Content-ID', 'Content-Description', 'Content-MD5', 'Content-Location', 'Content-Language'];
const PARAMETERS = [
  'charset',
  'name',
  'a*',
  'a*0',
  'a*1',
  'a*0*',
  'a*1*',
  'b',
  'x y',
  '',
  'Charset',
  'us',
  'a*2',
  'a*00',
];
const VALUES = ['us-ascii', '"x y"', 'z', "utf-8''a%20b", '=?utf-8?q?x?=', '', '"', 'US-ASCII'];
const ADDRESSES = ['a@b', 'Joe <a@b>', '"Q" <x@y>', 'g: a@b, c@d;', 'a@b (c)', '<@r:x@y>', 'joe', 'J D', '<>', 'g:;'];
const WORDS = [
  ...[
    'foo',
    'bar',
    '"q s"',
    '(c)',
    '(a (b) c)',
    '<a@b>',
    'x@y.z',
    'joe',
    '=?utf-8?q?=C3=A4?=',
    '\xe4',
    '\\',
    '"',
    '(',
    ')',
  ],
  ...[
    '<',
    '>',
    '@',
    ',',
    ';',
    ':',
    '.',
    '[1.2.3.4]',
    '[',
    'a.b',
    'a..b',
    '""',
    '"\\""',
    ' ',
    '\t',
    '  ',
    '=',
    '*',
    '*0',
    '/',
  ],
  ...['en', '%', '\x01', '\r', "utf-8''%41", '\n ', '\r\n\t', '=?', '?=', '\0'],
];
