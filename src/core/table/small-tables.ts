/**
 * The tables that are all in their name: inline:, static:, environ:, fail: and randmap: (DATABASE_README).
 * A file named with postmap -F in place of a value is read when the table is opened.
 */
import {isUtf8Wanted, type TableContext, type TableType} from './context.ts';
import {insideBraces, splitList} from './braces.ts';
import {foldKey} from './fold.ts';
import {splitAtEquals} from './name-value.ts';
import {type Found, type Table, TableError} from './table.ts';
import {encodeFiles} from './value-files.ts';

function table(name: string, find: (key: string) => Found | undefined, more: Partial<Table> = {}): Table {
  return {name, isPattern: false, lookup: find, close() {}, ...more};
}

export const inline: TableType = {
  type: 'inline',
  summary: 'entries listed in the name: inline:{key=value, {key = more text}}',
  open(argument, context) {
    const name = `inline:${argument}`;
    const entries = inlineEntries(name, argument, context);
    const lookup = (key: string): Found | undefined => {
      const value = entries.get(key);
      return value === undefined ? undefined : {value};
    };
    return table(name, lookup, {entries: () => entries});
  },
};

/** The last of several entries with the same key counts. */
function inlineEntries(name: string, argument: string, context: TableContext): ReadonlyMap<string, string> {
  const form = `need "inline:{name=${context.valuesAreFiles === true ? 'filename' : 'value'}...}"`;
  const refuse = (fault: string): TableError => new TableError(name, `${fault}: "${name}"; ${form}`);
  const inside = bracedElements(argument);
  if (inside === undefined) throw new TableError(name, `bad syntax: "${name}"; ${form}`);
  const entries = new Map<string, string>();
  for (const element of inside) {
    const pair = elementPair(element);
    if ('fault' in pair) throw refuse(pair.fault);
    const content = context.valuesAreFiles === true ? encodeFiles(pair.value) : {base64: pair.value};
    if ('fault' in content) throw refuse(content.fault);
    entries.set(context.foldsKeys === false ? pair.key : foldKey(pair.key, isUtf8Wanted(context)), content.base64);
  }
  return entries;
}

function elementPair(element: string): ReturnType<typeof splitAtEquals> {
  if (!element.startsWith('{')) return splitAtEquals(element);
  const inside = insideBraces(element);
  return 'fault' in inside ? inside : splitAtEquals(inside.text);
}

/** The elements of `{a, b}`, undefined when there are none or the braces are not in order. */
export function bracedElements(argument: string): string[] | undefined {
  if (!argument.startsWith('{')) return undefined;
  const inside = insideBraces(argument);
  if ('fault' in inside) return undefined;
  const elements = splitList(inside.text);
  return elements.length === 0 ? undefined : elements;
}

export const fixed: TableType = {
  type: 'static',
  summary: 'the text in its name for every key: static:text, static:{ more text }',
  open(argument, context) {
    const name = `static:${argument}`;
    let value = argument;
    if (argument.startsWith('{')) {
      const inside = insideBraces(argument);
      if ('fault' in inside) throw new TableError(name, `bad static:name syntax: ${inside.fault}`);
      value = inside.text;
    }
    if (context.valuesAreFiles === true) value = fileContent(name, value);
    return table(name, () => ({value}));
  },
};

function fileContent(name: string, value: string): string {
  const content = encodeFiles(value);
  if ('fault' in content) throw new TableError(name, content.fault);
  return content.base64;
}

export const environ: TableType = {
  type: 'environ',
  summary: 'environment variables; the name is not used',
  open(argument, context) {
    const environment = context.environment ?? process.env;
    return table(`environ:${argument}`, key => {
      const value = Object.hasOwn(environment, key) ? environment[key] : undefined;
      return value === undefined ? undefined : {value: Buffer.from(value, 'utf8').toString('latin1')};
    });
  },
};

export const fail: TableType = {
  type: 'fail',
  summary: 'fails each look-up, for tests',
  open(argument) {
    const name = `fail:${argument}`;
    const refuse = (): never => {
      throw new TableError(name, APPLICATION_ERROR);
    };
    return table(name, refuse, {entries: refuse, isPattern: true});
  },
};

const APPLICATION_ERROR = 'Application error';

export const randmap: TableType = {
  type: 'randmap',
  summary: 'one of the values in its name by chance: randmap:{value, value}',
  open(argument, context) {
    const name = `randmap:${argument}`;
    const values = bracedElements(argument);
    if (values === undefined) throw new TableError(name, `bad syntax: "${name}"; need "randmap:{value...}"`);
    const ready = context.valuesAreFiles === true ? values.map(value => fileContent(name, value)) : values;
    const random = context.random ?? Math.random;
    return table(name, () => ({value: ready[Math.floor(random() * ready.length)] ?? ''}));
  },
};

/** A registry of the original's own, always empty here: it is for tables that programs fill while they run. */
export const internal: TableType = {
  type: 'internal',
  summary: 'entries that a program makes while it runs; empty when a tool opens it',
  open: argument => table(`internal:${argument}`, () => undefined, {entries: () => []}),
};
