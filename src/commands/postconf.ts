/**
 * postconf(1): shows and edits main.cf and master.cf. Warnings go to standard error and change nothing of the exit status.
 * TODO: -C classes other than builtin, service, user and all, -T, -j, and editing of master.cf (-Me, -M#, -MX) are not here yet: they say so.
 */
import {readFileSync} from 'node:fs';
import {FatalError, UsageError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {ensureInstance, resolveInstance} from '../core/config/instance.ts';
import {configFromText} from '../core/config/load-config.ts';
import {describe, ConfigError} from '../core/base/errors.ts';
import {ParameterView, type ShowMode} from '../core/config/parameter-view.ts';

interface Options extends ShowMode {
  readonly directory: string | undefined;
  readonly letters: ReadonlySet<string>;
  readonly overrides: ReadonlyMap<string, string>;
}

const LISTS: Readonly<Record<string, readonly string[]>> = {
  a: ['dovecot'],
  A: [],
  l: ['flock', 'fcntl', 'dotlock'],
};

export const postconf: Tool = {
  name: 'postconf',
  summary: 'show and edit the configuration',
  usage: [
    '[-dfhHnopvx] [-c DIR] [-C CLASS] [NAME ...]',
    '[-epv] [-c DIR] NAME=VALUE ...',
    '-# [-c DIR] NAME ...',
    '-X [-c DIR] NAME ...',
    '-M [-f] [-c DIR] [NAME[/TYPE] ...]',
    '-F [-c DIR] [NAME[/TYPE[/FIELD]] ...]',
    '-P [-c DIR] [NAME[/TYPE[/PARAMETER]] ...]',
    '-a | -A | -l | -m',
  ],
  options: [
    {flag: '-n', text: 'Only what main.cf sets.'},
    {flag: '-d', text: 'Defaults instead of what is set.'},
    {flag: '-h', text: 'Values without their names.'},
    {flag: '-H', text: 'Names without their values.'},
    {flag: '-f', text: 'Fold long lines.'},
    {flag: '-x', text: 'Expand $name in values.'},
    {flag: '-o NAME=VALUE', text: 'Set a parameter for this call.'},
    {flag: '-C CLASS', text: 'Only parameters of this class: builtin, service, user, posthorn, all.'},
    {flag: '-e', text: 'Edit main.cf: set the parameters named. NAME=VALUE alone does the same.'},
    {flag: '-#', text: 'Edit main.cf: comment the parameters out, so that they have their defaults.'},
    {flag: '-X', text: 'Edit main.cf: remove the parameters.'},
    {flag: '-p', text: 'Show main.cf parameters: the default.'},
    {flag: '-M', text: 'Show services of master.cf.'},
    {flag: '-F', text: 'Show fields of master.cf.'},
    {flag: '-P', text: 'Show parameters that master.cf sets with -o.'},
    {flag: '-a', text: 'List the types of SASL server plug-ins.'},
    {flag: '-A', text: 'List the types of SASL client plug-ins.'},
    {flag: '-l', text: 'List the mailbox locking methods.'},
    {flag: '-m', text: 'List the look-up table types.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  description: [
    'A name that is not known is a warning. An edit replaces main.cf by a whole new file; comments and the order of lines stay.',
  ],
  async main(argv, stdio) {
    const reader = new OptionReader(argv, 'aAbC:c:deEfFhHjlmMno:pPtT:vxX#');
    const options = readOptions(reader, stdio);
    const operands = reader.operands();
    for (const [letter, rows] of Object.entries(LISTS)) if (options.letters.has(letter)) return printRows(rows, stdio);
    if (options.letters.has('m')) {
      const {tableTypes} = await import('../core/table/registry.ts');
      return printRows([...tableTypes.keys()].sort(), stdio);
    }
    if (options.letters.has('j') || options.letters.has('T') || options.letters.has('b') || options.letters.has('t'))
      throw new UsageError('options -b, -j, -t and -T are not supported in this version');
    const file = openMainCf(options.directory, stdio);
    if (['M', 'F', 'P'].some(letter => options.letters.has(letter))) return showMaster(options, operands, file, stdio);
    const isEdit = ['e', 'X', '#'].some(letter => options.letters.has(letter));
    if (isEdit || (operands.length > 0 && operands.every(word => word.includes('='))))
      return edit(options, operands, file);
    return show(options, operands, file, stdio);
  },
};

function printRows(rows: readonly string[], stdio: Stdio): number {
  stdio.stdout.write(rows.map(row => `${row}\n`).join(''));
  return 0;
}

function readOptions(reader: OptionReader, stdio: Stdio): Options {
  const letters = new Set<string>();
  const overrides = new Map<string, string>();
  let directory: string | undefined;
  let parameterClass = '';
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`postconf: invalid option -- '${letter}'\n`);
    if (option === ':') stdio.stderr.write(`postconf: option requires an argument -- '${letter}'\n`);
    if (option === '?' || option === ':') throw new FatalError(USAGE);
    if (option === 'c') directory = value;
    else if (option === 'C') parameterClass = value;
    else if (option === 'o') addOverride(overrides, value);
    else letters.add(option);
  }
  if (letters.has('h') && letters.has('H')) throw new UsageError('specify one of -h and -H');
  if (!['', 'builtin', 'service', 'user', 'posthorn', 'all'].includes(parameterClass))
    throw new UsageError(`unknown -C option value "${parameterClass}" in "${parameterClass}"`);
  return {
    directory,
    letters,
    overrides,
    parameterClass,
    showsDefaults: letters.has('d'),
    showsSetOnly: letters.has('n'),
    expands: letters.has('x'),
    folds: letters.has('f'),
    hidesNames: letters.has('h'),
    hidesValues: letters.has('H'),
  };
}

