/**
 * Virtual alias expansion (virtual(5)): each address is looked up again and again until the table has no more to say
 * about it or it has become itself; one address may become many. Beyond the limits of postconf(5)
 * virtual_alias_{expansion,recursion,address_length}_limit the message is not accepted.
 */
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import {TableError} from '../table/table.ts';
import {ExpansionError} from './address-rewriter.ts';
import type {AddressMaps} from './address-maps.ts';
import {mapAddress, type Mapped, type MapRules} from './map-address.ts';
import {asMappingError} from './mapping-error.ts';
import type {Steps} from './steps.ts';

export interface ExpansionLimits {
  readonly expansion: number;
  readonly recursion: number;
  readonly addressLength: number;
}

export function expansionLimits(config: Config): ExpansionLimits {
  return {
    expansion: config.get('virtual_alias_expansion_limit'),
    recursion: config.get('virtual_alias_recursion_limit'),
    addressLength: config.get('virtual_alias_address_length_limit'),
  };
}

export class AliasExpander {
  readonly #maps: AddressMaps;
  readonly #rules: MapRules;
  readonly #limits: ExpansionLimits;

  constructor(maps: AddressMaps, rules: MapRules, limits: ExpansionLimits) {
    this.#maps = maps;
    this.#rules = rules;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#maps.isEmpty;
  }

  /** Answers the members in the order in which they are found; the address itself when it has no alias. */
  *expand(recipient: string, recorder?: Recorder): Steps<readonly string[]> {
    const members = [recipient];
    const finished = new Set<string>();
    for (let at = 0; at < members.length; at++) {
      if (members.length > this.#limits.expansion) throw this.#tooMuch(`map expansion size for ${recipient}`);
      yield* this.#follow(recipient, members, at, finished, recorder);
    }
    return members;
  }

  /** Replaces the member at `at` by what it stands for, further results going to the end of the list. */
  *#follow(
    recipient: string,
    members: string[],
    at: number,
    finished: Set<string>,
    recorder: Recorder | undefined,
  ): Steps<void> {
    for (let depth = 0; ; depth++) {
      const member = members[at] ?? '';
      if (finished.has(member.toLowerCase())) return;
      if (depth >= this.#limits.recursion) throw this.#tooMuch(`map nesting for ${recipient}`);
      const mapped = yield* this.#lookup(member);
      if (mapped === undefined) return;
      this.#maps.record(recorder, member, mapped.addresses.join(', '), mapped.found);
      this.#take(members, at, mapped, finished);
    }
  }

  #take(members: string[], at: number, mapped: Mapped, finished: Set<string>): void {
    const member = (members[at] ?? '').toLowerCase();
    mapped.addresses.forEach((address, index) => {
      if (address.length > this.#limits.addressLength) throw this.#tooMuch(`result ${address.slice(0, 300)}...`);
      if (index === 0) members[at] = address;
      else members.push(address);
      if (address.toLowerCase() === member) finished.add(member); // an alias may have its own name among its members
    });
  }

  *#lookup(address: string): Steps<Mapped | undefined> {
    try {
      return yield* mapAddress(this.#maps, address, this.#rules);
    } catch (fault) {
      throw fault instanceof TableError ? asMappingError(fault, this.#maps.title, address) : fault;
    }
  }

  #tooMuch(what: string): ExpansionError {
    return new ExpansionError(`unreasonable ${this.#maps.title} ${what} -- message not accepted, try again later`);
  }
}
