/** Searches whose results a client keeps up to date (RFC 5267 UPDATE). */
import type {MailboxChanges} from '../../mailbox/mailbox.ts';
import type {MailSession} from '../mail-session.ts';
import type {Selected} from '../selected.ts';

export interface SearchContext {
  readonly tag: string;
}

export function tellContexts(_session: MailSession, selected: Selected, _changes: MailboxChanges): void {
  if (selected.contexts.size === 0) return;
}
