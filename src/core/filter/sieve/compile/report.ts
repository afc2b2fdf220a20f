/**
 * What the compiler and the interpreter have to say about a script, in Pigeonhole's form:
 * `NAME: line 3: error: TEXT.`; line 0 stands for the script as a whole.
 */
import type {Place} from './tree.ts';

export type Severity = 'error' | 'warning' | 'info' | 'debug';

export interface Remark {
  readonly severity: Severity;
  readonly script: string;
  readonly line: number;
  readonly column: number;
  /** Without the full stop that is printed behind it. */
  readonly text: string;
}

export class Report {
  readonly remarks: Remark[] = [];
  errors = 0;
  readonly #script: string;
  readonly #hear: ((remark: Remark) => void) | undefined;

  constructor(script: string, hear?: (remark: Remark) => void) {
    this.#script = script;
    this.#hear = hear;
  }

  error(place: Place | undefined, text: string): void {
    this.errors++;
    this.#add('error', place, text);
  }

  /** Seen: an error that does not keep the script from being used. */
  complain(place: Place, text: string): void {
    this.#add('error', place, text);
  }

  warning(place: Place | undefined, text: string): void {
    this.#add('warning', place, text);
  }

  info(place: Place | undefined, text: string): void {
    this.#add('info', place, text);
  }

  /** The report of an included script: its own name, the same ear. */
  named(script: string): Report {
    return new Report(script, remark => {
      this.remarks.push(remark);
      if (remark.severity === 'error') this.errors++;
      this.#hear?.(remark);
    });
  }

  #add(severity: Severity, place: Place | undefined, text: string): void {
    const remark = {severity, script: this.#script, line: place?.line ?? 0, column: place?.column ?? 0, text};
    this.remarks.push(remark);
    this.#hear?.(remark);
  }
}

export function printRemark({script, line, severity, text}: Remark): string {
  const place = script === '' ? '' : `${script}: ${line > 0 ? `line ${line}: ` : ''}`;
  return `${place}${severity}: ${printable(text)}.`;
}

/** Control characters and bytes that are no UTF-8 are shown as the original's log shows them. */
export function printable(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    out += code < 0x20 || code === 0x7f ? '?' : text.charAt(at);
  }
  return out;
}
