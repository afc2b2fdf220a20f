/** Parameters whose names derive from a transport's name in master.cf, and what they fall back to (postconf(5) default_...). */
import type {ServiceEntry} from './master-cf.ts';

const DELIVERY: readonly (readonly [string, string])[] = [
  ['delivery_slot_cost', 'default_delivery_slot_cost'],
  ['delivery_slot_discount', 'default_delivery_slot_discount'],
  ['delivery_slot_loan', 'default_delivery_slot_loan'],
  ['destination_concurrency_failed_cohort_limit', 'default_destination_concurrency_failed_cohort_limit'],
  ['destination_concurrency_limit', 'default_destination_concurrency_limit'],
  ['destination_concurrency_negative_feedback', 'default_destination_concurrency_negative_feedback'],
  ['destination_concurrency_positive_feedback', 'default_destination_concurrency_positive_feedback'],
  ['destination_rate_delay', 'default_destination_rate_delay'],
  ['destination_recipient_limit', 'default_destination_recipient_limit'],
  ['extra_recipient_limit', 'default_extra_recipient_limit'],
  ['initial_destination_concurrency', 'initial_destination_concurrency'],
  ['minimum_delivery_slots', 'default_minimum_delivery_slots'],
  ['recipient_limit', 'default_recipient_limit'],
  ['recipient_refill_delay', 'default_recipient_refill_delay'],
  ['recipient_refill_limit', 'default_recipient_refill_limit'],
  ['transport_rate_delay', 'default_transport_rate_delay'],
];
const TIME_LIMIT: readonly (readonly [string, string])[] = [['time_limit', 'command_time_limit']];

/** Seen: services of other programs, discard(8) among them, have none. */
const BY_PROGRAM: ReadonlyMap<string, readonly (readonly [string, string])[]> = new Map([
  ...['error', 'lmtp', 'local', 'smtp', 'virtual'].map(program => [program, DELIVERY] as const),
  ['pipe', [...DELIVERY, ...TIME_LIMIT]],
  ['spawn', TIME_LIMIT],
]);

/** Every derived name of the services, with its default expression. */
export function serviceParameters(services: readonly ServiceEntry[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const {name, command} of services)
    for (const [suffix, target] of BY_PROGRAM.get(command) ?? []) found.set(`${name}_${suffix}`, `$${target}`);
  return found;
}

const SUFFIXES: ReadonlyMap<string, string> = new Map([...DELIVERY, ...TIME_LIMIT]);

/**
 * The default expression of a name that derives from one of the services; undefined when it doesn't. `services` is asked
 * only when the name could.
 */
export function serviceDefault(name: string, services: () => readonly string[]): string | undefined {
  for (let at = name.indexOf('_'); at >= 0; at = name.indexOf('_', at + 1)) {
    const target = SUFFIXES.get(name.slice(at + 1));
    if (target !== undefined && services().includes(name.slice(0, at))) return `$${target}`;
  }
  return undefined;
}
