/**
 * The tables that say something of a server by its address: EHLO keywords to overlook, workarounds for the firewall before
 * it; and the one that changes its replies. Throws `TableError` when one can't be asked.
 */
import {AddressMaps, type AddressSupplies} from '../../address/address-maps.ts';
import {run, type Steps} from '../../address/steps.ts';
import type {Later} from '../../address/address-rewriter.ts';
import type {Log} from '../../log/log.ts';
import {TableError} from '../../table/table.ts';
import type {ClientProtocol} from './client-settings.ts';
import type {PixWorkarounds} from './hello.ts';
import {parseDiscarded} from './server-features.ts';
import type {Peer} from './session.ts';

export class ServerTables {
  readonly #log: Log;
  readonly #discarded: ReadonlySet<string>;
  readonly #discardMaps: AddressMaps;
  readonly #workarounds: string;
  readonly #workaroundMaps: AddressMaps;
  readonly #thresholdSeconds: number;
  readonly #replyFilter: AddressMaps;

  constructor(supplies: AddressSupplies, log: Log, protocol: ClientProtocol) {
    const {config} = supplies;
    const isSmtp = protocol === 'smtp';
    this.#log = log;
    this.#discarded = parseDiscarded(config.get(isSmtp ? 'smtp_discard_ehlo_keywords' : 'lmtp_discard_lhlo_keywords'));
    this.#discardMaps = new AddressMaps(
      isSmtp ? 'smtp_discard_ehlo_keyword_address_maps' : 'lmtp_discard_lhlo_keyword_address_maps',
      supplies,
    );
    this.#workarounds = config.get(isSmtp ? 'smtp_pix_workarounds' : 'lmtp_pix_workarounds');
    this.#workaroundMaps = new AddressMaps(isSmtp ? 'smtp_pix_workaround_maps' : 'lmtp_pix_workaround_maps', supplies);
    this.#thresholdSeconds = config.get(
      isSmtp ? 'smtp_pix_workaround_threshold_time' : 'lmtp_pix_workaround_threshold_time',
    );
    this.#replyFilter = new AddressMaps(isSmtp ? 'smtp_reply_filter' : 'lmtp_reply_filter', supplies);
  }

  /** EHLO keywords to overlook. */
  discarded(address: string): Later<ReadonlySet<string>> {
    if (this.#discardMaps.isEmpty) return this.#discarded;
    return run(this.#discardedSteps(address));
  }

  *#discardedSteps(address: string): Steps<ReadonlySet<string>> {
    const found = yield* this.#discardMaps.lookup(address, true);
    return found === undefined ? this.#discarded : parseDiscarded(found.value);
  }

  /** The dot is delayed only for mail that has not got through for a while. */
  async workarounds(id: string, peer: Peer, ageSeconds: number): Promise<PixWorkarounds> {
    const found = await run(this.#workaroundMaps.lookup(peer.host?.address ?? '', true));
    const words = (found?.value ?? this.#workarounds).toLowerCase().split(/[\s,]+/);
    const disablesEsmtp = words.includes('disable_esmtp');
    const delaysDot = words.includes('delay_dotcrlf') && ageSeconds > this.#thresholdSeconds;
    const names = [...(disablesEsmtp ? ['disable_esmtp'] : []), ...(delaysDot ? ['delay_dotcrlf'] : [])];
    if (names.length > 0) this.#log.info(`${id}: enabling PIX workarounds: ${names.join(' ')} for ${peer.relay}`);
    return {disablesEsmtp, delaysDot};
  }

  /** What the client reads in place of a line; undefined when there is no filter. */
  replyFilter(relay: string): ((line: string) => string) | undefined {
    if (this.#replyFilter.isEmpty) return undefined;
    return line => {
      const found = run(this.#replyFilter.lookup(line, true));
      if (found === undefined) return line;
      if (found instanceof Promise) {
        found.catch(() => undefined); // it is not waited for
        throw new TableError(this.#replyFilter.title, 'the table does not answer at once');
      }
      this.#log.info(`${relay}: replacing server reply "${line}" with "${found.value}"`);
      return found.value;
    };
  }
}
