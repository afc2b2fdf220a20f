/** local(8): delivers to the users of this host, their aliases, commands and files. The way is local-walk.ts's. */
import type {Agent, DeliveryRequest, Report} from '../queue/agent.ts';
import type {AgentService, DeliveryContext} from './context.ts';
import {DeliveredTo, readDeliveredTo} from './delivered-to.ts';
import {LocalDelivery} from './local-delivery.ts';
import {LocalSettings} from './local-settings.ts';
import {LocalWalk} from './local-walk.ts';
import {ReportSink} from './report-sink.ts';

export function localAgent(context: DeliveryContext, service: AgentService): Agent {
  return new LocalAgent(context, service);
}

class LocalAgent implements Agent {
  readonly #context: DeliveryContext;
  readonly #service: AgentService;
  readonly #settings: LocalSettings;

  constructor(context: DeliveryContext, service: AgentService) {
    this.#context = context;
    this.#service = service;
    this.#settings = new LocalSettings(context, service);
  }

  async deliver(request: DeliveryRequest, report: (report: Report) => void): Promise<void> {
    const {config} = this.#context;
    const frame = {relay: this.#service.name, program: this.#service.command, startedAt: this.#context.clock.now()};
    const limit = config.get('mailbox_size_limit');
    if (limit > 0 && limit < (config.get('message_size_limit') || Infinity))
      return this.#refuse(request, frame, report);
    // A probe has no content to look at.
    const loop = request.verifyOnly ? new DeliveredTo([]) : await readDeliveredTo(request.content);
    for (const recipient of request.recipients) {
      const sink = new ReportSink(recipient, frame, report);
      const delivery = new LocalDelivery(this.#context, this.#settings, request, sink);
      const walk = new LocalWalk(this.#settings, delivery, request.envelope, loop, request.recorder);
      await walk.start(recipient);
      await delivery.finishForwarding(recipient);
      sink.close();
    }
  }

  /** The original's local dies of it, and the queue waits. */
  #refuse(
    request: DeliveryRequest,
    frame: Pick<Report, 'relay' | 'program' | 'startedAt'>,
    report: (report: Report) => void,
  ): void {
    this.#settings.log.fatal('configuration error: mailbox_size_limit is smaller than message_size_limit');
    const outcome = {kind: 'deferred', status: '4.3.0', text: 'unknown mail transport error'} as const;
    for (const recipient of request.recipients) report({recipient, outcome, ...frame, relay: 'none'});
  }
}
