/** Lists of clients such as mynetworks, which are matched by name and by address. */
import {ask, type Steps} from '../../address/steps.ts';
import type {Config} from '../../config/config.ts';
import type {ParameterName} from '../../config/parameters.ts';
import type {Log} from '../../log/log.ts';
import type {MatchList} from '../../table/match-list.ts';
import {openParameterList} from '../../table/parameter-list.ts';
import {TableError} from '../../table/table.ts';

export class ClientList {
  readonly #name: ParameterName;
  readonly #list: MatchList;
  readonly #log: Log;

  constructor(name: ParameterName, config: Config, log: Log) {
    this.#name = name;
    this.#list = openParameterList(name, config, {log, opensLater: true});
    this.#log = log;
  }

  /** Throws `TableError`, after a warning, when a table in it could not be asked. */
  *has(name: string, address: string): Steps<boolean> {
    try {
      return yield* ask(this.#list.matchesClient(name, address));
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      if (fault.table !== this.#name) this.#log.warning(`${this.#name}: ${fault.table}: table lookup problem`);
      throw fault;
    }
  }
}
