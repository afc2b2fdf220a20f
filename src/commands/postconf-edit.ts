/** postconf -e, -X, -#: edits main.cf and master.cf. The file is replaced by a whole new one. */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {replaceFileSync} from '../core/base/atomic-file.ts';
import {trim} from '../core/base/c-space.ts';
import {ConfigError, describe, FatalError, UsageError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import {editMainCf, type EntryEdit} from '../core/config/main-cf-edit.ts';
import {splitSetting} from '../core/config/main-cf.ts';
import {editMasterCf, type ServiceEdit} from '../core/config/master-cf-edit.ts';
import {checkField, parseService} from '../core/config/master-cf.ts';
import {openInstance, type Warn} from './postconf-files.ts';
import {checkFieldName} from './postconf-master.ts';
import type {PostconfOptions} from './postconf-options.ts';
import {readPattern, type Request} from './postconf-request.ts';

export function edit(options: PostconfOptions, stdio: Stdio, warn: Warn): number {
  const {subject, operands} = options;
  if (operands.length === 0)
    throw new UsageError(options.edit === 'set' ? '-e requires name=value argument' : 'missing service argument');
  const directory = openInstance(options.directory, stdio.env).configDirectory;
  if (subject === 'p') {
    const edits = mainEdits(options, warn);
    rewrite(directory, 'main.cf', (text, file) => editMainCf(text, edits, file, warn));
  } else {
    const edits = operands.map(operand => serviceEdit(options, operand, warn));
    rewrite(directory, 'master.cf', (text, file) => editMasterCf(text, edits, file, warn));
  }
  return 0;
}

function rewrite(directory: string, name: string, change: (text: string, file: string) => string): void {
  const file = `${directory}/${name}`;
  if (!existsSync(directory)) throw new FatalError(`open ${file}.tmp: No such file or directory`);
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (fault) {
    throw new FatalError(`open ${file} for reading: ${describe(fault)}`, 1, {cause: fault});
  }
  const changed = change(text, file);
  try {
    replaceFileSync(file, changed, statSync(file).mode & 0o7777);
  } catch (fault) {
    throw new FatalError(`open ${file}.tmp: ${describe(fault)}`, 1, {cause: fault});
  }
}

function checkOperand(operand: string, accepts: string): void {
  if (operand.includes('\n')) throw new UsageError(`${accepts} no multi-line input`);
  if (operand.startsWith('#')) throw new UsageError(`${accepts} no comment input`);
}

function mainEdits(options: PostconfOptions, warn: Warn): ReadonlyMap<string, EntryEdit> {
  const edits = new Map<string, EntryEdit>();
  for (const operand of options.operands) {
    checkOperand(operand, '-e, -X, or -# accepts');
    const [name, change] = mainEdit(options, operand);
    const earlier = edits.get(name);
    if (earlier?.kind === 'set') warn(`ignoring earlier request: '${name} = ${earlier.value}'`);
    edits.set(name, change);
  }
  return edits;
}

function mainEdit(options: PostconfOptions, operand: string): readonly [string, EntryEdit] {
  if (options.edit === 'remove' || options.edit === 'comment') {
    if (operand.includes('=')) throw new UsageError('-X or -# requires parameter names without value');
    return [trim(operand), {kind: options.edit}];
  }
  const setting = splitSetting(operand);
  if (typeof setting === 'string') throw new UsageError(`${setting}: "${operand}"`);
  return [setting.name, {kind: 'set', value: setting.value}];
}

function serviceEdit(options: PostconfOptions, operand: string, warn: Warn): ServiceEdit {
  checkOperand(operand, '-Me, -Fe, -Pe, -X, or -# accept');
  if (options.edit !== 'set') return removal(options, operand);
  const equals = operand.indexOf('=');
  if (equals < 0) throw new UsageError(`missing '=' after attribute name: "${operand}"`);
  const request = requestOf(options, trim(operand.slice(0, equals)), operand);
  const value = trim(operand.slice(equals + 1));
  switch (options.subject) {
    case 'M':
      return {...request, kind: 'replace', entry: newEntry(value, operand, warn)};
    case 'F': {
      if (request.third === '*') throw new UsageError('-Fe does not accept wild-card field name');
      const field = checkFieldName(request.third);
      if (field === 'command' && value === '') throw new UsageError(`bad field count: "${operand}"`); // the original crashes
      if (field !== 'command' && SPACE.test(value))
        throw new UsageError('-Fe does not accept whitespace in non-command field');
      if (value !== '' || !EMPTY_FIELDS.has(field)) checkField(field, value, value);
      return {...request, kind: 'set-field', field, value};
    }
    default:
      checkParameterName(request.third);
      if (SPACE.test(value)) throw new UsageError('-Pe does not accept whitespace in parameter value');
      return {...request, kind: 'set-parameter', name: request.third, value};
  }
}

const SPACE = /[ \t\n\v\f\r]/;

/** Seen: these fields take an empty value, which makes a file that can't be read again. */
const EMPTY_FIELDS: ReadonlySet<string> = new Set(['private', 'unprivileged', 'chroot', 'wakeup', 'process_limit']);

function checkParameterName(name: string): void {
  if (name === '*') throw new UsageError('-Pe does not accept wild-card parameter name');
}

function removal(options: PostconfOptions, operand: string): ServiceEdit {
  if (operand.includes('=')) throw new UsageError('-X or -# requires parameter names without value');
  const request = requestOf(options, operand, operand);
  if (options.subject === 'P') {
    checkParameterName(request.third);
    return {...request, kind: 'remove-parameter', name: request.third};
  }
  return {...request, kind: options.edit === 'remove' ? 'remove' : 'comment'};
}

const WANTED: Readonly<Record<string, string>> = {
  M: '-Me, -MX or -M# requires service_name/type',
  F: '-Fe or -FX requires service_name/type/field_name',
  P: '-Pe or -PX requires service_name/type/parameter',
};

function requestOf({subject}: PostconfOptions, text: string, operand: string): Request & {readonly request: string} {
  const parts = subject === 'M' ? 2 : 3;
  const request = readPattern(text, parts, parts);
  if (request === undefined) throw new UsageError(WANTED[subject] ?? '');
  return {...request, request: operand};
}

function newEntry(value: string, operand: string, warn: Warn): ReturnType<typeof parseService> {
  try {
    return parseService({text: value, line: 0}, '', warn);
  } catch (fault) {
    if (fault instanceof ConfigError && fault.cause === 'bad field count')
      throw new UsageError(`bad field count: "${operand}"`, {cause: fault});
    throw fault;
  }
}
