/**
 * The address rewriter of cleanup(8): standard form, then sender_canonical_maps or recipient_canonical_maps, then
 * canonical_maps, then masquerading; for envelope recipients, virtual aliases last (ADDRESS_REWRITING_README).
 */
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import type {Log} from '../log/log.ts';
import {AddressMaps, type AddressSupplies} from './address-maps.ts';
import type {AddressRewriter, HeaderKind, Later, RewriteContext} from './address-rewriter.ts';
import {addressPlaces, canonicalAddress, type AddressPlace} from './canonical.ts';
import {extensionRules} from './extension.ts';
import type {MapRules} from './map-address.ts';
import {Masquerader} from './masquerade.ts';
import {OwnDomains} from './own-domains.ts';
import {rewriteInternal, rewriteRules, type RewriteRules} from './rewrite.ts';
import {run, type Steps} from './steps.ts';
import {AliasExpander, expansionLimits} from './virtual-alias.ts';

interface PlacedMaps {
  readonly maps: AddressMaps;
  readonly places: ReadonlySet<string>;
}

export class MessageAddresses implements AddressRewriter {
  readonly #config: Config;
  readonly #log: Log | undefined;
  readonly #rules: Readonly<Record<RewriteContext, RewriteRules>>;
  readonly #mapRules: MapRules;
  readonly #senders: PlacedMaps;
  readonly #recipients: PlacedMaps;
  readonly #all: PlacedMaps;
  readonly #masquerader: Masquerader;
  readonly #masqueradePlaces: ReadonlySet<string>;
  readonly #aliases: AliasExpander;

  constructor(supplies: AddressSupplies) {
    const {config} = supplies;
    this.#config = config;
    this.#log = supplies.log;
    this.#rules = {local: rewriteRules(config, 'local'), remote: rewriteRules(config, 'remote')};
    this.#mapRules = mapRules(supplies, 'canonical', this.#rules.local);
    this.#senders = placed('sender_canonical_maps', 'sender_canonical_classes', supplies);
    this.#recipients = placed('recipient_canonical_maps', 'recipient_canonical_classes', supplies);
    this.#all = placed('canonical_maps', 'canonical_classes', supplies);
    this.#masquerader = new Masquerader(supplies);
    this.#masqueradePlaces = addressPlaces(config, 'masquerade_classes');
    const aliasRules = mapRules(supplies, 'virtual', this.#rules.local);
    this.#aliases = new AliasExpander(
      new AddressMaps('virtual_alias_maps', supplies),
      aliasRules,
      expansionLimits(config),
    );
  }

  envelopeSender(address: string, recorder?: Recorder): Later<string> {
    if (address === '') return '';
    return run(this.#rewrite(address, 'envelope_sender', 'local', recorder));
  }

  envelopeRecipient(address: string, recorder?: Recorder): Later<string> {
    const given = address === '' ? this.#config.get('empty_address_recipient') : address;
    return run(this.#rewrite(given, 'envelope_recipient', 'local', recorder));
  }

  headerAddress(address: string, kind: HeaderKind, context: RewriteContext, recorder?: Recorder): Later<string> {
    return run(this.#rewrite(address, `header_${kind}`, context, recorder));
  }

  expandRecipient(recipient: string, recorder?: Recorder): Later<readonly string[]> {
    return this.#aliases.isEmpty ? [recipient] : run(this.#aliases.expand(recipient, recorder));
  }

  *#rewrite(
    given: string,
    place: AddressPlace,
    context: RewriteContext,
    recorder: Recorder | undefined,
  ): Steps<string> {
    let address = rewriteInternal(given, this.#rules[context], recorder);
    const isSender = place === 'envelope_sender' || place === 'header_sender';
    for (const {maps, places} of [isSender ? this.#senders : this.#recipients, this.#all]) {
      if (maps.isEmpty || !places.has(place)) continue;
      address = yield* canonicalAddress(maps, address, this.#mapRules, this.#log, recorder);
    }
    if (this.#masquerader.isEmpty || !this.#masqueradePlaces.has(place)) return address;
    return yield* this.#masquerader.masquerade(address, recorder);
  }
}

export function mapRules(
  supplies: AddressSupplies,
  kind: 'canonical' | 'virtual' | 'generic',
  rewrite: RewriteRules,
): MapRules {
  const own = new OwnDomains(supplies);
  return {
    find: {extension: extensionRules(supplies.config), isOurs: domain => own.isOurs(domain), externalOnly: true},
    rewrite,
    propagatesExtension: supplies.config.list('propagate_unmatched_extensions').includes(kind),
  };
}

function placed(
  maps: 'canonical_maps' | 'sender_canonical_maps' | 'recipient_canonical_maps',
  classes: Parameters<typeof addressPlaces>[1],
  supplies: AddressSupplies,
): PlacedMaps {
  return {maps: new AddressMaps(maps, supplies), places: addressPlaces(supplies.config, classes)};
}
