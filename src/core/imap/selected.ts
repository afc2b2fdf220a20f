/** The selected mailbox of a session, with what the session remembers of it. */
import type {Mailbox, NumberRanges} from '../mailbox/mailbox.ts';
import type {SearchContext} from './search/search-context.ts';

export const NOTHING_HELD = {exists: false, recent: false};

export class Selected {
  readonly mailbox: Mailbox;
  /** `$` (RFC 5182), as UIDs: messages come and go. */
  savedResult: NumberRanges = [];
  /** Searches whose results are kept up to date (RFC 5267), by tag. */
  readonly contexts = new Map<string, SearchContext>();
  /** News that wait for a command that asks for them (imap_client_workarounds = delay-newmail). */
  heldBack: {readonly exists: boolean; readonly recent: boolean} = NOTHING_HELD;
  /** The highest modification sequence the client was told. */
  toldModSeq: number;

  constructor(mailbox: Mailbox) {
    this.mailbox = mailbox;
    this.toldModSeq = mailbox.highestModSeq;
  }

  close(): void {
    this.contexts.clear();
    this.mailbox.close();
  }
}