const USAGE =
  'usage: postconf [-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value] [-p (main.cf, default)] [-P (master.cf parameters)] [-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms] [-v] [-x (expand parameter values)] [-X (remove from configuration)] [-# (comment-out)] [name...]';

function addOverride(overrides: Map<string, string>, setting: string): void {
  const equals = setting.indexOf('=');
  if (equals < 0) throw new UsageError(`missing '=' after attribute name: "${setting}"`);
  overrides.set(setting.slice(0, equals).trim(), setting.slice(equals + 1).trim());
}

interface MainFile {
  readonly path: string;
  readonly directory: string;
  readonly root: string;
  readonly isNamed: boolean;
  readonly text: string;
}

function openMainCf(directory: string | undefined, stdio: Stdio): MainFile {
  const instance = resolveInstance(directory, stdio.env);
  ensureInstance(instance);
  const path = `${instance.configDirectory}/main.cf`;
  try {
    const text = readFileSync(path, 'latin1');
    return {path, directory: instance.configDirectory, root: instance.root, isNamed: instance.isNamed, text};
  } catch (fault) {
    throw new ConfigError(`open ${path}: ${describe(fault)}`, path, 0, {cause: fault});
  }
}

function show(options: Options, names: readonly string[], file: MainFile, stdio: Stdio): number {
  const config = configFromText(file.text, {root: file.root, directory: file.directory, overrides: options.overrides});
  const view = new ParameterView(config, file, options);
  const {lines, warnings} = view.show(names);
  stdio.stdout.write(lines.join(''));
  for (const warning of warnings) stdio.stderr.write(`postconf: warning: ${warning}\n`);
  return 0;
}

async function edit(options: Options, operands: readonly string[], file: MainFile): Promise<number> {
  const {editMainCf} = await import('../core/config/edit-main-cf.ts');
  const mode = options.letters.has('X') ? 'remove' : options.letters.has('#') ? 'comment' : 'set';
  if (options.letters.has('M') || options.letters.has('F') || options.letters.has('P'))
    throw new UsageError('master.cf is not edited in this version');
  editMainCf(file.path, file.text, operands, mode);
  return 0;
}

async function showMaster(
  options: Options,
  operands: readonly string[],
  file: MainFile,
  stdio: Stdio,
): Promise<number> {
  if (['e', 'X', '#'].some(letter => options.letters.has(letter)))
    throw new UsageError('master.cf is not edited in this version');
  const {readMasterCf} = await import('../core/config/master-cf.ts');
  const {masterLines} = await import('../core/config/master-view.ts');
  const what = options.letters.has('M') ? 'services' : options.letters.has('F') ? 'fields' : 'parameters';
  const {lines, warnings} = masterLines(readMasterCf(file.directory), what, operands, options);
  stdio.stdout.write(lines.join(''));
  for (const warning of warnings) stdio.stderr.write(`postconf: warning: ${warning}\n`);
  return 0;
}
