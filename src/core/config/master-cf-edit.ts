/**
 * master.cf edited as text (postconf -M, -F, -P with -e, -X, -#). Requests name a service and a type, each of which may be
 * `*`. What is not asked for stays byte for byte; an entry that is rewritten is laid out as `postconf -Mf` prints it.
 */
import {ConfigError} from '../base/errors.ts';
import {logicalLines} from './main-cf.ts';
import {isComment, isContinuation, physicalLines} from './main-cf-edit.ts';
import {overridesOf, parseService, type ServiceEntry, type ServiceField} from './master-cf.ts';
import {layOutService} from './print-lines.ts';

export interface ServicePattern {
  readonly service: string;
  readonly type: string;
}

export type ServiceEdit = ServicePattern & {
  /** As it was typed, for warnings. */
  readonly request: string;
} & (
    | {readonly kind: 'replace'; readonly entry: ServiceEntry}
    | {readonly kind: 'remove' | 'comment'}
    | {readonly kind: 'set-field'; readonly field: ServiceField; readonly value: string}
    | {readonly kind: 'set-parameter'; readonly name: string; readonly value: string}
    | {readonly kind: 'remove-parameter'; readonly name: string}
  );

type Warn = (text: string) => void;

export function fits({service, type}: ServicePattern, name: string, ofType: string): boolean {
  return (service === '*' || service === name) && (type === '*' || type === ofType);
}

export function editMasterCf(text: string, edits: readonly ServiceEdit[], file: string, warn: Warn): string {
  const met = new Set<ServiceEdit>();
  let out = '';
  for (const block of blocks(text, file)) {
    const asked = block.name === '' ? [] : edits.filter(edit => fits(edit, block.name, block.type));
    const whole = asked.at(-1);
    // Seen: an entry that replaces several takes the place of the first.
    if (whole?.kind === 'replace' && met.has(whole)) out += withoutEntry(block, '');
    else out += editedBlock(block, asked, file, warn);
    for (const edit of asked) met.add(edit);
  }
  for (const edit of edits) {
    if (met.has(edit)) continue;
    if (edit.kind === 'replace') out += layOutService(edit.entry, true);
    else if (edit.kind !== 'remove' && edit.kind !== 'comment') warn(`unmatched service_name/type: "${edit.request}"`);
  }
  return out;
}

/** An entry's lines and the comments within and behind it; the first block is what precedes all entries. */
interface Block {
  readonly name: string;
  readonly type: string;
  readonly lines: string[];
  readonly number: number;
}

function blocks(text: string, file: string): readonly Block[] {
  const found: Block[] = [{name: '', type: '', lines: [], number: 1}];
  let number = 0;
  for (const line of physicalLines(text)) {
    number++;
    if (isComment(line) || isContinuation(line)) found.at(-1)?.lines.push(line);
    else found.push({...nameAndType(line, file, number), lines: [line], number});
  }
  return found;
}

function nameAndType(line: string, file: string, number: number): {name: string; type: string} {
  const [, name, type] = /^([^ \t\n\v\f\r]+)[ \t\v\f\r]+([^ \t\n\v\f\r]+)/.exec(line) ?? [];
  if (name !== undefined && type !== undefined) return {name, type};
  const what = 'specify service name and type on the same line';
  throw new ConfigError(`file ${file}: line ${number}: ${what}`, file, number, {cause: what});
}

function editedBlock(block: Block, asked: readonly ServiceEdit[], file: string, warn: Warn): string {
  const whole = asked.at(-1);
  if (whole === undefined) return block.lines.join('');
  switch (whole.kind) {
    case 'replace':
      return withoutEntry(block, layOutService(whole.entry, true));
    case 'remove':
      return withoutEntry(block, '');
    case 'comment':
      return block.lines.map(line => (isComment(line) ? line : `#${line}`)).join('');
    case 'set-field':
    case 'set-parameter':
    case 'remove-parameter':
      return withoutEntry(block, '') + layOutService(rewritten(block, asked, file, warn), true);
  }
}

function withoutEntry({lines}: Block, first: string): string {
  return first + lines.filter(isComment).join('');
}

function rewritten({lines, number}: Block, asked: readonly ServiceEdit[], file: string, warn: Warn): ServiceEntry {
  const [line] = logicalLines(lines.join(''), file);
  let entry = parseService({text: line?.text ?? '', line: number}, file, warn);
  for (const edit of asked) entry = applied(entry, edit);
  return entry;
}

function applied(entry: ServiceEntry, edit: ServiceEdit): ServiceEntry {
  switch (edit.kind) {
    case 'set-field':
      return withField(entry, edit.field, edit.value);
    case 'set-parameter':
      return {...entry, args: withParameter(entry.args, edit.name, edit.value)};
    case 'remove-parameter':
      return {...entry, args: withParameter(entry.args, edit.name, undefined)};
    default:
      return entry;
  }
}

function withField(entry: ServiceEntry, field: ServiceField, value: string): ServiceEntry {
  switch (field) {
    case 'service':
      return {...entry, name: value};
    case 'type':
      return {...entry, type: value};
    case 'private':
      return {...entry, isPrivate: value};
    case 'unprivileged':
      return {...entry, unprivileged: value};
    case 'chroot':
      return {...entry, chroot: value};
    case 'wakeup':
      return {...entry, wakeup: value};
    case 'process_limit':
      return {...entry, processLimit: value};
    case 'command': {
      const {command, args} = parseService({text: `x unix - - - - - ${value}`, line: 0}, entry.file);
      return {...entry, command, args};
    }
  }
}

/** The options with `-o name=value` in place of the last one of that name, or after them; undefined removes all of them. */
function withParameter(args: readonly string[], name: string, value: string | undefined): readonly string[] {
  const kept: string[] = [];
  let isPlaced = value === undefined;
  let i = 0;
  for (; args[i]?.startsWith('-') === true && args[i] !== '--'; i++) {
    const word = args[i] ?? '';
    if (word !== '-o') {
      kept.push(word);
      continue;
    }
    const setting = args[++i] ?? '';
    if (!overridesOf(['-o', setting]).has(name)) kept.push(word, setting);
    else if (!isPlaced) {
      kept.push('-o', `${name}=${value}`);
      isPlaced = true;
    }
  }
  if (!isPlaced) kept.push('-o', `${name}=${value}`);
  return [...kept, ...args.slice(i)];
}
