/**
 * Every log event, declared once: its severity and how its maillog line reads, to the byte (the text after
 * `postfix/PROGRAM[pid]: `). The JSON log prints the same fields under the same names. Adding an event is one row.
 *
 * All text is byte strings; addresses are in external (quoted) form. Seconds are fractions of seconds.
 */
import {formatDelay} from './delay.ts';

export type Severity = 'info' | 'warning' | 'error' | 'fatal' | 'panic';

/** How long a delivery took, in seconds: before the active queue, in it, connection set-up, transmission. */
export interface Delays {
  readonly incoming: number;
  readonly active: number;
  readonly connect: number;
  readonly transmit: number;
}

export interface DeliveryFields {
  readonly queueId: string;
  readonly recipient: string;
  /** The address as submitted; printed only when it differs from `recipient` (case-insensitively). */
  readonly originalRecipient?: string | undefined;
  readonly relay: string;
  /** Deliveries over this connection so far; printed from the second on. */
  readonly connectionUse?: number | undefined;
  readonly delay: number;
  readonly delays: Delays;
  readonly dsn: string;
  readonly status:
    'sent' | 'deferred' | 'bounced' | 'deliverable' | 'undeliverable' | 'undeliverable-but-not-cached' | 'SOFTBOUNCE';
  readonly reason: string;
}

/** The fields of each event. */
export interface EventFields {
  message: {severity: Severity; text: string};
  pickup: {queueId: string; uid: number; sender: string; originalId?: string | undefined};
  message_id: {queueId: string; messageId: string; resent?: boolean | undefined};
  active: {queueId: string; sender: string; sizeBytes: number; recipientCount: number};
  delivery: DeliveryFields;
  removed: {queueId: string};
  expired: {queueId: string; sender: string; forced: boolean};
  notification: {
    queueId: string;
    kind: 'non-delivery' | 'delay' | 'delivery status';
    to: 'sender' | 'postmaster';
    newId: string;
  };
}

export type EventName = keyof EventFields;

/** The line of each event, without severity. */
export const eventLines: {readonly [Name in EventName]: (fields: EventFields[Name]) => string} = {
  message: f => f.text,
  pickup: f =>
    `${f.queueId}: uid=${f.uid} from=<${f.sender}>${f.originalId === undefined ? '' : ` orig_id=${f.originalId}`}`,
  message_id: f => `${f.queueId}: ${f.resent === true ? 'resent-' : ''}message-id=${f.messageId}`,
  active: f => `${f.queueId}: from=<${f.sender}>, size=${f.sizeBytes}, nrcpt=${f.recipientCount} (queue active)`,
  delivery: deliveryLine,
  removed: f => `${f.queueId}: removed`,
  expired: f =>
    `${f.queueId}: from=<${f.sender}>, status=${f.forced ? 'force-expired' : 'expired'}, returned to sender`,
  notification: f => `${f.queueId}: ${f.to} ${f.kind} notification: ${f.newId}`,
};

function deliveryLine(f: DeliveryFields): string {
  const {incoming, active, connect, transmit} = f.delays;
  let line = `${f.queueId}: to=<${f.recipient}>, `;
  if (f.originalRecipient !== undefined && f.originalRecipient !== '' && !sameFolded(f.originalRecipient, f.recipient))
    line += `orig_to=<${f.originalRecipient}>, `;
  line += `relay=${f.relay}, `;
  if (f.connectionUse !== undefined && f.connectionUse > 1) line += `conn_use=${f.connectionUse}, `;
  line += `delay=${formatDelay(f.delay)}, delays=${formatDelay(incoming)}/${formatDelay(active)}`;
  line += `/${formatDelay(connect)}/${formatDelay(transmit)}, `;
  return `${line}dsn=${f.dsn}, status=${f.status} (${f.reason})`;
}

function sameFolded(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}
