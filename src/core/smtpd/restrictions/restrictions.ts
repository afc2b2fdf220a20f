/** Stand-in until the restriction lists are joined: mynetworks and our own domains, nothing else. */
import {run} from '../../address/steps.ts';
import type {Later} from '../../address/address-rewriter.ts';
import type {AddressSupplies} from '../../address/address-maps.ts';
import type {RecipientList} from '../../address/listed-recipient.ts';
import type {Resolver} from '../../address/resolve.ts';
import type {Clock} from '../../base/clock.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import {quoteAddress} from '../../message/address-syntax.ts';
import type {Dns} from '../../net/dns.ts';
import {openParameterList} from '../../table/parameter-list.ts';
import type {AccessControl, Verdict} from '../access-control.ts';
import {rejectLine} from '../reject-line.ts';
import {nameAndAddress, type SmtpdState} from '../smtpd-state.ts';

export interface RestrictionsSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly supplies: AddressSupplies;
  readonly resolver: Resolver;
  readonly listing: RecipientList;
  readonly dns: Dns | undefined;
  readonly clock: Clock;
}

export class Restrictions implements AccessControl {
  readonly #s: RestrictionsSupplies;
  constructor(s: RestrictionsSupplies) {
    this.#s = s;
  }
  connect(): Later<Verdict> {
    return undefined;
  }
  helo(): Later<Verdict> {
    return undefined;
  }
  mail(): Later<Verdict> {
    return undefined;
  }
  rcpt(state: SmtpdState): Later<Verdict> {
    return this.#rcpt(state);
  }
  async #rcpt(state: SmtpdState): Promise<Verdict> {
    const address = state.recipient ?? '';
    const resolution = await this.#s.resolver.resolve(address, state.sender ?? '');
    const networks = openParameterList('mynetworks', this.#s.config, {config: this.#s.config});
    let reply: string | undefined;
    if (resolution.addressClass === 'default' && !(await networks.matchesAddress(state.client.address)))
      reply = `454 4.7.1 <${quoteAddress(address)}>: Relay access denied`;
    const unlisted = reply === undefined ? await run(this.#s.listing.findUnlisted(resolution)) : undefined;
    if (unlisted !== undefined)
      reply = `550 5.1.1 <${quoteAddress(address)}>: Recipient address rejected: User unknown in ${unlisted.tableName}`;
    if (reply !== undefined) this.#s.log.info(rejectLine(state, state.stage, reply, nameAndAddress(state.client)));
    return reply;
  }
  etrn(): Later<Verdict> {
    return undefined;
  }
  data(): Later<Verdict> {
    return undefined;
  }
  endOfData(): Later<Verdict> {
    return undefined;
  }
  forgetMessage(): void {}
  forgetHelo(): void {}
}
