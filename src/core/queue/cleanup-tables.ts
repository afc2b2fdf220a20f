/** The tables cleanup asks: address mappings, header and body checks, automatic copies. Opened once per configuration. */
import {AddressMaps, type AddressSupplies} from '../address/address-maps.ts';
import type {AddressRewriter} from '../address/address-rewriter.ts';
import {extensionRules} from '../address/extension.ts';
import {findAddress, type FindRules} from '../address/find-address.ts';
import {asMappingError, MappingError} from '../address/mapping-error.ts';
import {MessageAddresses} from '../address/message-addresses.ts';
import {OwnDomains} from '../address/own-domains.ts';
import {run, type Steps} from '../address/steps.ts';
import type {ParameterName} from '../config/parameters.ts';
import {TableError} from '../table/table.ts';
import type {CheckMap, ContentChecks} from './cleanup-content.ts';
import type {BccMaps} from './cleanup-recipients.ts';

export interface CleanupTables {
  readonly rewriter: AddressRewriter;
  /** Standard form only, for mail whose addresses are not to be mapped (no_address_mappings). */
  readonly plainRewriter: AddressRewriter;
  readonly checks: ContentChecks;
  readonly bcc: BccMaps;
}

export function openCleanupTables(supplies: AddressSupplies): CleanupTables {
  const unmapped = supplies.config.withOverrides(new Map(MAPPINGS.map(name => [name, ''])));
  return {
    rewriter: new MessageAddresses(supplies),
    plainRewriter: new MessageAddresses({...supplies, config: unmapped}),
    checks: {
      primary: openCheck('header_checks', supplies),
      multipart: openCheck('mime_header_checks', supplies),
      nested: openCheck('nested_header_checks', supplies),
      body: openCheck('body_checks', supplies),
    },
    bcc: openBccMaps(supplies),
  };
}

/** postconf(5) receive_override_options: what no_address_mappings turns off, but for the automatic copies. */
const MAPPINGS: readonly ParameterName[] = [
  'canonical_maps',
  'sender_canonical_maps',
  'recipient_canonical_maps',
  'masquerade_domains',
  'virtual_alias_maps',
];

function openBccMaps(supplies: AddressSupplies): BccMaps {
  const sender = new AddressMaps('sender_bcc_maps', supplies);
  const recipient = new AddressMaps('recipient_bcc_maps', supplies);
  const own = new OwnDomains(supplies);
  const rules: FindRules = {extension: extensionRules(supplies.config), isOurs: domain => own.isOurs(domain)};
  return {
    forSender: address => findCopy(sender, address, rules),
    forRecipient: address => findCopy(recipient, address, rules),
  };
}

function openCheck(name: ParameterName, supplies: AddressSupplies): CheckMap | undefined {
  const maps = new AddressMaps(name, supplies);
  return maps.isEmpty ? undefined : {name, find: text => run(findCheck(maps, text))};
}

function* findCheck(maps: AddressMaps, text: string): Steps<string | undefined> {
  try {
    return (yield* maps.lookup(text, true))?.value;
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    throw new MappingError(maps.title, `${maps.title} map lookup problem`, {cause: fault});
  }
}

function* findCopy(maps: AddressMaps, address: string, rules: FindRules): Steps<string | undefined> {
  try {
    return (yield* findAddress(maps, address, rules))?.value;
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    throw asMappingError(fault, maps.title, address);
  }
}
