/**
 * postlog(1): writes lines into the mail log, from its arguments or from standard input. Its own complaints go to the
 * terminal, if there is one, as the original's do; the exit status tells the rest.
 */
import {describe, FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {sinkFor} from '../core/config/log-sink.ts';
import type {Severity} from '../core/log/events.ts';
import {Log} from '../core/log/log.ts';
import {printable} from '../core/log/maillog-line.ts';
import {openToolConfig} from './open-config.ts';

export const postlog: Tool = {
  name: 'postlog',
  summary: 'write to the mail log',
  usage: ['[-iv] [-c DIR] [-p PRIORITY] [-t TAG] [text ...]'],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-i', text: 'Include the process id; it always is.'},
    {flag: '-p PRIORITY', text: 'info (the default), warn, warning, error, fatal or panic.'},
    {flag: '-t TAG', text: 'The tag of the line, instead of postfix/postlog.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  description: ['Without text, each line of standard input is one line of the log.'],
  async main(argv, stdio) {
    const complain = (text: string): void => {
      if (stdio.stderr.isTTY === true) stdio.stderr.write(`postlog: ${text}\n`);
    };
    try {
      return await writeLines(readArguments(argv, stdio), stdio);
    } catch (fault) {
      complain(`fatal: ${describe(fault)}`);
      return 1;
    }
  },
};

interface Arguments {
  readonly directory: string | undefined;
  readonly severity: Severity;
  readonly tag: string | undefined;
  readonly words: readonly string[];
}

const SEVERITIES: ReadonlyMap<string, Severity> = new Map<string, Severity>([
  ['info', 'info'],
  ['warn', 'warning'],
  ['warning', 'warning'],
  ['error', 'error'],
  ['fatal', 'fatal'],
  ['panic', 'panic'],
]);

function readArguments(argv: readonly string[], stdio: Stdio): Arguments {
  const reader = new OptionReader(argv, 'c:ip:t:v');
  let directory: string | undefined;
  let priority = 'info';
  let tag: string | undefined;
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === 'c') directory = read.value;
    if (read.option === 'p') priority = read.value;
    if (read.option === 't') tag = read.value;
    if (read.option === '?') stdio.stderr.write(`postlog: invalid option -- '${read.letter}'\n`);
    if (read.option === ':') stdio.stderr.write(`postlog: option requires an argument -- '${read.letter}'\n`);
    if (read.option === '?' || read.option === ':')
      throw new FatalError('usage: postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]');
  }
  const severity = SEVERITIES.get(priority.toLowerCase());
  if (severity === undefined) throw new FatalError(`bad severity: "${priority}"`);
  return {directory, severity, tag, words: reader.operands()};
}

async function writeLines(given: Arguments, stdio: Stdio): Promise<number> {
  const config = openToolConfig(given.directory, stdio.env);
  const tag = given.tag ?? stdio.env['MAIL_LOGTAG'] ?? `${config.get('syslog_name')}/postlog`;
  const log = new Log(
    'postlog',
    sinkFor(config, () => tag),
  );
  const write = (text: string): void => {
    log[given.severity](text);
    if (stdio.stderr.isTTY !== true) return;
    stdio.stderr.write(`${tag}: ${given.severity === 'info' ? '' : `${given.severity}: `}${printable(text)}\n`);
  };
  if (given.words.length > 0) write(given.words.join(' '));
  else await eachLine(stdio, write);
  return 0;
}

/** The last line counts without its newline too. */
async function eachLine(stdio: Stdio, write: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const chunk of stdio.stdin) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(write);
  }
  if (rest !== '') write(rest);
}
