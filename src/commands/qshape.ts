/** qshape(1): how many queued messages each domain has, by age: one column an age bracket, each twice as wide as the last. */
import {lstatSync, readdirSync} from 'node:fs';
import {FatalError, systemCode} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {readEnvelopeSync} from '../core/queue/queue-listing.ts';
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

const MIN_WIDTH = 80;
const MIN_NAME_WIDTH = 18;
const MIN_COLUMN = 3;

export const qshape: Tool = {
  name: 'qshape',
  summary: 'show how old queued mail is, by domain',
  usage: ['[-s] [-p] [-l] [-m MIN] [-b BUCKETS] [-t MINUTES] [-w WIDTH] [-c DIR] [QUEUE ...]'],
  options: [
    {flag: '-s', text: 'Count senders instead of recipients.'},
    {flag: '-p', text: 'Count parent domains too, each with a leading dot.'},
    {flag: '-m MIN', text: 'Show parent domains only with this many domains below them (5).'},
    {flag: '-l', text: 'Brackets of equal width, not each twice the last.'},
    {flag: '-b BUCKETS', text: 'How many age brackets (10).'},
    {flag: '-t MINUTES', text: 'Width of the first bracket (5).'},
    {flag: '-w WIDTH', text: 'Width of the output, when it is more than 80.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-N, -n', text: 'Accepted and ignored.'},
  ],
  description: [
    'Without queue names, incoming and active are looked at; a name that begins with a slash is any folder.',
    'Expired messages (postsuper -e) are not counted.',
  ],
  main(argv, stdio) {
    const reader = new OptionReader(argv, 'lhc:psw:b:t:m:n:N:');
    const options = readOptions(reader, stdio);
    const named = reader.operands();
    const names = named.length === 0 ? ['incoming', 'active'] : named;
    const isConfigured = names.some(name => !name.startsWith('/'));
    const spool = isConfigured ? openToolConfig(options.directory, stdio.env).get('queue_directory') : '';
    const census = new Census(options);
    for (const name of names) {
      const found = walk(name.startsWith('/') ? name : `${spool}/${name}`, path => census.take(path));
      if (!found) stdio.stderr.write(`Can't stat ${name}: No such file or directory\n`);
    }
    stdio.stdout.write(census.table());
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
    width: MIN_WIDTH,
    least: 5,
  };
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`qshape: Unknown option: ${letter}\n`);
    if (option === '?' || option === 'h')
      throw new FatalError(
        'usage: qshape [-s] [-p] [-l] [-m min] [-b buckets] [-t minutes] [-w width] [-c dir] [queue ...]',
        1,
      );
    if (option === 's') options.countsSenders = true;
    else if (option === 'p') options.countsParents = true;
    else if (option === 'l') options.isLinear = true;
    else if (option === 'c') options.directory = value;
    else setNumber(options, option, value);
  }
  return options;
}

/** Seen: what is no number, or too small, is as if it were not there. */
function setNumber(options: Options, letter: string, value: string): void {
  const number = Number.parseInt(value, 10);
  if (!(number > 0)) return;
  if (letter === 'b') options.buckets = number;
  else if (letter === 't') options.minutes = number;
  else if (letter === 'w') options.width = Math.max(number, MIN_WIDTH);
  else if (letter === 'm') options.least = number;
}

/** Visits the files in a folder and below; false when it is not there. */
function walk(path: string, visit: (path: string) => void): boolean {
  try {
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) walk(`${path}/${name}`, visit);
    else visit(path);
    return true;
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return false;
    throw fault;
  }
}

/** Messages of one domain: in all, and by bracket. */
class Row {
  readonly brackets: number[];
  total = 0;
  /** Domains right below this one. */
  children = 0;

  constructor(buckets: number) {
    this.brackets = new Array<number>(buckets).fill(0);
  }

  add(bracket: number): void {
    this.total++;
    this.brackets[bracket] = (this.brackets[bracket] ?? 0) + 1;
  }
}

