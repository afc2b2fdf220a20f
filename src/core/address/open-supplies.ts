/** What the rooms of addresses are built from: the tables and lists of a configuration. */
import type {Config} from '../config/config.ts';
import type {ParameterName} from '../config/parameters.ts';
import type {Log} from '../log/log.ts';
import {openTables} from '../table/open-table.ts';
import {openParameterList} from '../table/parameter-list.ts';
import type {AddressSupplies, DomainList} from './address-maps.ts';

/** A table that can't be opened is told about at once; what needs it waits until it can be. */
export function openSupplies(config: Config, log?: Log): AddressSupplies {
  const context = {config, log, opensLater: true};
  return {
    config,
    log,
    openTables: list => openTables(list, context),
    openList: (name: ParameterName): DomainList => openParameterList(name, config, context),
  };
}
