/** Received: lines (RFC 5321 section 4.4) as Postfix writes them, folded with newline and tab, without final newline. */
import {formatMailDate} from './date.ts';

export interface ReceivedFields {
  /** myhostname and mail_name. */
  readonly hostName: string;
  readonly mailName: string;
  readonly queueId: string;
  readonly seconds: number;
  /** The submitter, for mail that came by sendmail(1); undefined for the engine's own mail. */
  readonly uid?: number | undefined;
}

export function formatReceived(fields: ReceivedFields): string {
  const by = fields.uid === undefined ? fields.mailName : `${fields.mailName}, from userid ${fields.uid}`;
  return `Received: by ${fields.hostName} (${by})\n\tid ${fields.queueId}; ${formatMailDate(fields.seconds)}`;
}