class Census {
  readonly #options: Options;
  readonly #rows = new Map<string, Row>();
  readonly #now = Math.floor(Date.now() / 1000);

  constructor(options: Options) {
    this.#options = options;
    this.#row('TOTAL');
  }

  take(path: string): void {
    if (!/\/[A-Za-z0-9]{6,}$/.test(path)) return;
    const info = lstatSync(path);
    if (!info.isFile() || (info.mode & 0o733) !== 0o700) return; // half-written, or expired
    const found = readEnvelopeSync(path);
    if (found === undefined) return;
    const arrival = found.arrival || Math.floor(info.mtimeMs / 1000);
    const bracket = bracketOf((this.#now - arrival) / 60, this.#options);
    for (const address of this.#options.countsSenders ? [found.sender] : found.recipients) this.#add(address, bracket);
  }

  #add(address: string, bracket: number): void {
    this.#row('TOTAL').add(bracket);
    let domain = domainOf(address);
    let row = this.#row(domain);
    row.add(bracket);
    if (!this.#options.countsParents) return;
    for (let parent = parentOf(domain); parent !== undefined; parent = parentOf(domain)) {
      const isNew = row.total === 1;
      domain = parent;
      row = this.#row(domain);
      row.add(bracket);
      if (isNew) row.children++;
    }
  }

  #row(name: string): Row {
    let row = this.#rows.get(name);
    if (row === undefined) this.#rows.set(name, (row = new Row(this.#options.buckets)));
    return row;
  }

  table(): string {
    const heads = ['T', ...bracketEnds(this.#options)];
    const total = this.#row('TOTAL');
    const widths = heads.map((head, i) => {
      const digits = Math.max(head.length, String(i === 0 ? total.total : total.brackets[i - 1]).length);
      return Math.max(digits + 1, MIN_COLUMN);
    });
    const nameWidth = Math.max(
      widths.reduce((left, width) => left - width, this.#options.width),
      MIN_NAME_WIDTH,
    );
    const line = (name: string, cells: readonly (string | number)[]): string =>
      `${shortened(name, nameWidth).padStart(nameWidth)}${cells.map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join('')}\n`;
    const rows = [...this.#rows].filter(([name, row]) => !name.startsWith('.') || row.children >= this.#options.least);
    rows.sort(([a, x], [b, y]) => y.total - x.total || a.length - b.length || (a < b ? -1 : 1));
    return line('', heads) + rows.map(([name, row]) => line(name, [row.total, ...row.brackets])).join('');
  }
}

function domainOf(address: string): string {
  if (address === '') return 'MAILER-DAEMON';
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return domain.replace(/\.\./g, '.').replace(/^\.?(.+?)\.?$/, '$1');
}

/** `.example.com` of `mail.example.com`; a top-level domain is nobody's parent. */
function parentOf(domain: string): string | undefined {
  const dot = domain.indexOf('.', 1);
  const parent = domain.slice(dot);
  return dot < 0 || parent.indexOf('.', 1) < 0 ? undefined : parent;
}

/** Names that are too long lose their beginning. */
function shortened(name: string, width: number): string {
  if (name.length <= width) return name;
  return name.startsWith('.') ? `.+${name.slice(2 - width)}` : `+${name.slice(1 - width)}`;
}

function bracketOf(ageMinutes: number, {buckets, minutes, isLinear}: Options): number {
  const units = ageMinutes / minutes;
  if (units < 1) return 0;
  return Math.min(isLinear ? Math.floor(units) : 1 + Math.floor(Math.log2(units)), buckets - 1);
}

/** The last bracket has all that is older. */
function bracketEnds({buckets, minutes, isLinear}: Options): string[] {
  const ends: string[] = [];
  let end = 0;
  while (ends.length < buckets - 1) ends.push(String((end = isLinear || end === 0 ? end + minutes : end * 2)));
  return [...ends, `${end}+`];
}
