/** posthorn queue: the mail queue for people, as a coloured table or as JSON, filtered, and live with --watch. */
import {Command, Flags} from '@oclif/core';
import {setTimeout as pause} from 'node:timers/promises';
import {toByteString, toText} from '../../core/base/bytes.ts';
import {timeValue} from '../../core/config/values.ts';
import {quoteAddress} from '../../core/message/address-syntax.ts';
import {listQueue, type QueuedMessage} from '../../core/queue/queue-listing.ts';
import {QueueStore} from '../../core/queue/queue-store.ts';
import {openToolConfig} from '../open-config.ts';

const WATCH_MILLISECONDS = 1000;
/** Of a larger queue the table shows this many; --json shows all. */
const MOST_ROWS = 200;
const CLEAR_SCREEN = '\x1b[H\x1b[2J';

export default class Queue extends Command {
  static override summary = 'Show the mail queue.';
  static override description =
    'Show the messages in the queue, who they are from and for, how old they are and why they wait.';
  static override examples = [
    '<%= config.bin %> queue --domain example.net --older 1h',
    '<%= config.bin %> queue --watch',
  ];
  static override flags = {
    config: Flags.string({char: 'c', description: 'directory of main.cf'}),
    sender: Flags.string({description: 'only senders that contain this'}),
    recipient: Flags.string({description: 'only recipients that contain this'}),
    domain: Flags.string({description: 'only recipients of this domain'}),
    older: Flags.string({description: 'only messages older than this (30s, 5m, 2h, 1d)'}),
    younger: Flags.string({description: 'only messages younger than this'}),
    'size-above': Flags.integer({description: 'only messages of more than this many bytes'}),
    reason: Flags.string({description: 'only messages whose reason contains this'}),
    json: Flags.boolean({description: 'print JSON'}),
    watch: Flags.boolean({description: 'draw it again each second, until interrupted'}),
  };

  override async run(): Promise<void> {
    const {flags} = await this.parse(Queue);
    const store = new QueueStore(openToolConfig(flags.config, process.env));
    const wanted = filterOf(flags);
    const read = (): QueuedMessage[] => [...listQueue(store)].filter(wanted);
    if (flags.json) return this.log(JSON.stringify(read().map(jsonOf), null, 2));
    do {
      const view = await tableOf(read());
      process.stdout.write(flags.watch ? `${CLEAR_SCREEN}${view}` : view);
      if (flags.watch) await pause(WATCH_MILLISECONDS);
    } while (flags.watch);
  }
}

interface Filters {
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
  readonly domain?: string | undefined;
  readonly older?: string | undefined;
  readonly younger?: string | undefined;
  readonly 'size-above'?: number | undefined;
  readonly reason?: string | undefined;
}

function filterOf(flags: Filters): (message: QueuedMessage) => boolean {
  const within = (text: string, part: string): boolean => text.toLowerCase().includes(toByteString(part).toLowerCase());
  const seconds = (name: string, text: string): number => timeValue(name, text, '1s');
  const older = flags.older === undefined ? -Infinity : seconds('--older', flags.older);
  const younger = flags.younger === undefined ? Infinity : seconds('--younger', flags.younger);
  const domain = flags.domain?.toLowerCase();
  return message => {
    const age = Date.now() / 1000 - message.arrivalSeconds;
    const {recipients} = message;
    if (age < older || age > younger || message.sizeBytes <= (flags['size-above'] ?? -1)) return false;
    if (flags.sender !== undefined && !within(message.sender, flags.sender)) return false;
    if (flags.recipient !== undefined && !recipients.some(({address}) => within(address, flags.recipient ?? '')))
      return false;
    if (domain !== undefined && !recipients.some(({address}) => address.toLowerCase().endsWith(`@${domain}`)))
      return false;
    return flags.reason === undefined || recipients.some(({reason}) => within(reason ?? '', flags.reason ?? ''));
  };
}

function jsonOf(message: QueuedMessage): object {
  return {
    queue: message.queue,
    id: message.id,
    arrived: new Date(message.arrivalSeconds * 1000).toISOString(),
    sizeBytes: message.sizeBytes,
    sender: toText(message.sender),
    recipients: message.recipients.map(({address, reason}) => ({
      address: toText(address),
      ...(reason === undefined ? {} : {reason: toText(reason)}),
    })),
  };
}

async function tableOf(messages: readonly QueuedMessage[]): Promise<string> {
  if (messages.length === 0) return 'The queue is empty.\n';
  const [{default: Table}, {default: chalk}] = await Promise.all([import('cli-table3'), import('chalk')]);
  const paint = {
    active: chalk.green,
    deferred: chalk.yellow,
    hold: chalk.magenta,
    incoming: chalk.cyan,
    maildrop: chalk.cyan,
    corrupt: chalk.red,
  };
  const table = new Table({
    head: ['Queue', 'Id', 'Age', 'Size', 'From', 'To, and why it waits'].map(title => chalk.bold(title)),
    style: {head: [], border: []},
    wordWrap: true,
    colWidths: columnWidths(messages, process.stdout.columns ?? 120),
  });
  for (const message of messages.slice(0, MOST_ROWS))
    table.push([
      paint[message.queue](message.queue),
      message.id,
      ageText(Date.now() / 1000 - message.arrivalSeconds),
      sizeText(message.sizeBytes),
      shown(message.sender === '' ? 'MAILER-DAEMON' : quoteAddress(message.sender)),
      message.recipients.map(recipientText).join('\n'),
    ]);
  const more = messages.length > MOST_ROWS ? `, the first ${MOST_ROWS} of them shown` : '';
  return `${table.toString()}\n${messages.length} message${messages.length === 1 ? '' : 's'}${more}\n`;
}

/** So that the table fits the screen: addresses share what the rest leaves, two parts to the recipients. */
function columnWidths(messages: readonly QueuedMessage[], screen: number): number[] {
  const [queue, age, size, borders] = [10, 7, 9, 7];
  const id = Math.max(...messages.map(message => message.id.length)) + 2;
  const rest = Math.max(screen - queue - id - age - size - borders, 30);
  const from = Math.floor(rest / 3);
  return [queue, id, age, size, from, rest - from];
}

function recipientText({address, reason}: QueuedMessage['recipients'][number]): string {
  return reason === undefined ? shown(quoteAddress(address)) : `${shown(quoteAddress(address))}\n  ${shown(reason)}`;
}

/** Foreign text must not move the cursor. */
function shown(text: string): string {
  return toText(text).replace(/\p{Cc}/gu, '?');
}

function ageText(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} K` : `${(bytes / 1024 / 1024).toFixed(1)} M`;
}
