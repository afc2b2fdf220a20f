/**
 * What became of one message: what `posthorn explain --id` asks. Told by the log (lines about the queue id, in order, of
 * every program) and by the queue file and the defer log while the message is still there. The log may be maillog lines or
 * JSON lines, of ours or of the original; a log that is not there tells nothing.
 */
import {createReadStream} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {describe, FatalError, systemCode} from '../core/base/errors.ts';
import {EX_NOINPUT, EX_OK} from '../core/base/exit-status.ts';
import type {Config} from '../core/config/config.ts';
import {logFile} from '../core/config/log-sink.ts';
import {isQueueId} from '../core/queue/queue-id.ts';
import {findQueued, type QueuedMessage} from '../core/queue/queue-listing.ts';
import {QueueStore} from '../core/queue/queue-store.ts';
import {readEvent, type MessageEvent} from './message-events.ts';

export interface MessageHistory {
  readonly id: string;
  /** Where the log was looked for; undefined: it goes where it can't be read again. */
  readonly log: string | undefined;
  readonly events: readonly MessageEvent[];
  /** While it is in the queue. */
  readonly queued: QueuedState | undefined;
}

export interface QueuedState {
  readonly queue: QueuedMessage['queue'];
  readonly arrived: string;
  readonly sender: string;
  readonly sizeBytes: number;
  readonly nextTry?: string | undefined;
  readonly recipients: QueuedMessage['recipients'];
}

/** Longer lines are none of a mail log's. */
const MAX_LINE = 1 << 16;

/** Throws `FatalError` when the log is there and can't be read. */
export async function explainMessage(id: string, config: Config): Promise<MessageHistory> {
  if (!isQueueId(id)) return {id, log: undefined, events: [], queued: undefined};
  const log = readableLog(config);
  const events = log === undefined ? [] : await eventsOf(log, id);
  const found = findQueued(new QueueStore(config), id);
  return {id, log, events, queued: found === undefined ? undefined : stateOf(found)};
}

/** 66: nothing is known of it. */
export function historyStatus({events, queued}: MessageHistory): number {
  return events.length === 0 && queued === undefined ? EX_NOINPUT : EX_OK;
}

function readableLog(config: Config): string | undefined {
  const file = logFile(config) ?? '/var/log/mail.log';
  if (file !== '/dev/stdout') return file;
  const json = config.get('posthorn_json_log_file');
  return json === '' ? undefined : json;
}

async function eventsOf(file: string, id: string): Promise<MessageEvent[]> {
  const events: MessageEvent[] = [];
  try {
    for await (const line of linesWith(file, id)) {
      const event = readEvent(line, id);
      if (event !== undefined) events.push(event);
    }
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return [];
    if (systemCode(fault) !== undefined)
      throw new FatalError(`open ${file}: ${describe(fault)}`, EX_NOINPUT, {cause: fault});
    throw fault;
  }
  return events;
}

/** A log is large, and few lines are about one message: the others are not taken out of their chunk. */
async function* linesWith(file: string, part: string): AsyncGenerator<string> {
  let carry = '';
  for await (const chunk of createReadStream(toPath(file), {encoding: 'latin1', highWaterMark: 1 << 18})) {
    const text = carry + (chunk as string);
    const end = text.lastIndexOf('\n') + 1;
    yield* linesIn(text.slice(0, end), part);
    carry = text.length - end > MAX_LINE ? '' : text.slice(end);
  }
  yield* linesIn(carry, part);
}

function* linesIn(text: string, part: string): Generator<string> {
  for (let at = text.indexOf(part); at >= 0;) {
    const start = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    if (stop - start <= MAX_LINE) yield text.slice(start, stop);
    at = text.indexOf(part, stop);
  }
}

function stateOf({queue, arrivalSeconds, sender, sizeBytes, recipients, fileSeconds}: QueuedMessage): QueuedState {
  const nextTry = queue === 'deferred' ? isoTime(fileSeconds) : undefined;
  return {queue, arrived: isoTime(arrivalSeconds), sender, sizeBytes, nextTry, recipients};
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
