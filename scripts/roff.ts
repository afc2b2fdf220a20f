/** Writes man pages (man(7) macros): text is escaped here, and nowhere else. */
export class ManPage {
  readonly #lines: string[] = [];

  constructor(name: string, section: number, source: string) {
    this.#lines.push('.\\" Made from the sources by "npm run man". Do not edit.');
    this.#lines.push(`.TH ${quoted(name.toUpperCase())} ${section} "" ${quoted(source)} ${quoted('Posthorn')}`);
  }

  heading(text: string): this {
    this.#lines.push(`.SH ${quoted(text.toUpperCase())}`);
    return this;
  }

  paragraph(text: string): this {
    this.#lines.push('.PP', escaped(text));
    return this;
  }

  /** A bold name with its arguments in italics, as in a synopsis. */
  invocation(name: string, usage: string): this {
    this.#lines.push('.PP', `\\fB${escaped(name)}\\fR ${usage.split(' ').map(word).join(' ')}`.trimEnd());
    return this;
  }

  /** An entry of a list: the term, then what it is. */
  entry(term: string, ...texts: readonly string[]): this {
    this.#lines.push('.TP', `\\fB${escaped(term)}\\fR`);
    texts.forEach((text, i) => this.#lines.push(...(i === 0 ? [] : ['.br']), escaped(text)));
    return this;
  }

  /** Lines as they are. */
  example(lines: readonly string[]): this {
    this.#lines.push('.PP', '.nf', ...lines.map(line => `    ${escaped(line)}`), '.fi');
    return this;
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/** `DIR`, `[-c DIR]`, `name=value`: capitals are what the caller fills in. */
function word(text: string): string {
  return escaped(text).replace(/[A-Z]{2,}/g, '\\fI$&\\fR');
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replace(/^\./gm, '\\&.');
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\(dq').replaceAll('-', '\\-')}"`;
}
