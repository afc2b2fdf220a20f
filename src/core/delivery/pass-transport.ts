/** Hands a recipient to another transport within this delivery (mailbox_transport, fallback_transport). */
import type {DeliveryRequest, Outcome} from '../queue/agent.ts';
import type {DeliveryContext} from './context.ts';
import type {Attempt} from './local-attempt.ts';
import type {Fate} from './local-walk.ts';
import type {ReportSink} from './report-sink.ts';

/** `target` is `transport` or `transport:nexthop`. */
export async function passToTransport(
  target: string,
  attempt: Attempt,
  request: DeliveryRequest,
  context: DeliveryContext,
  sink: ReportSink,
): Promise<Fate> {
  const colon = target.indexOf(':');
  const transport = colon < 0 ? target : target.slice(0, colon);
  const nexthop = colon < 0 ? '' : target.slice(colon + 1);
  const recipient = {...attempt.recipient, address: attempt.address};
  const agent = context.agent(transport);
  if (agent === undefined) {
    context.log.warning(`connect to transport private/${transport}: No such file or directory`);
    const outcome: Outcome = {kind: 'deferred', status: '4.3.0', text: 'mail transport unavailable'};
    sink.add(outcome, {recipient: attempt.recipient, address: attempt.address});
    return 'deferred';
  }
  const passed = {...request, transport, nexthop: nexthop === '' ? request.nexthop : nexthop, recipients: [recipient]};
  let fate: Fate = 'done';
  await agent.deliver(passed, report => {
    if (report.outcome.kind === 'deferred') fate = 'deferred';
    // The recipient of the queue file is ours; the address is the one that was handed over.
    sink.pass({...report, recipient: attempt.recipient, address: report.address ?? attempt.address});
  });
  return fate;
}
