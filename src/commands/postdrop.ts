/**
 * postdrop(1): takes a message as records from standard input and puts it into the maildrop queue. For submitters that
 * speak its protocol; our own sendmail(1) writes the file itself. Answers on standard output in attributes ended by NUL.
 */
import {readSync} from 'node:fs';
import {describe, FatalError, systemCode} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {createMaildropFile, type MaildropFile} from '../core/queue/maildrop-file.ts';
import {openToolConfig} from './open-config.ts';
import {refuseUnauthorized} from './submit-access.ts';
import {Cancelled, copyMessage, MalformedInput, RecordInput, type ReadBytes} from './postdrop-input.ts';

export const postdrop: Tool = {
  name: 'postdrop',
  summary: 'put a message, given as records, into the maildrop queue',
  usage: ['[-rv] [-c DIR]'],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-r', text: 'Speak the protocol on standard input and output (always so).'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  async main(argv, stdio) {
    const config = openToolConfig(readDirectory(argv, stdio), stdio.env);
    refuseUnauthorized(config, 1);
    return drop(config, await reader(stdio), stdio);
  },
};

function readDirectory(argv: readonly string[], stdio: Stdio): string | undefined {
  const reader = new OptionReader(argv, 'c:rv');
  let directory: string | undefined;
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === 'c') directory = read.value;
    if (read.option === '?') stdio.stderr.write(`postdrop: invalid option -- '${read.letter}'\n`);
    if (read.option === ':') stdio.stderr.write(`postdrop: option requires an argument -- '${read.letter}'\n`);
    if (read.option === '?' || read.option === ':') throw new FatalError('usage: postdrop [-c config_dir] [-v]');
  }
  return directory;
}

/** Standard input as a function; a stream without descriptor is read whole. */
async function reader(stdio: Stdio): Promise<ReadBytes> {
  const {stdinFd} = stdio;
  if (stdinFd !== undefined) return (into, at, length) => readOrEnd(stdinFd, into, at, length);
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(chunk);
  let rest = Buffer.concat(chunks);
  return (into, at, length) => {
    const count = rest.copy(into, at, 0, length);
    rest = rest.subarray(count);
    return count;
  };
}

function readOrEnd(fd: number, into: Buffer, at: number, length: number): number {
  try {
    return readSync(fd, into, at, length, null);
  } catch (fault) {
    if (systemCode(fault) === 'EOF') return 0;
    throw fault;
  }
}

function drop(config: Config, read: ReadBytes, stdio: Stdio): number {
  const uid = process.getuid?.() ?? 0;
  const warn = (text: string): void => stdio.stderr.write(`postdrop: warning: ${text}\n`);
  const file = open(config, uid);
  stdio.stdout.write(`protocol\0postdrop_protocol\0queue_id\0${file.id}\0\0`);
  let status = STATUS_OK;
  try {
    const isWhole = copyMessage(new RecordInput(read, config.get('line_length_limit')), file, text =>
      warn(`uid=${uid}: ${text}`),
    );
    if (isWhole) file.finish();
    else {
      file.abort();
      status = STATUS_BAD;
    }
  } catch (fault) {
    file.abort();
    if (fault instanceof Cancelled) return 0;
    if (fault instanceof MalformedInput) {
      if (fault.warning !== undefined) warn(fault.warning);
      throw new FatalError(`uid=${uid}: ${fault.message}`, 1, {cause: fault});
    }
    warn(`uid=${uid}: ${describe(fault)}`);
    status = systemCode(fault) === 'EFBIG' ? STATUS_SIZE : STATUS_WRITE;
  }
  stdio.stdout.write(`status\0${status}\0reason\0\0\0`);
  return status;
}

function open(config: Config, uid: number): MaildropFile {
  try {
    return createMaildropFile(config);
  } catch (fault) {
    throw new FatalError(`uid=${uid}: create file maildrop: ${describe(fault)}`, 1, {cause: fault});
  }
}

/** Completion codes of the protocol. */
const STATUS_OK = 0;
const STATUS_BAD = 1;
const STATUS_WRITE = 2;
const STATUS_SIZE = 4;
