/** qshape(1): how many queued messages each domain has, by age: one column an age bracket, each twice as wide as the last. */
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {QUEUE_NAMES, type QueueName} from '../core/queue/agent.ts';
import {listQueue} from '../core/queue/queue-listing.ts';
import {QueueStore} from '../core/queue/queue-store.ts';
import {openToolConfig} from './open-config.ts';

interface Options {
  directory: string | undefined;
  countsSenders: boolean;
  countsParents: boolean;
  isLinear: boolean;
  buckets: number;
  minutes: number;
  width: number;
  least: number;
}

export const qshape: Tool = {
  name: 'qshape',
  summary: 'show how old queued mail is, by domain',
  usage: ['[-s] [-p] [-l] [-m MIN] [-b BUCKETS] [-t MINUTES] [-w WIDTH] [-c DIR] [QUEUE ...]'],
  options: [
    {flag: '-s', text: 'Count senders instead of recipients.'},
    {flag: '-p', text: 'Count parent domains too.'},
    {flag: '-m MIN', text: 'Show parent domains only with this many messages.'},
    {flag: '-l', text: 'Brackets of equal width, not each twice the last.'},
    {flag: '-b BUCKETS', text: 'How many age brackets (10).'},
    {flag: '-t MINUTES', text: 'Width of the first bracket (5).'},
    {flag: '-w WIDTH', text: "Width of the domains' column (30)."},
    {flag: '-c DIR', text: 'The configuration directory.'},
  ],
  description: ['Without queue names, incoming and active are looked at.'],
  main(argv, stdio) {
    const reader = new OptionReader(argv, 'slpm:b:t:w:c:');
    const options = readOptions(reader, stdio);
    const store = new QueueStore(openToolConfig(options.directory, stdio.env));
    const names = reader.operands().length === 0 ? ['incoming', 'active'] : reader.operands();
    const queues = QUEUE_NAMES.filter(queue => names.includes(queue));
    const unknown = names.find(name => !QUEUE_NAMES.some(queue => queue === name));
    if (unknown !== undefined) throw new FatalError(`no such queue: ${unknown}`);
    stdio.stdout.write(table(countAll(store, queues, options), options));
    return 0;
  },
};

function readOptions(reader: OptionReader, stdio: Stdio): Options {
  const options: Options = {
    directory: undefined,
    countsSenders: false,
    countsParents: false,
    isLinear: false,
    buckets: 10,
    minutes: 5,
    width: 30,
    least: 0,
  };
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`qshape: invalid option -- '${letter}'\n`);
    if (option === '?' || option === ':')
      throw new FatalError(
        'usage: qshape [-s] [-p] [-l] [-m min] [-b buckets] [-t minutes] [-w width] [-c dir] [queue ...]',
      );
    if (option === 's') options.countsSenders = true;
    else if (option === 'p') options.countsParents = true;
    else if (option === 'l') options.isLinear = true;
    else if (option === 'c') options.directory = value;
    else setNumber(options, option, value);
  }
  return options;
}

function setNumber(options: Options, letter: string, value: string): void {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new FatalError(`-${letter} needs a positive number: ${value}`);
  if (letter === 'b') options.buckets = number;
  else if (letter === 't') options.minutes = number;
  else if (letter === 'w') options.width = number;
  else options.least = number;
}

/** Counts of each domain by bracket; the last bracket has all that is older. */
function countAll(store: QueueStore, queues: readonly QueueName[], options: Options): Map<string, number[]> {
  const counts = new Map<string, number[]>();
  const now = Date.now() / 1000;
  const add = (domain: string, bracket: number): void => {
    let row = counts.get(domain);
    if (row === undefined) counts.set(domain, (row = new Array<number>(options.buckets).fill(0)));
    row[bracket] = (row[bracket] ?? 0) + 1;
  };
  counts.set('TOTAL', new Array<number>(options.buckets).fill(0));
  for (const message of listQueue(store, queues)) {
    const bracket = bracketOf((now - message.arrivalSeconds) / 60, options);
    const addresses = options.countsSenders ? [message.sender] : message.recipients.map(({address}) => address);
    for (const address of addresses) {
      const at = address.lastIndexOf('@');
      const domain = address === '' ? 'MAILER-DAEMON' : at < 0 ? address : address.slice(at + 1).toLowerCase();
      add('TOTAL', bracket);
      add(domain, bracket);
      if (options.countsParents) for (const parent of parentsOf(domain)) add(parent, bracket);
    }
  }
  return counts;
}

function parentsOf(domain: string): string[] {
  const labels = domain.split('.');
  return labels.slice(1, -1).map((_, i) => `.${labels.slice(i + 1).join('.')}`);
}

function bracketOf(ageMinutes: number, {buckets, minutes, isLinear}: Options): number {
  let end = minutes;
  for (let bracket = 0; bracket < buckets - 1; bracket++) {
    if (ageMinutes <= end) return bracket;
    end = isLinear ? end + minutes : end * 2;
  }
  return buckets - 1;
}

const MIN_COLUMN = 5;

function table(counts: ReadonlyMap<string, number[]>, options: Options): string {
  const ends = bracketEnds(options);
  const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);
  const total = sum(counts.get('TOTAL') ?? []);
  const width = Math.max(MIN_COLUMN, String(total).length + 1, ...ends.map(end => end.length + 1));
  const cell = (text: string | number): string => String(text).padStart(width);
  const lines = [`${' '.repeat(options.width)} ${cell('T')}${ends.map(cell).join('')}`];
  const rows = [...counts].filter(([name, row]) => !name.startsWith('.') || sum(row) >= options.least);
  rows.sort(([a, x], [b, y]) => Number(b === 'TOTAL') - Number(a === 'TOTAL') || sum(y) - sum(x) || (a < b ? -1 : 1));
  for (const [name, row] of rows)
    lines.push(`${name.slice(0, options.width).padStart(options.width)} ${cell(sum(row))}${row.map(cell).join('')}`);
  return `${lines.join('\n')}\n`;
}

function bracketEnds({buckets, minutes, isLinear}: Options): string[] {
  const ends: string[] = [];
  let end = minutes;
  let last = minutes;
  for (let bracket = 0; bracket < buckets - 1; bracket++) {
    ends.push(String(end));
    last = end;
    end = isLinear ? end + minutes : end * 2;
  }
  return [...ends, `${last}+`];
}
