/**
 * error(8), retry and discard(8): return, keep or throw away mail, for the reason that stands where others have their next
 * hop. A status code may precede the reason: `5.1.6 User has moved`.
 */
import type {Agent, DeliveryRequest, Outcome, Report} from '../queue/agent.ts';
import type {AgentService, DeliveryContext} from './context.ts';
import {agree} from './report-sink.ts';

/** As the service is called, `retry` or anything else, mail is kept or returned. */
export function errorAgent(context: DeliveryContext, service: AgentService): Agent {
  const kind = service.name === 'retry' ? 'deferred' : 'bounced';
  const status = kind === 'deferred' ? '4.0.0' : '5.0.0';
  return agentOf(context, service, reason => ({kind, ...splitReason(reason, status)}));
}

export function discardAgent(context: DeliveryContext, service: AgentService): Agent {
  return agentOf(context, service, reason => ({kind: 'sent', ...splitReason(reason, '2.0.0'), action: 'delivered'}));
}

function agentOf(context: DeliveryContext, service: AgentService, decide: (reason: string) => Outcome): Agent {
  const log = context.log.as(service.command);
  return {
    async deliver(request: DeliveryRequest, report: (report: Report) => void): Promise<void> {
      const frame = {relay: 'none', program: service.command, startedAt: context.clock.now()};
      for (const recipient of request.recipients) {
        const outcome = agree(decide(request.nexthop), log);
        request.recorder?.decided({step: service.name, subject: recipient.address, result: outcome.text});
        report({recipient, outcome, ...frame});
      }
    },
  };
}

function splitReason(reason: string, otherwise: string): {status: string; text: string} {
  const [whole = '', status = otherwise] = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/.exec(reason) ?? [];
  return {status, text: reason.slice(whole.length)};
}
