/**
 * What formail does to a header (formail(1) OPTIONS): fields renamed, deleted, made unique, added; the header of a reply.
 */
import {Field, findField, foldAscii, isFromLine, sameLetters} from './field.ts';
import type {FormailOptions} from './options.ts';

const OLD = 'Old-';

/** Fields of which -u and -U keep one: what was given, and the whole names that were met. */
interface Unique {
  readonly field: Field;
  kept: Field | undefined;
}

export class HeadEditor {
  readonly #options: FormailOptions;

  constructor(options: FormailOptions) {
    this.#options = options;
  }

  /** -i, -I, -R, -u, -U. For a reply it is done twice: to what came (`isOriginal`), and to what is left of it. */
  edit(fields: readonly Field[], isOriginal: boolean): Field[] {
    const {renameInsert, deleteInsert, rename, keepFirst, keepLast, isReply} = this.#options;
    const first = keepFirst.map(unique);
    const last = keepLast.map(unique);
    const out: Field[] = [];
    for (const field of fields) {
      const old = isOriginal ? undefined : findField(field, renameInsert);
      if (old !== undefined && !(isReply && field.nameLength >= old.text.length - 1)) renameField(field, 0, OLD);
      else {
        const deleted = findField(field, deleteInsert);
        if (deleted !== undefined && !(isOriginal && field.nameLength < deleted.text.length - 1)) continue;
        const renamed = findField(field, rename);
        if (renamed !== undefined) renameField(field, renamed.nameLength, renamed.value);
      }
      const firstOf = findUnique(field, first);
      if (firstOf !== undefined && firstOf.kept === undefined) firstOf.kept = field;
      else {
        const lastOf = findUnique(field, last);
        if (lastOf !== undefined) {
          if (lastOf.kept !== undefined) out.splice(out.indexOf(lastOf.kept), 1);
          lastOf.kept = field;
        } else if (firstOf !== undefined) continue;
      }
      out.push(field);
    }
    return out;
  }

  /** -z: a blank behind the colon; fields with nothing in them go. */
  zap(fields: readonly Field[]): Field[] {
    if (!this.#options.zapsBlanks) return [...fields];
    return fields.filter(field => {
      if (!field.name.endsWith(':')) return true;
      const {value} = field;
      if (!/^[ \t]/.test(value) && value.length > 1) field.text = `${field.name} ${value}`;
      else if (value.length <= 2) return false;
      return true;
    });
  }
}

function unique(field: Field): Unique {
  return {field, kept: undefined};
}

/** A beginning of a name counts for each whole name apart. */
function findUnique(field: Field, list: Unique[]): Unique | undefined {
  const index = list.findIndex(
    ({field: {nameLength, text}}) =>
      field.nameLength >= nameLength && sameLetters(field.text.slice(0, nameLength), text.slice(0, nameLength)),
  );
  const found = list[index];
  if (found === undefined || found.field.nameLength === field.nameLength) return found;
  const whole = unique(new Field(field.name, field.nameLength));
  list.splice(index, 0, whole);
  return whole;
}

/** The first `oldLength` characters make room for `name`; all of the name does when `name` is a whole one. */
function renameField(field: Field, oldLength: number, name: string): void {
  let text = field.text.slice(0, -1);
  if (field.isFromLine) text = text.replaceAll('\n>', '\n ');
  let replaced = oldLength;
  if (name.length === 5 && isFromLine(name)) {
    text = text.replace(/\n[ \t]/g, '\n>');
    replaced = field.nameLength;
  } else if (name.endsWith(':')) replaced = field.nameLength;
  field.text = `${name}${text.slice(replaced)}\n`;
  field.nameLength += name.length - replaced;
}

/** Blanks before the colon go. */
export function cleanNames(fields: readonly Field[]): void {
  for (const field of fields) {
    const clean = field.name.replace(/[ \t]+:$/, ':');
    if (clean.length === field.nameLength) continue;
    field.text = clean + field.value;
    field.nameLength = clean.length;
  }
}

/** What the rest of formail wants to know of a header; the last field of a name counts. Values with their newline. */
export class Remembered {
  readonly #values = new Map<string, string>();

  note(field: Field): void {
    const name = foldAscii(field.name);
    if (REMEMBERED.has(name) && field.value.length > 1) this.#values.set(name, field.value);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }
}

const REMEMBERED = new Set(['subject:', 'references:', 'message-id:', 'date:']);

/** The fields of a reply: To, Subject, References, In-Reply-To. */
export function replyFields(to: string, remembered: Remembered): Field[] {
  const fields = [fieldOf('To:', ` ${to}\n`)];
  const subject = remembered.get('subject:');
  // seen: on 64-bit machines the original puts one more `Re:` before those that are there.
  if (subject !== undefined) fields.push(fieldOf('Subject:', ` Re:${withBlank(subject)}`));
  const references = remembered.get('references:');
  const messageId = remembered.get('message-id:');
  if (references !== undefined || messageId !== undefined) {
    const before =
      references === undefined ? '' : withBlank(messageId === undefined ? references : references.slice(0, -1));
    fields.push(fieldOf('References:', before + (messageId === undefined ? '' : withBlank(messageId))));
  }
  if (messageId !== undefined) fields.push(fieldOf('In-Reply-To:', withBlank(messageId)));
  return fields;
}

function fieldOf(name: string, value: string): Field {
  return new Field(name + value, name.length);
}

export function withBlank(value: string): string {
  return /^[ \t]/.test(value) ? value : ` ${value}`;
}
