/** What a failure to write a mailbox means for the mail: try again, or return it. Codes as the original's agents give them. */
import type {Outcome} from '../queue/agent.ts';
import type {StoreFailure} from '../mailbox/store-result.ts';

/** `otherwise` is the agent's code for errors that say nothing themselves: local returns (5.2.0), virtual waits (4.2.0). */
function storeStatus(failure: StoreFailure, otherwise: string): string {
  if (failure.status !== undefined) return failure.status;
  const code = failure.code ?? '';
  if (code === 'EAGAIN' || code === 'ESTALE') return '4.2.0';
  if (SYSTEM_FAULTS.has(code)) return '4.3.0';
  if (code === 'EFBIG' || code === 'EDQUOT') return '5.2.2';
  return otherwise;
}

/** The machine is to blame, not the recipient (seen: ENOSPC defers; EIO and EROFS are ours: nothing is lost by waiting). */
const SYSTEM_FAULTS: ReadonlySet<string> = new Set(['ENFILE', 'EMFILE', 'ENOMEM', 'ENOSPC', 'EIO', 'EROFS']);

export function storeOutcome(failure: StoreFailure, otherwise: string, text: string): Outcome {
  const status = storeStatus(failure, otherwise);
  return {kind: status.startsWith('4') ? 'deferred' : 'bounced', status, text};
}
