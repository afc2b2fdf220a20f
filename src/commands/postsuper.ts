/** postsuper(1): deletes, holds, releases, requeues, expires messages, and puts the queue in order. */
import {readFileSync} from 'node:fs';
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {sinkFor} from '../core/config/log-sink.ts';
import {Log} from '../core/log/log.ts';
import {isQueueId} from '../core/queue/queue-id.ts';
import {purgeTemporary, repairQueues} from '../core/queue/repair.ts';
import {MessageSurgery, type Operation} from '../core/queue/surgery.ts';
import {openToolConfig} from './open-config.ts';

const USAGE =
  'usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]';

const QUEUES = ['maildrop', 'incoming', 'active', 'deferred', 'hold'] as const;
const DIRECTORIES: ReadonlySet<string> = new Set([...QUEUES, 'bounce', 'defer', 'trace', 'flush']);

interface Order {
  readonly operation: Operation;
  readonly id: string;
}

export const postsuper: Tool = {
  name: 'postsuper',
  summary: 'maintain the mail queue',
  usage: ['[-psSv] [-c DIR] [-d ID] [-e ID] [-f ID] [-h ID] [-H ID] [-r ID] [QUEUE ...]'],
  options: [
    {flag: '-d ID', text: 'Delete a message.'},
    {flag: '-h ID', text: 'Put a message on hold.'},
    {flag: '-H ID', text: 'Release a message that is on hold.'},
    {flag: '-r ID', text: 'Requeue a message: it passes cleanup again.'},
    {flag: '-e ID', text: 'Expire a message by force: it is returned at its next try.'},
    {flag: '-f ID', text: 'Expire a message, and release it when it is on hold.'},
    {flag: '-p', text: 'Purge temporary files that are left over.'},
    {flag: '-s', text: 'Check and repair the structure of the queue: names that match inodes, folders by hash.'},
    {flag: '-S', text: 'The same, once more.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  description: [
    'ID may be ALL (optionally followed by queue names), or - to read ids from standard input. An id that is not there is no error: the count is 0.',
  ],
  async main(argv, stdio) {
    const reader = new OptionReader(argv, 'c:d:e:f:h:H:pr:sSv');
    const {directory, orders, repairs, purges} = readOptions(reader, stdio);
    const queues = reader.operands();
    if (directory !== undefined && !directory.startsWith('/')) throw new FatalError('-c requires absolute pathname');
    const unknown = queues.find(queue => !DIRECTORIES.has(queue));
    if (unknown !== undefined) throw new FatalError(`invalid directory name: ${unknown}`);
    const config = openToolConfig(directory, stdio.env);
    if (config.root === '/' && process.getuid?.() !== 0)
      throw new FatalError('use of this command is reserved for the superuser');
    const tell = teller(config, stdio);
    await operate(orders, queues, config, stdio, tell);
    const isPlain = orders.length === 0 && !repairs && !purges;
    if (purges || isPlain) purgeTemporary(config, queues);
    if (repairs || isPlain) {
      const renamed = repairQueues(config, queues);
      if (renamed > 0) {
        tell(`Renamed to match inode number: ${count(renamed)}`);
        tell('warning: QUEUE FILE NAMES WERE CHANGED TO MATCH INODE NUMBERS');
      }
    }
    return 0;
  },
};

function readOptions(
  reader: OptionReader,
  stdio: Stdio,
): {directory: string | undefined; orders: readonly Order[]; repairs: boolean; purges: boolean} {
  let directory: string | undefined;
  let repairs = false;
  let purges = false;
  const orders: Order[] = [];
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`postsuper: invalid option -- '${letter}'\n`);
    if (option === ':') stdio.stderr.write(`postsuper: option requires an argument -- '${letter}'\n`);
    if (option === '?' || option === ':') throw new FatalError(USAGE);
    if (option === 'c') directory = value;
    else if (option === 's' || option === 'S') repairs = true;
    else if (option === 'p') purges = true;
    else if (option !== 'v') orders.push({operation: option as Operation, id: value}); // the letters above leave these
  }
  return {directory, orders, repairs, purges};
}

/** Messages go to standard error and to the log. */
function teller(config: Config, stdio: Stdio): (text: string) => void {
  const sink = sinkFor(config);
  const log = new Log('postsuper', sink);
  return text => {
    stdio.stderr.write(`postsuper: ${text}\n`);
    log.info(text);
  };
}

const TOTALS: Readonly<Record<'d' | 'e' | 'h' | 'H' | 'r', string>> = {
  d: 'Deleted',
  r: 'Requeued',
  h: 'Placed on hold',
  H: 'Released from hold',
  e: 'Force-expired',
};

async function operate(
  orders: readonly Order[],
  queues: readonly string[],
  config: Config,
  stdio: Stdio,
  tell: (text: string) => void,
): Promise<void> {
  if (orders.length === 0) return;
  const surgery = new MessageSurgery(config, queues);
  for (const {operation, id} of orders) {
    if (id === 'ALL') surgery.onAll(operation);
    else
      for (const one of id === '-' ? await readIds(stdio) : [id]) {
        if (!isQueueId(one)) tell(`warning: invalid mail queue id: ${one}`);
        else for (const done of surgery.onOne(operation, one)) tell(`${one}: ${done}`);
      }
  }
  for (const letter of ['r', 'd', 'e', 'h', 'H'] as const) {
    const isWanted = orders.some(({operation}) => operation === letter || (operation === 'f' && 'eH'.includes(letter)));
    if (isWanted) tell(`${TOTALS[letter]}: ${count(surgery.totals[letter])}`);
  }
}

/** One a line. */
async function readIds(stdio: Stdio): Promise<readonly string[]> {
  const lines = (await readAll(stdio)).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function count(number: number): string {
  return `${number} message${number === 1 ? '' : 's'}`;
}

async function readAll(stdio: Stdio): Promise<string> {
  if (stdio.stdinFd !== undefined) return readFileSync(stdio.stdinFd, 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('latin1');
}
