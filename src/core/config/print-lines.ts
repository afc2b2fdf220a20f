/** How the original lays out what it prints of main.cf and master.cf: words a blank apart, folded at 80 columns or not. */
import {words} from '../base/c-space.ts';
import {SERVICE_FIELDS, type ServiceEntry, type ServiceField} from './master-cf.ts';

const WIDTH = 80;
const INDENT = '    ';
/** Where the columns of a service begin. */
const COLUMNS = [0, 11, 17, 25, 33, 41, 49, 57];

/** One line with its end; folded, it breaks before a word that would pass the last column. */
export function layOut(text: string, folds: boolean): string {
  if (!folds) return `${words(text).join(' ')}\n`;
  let out = '';
  let column = 0;
  for (const word of words(text)) {
    const fits = column + 1 + word.length <= WIDTH;
    if (column > 0) out += fits ? ' ' : `\n${INDENT}`;
    column = column === 0 ? word.length : (fits ? column + 1 : INDENT.length) + word.length;
    out += word;
  }
  return `${out}\n`;
}

/** A service as `postconf -M` prints it. */
export function layOutService(service: ServiceEntry, folds: boolean): string {
  let text = '';
  for (const [i, field] of SERVICE_FIELDS.entries()) {
    if (i > 0) text = `${text} `.padEnd(COLUMNS[i] ?? 0);
    text += fieldOf(service, field);
  }
  return `${layOutArguments(text, service.args, folds)}\n`;
}

/** `name = command and arguments` as `postconf -F` prints it; `before` is what stands in front of the command. */
export function layOutCommand(before: string, {command, args}: ServiceEntry, folds: boolean): string {
  return `${layOutArguments(before + command, args, folds)}\n`;
}

export function fieldOf(service: ServiceEntry, field: ServiceField): string {
  switch (field) {
    case 'service':
      return service.name;
    case 'type':
      return service.type;
    case 'private':
      return service.isPrivate;
    case 'unprivileged':
      return service.unprivileged;
    case 'chroot':
      return service.chroot;
    case 'wakeup':
      return service.wakeup;
    case 'process_limit':
      return service.processLimit;
    case 'command':
      return service.command;
  }
}

/** Folded, each option with a value has a line of its own. Seen: the first word after the options gets no braces. */
function layOutArguments(before: string, args: readonly string[], folds: boolean): string {
  const line = new Line(before, folds);
  let inOptions = true;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const value = args[i + 1];
    if (!inOptions) line.add(braced(word));
    else if (!word.startsWith('-') || word === '--') {
      inOptions = false;
      line.add(word);
    } else if (word.startsWith('-o') && value !== undefined) {
      line.full();
      line.add(`${word} ${braced(value)}`);
      line.full();
      i++;
    } else line.add(word);
  }
  return line.text;
}

function braced(word: string): string {
  return /[ \t\n\v\f\r]/.test(word) ? `{${word}}` : word;
}

/** Seen: after a command of up to four letters alone on its line (`postconf -Fh`) there is no blank. */
class Line {
  text: string;
  column: number;
  readonly #folds: boolean;

  constructor(text: string, folds: boolean) {
    this.text = text;
    this.column = text.length;
    this.#folds = folds;
  }

  add(word: string): void {
    if (this.column > INDENT.length) {
      const fits = !this.#folds || this.column + 1 + word.length < WIDTH;
      this.text += fits ? ' ' : `\n${INDENT}`;
      this.column = fits ? this.column + 1 : INDENT.length;
    }
    this.text += word;
    this.column += word.length;
  }

  /** What comes next begins a new line. */
  full(): void {
    this.column = WIDTH;
  }
}
