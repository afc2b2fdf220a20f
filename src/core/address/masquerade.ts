/**
 * Address masquerading: hides the hosts of a domain behind it (postconf(5) masquerade_domains, masquerade_exceptions).
 * The first parent domain in the list decides; `!domain` says that its hosts are not hidden.
 */
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import type {AddressSupplies, DomainList} from './address-maps.ts';
import {ask, type Steps} from './steps.ts';

interface MaskedDomain {
  readonly domain: string;
  readonly hidesHosts: boolean;
}

export class Masquerader {
  readonly #config: Config;
  readonly #domains: readonly MaskedDomain[];
  readonly #exceptions: DomainList | undefined;

  constructor(supplies: AddressSupplies) {
    const {config} = supplies;
    this.#config = config;
    this.#domains = config.list('masquerade_domains').map(maskedDomain);
    const hasExceptions = config.get('masquerade_exceptions') !== '';
    this.#exceptions = hasExceptions ? supplies.openList('masquerade_exceptions') : undefined;
  }

  get isEmpty(): boolean {
    return this.#domains.length === 0;
  }

  *masquerade(address: string, recorder?: Recorder): Steps<string> {
    const at = address.lastIndexOf('@');
    if (at < 0 || this.isEmpty) return address;
    const user = address.slice(0, at);
    if (this.#exceptions !== undefined && (yield* ask(this.#exceptions.matches(user)))) return address;
    const parent = this.#parentOf(address.slice(at + 1).toLowerCase());
    if (parent === undefined) return address;
    const result = `${user}@${parent}`;
    const source = 'masquerade_domains';
    recorder?.decided({step: 'masquerade', subject: address, result, source, ...this.#config.origin(source)});
    return result;
  }

  #parentOf(domain: string): string | undefined {
    for (const masked of this.#domains) {
      if (masked.domain === domain) return undefined;
      if (domain.endsWith(`.${masked.domain}`)) return masked.hidesHosts ? masked.domain : undefined;
    }
    return undefined;
  }
}

/** Each `!` in front turns the meaning round. */
function maskedDomain(text: string): MaskedDomain {
  const domain = text.replace(/^!+/, '');
  return {domain: domain.toLowerCase(), hidesHosts: (text.length - domain.length) % 2 === 0};
}
