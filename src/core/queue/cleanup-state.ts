/** One message on its way through cleanup: what is known of it so far, shared by the files named cleanup-*. */
import type {Log} from '../log/log.ts';
import type {Recipient} from './agent.ts';
import {RecordBuffer} from './record-buffer.ts';

/** Why a message is not accepted, by precedence: what can be tried again later hides the rest. */
export interface Fault {
  /** Enhanced status code (RFC 3463). */
  readonly status: string;
  readonly text: string;
}

export const TOO_MANY_HOPS: Fault = {status: '5.4.0', text: 'too many hops'};
export const TOO_BIG: Fault = {status: '5.3.4', text: 'message file too big'};
export const NO_RECIPIENTS: Fault = {status: '5.1.0', text: 'no recipients specified'};
export const CONTENT_REJECTED: Fault = {status: '5.7.1', text: 'message content rejected'};
export const WRITE_ERROR: Fault = {status: '4.3.0', text: 'queue file write error'};

export class MessageState {
  readonly id: string;
  readonly log: Log;
  readonly records = new RecordBuffer();
  /** The first of them. */
  readonly recipients: Recipient[] = [];
  recipientCount = 0;
  /** Aliases whose sender wants to hear of success: a report says `expanded`. */
  readonly expanded: Recipient[] = [];
  /** As they will stand in the envelope. */
  readonly attributes: Map<string, string>;
  /** After rewriting; the last recipient is what the log names. */
  sender = '';
  lastRecipient: string | undefined;
  arrivalSeconds = 0;
  arrivalMicroseconds = 0;
  warning: {readonly offset: number; readonly seconds: number} | undefined;
  /** Bits of send-options.ts. */
  sendOptions = 0;
  /** Nobody could have asked for SMTPUTF8: its need is found out (postconf(5) smtputf8_autodetect_classes). */
  detectsUtf8 = true;
  /** Union of the recipients' NOTIFY bits, as asked for. */
  notify = 0;
  /** From header and body checks. */
  filter: string | undefined;
  redirect: string | undefined;
  readonly bcc: string[] = [];
  isHeld: boolean;
  isDiscarded = false;
  /** Header and body checks still apply. */
  isChecked: boolean;
  fault: Fault | undefined;

  constructor(id: string, log: Log, attributes: ReadonlyMap<string, string>, isHeld: boolean, isChecked: boolean) {
    this.id = id;
    this.log = log;
    this.attributes = new Map(attributes);
    this.isHeld = isHeld;
    this.isChecked = isChecked;
  }

  /** Refused or thrown away: nothing more is said of it. */
  get isLost(): boolean {
    return this.fault !== undefined || this.isDiscarded;
  }

  /** Remembers a fault, unless a worse one is known. */
  fail(fault: Fault): void {
    if (this.fault === undefined || (fault.status.startsWith('4') && !this.fault.status.startsWith('4')))
      this.fault = fault;
  }
}
