/** What the address room is built from, in tests: settings as in main.cf, with tables of type inline and texthash only. */
import {readFileSync} from 'node:fs';
import type {AddressSupplies, DomainList} from '../../src/core/address/address-maps.ts';
import {printInternal, scanAddress} from '../../src/core/address/address-tokens.ts';
import {rewriteTokens, type RewriteRules} from '../../src/core/address/rewrite.ts';
import {quoteAddress} from '../../src/core/message/address-syntax.ts';
import type {Decision, Recorder} from '../../src/core/log/decisions.ts';
import {Log} from '../../src/core/log/log.ts';
import type {ParameterName} from '../../src/core/config/parameters.ts';
import {type Table, TableError} from '../../src/core/table/table.ts';
import {plainConfig} from './plain-config.ts';

export interface TestSupplies extends AddressSupplies {
  readonly warnings: string[];
}

export function addressSupplies(set: Readonly<Record<string, string>> = {}): TestSupplies {
  const config = plainConfig({inet_interfaces: '127.0.0.1', ...set});
  const warnings: string[] = [];
  const log = new Log('cleanup', {write: record => void warnings.push(record.text)});
  const openTables = (list: string): Table[] => elements(list).map(openTable);
  const openList = (name: ParameterName): DomainList => {
    const parents = config.list('parent_domain_matches_subdomains').includes(name);
    const names = elements(String(config.get(name))).map(item => (item.includes(':') ? openTable(item) : item));
    return {matches: domain => names.some(item => matches(item, domain.toLowerCase(), parents))};
  };
  return {config, log, warnings, openTables, openList};
}

export class Decisions implements Recorder {
  readonly steps: string[] = [];
  decided(decision: Decision): void {
    this.steps.push(`${decision.step}: ${decision.subject} -> ${decision.result}`);
  }
}

/** Rewrites an address in external (quoted) form, the way the rewriting service is asked. */
export function rewriteExternal(address: string, rules: RewriteRules): string {
  if (address === '') return address;
  const internal = printInternal(rewriteTokens(scanAddress(address), rules));
  return internal === '' ? '""' : quoteAddress(internal);
}

function matches(item: string | Table, domain: string, parents: boolean): boolean {
  if (typeof item !== 'string') return item.lookup(domain) !== undefined;
  return item.toLowerCase() === domain || (parents && domain.endsWith(`.${item.toLowerCase()}`));
}

/** Split at blanks and commas, braces kept together. */
function elements(list: string): string[] {
  return list.match(/[^\s,{]+(\{([^{}]|\{[^{}]*\})*\})?/g) ?? [];
}

function openTable(name: string): Table {
  const entries = new Map(entriesOf(name));
  const lookup = (key: string): {value: string} | undefined => {
    if (name.startsWith('fail:')) throw new TableError(name, 'Application error');
    const value = entries.get(key.toLowerCase());
    return value === undefined ? undefined : {value};
  };
  return {name, isPattern: false, lookup, close: () => undefined};
}

/** `inline:{key=value, {key=more, values}}`, or `texthash:` with a line each. */
function entriesOf(name: string): [string, string][] {
  if (name.startsWith('texthash:'))
    return readFileSync(name.slice(9), 'latin1')
      .split('\n')
      .map(line => entry(/^(\S+)\s+(.*)$/.exec(line)));
  const pairs = name.startsWith('inline:') ? (name.slice(8, -1).match(/\{[^{}]*\}|[^\s,{}]+/g) ?? []) : [];
  return pairs.map(pair => entry(/^\{?\s*(.*?)\s*=\s*(.*?)\s*\}?$/.exec(pair)));
}

function entry(parts: readonly string[] | null): [string, string] {
  return [(parts?.[1] ?? '').toLowerCase(), parts?.[2] ?? ''];
}
