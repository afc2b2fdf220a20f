/** postqueue(1): lists the queue (-p, -j), or has its mail tried now: all of it (-f), one message (-i), a site's (-s). */
import {isIP} from 'node:net';
import {isValidHostname} from '../core/address/host-syntax.ts';
import {FatalError} from '../core/base/errors.ts';
import {EX_UNAVAILABLE} from '../core/base/exit-status.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import type {ControlReply, ControlRequest} from '../core/daemon/control-client.ts';
import {isQueueId} from '../core/queue/queue-id.ts';
import {openToolConfig} from './open-config.ts';

const USAGE = 'usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site';

interface Options {
  readonly directory: string | undefined;
  readonly mode: 'f' | 'i' | 'j' | 'p' | 's';
  readonly value: string;
}

export const postqueue: Tool = {
  name: 'postqueue',
  summary: 'list the mail queue, or try its mail now',
  usage: [
    '[-v] [-c DIR] -p',
    '[-v] [-c DIR] -j',
    '[-v] [-c DIR] -f',
    '[-v] [-c DIR] -i QUEUE-ID',
    '[-v] [-c DIR] -s SITE',
  ],
  options: [
    {flag: '-p', text: 'List the queue in the form of mailq(1).'},
    {flag: '-j', text: 'List the queue as JSON, one object a line.'},
    {flag: '-f', text: 'Try all deferred mail now.'},
    {flag: '-i QUEUE-ID', text: 'Try one deferred message now.'},
    {flag: '-s SITE', text: 'Try the mail for a site now; the site must be in fast_flush_domains.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  description: [
    'Without a running mail system the queue is read all the same. In an instance of its own, -f then tries the mail itself, once, in the foreground.',
    'The exit status is 69 when the command line is wrong or the mail system is needed and does not run.',
  ],
  async main(argv, stdio) {
    const options = readOptions(argv, stdio);
    const config = openToolConfig(options.directory, stdio.env, EX_UNAVAILABLE);
    if (options.mode === 'p' || options.mode === 'j') {
      const {printQueue, printQueueJson} = await import('./postqueue-list.ts');
      return options.mode === 'p' ? printQueue(config, stdio) : printQueueJson(config, stdio);
    }
    return flush(options, config, stdio);
  },
};

function readOptions(argv: readonly string[], stdio: Stdio): Options {
  const reader = new OptionReader(argv, 'c:fi:jps:v');
  const usage = (): FatalError => new FatalError(USAGE, EX_UNAVAILABLE);
  let directory: string | undefined;
  let chosen: Pick<Options, 'mode' | 'value'> | undefined;
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === 'v') continue;
    if (option === '?') stdio.stderr.write(`postqueue: invalid option -- '${letter}'\n`);
    if (option === ':') stdio.stderr.write(`postqueue: option requires an argument -- '${letter}'\n`);
    if (option === '?' || option === ':') throw usage();
    if (option === 'c') directory = value;
    else if (chosen !== undefined) throw usage();
    else chosen = {mode: option as Options['mode'], value}; // the letters above leave these
  }
  if (chosen === undefined || reader.operands().length > 0) throw usage();
  return {directory, ...chosen};
}

async function flush({mode, value}: Options, config: Config, stdio: Stdio): Promise<number> {
  const warn = (text: string): void => stdio.stderr.write(`postqueue: warning: ${text}\n`);
  const request = await requestFor(mode, value, config, warn);
  const {sendControl} = await import('../core/daemon/control-client.ts');
  const reply = await sendControl(config, request);
  if (reply !== undefined) return verdict(reply, value);
  if (config.root === '/' || mode !== 'f')
    throw new FatalError('Cannot flush mail queue - mail system is down', EX_UNAVAILABLE);
  const {flushNow} = await import('../core/daemon/deliver-now.ts');
  await flushNow(config);
  return 0;
}

async function requestFor(
  mode: Options['mode'],
  value: string,
  config: Config,
  warn: (text: string) => void,
): Promise<ControlRequest> {
  if (mode === 'f') return {op: 'flush'};
  if (mode === 'i') {
    if (!isQueueId(value)) throw new FatalError(`Cannot flush queue ID - invalid name: "${value}"`, EX_UNAVAILABLE);
    return {op: 'flush-message', id: value};
  }
  if (!isDestination(value))
    throw new FatalError(`Cannot flush mail queue - invalid destination: "${value}"`, EX_UNAVAILABLE);
  const site = value.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (!(await isFlushed(site, config, warn)))
    throw new FatalError(`Flush service is not configured for destination "${value}"`, EX_UNAVAILABLE);
  return {op: 'flush-site', site};
}

/** A host name, or an address in brackets. */
function isDestination(value: string): boolean {
  const literal = /^\[(?:ipv6:)?(.*)\]$/i.exec(value)?.[1];
  return literal === undefined ? isValidHostname(value) : isIP(literal) !== 0;
}

async function isFlushed(site: string, config: Config, warn: (text: string) => void): Promise<boolean> {
  const {openParameterList} = await import('../core/table/parameter-list.ts');
  return openParameterList('fast_flush_domains', config, {warn}).matches(site);
}

function verdict(reply: ControlReply, value: string): number {
  if (reply.done) return 0;
  throw new FatalError(reply.text ?? `Cannot flush queue ID "${value}": Unknown queue ID`, EX_UNAVAILABLE);
}
