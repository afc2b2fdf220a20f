/** A message with header fields added and removed; body and parts stay those of the original. */
import {ParsedHeader} from './header-block.ts';
import type {MessagePart, RawField, SieveMessage} from './message.ts';

export class EditedMessage implements SieveMessage {
  /** Whose body this one has. */
  readonly original: SieveMessage;
  #fields: RawField[];
  #header: ParsedHeader;

  constructor(original: SieveMessage) {
    this.original = original;
    this.#fields = [...original.fields()];
    this.#header = new ParsedHeader(this.#fields);
  }

  /** In front of all fields, or with `isLast` behind them. */
  add(name: string, value: string, isLast: boolean): void {
    const field = {name, text: `${name}: ${foldLines(value)}\n`};
    this.#replace(isLast ? [...this.#fields, field] : [field, ...this.#fields]);
  }

  /** The fields of this name with these numbers, counted from 0. */
  remove(name: string, numbers: ReadonlySet<number>): void {
    const key = name.toLowerCase();
    let number = -1;
    this.#replace(this.#fields.filter(field => field.name.toLowerCase() !== key || !numbers.has(++number)));
  }

  #replace(fields: RawField[]): void {
    this.#fields = fields;
    this.#header = new ParsedHeader(fields);
  }

  get sizeBytes(): number {
    return this.original.sizeBytes + headerLength(this.#fields) - headerLength(this.original.fields());
  }

  values(name: string): readonly string[] {
    return this.#header.values(name);
  }

  rawValues(name: string): readonly string[] {
    return this.#header.rawValues(name);
  }

  fields(): readonly RawField[] {
    return this.#fields;
  }

  structure(): MessagePart | Promise<MessagePart> {
    return this.original.structure();
  }

  rawBody(): string | Promise<string> {
    return this.original.rawBody();
  }
}

function headerLength(fields: readonly RawField[]): number {
  return fields.reduce((sum, {text}) => sum + text.length, 0);
}

/** Lines within the value become continuation lines. */
function foldLines(value: string): string {
  return value.replace(/\r?\n[ \t]*/g, '\n\t');
}
