/** The argument vector of postmap(1) and postalias(1), and what of it opens tables. */
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {printable} from '../core/log/maillog-line.ts';
import type {TableContext, Terminator} from '../core/table/context.ts';
import {openToolConfig} from './open-config.ts';

export interface TableArguments {
  readonly tool: string;
  /** Flags given, without those that have a value. */
  readonly flags: ReadonlySet<string>;
  readonly query: string | undefined;
  readonly removal: string | undefined;
  /** Tables, as named. */
  readonly operands: readonly string[];
  readonly config: Config;
  readonly context: TableContext & {warn(text: string): void};
}

export function readTableArguments(tool: Tool, letters: string, argv: readonly string[], stdio: Stdio): TableArguments {
  const usage = new FatalError(`usage: ${tool.name} ${tool.usage[0] ?? ''}`);
  const reader = new OptionReader(argv, letters);
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`${tool.name}: invalid option -- '${letter}'\n`);
    if (option === ':') stdio.stderr.write(`${tool.name}: option requires an argument -- '${letter}'\n`);
    if (option === '?' || option === ':') throw usage;
    if ('qd'.includes(option) || (option === 's' && !flags.has('s'))) checkMode(option, flags, values);
    if ('qdc'.includes(option)) values.set(option, value);
    else flags.add(option);
    noteTerminator(option, flags);
  }
  const config = openToolConfig(values.get('c'), stdio.env);
  const [query, removal, operands] = [values.get('q'), values.get('d'), reader.operands()];
  const warn = (text: string): void => stdio.stderr.write(`${tool.name}: warning: ${printable(text)}\n`);
  const given = {tool: tool.name, flags, query, removal, operands, config};
  const complete = {...given, context: tableContext(given, warn, stdio)};
  checkMessageMode(complete);
  if (operands.length === 0 && (query !== undefined || removal !== undefined || !flags.has('s'))) throw usage;
  return complete;
}

function checkMode(option: string, flags: ReadonlySet<string>, values: ReadonlyMap<string, string>): void {
  if (!flags.has('s') && !values.has('q') && !values.has('d')) return;
  throw new FatalError(`specify only one of -s ${option === 's' ? 'or ' : ''}-q or -d`);
}

/** -N and -n: the last one counts. */
function noteTerminator(option: string, flags: Set<string>): void {
  if (option === 'N') flags.delete('n');
  if (option === 'n') flags.delete('N');
}

/** -b, -h and -m are for a message on standard input. */
function checkMessageMode({flags, query, context}: TableArguments): void {
  const isMessage = flags.has('b') || flags.has('h');
  if ((isMessage || flags.has('m')) && query !== '-') throw new FatalError('specify -b -h or -m only with "-q -"');
  if (flags.has('m') && !isMessage) context.warn('ignoring -m option without -b or -h');
}

function tableContext(
  {flags, config}: {readonly flags: ReadonlySet<string>; readonly config: Config},
  warn: (text: string) => void,
  stdio: Stdio,
): TableContext & {warn(text: string): void} {
  const isMessage = flags.has('b') || flags.has('h');
  const terminator: Terminator = flags.has('N') ? 'always' : flags.has('n') ? 'never' : 'either';
  return {
    config,
    warn,
    complain: line => stdio.stderr.write(`${line}\n`),
    foldsKeys: !flags.has('f'),
    utf8: config.get('smtputf8_enable') && !flags.has('u') && (!isMessage || flags.has('U')),
    valuesAreFiles: flags.has('F'),
    terminator,
    environment: stdio.env,
  };
}

/** `type:name`; a name alone is of the default type. */
export function fullTableName(operand: string, config: Config): string {
  return operand.includes(':') ? operand : `${config.get('default_database_type')}:${operand}`;
}
