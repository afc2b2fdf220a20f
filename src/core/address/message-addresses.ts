/**
 * The address rewriter of cleanup(8): standard form, then sender_canonical_maps or recipient_canonical_maps, then
 * canonical_maps, then masquerading; for envelope recipients, virtual aliases last (ADDRESS_REWRITING_README).
 */
import type {Recorder} from '../log/decisions.ts';
import {AddressMaps, type AddressSupplies} from './address-maps.ts';
import type {AddressRewriter, HeaderKind, Later, RewriteContext} from './address-rewriter.ts';
import {addressPlaces, canonicalAddress, type AddressPlace} from './canonical.ts';
import {extensionRules} from './extension.ts';
import type {MapRules} from './map-address.ts';
import {Masquerader} from './masquerade.ts';
import {OwnDomains} from './own-domains.ts';
import {PlainAddresses} from './plain-addresses.ts';
import {rewriteRules} from './rewrite.ts';
import {run, type Steps} from './steps.ts';
import {AliasExpander, expansionLimits} from './virtual-alias.ts';

interface PlacedMaps {
  readonly maps: AddressMaps;
  readonly places: ReadonlySet<string>;
}

/** What all messages share, made once per configuration. */
interface Mappings {
  readonly plain: PlainAddresses;
  readonly rules: MapRules;
  readonly senders: PlacedMaps;
  readonly recipients: PlacedMaps;
  readonly all: PlacedMaps;
  readonly masquerader: Masquerader;
  readonly masqueradePlaces: ReadonlySet<string>;
  readonly aliases: AliasExpander;
}

export class MessageAddresses implements AddressRewriter {
  readonly #supplies: AddressSupplies;
  readonly #mappings: Mappings;
  /** In front of warnings: the message's queue id. */
  readonly #prefix: string;

  constructor(supplies: AddressSupplies, mappings = makeMappings(supplies), prefix = '') {
    this.#supplies = supplies;
    this.#mappings = mappings;
    this.#prefix = prefix;
  }

  forMessage(queueId: string): AddressRewriter {
    return new MessageAddresses(this.#supplies, this.#mappings, `${queueId}: `);
  }

  envelopeSender(address: string, recorder?: Recorder): Later<string> {
    if (address === '') return '';
    return run(this.#map(this.#mappings.plain.envelopeSender(address, recorder), 'envelope_sender', recorder));
  }

  envelopeRecipient(address: string, recorder?: Recorder): Later<string> {
    return run(this.#map(this.#mappings.plain.envelopeRecipient(address, recorder), 'envelope_recipient', recorder));
  }

  headerAddress(address: string, kind: HeaderKind, context: RewriteContext, recorder?: Recorder): Later<string> {
    const rewritten = this.#mappings.plain.headerAddress(address, kind, context, recorder);
    return run(this.#map(rewritten, `header_${kind}`, recorder));
  }

  expandRecipient(recipient: string, recorder?: Recorder): Later<readonly string[]> {
    const {aliases} = this.#mappings;
    return aliases.isEmpty ? [recipient] : run(aliases.expand(recipient, recorder));
  }

  *#map(given: string, place: AddressPlace, recorder: Recorder | undefined): Steps<string> {
    const {senders, recipients, all, rules, masquerader, masqueradePlaces} = this.#mappings;
    let address = given;
    const isSender = place === 'envelope_sender' || place === 'header_sender';
    for (const {maps, places} of [isSender ? senders : recipients, all]) {
      if (maps.isEmpty || !places.has(place)) continue;
      address = yield* canonicalAddress(maps, address, rules, text => this.#warn(text), recorder);
    }
    if (masquerader.isEmpty || !masqueradePlaces.has(place)) return address;
    return yield* masquerader.masquerade(address, recorder);
  }

  #warn(text: string): void {
    this.#supplies.log?.warning(this.#prefix + text);
  }
}

function makeMappings(supplies: AddressSupplies): Mappings {
  const {config} = supplies;
  const aliases = new AddressMaps('virtual_alias_maps', supplies);
  return {
    plain: new PlainAddresses(config),
    rules: mapRules(supplies, 'canonical'),
    senders: placed('sender_canonical_maps', 'sender_canonical_classes', supplies),
    recipients: placed('recipient_canonical_maps', 'recipient_canonical_classes', supplies),
    all: placed('canonical_maps', 'canonical_classes', supplies),
    masquerader: new Masquerader(supplies),
    masqueradePlaces: addressPlaces(config, 'masquerade_classes'),
    aliases: new AliasExpander(aliases, mapRules(supplies, 'virtual'), expansionLimits(config)),
  };
}

function mapRules(supplies: AddressSupplies, kind: 'canonical' | 'virtual'): MapRules {
  const {config} = supplies;
  const own = new OwnDomains(supplies);
  return {
    find: {extension: extensionRules(config), isOurs: domain => own.isOurs(domain), externalOnly: true},
    rewrite: rewriteRules(config, 'local'),
    propagatesExtension: config.list('propagate_unmatched_extensions').includes(kind),
  };
}

function placed(
  maps: 'canonical_maps' | 'sender_canonical_maps' | 'recipient_canonical_maps',
  classes: Parameters<typeof addressPlaces>[1],
  supplies: AddressSupplies,
): PlacedMaps {
  return {maps: new AddressMaps(maps, supplies), places: addressPlaces(supplies.config, classes)};
}
