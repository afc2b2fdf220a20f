/**
 * Does a recipient exist, as far as the tables of its address class can say (postconf(5) local_recipient_maps,
 * virtual_alias_maps, virtual_mailbox_maps, relay_recipient_maps)? What smtpd asks before it takes a message, and
 * explain before it promises anything. A class without tables takes everybody.
 */
import {AddressMaps, type AddressSupplies} from './address-maps.ts';
import {extensionRules} from './extension.ts';
import {findAddress, type FindRules} from './find-address.ts';
import {OwnDomains} from './own-domains.ts';
import type {AddressClass, Resolution} from './resolve.ts';
import type {Steps} from './steps.ts';

export interface UnlistedRecipient {
  /** The table's name in replies: `local recipient table`. */
  readonly tableName: string;
  /** SMTP reply code, from unknown_*_reject_code. */
  readonly code: number;
}

interface ClassTables {
  readonly maps: AddressMaps;
  readonly unlisted: UnlistedRecipient;
}

/** Maps that say who exists in every class: an address with an alias or a canonical form is taken. */
const COMMON_MAPS = ['recipient_canonical_maps', 'canonical_maps', 'virtual_alias_maps'] as const;
const SENDER_MAPS = [
  'recipient_canonical_maps',
  'sender_canonical_maps',
  'canonical_maps',
  'virtual_alias_maps',
] as const;

export class RecipientList {
  readonly #find: FindRules;
  readonly #common: readonly AddressMaps[];
  readonly #ofSenders: readonly AddressMaps[];
  readonly #classes: ReadonlyMap<AddressClass, ClassTables>;

  constructor(supplies: AddressSupplies) {
    const own = new OwnDomains(supplies);
    this.#find = {extension: extensionRules(supplies.config), isOurs: domain => own.isOurs(domain)};
    this.#common = COMMON_MAPS.map(name => new AddressMaps(name, supplies));
    this.#ofSenders = SENDER_MAPS.map(name => new AddressMaps(name, supplies));
    this.#classes = classTables(supplies);
  }

  /** Does a map turn this address into another one, whatever its class? It is resolved already. */
  *isMapped(address: string, kind: 'sender' | 'recipient'): Steps<boolean> {
    for (const maps of kind === 'sender' ? this.#ofSenders : this.#common)
      if ((yield* findAddress(maps, address, this.#find)) !== undefined) return true;
    return false;
  }

  /** By the tables of its class alone. Answers undefined for an address that may exist. */
  *findMissing(resolution: Resolution): Steps<UnlistedRecipient | undefined> {
    const tables = this.#classes.get(resolution.addressClass);
    if (tables === undefined) return undefined;
    if (tables.maps.isEmpty && resolution.addressClass !== 'virtual-alias') return undefined;
    const isThere = (yield* findAddress(tables.maps, resolution.recipient, this.#find)) !== undefined;
    return isThere ? undefined : tables.unlisted;
  }

  /** Answers undefined for a recipient that may exist. */
  *findUnlisted(resolution: Resolution): Steps<UnlistedRecipient | undefined> {
    const missing = yield* this.findMissing(resolution);
    if (missing === undefined || (yield* this.isMapped(resolution.recipient, 'recipient'))) return undefined;
    return missing;
  }
}

function classTables(supplies: AddressSupplies): ReadonlyMap<AddressClass, ClassTables> {
  const {config} = supplies;
  const tables = (name: ClassMaps, tableName: string, code: number): ClassTables => ({
    maps: new AddressMaps(name, supplies),
    unlisted: {tableName, code},
  });
  return new Map([
    [
      'local',
      tables('local_recipient_maps', 'local recipient table', config.get('unknown_local_recipient_reject_code')),
    ],
    [
      'virtual-alias',
      tables('virtual_alias_maps', 'virtual alias table', config.get('unknown_virtual_alias_reject_code')),
    ],
    [
      'virtual-mailbox',
      tables('virtual_mailbox_maps', 'virtual mailbox table', config.get('unknown_virtual_mailbox_reject_code')),
    ],
    [
      'relay',
      tables('relay_recipient_maps', 'relay recipient table', config.get('unknown_relay_recipient_reject_code')),
    ],
  ]);
}

type ClassMaps = 'local_recipient_maps' | 'virtual_alias_maps' | 'virtual_mailbox_maps' | 'relay_recipient_maps';
