/** What the queue manager asks of whoever writes the reports (delivery/bounce.ts). */
import type {ContentSource, Envelope} from './agent.ts';
import type {LogEntry} from './queue-log.ts';

export type NotificationKind = 'failed' | 'delayed' | 'success' | 'verify';

export interface BounceService {
  /**
   * Tells the sender what became of the recipients. Resolves when the report is durably queued, or when nobody is to be
   * told; rejects when it could not be queued: the message must then stay. With `owner`, that is told instead.
   */
  notify(
    kind: NotificationKind,
    envelope: Envelope,
    entries: readonly LogEntry[],
    content: ContentSource,
    owner?: string,
  ): Promise<void>;
}
