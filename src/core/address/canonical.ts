/**
 * Canonical mapping: one address becomes one other, and that is looked up again, at most ten times (canonical(5)).
 * Which addresses of a message a table is for is said by canonical_classes and its kin.
 */
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import {TableError} from '../table/table.ts';
import type {AddressMaps} from './address-maps.ts';
import {mapAddress, type MapRules} from './map-address.ts';
import {asMappingError} from './mapping-error.ts';
import type {Steps} from './steps.ts';

/** The places of addresses, as the *_classes parameters name them. */
export type AddressPlace = 'envelope_sender' | 'envelope_recipient' | 'header_sender' | 'header_recipient';

type ClassesParameter =
  'canonical_classes' | 'sender_canonical_classes' | 'recipient_canonical_classes' | 'masquerade_classes';

export function addressPlaces(config: Config, parameter: ClassesParameter): ReadonlySet<string> {
  return new Set(config.list(parameter).map(name => name.toLowerCase()));
}

/** Rounds of mapping before a table is taken for circular. */
const MAX_ROUNDS = 10;

export function* canonicalAddress(
  maps: AddressMaps,
  given: string,
  rules: MapRules,
  warn: (text: string) => void,
  recorder?: Recorder,
): Steps<string> {
  let address = given;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const mapped = yield* lookup(maps, address, rules);
    const first = mapped?.addresses[0];
    if (mapped === undefined || first === undefined) return address;
    if (mapped.addresses.length > 1) warn(`multi-valued ${maps.title} entry for ${address}`);
    maps.record(recorder, address, first, mapped.found);
    if (first.toLowerCase() === address.toLowerCase()) return first;
    address = first;
  }
  // Seen: the original says so too, and then takes the message with what it has got.
  warn(`unreasonable ${maps.title} map nesting for ${address} -- message not accepted, try again later`);
  return address;
}

function* lookup(maps: AddressMaps, address: string, rules: MapRules): ReturnType<typeof mapAddress> {
  try {
    return yield* mapAddress(maps, address, rules);
  } catch (fault) {
    throw fault instanceof TableError ? asMappingError(fault, maps.title, address) : fault;
  }
}
