/** Standard form and nothing more: for mail whose addresses are not to be mapped (receive_override_options). */
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import type {AddressRewriter, HeaderKind, RewriteContext} from './address-rewriter.ts';
import {rewriteInternal, rewriteRules, type RewriteRules} from './rewrite.ts';

export class PlainAddresses implements AddressRewriter {
  readonly #emptyRecipient: string;
  readonly #rules: Readonly<Record<RewriteContext, RewriteRules>>;

  constructor(config: Config) {
    this.#emptyRecipient = config.get('empty_address_recipient');
    this.#rules = {local: rewriteRules(config, 'local'), remote: rewriteRules(config, 'remote')};
  }

  envelopeSender(address: string, recorder?: Recorder): string {
    return rewriteInternal(address, this.#rules.local, recorder);
  }

  envelopeRecipient(address: string, recorder?: Recorder): string {
    return rewriteInternal(address === '' ? this.#emptyRecipient : address, this.#rules.local, recorder);
  }

  headerAddress(address: string, _kind: HeaderKind, context: RewriteContext, recorder?: Recorder): string {
    return rewriteInternal(address, this.#rules[context], recorder);
  }

  expandRecipient(recipient: string): readonly string[] {
    return [recipient];
  }
}
