/** What the rooms of addresses are built from: the tables and lists of a configuration. */
import type {Config} from '../config/config.ts';
import type {ParameterName} from '../config/parameters.ts';
import type {Log} from '../log/log.ts';
import {MatchList} from '../table/match-list.ts';
import {openTables} from '../table/open-table.ts';
import type {AddressSupplies, DomainList} from './address-maps.ts';

/** A table that can't be opened is told about at once; what needs it waits until it can be. */
export function openSupplies(config: Config, log?: Log): AddressSupplies {
  const context = {config, log, opensLater: true};
  const parents = new Set(config.list('parent_domain_matches_subdomains'));
  return {
    config,
    log,
    openTables: list => openTables(list, context),
    openList: (name: ParameterName): DomainList =>
      new MatchList(String(config.get(name)), context, {matchesParents: parents.has(name)}),
  };
}
