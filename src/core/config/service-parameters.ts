/** Parameters whose names derive from a transport's name in master.cf, and what they fall back to (postconf(5) default_...). */
const SUFFIXES = [
  'delivery_slot_cost',
  'delivery_slot_discount',
  'delivery_slot_loan',
  'destination_concurrency_failed_cohort_limit',
  'destination_concurrency_limit',
  'destination_concurrency_negative_feedback',
  'destination_concurrency_positive_feedback',
  'destination_rate_delay',
  'destination_recipient_limit',
  'extra_recipient_limit',
  'minimum_delivery_slots',
  'recipient_limit',
  'recipient_refill_delay',
  'recipient_refill_limit',
  'transport_rate_delay',
] as const;

/** The default expression of a name that derives from one of the services; undefined when it doesn't. */
export function serviceDefault(name: string, services: () => readonly string[]): string | undefined {
  if (name.endsWith('_time_limit')) return named(name, 'time_limit', services) ? '$command_time_limit' : undefined;
  if (name.endsWith('_initial_destination_concurrency'))
    return named(name, 'initial_destination_concurrency', services) ? '$initial_destination_concurrency' : undefined;
  for (const suffix of SUFFIXES)
    if (name.endsWith(`_${suffix}`) && named(name, suffix, services)) return `$default_${suffix}`;
  return undefined;
}

/** Every derived name of one service, with its default. */
export function derivedNames(service: string, isPipe: boolean): readonly (readonly [string, string])[] {
  const rows = SUFFIXES.map(suffix => [`${service}_${suffix}`, `$default_${suffix}`] as const);
  const initial = [`${service}_initial_destination_concurrency`, '$initial_destination_concurrency'] as const;
  return isPipe ? [...rows, initial, [`${service}_time_limit`, '$command_time_limit']] : [...rows, initial];
}

function named(name: string, suffix: string, services: () => readonly string[]): boolean {
  const service = name.slice(0, -suffix.length - 1);
  return services().includes(service);
}
