/**
 * Generic mapping: what the SMTP client makes of local addresses in outgoing mail (generic(5), smtp_generic_maps).
 * Like canonical mapping, once: the result is not looked up again.
 */
import type {Recorder} from '../log/decisions.ts';
import type {AddressMaps} from './address-maps.ts';
import {mapAddress, type MapRules} from './map-address.ts';
import type {Steps} from './steps.ts';

export function* genericAddress(
  maps: AddressMaps,
  address: string,
  rules: MapRules,
  recorder?: Recorder,
): Steps<string> {
  const mapped = yield* mapAddress(maps, address, rules);
  const first = mapped?.addresses[0];
  if (mapped === undefined || first === undefined) return address;
  maps.record(recorder, address, first, mapped.found);
  return first;
}
