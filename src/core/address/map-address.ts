/**
 * Maps an address through a table to addresses in standard form (canonical(5), virtual(5), generic(5)): `@other` keeps
 * the user, an extension the key did not have goes on to each result (propagate_unmatched_extensions), and results are
 * completed as local ones. Answers undefined when the table does not have it.
 */
import {extractAddresses} from '../message/address-list.ts';
import {splitAddress} from '../message/address-syntax.ts';
import {TableError} from '../table/table.ts';
import type {AddressMaps} from './address-maps.ts';
import {findAddress, type AddressFound, type FindRules} from './find-address.ts';
import {rewriteInternal, type RewriteRules} from './rewrite.ts';
import type {Steps} from './steps.ts';

export interface MapRules {
  readonly find: FindRules;
  /** How results are completed: the local context. */
  readonly rewrite: RewriteRules;
  readonly propagatesExtension: boolean;
}

export interface Mapped {
  readonly addresses: readonly string[];
  readonly found: AddressFound;
}

export function* mapAddress(maps: AddressMaps, address: string, rules: MapRules): Steps<Mapped | undefined> {
  const found = yield* findAddress(maps, address, rules.find);
  if (found === undefined) return undefined;
  const extension = rules.propagatesExtension ? found.unmatchedExtension : '';
  const given = found.value.startsWith('@') ? [otherDomain(address, found)] : extractAddresses(found.value);
  const addresses = given.map(each => withExtension(rewriteInternal(each, rules.rewrite), extension));
  if (addresses.length > 0) return {addresses, found};
  throw new TableError(maps.title, `${maps.title} lookup of ${address} returns non-address result "${found.value}"`);
}

/** The user without an extension that did not match: that is put back behind, or not at all. */
function otherDomain(address: string, found: AddressFound): string {
  const {localPart} = splitAddress(address);
  return localPart.slice(0, localPart.length - found.unmatchedExtension.length) + found.value;
}

function withExtension(address: string, extension: string): string {
  if (extension === '') return address;
  const at = address.lastIndexOf('@');
  return at < 0 ? address + extension : address.slice(0, at) + extension + address.slice(at);
}
