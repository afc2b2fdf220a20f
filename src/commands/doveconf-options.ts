/** The argument vector of doveconf: options may come before and after the names (GNU getopt). */
import {OptionReader} from '../core/base/getopt.ts';
import type {hostNetwork} from '../core/config/dovecot/network.ts';
import {parseNetwork} from '../core/config/dovecot/network.ts';
import type {Filter} from '../core/config/dovecot/filter.ts';
import type {Scope} from '../core/config/dovecot/export.ts';
import {ValueFault} from '../core/config/dovecot/setting-text.ts';

export interface DoveconfRequest {
  readonly file: string | undefined;
  readonly scope: Scope;
  readonly isDefaults: boolean;
  readonly isSimple: boolean;
  readonly hidesNames: boolean;
  readonly showsSecrets: boolean;
  readonly isExpanding: boolean;
  readonly verifiesHosts: boolean;
  readonly module: string | undefined;
  readonly filter: Filter;
  readonly names: readonly string[];
}

/** Ends with status 89: the words go behind `doveconf: ` as they are. */
export class DoveconfUsage extends Error {
  override readonly name = 'DoveconfUsage';
}

const LETTERS = 'adf:hHm:nNpPexsSc:i:ko:OL';

interface Draft {
  file: string | undefined;
  scope: Scope;
  isDefaults: boolean;
  isSimple: boolean;
  hidesNames: boolean;
  showsSecrets: boolean;
  isExpanding: boolean;
  verifiesHosts: boolean;
  module: string | undefined;
  filter: Filter;
}

export function readRequest(argv: readonly string[]): DoveconfRequest {
  const draft: Draft = {
    file: undefined,
    scope: 'all',
    isDefaults: false,
    isSimple: false,
    hidesNames: false,
    showsSecrets: false,
    isExpanding: false,
    verifiesHosts: false,
    module: undefined,
    filter: {},
  };
  const names: string[] = [];
  for (let rest = argv; rest.length > 0;) {
    const reader = new OptionReader(rest, LETTERS);
    for (let read = reader.next(); read !== undefined; read = reader.next()) {
      if (read.option === '?') throw new DoveconfUsage(`invalid option -- '${read.letter}'`);
      if (read.option === ':') throw new DoveconfUsage(`option requires an argument -- '${read.letter}'`);
      take(draft, read.option, read.value);
    }
    const operands = reader.operands();
    const isEnded = reader.index > 0 && rest[reader.index - 1] === '--';
    names.push(...(isEnded ? operands : operands.slice(0, 1)));
    rest = isEnded ? [] : operands.slice(1);
  }
  return {...draft, names};
}

function take(draft: Draft, option: string, value: string): void {
  switch (option) {
    case 'c':
      draft.file = value;
      return;
    case 'd':
      draft.isDefaults = true;
      return;
    case 'f':
      draft.filter = addCondition(draft.filter, value);
      return;
    case 'h':
      draft.hidesNames = true;
      return;
    case 'H':
      draft.verifiesHosts = true;
      return;
    case 'i':
      throw new DoveconfUsage(`Fatal: Unknown instance name: ${value}`);
    case 'm':
      draft.module = value;
      return;
    case 'n':
      draft.scope = 'changed';
      return;
    case 'N':
      draft.scope = 'set';
      return;
    case 'P':
      draft.showsSecrets = true;
      return;
    case 's':
      draft.scope = 'allAndHidden';
      return;
    case 'S':
      draft.isSimple = true;
      return;
    case 'x':
      draft.isExpanding = true;
      return;
    case 'e':
      throw new DoveconfUsage('Fatal: Missing command for -e');
  }
}

function addCondition(filter: Filter, condition: string): Filter {
  const equals = condition.indexOf('=');
  const key = equals < 0 ? condition : condition.slice(0, equals);
  const value = equals < 0 ? '' : condition.slice(equals + 1);
  switch (key) {
    case 'service':
    case 'protocol':
      return {...filter, protocol: value};
    case 'lname':
      return {...filter, localName: value};
    case 'local':
      return {...filter, local: network('local', value)};
    case 'remote':
      return {...filter, remote: network('remote', value)};
    default:
      throw new DoveconfUsage(`Fatal: Unknown filter argument: ${condition}`);
  }
}

function network(kind: string, value: string): ReturnType<typeof hostNetwork> {
  try {
    return parseNetwork(value);
  } catch (fault) {
    if (fault instanceof ValueFault) throw new DoveconfUsage(`Fatal: ${kind} filter: ${fault.message}`);
    throw fault;
  }
}
