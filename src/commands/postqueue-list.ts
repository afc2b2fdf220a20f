/** The queue as `postqueue -p`, `mailq` and `sendmail -bp` print it, and as JSON lines (`postqueue -j`). */
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {quoteAddress} from '../core/message/address-syntax.ts';
import {listQueue, type QueuedMessage} from '../core/queue/queue-listing.ts';
import {QueueStore} from '../core/queue/queue-store.ts';
import {asctime} from './asctime.ts';

const REASON_END_COLUMN = 76;
/** Output is gathered up to this size, so that a long list is neither one string nor a write a line. */
const CHUNK_CHARACTERS = 1 << 16;

export function printQueue(config: Config, stdio: Stdio): number {
  const isLong = config.get('enable_long_queue_ids');
  const columns: Columns = isLong ? {id: 17, size: 8, time: 19} : {id: 11, size: 7, time: 20};
  const out = new Gathered(stdio);
  let count = 0;
  let bytes = 0;
  for (const message of listQueue(new QueueStore(config))) {
    if (count === 0) out.add(isLong ? LONG_HEADER : SHORT_HEADER);
    else out.add('\n');
    out.add(messageText(message, columns));
    count++;
    bytes += message.sizeBytes;
  }
  if (count === 0) out.add('Mail queue is empty\n');
  else out.add(`\n-- ${Math.floor(bytes / 1024)} Kbytes in ${count} Request${count === 1 ? '' : 's'}.\n`);
  out.end();
  return 0;
}

const SHORT_HEADER = '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n';
const LONG_HEADER = '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------\n';

interface Columns {
  readonly id: number;
  readonly size: number;
  readonly time: number;
}

function messageText(message: QueuedMessage, columns: Columns): string {
  const flag = message.queue === 'active' ? '*' : message.queue === 'hold' ? '!' : '';
  const id = `${message.id}${flag}${message.isForceExpired ? '#' : ''}`.padEnd(columns.id);
  const size = String(message.sizeBytes).padStart(columns.size);
  const time = asctime(message.arrivalSeconds).slice(0, columns.time).padStart(columns.time);
  let text = `${id} ${size} ${time} ${message.sender === '' ? 'MAILER-DAEMON' : quoteAddress(message.sender)}\n`;
  const indent = ' '.repeat(columns.id + columns.size + columns.time + 3);
  let last: string | undefined;
  for (const {address, reason} of message.recipients) {
    const shown = reason ?? (last === undefined ? undefined : '(reason unavailable)');
    if (shown !== undefined && shown !== last) text += `${reasonLine(shown)}\n`;
    last = shown;
    text += `${indent}${quoteAddress(address)}\n`;
  }
  return text;
}

function reasonLine(reason: string): string {
  if (reason === '(reason unavailable)') return reason;
  return `${' '.repeat(Math.max(0, REASON_END_COLUMN - reason.length))}(${reason})`;
}

export function printQueueJson(config: Config, stdio: Stdio): number {
  const out = new Gathered(stdio);
  for (const message of listQueue(new QueueStore(config))) out.add(`${jsonLine(message)}\n`);
  out.end();
  return 0;
}

/** Byte strings go out as bytes: UTF-8 addresses stay what they are. */
function jsonLine(message: QueuedMessage): string {
  const recipients = message.recipients.map(({address, reason}) => {
    const shown = `"address": ${jsonText(quoteAddress(address))}`;
    return reason === undefined ? `{${shown}}` : `{${shown}, "delay_reason": ${jsonText(reason)}}`;
  });
  const sender = message.sender === '' ? 'MAILER-DAEMON' : quoteAddress(message.sender);
  return (
    `{"queue_name": "${message.queue}", "queue_id": "${message.id}", "arrival_time": ${message.arrivalSeconds}, ` +
    `"message_size": ${message.sizeBytes}, "forced_expire": ${message.isForceExpired}, "sender": ${jsonText(sender)}, ` +
    `"recipients": [${recipients.join(', ')}]}`
  );
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function jsonText(text: string): string {
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, character => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return SHORT_ESCAPES[character] ?? `\\u${code}`;
  });
  return `"${escaped}"`;
}

class Gathered {
  readonly #stdio: Stdio;
  #text = '';

  constructor(stdio: Stdio) {
    this.#stdio = stdio;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= CHUNK_CHARACTERS) this.end();
  }

  end(): void {
    if (this.#text !== '') this.#stdio.stdout.write(this.#text);
    this.#text = '';
  }
}
