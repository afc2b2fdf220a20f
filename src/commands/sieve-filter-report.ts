/** What sieve-filter prints, in the original's form: what it is at on standard output, what happened on standard error. */
import {toByteString} from '../core/base/bytes.ts';
import type {Stdio} from '../core/base/tool.ts';
import {printable} from '../core/filter/sieve/compile/report.ts';
import type {SieveMessage} from '../core/filter/sieve/message/message.ts';

/** How a message is named to people. */
export interface Headline {
  /** With brackets; undefined when there is none that can be one. */
  readonly id: string | undefined;
  readonly date: string;
  readonly sizeBytes: number;
  readonly subject: string;
}

/** Seen: longer subjects are cut. */
const LONGEST_SUBJECT = 40;

export function headlineOf(message: SieveMessage): Headline {
  return {
    id: /<[^<>]+>/.exec(message.rawValues('message-id')[0] ?? '')?.[0].replace(/\s/g, ''),
    date: shownField(message, 'date'),
    sizeBytes: message.sizeBytes,
    subject: shownField(message, 'subject', LONGEST_SUBJECT),
  };
}

/** As it stands in the message, its folds too; what is no UTF-8 as question marks. */
function shownField(message: SieveMessage, name: string, limit = Infinity): string {
  const field = message.fields().find(one => one.name.toLowerCase() === name);
  if (field === undefined) return '';
  const value = field.text.slice(field.text.indexOf(':') + 1).replace(/^[ \t]+|\r?\n$/g, '');
  const text = printable(Buffer.from(value.replace(/\r\n/g, '\n'), 'latin1').toString('utf8')).replaceAll(
    '\ufffd',
    '?',
  );
  const letters = text.length > limit ? Array.from(text) : [];
  const shown = letters.length > limit ? `${letters.slice(0, limit - 3).join('')}...` : text;
  return toByteString(shown);
}

export class FilterReport {
  readonly #tool: string;
  readonly #stdio: Stdio;
  readonly #isVerbose: boolean;

  constructor(tool: string, stdio: Stdio, isVerbose: boolean) {
    this.#tool = tool;
    this.#stdio = stdio;
    this.#isVerbose = isVerbose;
  }

  headline({id, date, sizeBytes, subject}: Headline): void {
    const lines = [
      `ID:      ${id ?? 'none'}`,
      `Date:    ${date}`,
      `Size:    ${sizeBytes} bytes`,
      `Subject: ${subject}`,
    ];
    this.#stdio.stdout.write(`>> Filtering message:\n\n${lines.map(line => `  ${line}\n`).join('')}`);
  }

  filtering({date, sizeBytes, subject}: Headline): void {
    this.note(`filtering: [${date}; ${sizeBytes} bytes] \`${subject}'`);
  }

  line(text: string): void {
    this.#stdio.stderr.write(`${text}\n`);
  }

  /** Said with -v only. */
  note(text: string): void {
    if (this.#isVerbose) this.line(`info: ${text}.`);
  }

  info(about: Headline, text: string): void {
    const named = `${nameOf(about)}: ${text}`;
    this.line(`${this.#tool}: Info: sieve: ${named}`);
    this.note(named);
  }

  warning(about: Headline, text: string): void {
    const named = `${nameOf(about)}: ${text}`;
    this.line(`${this.#tool}: Warning: sieve: ${named}`);
    this.line(`warning: ${named}.`);
  }

  error(about: Headline, text: string): void {
    this.line(`error: ${nameOf(about)}: ${text}.`);
  }

  failed(where: 'left in source mailbox' | 'moved to default mailbox'): void {
    this.line(`error: sieve script execution failed for this message; message ${where}.`);
  }
}

function nameOf({id}: Headline): string {
  return `msgid=${id ?? 'unspecified'}`;
}
