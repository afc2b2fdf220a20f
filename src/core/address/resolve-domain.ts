/**
 * Takes our own domains off the right end of a recipient until a foreign domain or none is left, following the routing
 * characters that come to light (`user%foreign@ours`, `foreign!user@ours`, `"user@foreign"@ours`): no such address is
 * taken for local. What is left without a domain is local; an empty local part is the mailer daemon
 * (postconf(5) empty_address_recipient).
 */
import {isUtf8} from 'node:buffer';
import {isIP} from 'node:net';
import {isAscii} from '../base/bytes.ts';
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import {findLastToken, printInternal, scanAddress, type Token} from './address-tokens.ts';
import {isValidHostname, isValidLiteral} from './host-syntax.ts';
import type {OwnDomains} from './own-domains.ts';
import {isStandard, rewriteRules, rewriteTokens, type RewriteRules} from './rewrite.ts';
import type {Steps} from './steps.ts';

export interface LocatedAddress {
  /** In internal form, with a domain. */
  readonly address: string;
  readonly domain: string;
  readonly isLocal: boolean;
  readonly isRouted: boolean;
  /** False when the domain is not a host name or an address literal. */
  readonly isValid: boolean;
}

/** While taking apart: what stands to the left of the domain taken off last. */
interface Remainder {
  tokens: Token[];
  /** `@domain` taken off last, kept for the result. */
  ownDomain: readonly Token[] | undefined;
}

export class DomainResolver {
  readonly #config: Config;
  readonly #own: OwnDomains;
  readonly #rules: RewriteRules;
  readonly #isUtf8: boolean;

  constructor(config: Config, own: OwnDomains) {
    this.#config = config;
    this.#own = own;
    this.#rules = rewriteRules(config, 'local');
    this.#isUtf8 = config.get('smtputf8_enable');
  }

  *locate(recipient: string, recorder: Recorder | undefined): Steps<LocatedAddress> {
    if (isStandard(recipient)) return yield* this.#locateStandard(recipient, recorder);
    const rest: Remainder = {tokens: scanAddress(quoteAddress(recipient)), ownDomain: undefined};
    for (;;) {
      this.#trim(rest);
      const at = findLastToken(rest.tokens, '@');
      if (at >= 0) {
        const domain = printInternal(rest.tokens.slice(at + 1));
        const isOwn = domain === '' || (yield* this.#isOwn(domain, recorder));
        if (!isOwn) return yield* this.#foreign(printInternal(rest.tokens), recorder);
        rest.ownDomain = rest.tokens.slice(at);
        rest.tokens = rest.tokens.slice(0, at);
      }
      if (!this.#continues(rest)) break;
    }
    if (rest.ownDomain !== undefined) return this.#located(printInternal([...rest.tokens, ...rest.ownDomain]), true);
    return yield* this.#atHost(printInternal(rest.tokens), recorder);
  }

  /** postconf(5) resolve_numeric_domain: `joe@1.2.3.4` is taken for `joe@[1.2.3.4]`. */
  *#foreign(address: string, recorder: Recorder | undefined): Steps<LocatedAddress> {
    const at = address.lastIndexOf('@');
    const domain = address.slice(at + 1);
    if (isIP(domain) === 0 || !this.#config.get('resolve_numeric_domain')) return this.#located(address, false);
    return this.#located(`${address.slice(0, at)}@[${domain}]`, yield* this.#isOwn(`[${domain}]`, recorder));
  }

  /** Without any domain it is this host's, which is local only when mydestination says so. */
  *#atHost(localPart: string, recorder: Recorder | undefined): Steps<LocatedAddress> {
    const host = this.#config.get('myhostname');
    return this.#located(`${localPart}@${host}`, yield* this.#isOwn(host, recorder));
  }

  *#locateStandard(recipient: string, recorder: Recorder | undefined): Steps<LocatedAddress> {
    const domain = recipient.slice(recipient.indexOf('@') + 1);
    const isOwn = yield* this.#isOwn(domain, recorder);
    return isOwn ? this.#located(recipient, true) : yield* this.#foreign(recipient, recorder);
  }

  *#isOwn(domain: string, recorder: Recorder | undefined): Steps<boolean> {
    const why = yield* this.#own.find(domain);
    if (why === undefined) return false;
    recorder?.decided({
      step: 'address class',
      subject: domain,
      result: 'local',
      source: why,
      ...this.#config.origin(why),
    });
    return true;
  }

  #trim(rest: Remainder): void {
    const {tokens} = rest;
    const before = tokens.at(-2)?.type;
    const endsWithDot =
      tokens.at(-1)?.type === '.' && findLastToken(tokens, '@') >= 0 && before !== '.' && before !== '@';
    if (endsWithDot) rest.tokens = tokens.slice(0, -1);
    if (this.#config.get('resolve_null_domain') && rest.tokens.at(-1)?.type === '@')
      rest.tokens = rest.tokens.slice(0, -1);
  }

  /** Is there another domain to take off? Then `rest.tokens` is in standard form again. */
  #continues(rest: Remainder): boolean {
    const {tokens} = rest;
    if (this.#hasRouting(tokens)) {
      rest.tokens = rewriteTokens(tokens, this.#rules);
      return true;
    }
    const only = tokens.length === 1 && tokens[0]?.type === 'quoted' ? tokens[0].text : undefined;
    const cracked = only === undefined ? undefined : this.#crack(only);
    if (cracked !== undefined) {
      rest.tokens = rewriteTokens(scanAddress(cracked), this.#rules);
      return true;
    }
    if (tokens.length > 0 && only !== '') return false;
    rest.tokens = scanAddress(this.#config.get('empty_address_recipient'));
    return true;
  }

  #hasRouting(tokens: readonly Token[]): boolean {
    if (findLastToken(tokens, '@') >= 0) return true;
    if (this.#rules.swapsBangpath && findLastToken(tokens, '!') >= 0) return true;
    return this.#rules.allowsPercentHack && findLastToken(tokens, '%') >= 0;
  }

  /** postconf(5) resolve_dequoted_address: looks inside a quoted local part. Answers external form. */
  #crack(localPart: string): string | undefined {
    if (!this.#config.get('resolve_dequoted_address')) return undefined;
    if (localPart.includes('@')) return quoteAddress(localPart);
    const percent = this.#rules.allowsPercentHack ? localPart.lastIndexOf('%') : -1;
    if (percent >= 0) return quoteAddress(`${localPart.slice(0, percent)}@${localPart.slice(percent + 1)}`);
    return this.#rules.swapsBangpath && localPart.includes('!') ? localPart : undefined;
  }

  #located(address: string, isLocal: boolean): LocatedAddress {
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const isValid = isValidDomain(domain) && (!this.#isUtf8 || isValidUtf8(address));
    const firstRouting = address.search(/[@!%]/);
    return {address, domain, isLocal, isRouted: address.slice(firstRouting + 1) !== domain, isValid};
  }
}

function isValidDomain(domain: string): boolean {
  return domain.startsWith('[') ? isValidLiteral(domain) : isValidHostname(domain);
}

function isValidUtf8(bytes: string): boolean {
  return isAscii(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}
