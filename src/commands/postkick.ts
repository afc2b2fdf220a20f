/** postkick(1): sends a request byte to a service of the running mail system (`postkick public pickup W`). */
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {existsSync} from 'node:fs';
import {trigger} from '../core/daemon/trigger.ts';
import {openToolConfig} from './open-config.ts';

export const postkick: Tool = {
  name: 'postkick',
  summary: 'wake up a service of the mail system',
  usage: ['[-v] [-c DIR] CLASS SERVICE REQUEST'],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  description: [
    'Services that can be woken: public pickup (request W: look at the maildrop queue), public qmgr (requests that contain F or A: try deferred mail now).',
    'The exit status is 1 when nobody listens.',
  ],
  main(argv, stdio) {
    const {directory, words} = readArguments(argv, stdio);
    const [kind = '', service = '', request = ''] = words;
    const config = openToolConfig(directory, stdio.env);
    const path = `${config.get('queue_directory')}/${kind}/${service}`;
    if (trigger(path, request)) return 0;
    const warn = (text: string): void => stdio.stderr.write(`postkick: warning: ${text}\n`);
    if (existsSync(path)) warn(`connect to ${kind}/${service}: Connection refused`);
    else warn(`unable to look up ${kind}/${service}: No such file or directory`);
    warn(`Cannot contact class ${kind} service ${service} - perhaps the mail system is down`);
    return 1;
  },
};

function readArguments(
  argv: readonly string[],
  stdio: Stdio,
): {directory: string | undefined; words: readonly string[]} {
  const reader = new OptionReader(argv, 'c:v');
  const usage = (): FatalError => new FatalError('usage: postkick [-c config_dir] [-v] class service request');
  let directory: string | undefined;
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === 'c') directory = read.value;
    if (read.option === '?') stdio.stderr.write(`postkick: invalid option -- '${read.letter}'\n`);
    if (read.option === ':') stdio.stderr.write(`postkick: option requires an argument -- '${read.letter}'\n`);
    if (read.option === '?' || read.option === ':') throw usage();
  }
  if (reader.operands().length !== 3) throw usage();
  return {directory, words: reader.operands()};
}
