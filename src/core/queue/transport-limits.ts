/** What limits the deliveries of a transport (SCHEDULER_README), from parameters named after it. */
import type {Config} from '../config/config.ts';
import {parseFeedback} from './destination.ts';
import type {TransportLimits} from './scheduler.ts';

/** `processes`: master.cf's own limit; undefined when it names none. */
export function transportLimits(config: Config, transport: string, processes: number | undefined): TransportLimits {
  const number = (suffix: string): number => Number(config.forTransport(transport, suffix)) || 0;
  const initial =
    Number(config.lookup(`${transport}_initial_destination_concurrency`)) ||
    config.get('initial_destination_concurrency');
  const rateDelay = secondsOf(config.forTransport(transport, 'destination_rate_delay'));
  return {
    processes: processes ?? config.get('default_process_limit'),
    recipients: number('destination_recipient_limit'),
    initial,
    limit: rateDelay > 0 ? 1 : number('destination_concurrency_limit'),
    positive: parseFeedback(config.forTransport(transport, 'destination_concurrency_positive_feedback')),
    negative: parseFeedback(config.forTransport(transport, 'destination_concurrency_negative_feedback')),
    failedCohortLimit: number('destination_concurrency_failed_cohort_limit'),
    rateDelay,
    recipientLimit: number('recipient_limit'),
    extraRecipients: number('extra_recipient_limit'),
    refillLimit: number('recipient_refill_limit'),
    refillDelay: secondsOf(config.forTransport(transport, 'recipient_refill_delay')),
    slotCost: number('delivery_slot_cost'),
    slotLoan: number('delivery_slot_loan'),
    slotDiscount: number('delivery_slot_discount'),
    minimumSlots: number('minimum_delivery_slots'),
    transportRateDelay: secondsOf(config.forTransport(transport, 'transport_rate_delay')),
  };
}

const UNITS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86_400, w: 604_800};

function secondsOf(text: string): number {
  const [, digits = '0', unit = 's'] = /^\s*(\d+)([smhdw]?)/.exec(text) ?? [];
  return Number(digits) * (UNITS[unit || 's'] ?? 1);
}
