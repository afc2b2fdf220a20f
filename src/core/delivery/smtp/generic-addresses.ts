/** generic(5): local addresses become public ones as mail goes out, in the envelope and in the primary header. */
import type {AddressRewriter} from '../../address/address-rewriter.ts';
import {AddressMaps, type AddressSupplies} from '../../address/address-maps.ts';
import {extensionRules} from '../../address/extension.ts';
import {mapAddress, type MapRules} from '../../address/map-address.ts';
import {OwnDomains} from '../../address/own-domains.ts';
import {rewriteRules} from '../../address/rewrite.ts';
import {run, type Steps} from '../../address/steps.ts';
import type {Later} from '../../address/address-rewriter.ts';
import type {ClientProtocol} from './client-settings.ts';

export class GenericAddresses implements Pick<AddressRewriter, 'headerAddress'> {
  readonly #maps: AddressMaps;
  readonly #rules: MapRules;

  constructor(supplies: AddressSupplies, protocol: ClientProtocol) {
    const {config} = supplies;
    const own = new OwnDomains(supplies);
    this.#maps = new AddressMaps(protocol === 'smtp' ? 'smtp_generic_maps' : 'lmtp_generic_maps', supplies);
    this.#rules = {
      find: {extension: extensionRules(config), isOurs: domain => own.isOurs(domain)},
      rewrite: rewriteRules(config, 'local'),
      propagatesExtension: config.list('propagate_unmatched_extensions').includes('generic'),
    };
  }

  get isEmpty(): boolean {
    return this.#maps.isEmpty;
  }

  /** Once: what comes out is not looked up again. */
  headerAddress(address: string): Later<string> {
    return this.isEmpty || address === '' ? address : run(this.#map(address));
  }

  *#map(address: string): Steps<string> {
    const mapped = yield* mapAddress(this.#maps, address, this.#rules);
    return mapped?.addresses[0] ?? address;
  }
}
