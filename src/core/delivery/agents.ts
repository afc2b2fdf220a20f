/**
 * The delivery agents by the name of their program in master.cf. Adding one is one file and one line here; a program that
 * is not here is not there, and its mail waits.
 */
import {serviceOverrides} from '../config/service-overrides.ts';
import type {Agent} from '../queue/agent.ts';
import type {AgentService, DeliveryContext} from './context.ts';
import {discardAgent, errorAgent} from './error-agent.ts';
import {localAgent} from './local-agent.ts';
import {pipeAgent} from './pipe-agent.ts';
import {firstAttribute} from './pipe-service.ts';
import {smtpAgent} from './smtp/smtp-agent.ts';
import {virtualAgent} from './virtual-agent.ts';

export type AgentFactory = (context: DeliveryContext, service: AgentService) => Agent;

const agents: ReadonlyMap<string, AgentFactory> = new Map<string, AgentFactory>([
  ['local', localAgent],
  ['virtual', virtualAgent],
  ['pipe', pipeAgent],
  ['error', errorAgent],
  ['discard', discardAgent],
  ['smtp', smtpAgent],
  ['lmtp', smtpAgent],
]);

/** The agent of a master.cf entry, its `-o` settings in force; undefined when the program is no delivery agent. */
export function makeAgent(context: DeliveryContext, service: AgentService): Agent | undefined {
  const factory = agents.get(service.command);
  if (factory === undefined) return undefined;
  const overrides = serviceOverrides(service.args.slice(0, firstAttribute(service.args)));
  if (overrides.size === 0) return factory(context, service);
  return factory({...context, config: context.config.withOverrides(overrides)}, service);
}
