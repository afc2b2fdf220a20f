/** A list of domains such as mydestination or relay_domains, under its parameter's name. */
import type {ParameterName} from '../config/parameters.ts';
import type {Log} from '../log/log.ts';
import {TableError} from '../table/table.ts';
import type {AddressSupplies, DomainList} from './address-maps.ts';
import {ask, type Steps} from './steps.ts';

export class NamedList {
  readonly name: ParameterName;
  readonly #list: DomainList;
  readonly #log: Log | undefined;

  constructor(name: ParameterName, supplies: AddressSupplies) {
    this.name = name;
    this.#list = supplies.openList(name);
    this.#log = supplies.log;
  }

  /** Throws `TableError` of the parameter's name, after a warning, when a table in it could not be asked. */
  *has(domain: string): Steps<boolean> {
    try {
      return yield* ask(this.#list.matches(domain));
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#log?.warning(`${this.name}: ${fault.table}: table lookup problem`);
      throw new TableError(this.name, fault.message, {cause: fault});
    }
  }
}
