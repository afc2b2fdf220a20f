/**
 * The order in which an address is looked for in a table (canonical(5), virtual(5), transport(5), relocated(5)):
 *
 *     user+extension@domain, user@domain, then, if the domain is ours, user+extension, user; then @domain
 *
 * or, for transport_maps, the domain and its parents instead of the last three. Pattern tables see only the first.
 * Keys are asked in external (quoted) form, then for most tables as they are, where the two differ.
 */
import {quoteAddress} from '../message/address-syntax.ts';
import type {AddressMaps, MapsHit} from './address-maps.ts';
import type {ExtensionRules} from './extension.ts';
import {splitExtension} from './extension.ts';
import type {Steps} from './steps.ts';

export interface FindRules {
  /** Seen: canonical and virtual keys are asked in external form only; all other tables get the internal one too. */
  readonly externalOnly?: boolean | undefined;
  readonly extension: ExtensionRules;
  /** Is this $myorigin, or a domain of mydestination or the interfaces: then the bare user is looked for too. */
  isOurs(domain: string): Steps<boolean>;
}

export interface AddressFound extends MapsHit {
  /** The part of the address that the key did not have (`+list`), '' when all of it matched. */
  readonly unmatchedExtension: string;
}

export function* findAddress(maps: AddressMaps, address: string, rules: FindRules): Steps<AddressFound | undefined> {
  if (maps.isEmpty) return undefined;
  const found = yield* findWhole(maps, address, rules);
  const at = address.lastIndexOf('@');
  if (found !== undefined || at < 0) return found;
  const domain = address.slice(at + 1);
  if (yield* rules.isOurs(domain)) {
    const bare = yield* findUser(maps, address.slice(0, at), rules);
    if (bare !== undefined) return bare;
  }
  return unmatched(yield* maps.lookup(`@${domain}`, false), '');
}

/** transport_maps' way: whole address, then the domain, then its parents as `.parent` (or `parent`). */
export function* findAddressOrDomain(
  maps: AddressMaps,
  address: string,
  rules: FindRules,
  parentsWithoutDot: boolean,
): Steps<AddressFound | undefined> {
  if (maps.isEmpty) return undefined;
  const found = yield* findWhole(maps, address, rules);
  if (found !== undefined) return found;
  let name = address.slice(address.lastIndexOf('@') + 1);
  while (name !== '') {
    const hit = yield* maps.lookup(name, false);
    if (hit !== undefined) return unmatched(hit, '');
    const dot = name.indexOf('.', 1);
    if (dot < 0) return undefined;
    name = name.slice(parentsWithoutDot ? dot + 1 : dot);
  }
  return undefined;
}

function* findWhole(maps: AddressMaps, address: string, rules: FindRules): Steps<AddressFound | undefined> {
  const whole = yield* lookupKey(maps, address, true, '', rules);
  if (whole !== undefined) return whole;
  const at = address.lastIndexOf('@');
  const split = splitExtension(at < 0 ? address : address.slice(0, at), rules.extension);
  if (split === undefined) return undefined;
  return yield* lookupKey(maps, at < 0 ? split.user : split.user + address.slice(at), false, split.extension, rules);
}

function* findUser(maps: AddressMaps, localPart: string, rules: FindRules): Steps<AddressFound | undefined> {
  const whole = yield* lookupKey(maps, localPart, false, '', rules);
  const split = whole === undefined ? splitExtension(localPart, rules.extension) : undefined;
  return split === undefined ? whole : yield* lookupKey(maps, split.user, false, split.extension, rules);
}

function* lookupKey(
  maps: AddressMaps,
  key: string,
  whole: boolean,
  unmatchedExtension: string,
  rules: FindRules,
): Steps<AddressFound | undefined> {
  const quoted = quoteAddress(key);
  let hit = yield* maps.lookup(quoted, whole);
  if (hit === undefined && quoted !== key && rules.externalOnly !== true) hit = yield* maps.lookup(key, whole);
  return unmatched(hit, unmatchedExtension);
}

function unmatched(hit: MapsHit | undefined, unmatchedExtension: string): AddressFound | undefined {
  return hit === undefined ? undefined : {...hit, unmatchedExtension};
}
