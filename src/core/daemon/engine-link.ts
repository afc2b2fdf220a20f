/** The link from an SMTP server to the queue where both are in one process. */
import type {LinkTarget} from './queue-link-server.ts';
import type {QueueLink} from './queue-link.ts';

/** `target` is asked each time: a reload changes it. */
export function engineLink(target: () => LinkTarget): QueueLink {
  return {
    queued: (envelope, records, expanded) => target().queued(envelope, records, expanded),
    flushSite: site => target().flushSite(site),
    verify: address => target().verify(address),
    close() {},
  };
}
