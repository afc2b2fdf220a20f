/**
 * What was said in a session, and what went wrong in it, for the postmaster (postconf(5) notify_classes). Kept only where
 * somebody wants to hear of it, and only since the last message that went well.
 */
import type {PostmasterNotices, TroubleClass} from '../delivery/postmaster-notice.ts';

const ALL: readonly TroubleClass[] = ['policy', 'protocol', 'resource', 'software'];
const MAX_LINES = 500;
const MAX_LINE = 1000;

export class SessionRecord {
  readonly #notices: PostmasterNotices | undefined;
  readonly #troubles = new Set<TroubleClass>();
  #lines: {readonly direction: 'In' | 'Out'; readonly text: string}[] = [];

  constructor(notices: PostmasterNotices | undefined) {
    this.#notices = notices?.wants(ALL) === true ? notices : undefined;
  }

  said(direction: 'In' | 'Out', text: string): void {
    if (this.#notices === undefined || this.#lines.length >= MAX_LINES) return;
    for (const line of text.split('\r\n')) this.#lines.push({direction, text: line.slice(0, MAX_LINE)});
  }

  trouble(kind: TroubleClass): void {
    this.#troubles.add(kind);
  }

  /** A message was taken: what was said for it is nobody's concern. */
  wentWell(): void {
    if (this.#troubles.size === 0) this.#lines = [];
  }

  /** The session is over. */
  end(peer: string, reason: string | undefined): void {
    if (this.#notices?.wants(this.#troubles) !== true) return;
    const program = 'SMTP server';
    void this.#notices.send({classes: this.#troubles, program, peer, transcript: this.#lines, reason});
  }
}
