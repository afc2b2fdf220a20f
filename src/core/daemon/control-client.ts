/**
 * How commands speak with the running mail system: a wake-up call for pickup, and requests over the control socket
 * `public/control` in the queue directory, one line of JSON each way.
 *
 * "No mail system runs" is an answer (false, undefined), not a fault.
 */
import type {Config} from '../config/config.ts';
import {socketPath} from '../base/socket-path.ts';
import {askSocket} from './ask-socket.ts';
import {trigger, WAKE} from './trigger.ts';

export type ControlRequest =
  | {readonly op: 'status' | 'stop' | 'abort' | 'reload' | 'flush' | 'reopen-log'}
  | {readonly op: 'flush-message'; readonly id: string}
  | {readonly op: 'flush-site'; readonly site: string};

/** What the running system says of itself, and how a request went. */
export interface ControlReply {
  /** False: the request was understood and could not be done; `text` says why. */
  readonly done: boolean;
  readonly text?: string;
  readonly pid?: number;
  readonly version?: string;
  readonly startedAt?: number;
  readonly processes?: readonly ProcessStatus[];
  /** `host:port` or a socket's path, with the service's name. */
  readonly listening?: readonly string[];
}

export interface ProcessStatus {
  readonly role: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly restarts: number;
}

export const CONTROL_SOCKET = 'control';

/** Tells pickup of new mail in maildrop; false when no mail system runs. Cheap enough to ask always. */
export function wakePickup(config: Config): boolean {
  return trigger(`${config.get('queue_directory')}/public/pickup`, WAKE);
}

/** Sends a request and answers the reply; undefined when no mail system runs. */
export async function sendControl(config: Config, request: ControlRequest): Promise<ControlReply | undefined> {
  const path = socketPath(`${config.get('queue_directory')}/public`, CONTROL_SOCKET);
  return (await askSocket(path, request)) as ControlReply | undefined; // it comes from our own daemon
}
