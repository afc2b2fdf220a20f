/** The tables cleanup asks: header and body checks, automatic copies. Opened once per configuration. */
import {AddressMaps, type AddressSupplies} from '../address/address-maps.ts';
import {findAddress, type FindRules} from '../address/find-address.ts';
import {run, type Steps} from '../address/steps.ts';
import type {ParameterName} from '../config/parameters.ts';
import type {CheckMap, ContentChecks} from './cleanup-content.ts';
import type {BccMaps} from './cleanup-recipients.ts';

export function openContentChecks(supplies: AddressSupplies): ContentChecks {
  return {
    primary: openCheck('header_checks', supplies),
    multipart: openCheck('mime_header_checks', supplies),
    nested: openCheck('nested_header_checks', supplies),
    body: openCheck('body_checks', supplies),
  };
}

export function openBccMaps(supplies: AddressSupplies, rules: FindRules): BccMaps {
  const sender = new AddressMaps('sender_bcc_maps', supplies);
  const recipient = new AddressMaps('recipient_bcc_maps', supplies);
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
  return (yield* maps.lookup(text, true))?.value;
}

function* findCopy(maps: AddressMaps, address: string, rules: FindRules): Steps<string | undefined> {
  return (yield* findAddress(maps, address, rules))?.value;
}
