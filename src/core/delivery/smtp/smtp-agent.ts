/**
 * smtp(8) and lmtp(8): delivers to other hosts. All deliveries of a service share its settings and its kept sessions
 * (`client.ts`); one delivery is `delivery.ts`, one message on one session `transaction.ts`.
 */
import type {Agent, DeliveryRequest, Report} from '../../queue/agent.ts';
import type {AgentService, DeliveryContext} from '../context.ts';
import {Client} from './client.ts';
import {Delivery} from './delivery.ts';

/** `service.command` says which of the two it is. */
export function smtpAgent(context: DeliveryContext, service: AgentService): Agent {
  return new SmtpAgent(new Client(context, service));
}

class SmtpAgent implements Agent {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async deliver(request: DeliveryRequest, report: (report: Report) => void): Promise<void> {
    const {traffic} = this.#client;
    await traffic.begin(request.nexthop);
    try {
      await new Delivery(this.#client, request, report).run();
    } finally {
      traffic.end(request.nexthop);
    }
  }
}
