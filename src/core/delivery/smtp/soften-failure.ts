/**
 * A host that the operator has set (relayhost, smtp_fallback_relay) and that is not found, refuses to talk or leads back
 * to us is a fault of ours: mail waits until it is mended, and the log says where to look.
 *
 * Seen: the original asks this of the last failure, when all hosts have been tried: is it of a fallback relay, else is
 * the next hop's first host the whole of relayhost (a relayhost of several hosts is not softened).
 */
import type {Log} from '../../log/log.ts';
import type {Outcome} from '../../queue/agent.ts';

export function softenFailure<Failure extends Pick<Outcome, 'status'>>(
  failure: Failure,
  parameter: string,
  log: Log,
): Failure {
  if (failure.status.startsWith('4')) return failure;
  log.warning(`${parameter} configuration problem`);
  return {...failure, status: '4.3.5'};
}
