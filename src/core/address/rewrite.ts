/**
 * Address rewriting to standard form, `user@fully.qualified.domain` (trivial-rewrite(8), postconf(5) append_at_myorigin,
 * append_dot_mydomain, swap_bangpath, allow_percent_hack). Never fails: what can't be mended stays as it is.
 *
 *     @hub:joe@example    ->  joe@example.$mydomain     source route dropped, domain completed
 *     hub!joe, joe%hub    ->  joe@hub                   when no `@` is there
 *     joe                 ->  joe@$myorigin
 *     joe@example.com.    ->  joe@example.com
 */
import type {Config} from '../config/config.ts';
import type {Recorder} from '../log/decisions.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import type {RewriteContext} from './address-rewriter.ts';
import {findLastToken, findToken, printInternal, scanAddress, type Token} from './address-tokens.ts';

/** The parameters of rewriting, evaluated once per configuration. */
export interface RewriteRules {
  /** What completes an address without domain, '' for nothing; and where the name comes from. */
  readonly origin: string;
  readonly originParameter: string;
  /** What completes a domain without dot, '' for nothing. */
  readonly domain: string;
  readonly domainParameter: string;
  readonly swapsBangpath: boolean;
  readonly allowsPercentHack: boolean;
  readonly config: Config;
}

export function rewriteRules(config: Config, context: RewriteContext): RewriteRules {
  const remote = config.get('remote_header_rewrite_domain');
  const isLocal = context === 'local';
  return {
    origin: config.get('append_at_myorigin') ? (isLocal ? config.get('myorigin') : remote) : '',
    originParameter: isLocal ? 'myorigin' : 'remote_header_rewrite_domain',
    domain: config.get('append_dot_mydomain') ? (isLocal ? config.get('mydomain') : remote) : '',
    domainParameter: isLocal ? 'append_dot_mydomain' : 'remote_header_rewrite_domain',
    swapsBangpath: config.get('swap_bangpath'),
    allowsPercentHack: config.get('allow_percent_hack'),
    config,
  };
}

/** Rewrites an address in internal form. For many addresses, keep the rules and use `rewriteInternal`. */
export function rewriteAddress(address: string, context: RewriteContext, config: Config): string {
  return rewriteInternal(address, rewriteRules(config, context));
}

export function rewriteInternal(address: string, rules: RewriteRules, recorder?: Recorder): string {
  if (address === '' || isStandard(address)) return address;
  const tokens = scanAddress(quoteAddress(address));
  const rewritten = printInternal(rewriteTokens(tokens, rules));
  if (recorder !== undefined && rewritten !== address) record(address, tokens, rewritten, rules, recorder);
  return rewritten;
}

const AT: Token = {type: '@', text: '@'};
const DOT: Token = {type: '.', text: '.'};

/** The rules in their order, on tokens; the argument is not changed. */
export function rewriteTokens(given: readonly Token[], rules: RewriteRules): Token[] {
  const first = given[0];
  if (first === undefined) return [];
  if (given.length === 1 && first.type === 'quoted' && first.text === '') return [...given];
  if (given.length === 1 && first.type === '@') return [{type: 'quoted', text: ''}];
  let tokens = withoutSourceRoute(given);
  if (findLastToken(tokens, '@') < 0) tokens = withDomain(tokens, rules);
  if (needsParent(tokens, rules)) tokens = [...tokens, DOT, ...scanAddress(rules.domain)];
  return withoutTrailingDot(tokens);
}

/** RFC 822 section 6.2.7 `@hub,@hub2:user@host`: RFC 5321 appendix C tells to ignore the route. */
function withoutSourceRoute(tokens: readonly Token[]): Token[] {
  const colon = tokens[0]?.type === '@' ? findToken(tokens, ':') : -1;
  return colon > 0 && colon < tokens.length - 1 ? tokens.slice(colon + 1) : [...tokens];
}

function withDomain(tokens: Token[], rules: RewriteRules): Token[] {
  const bang = rules.swapsBangpath ? findToken(tokens, '!') : -1;
  if (bang >= 0) return [...tokens.slice(bang + 1), AT, ...tokens.slice(0, bang)];
  const percent = rules.allowsPercentHack ? findLastToken(tokens, '%') : -1;
  if (percent >= 0) return tokens.with(percent, AT);
  return rules.origin === '' ? tokens : [...tokens, AT, ...scanAddress(rules.origin)];
}

/** Broken forms ending in `@` are left alone, which makes for better complaints later. */
function needsParent(tokens: readonly Token[], rules: RewriteRules): boolean {
  const at = findLastToken(tokens, '@');
  if (rules.domain === '' || at < 0 || at === tokens.length - 1) return false;
  return tokens.findIndex((token, index) => index > at && (token.type === 'literal' || token.type === '.')) < 0;
}

function withoutTrailingDot(tokens: Token[]): Token[] {
  const before = tokens.at(-2)?.type;
  const hasOne = tokens.at(-1)?.type === '.' && before !== undefined && before !== '.' && before !== '@';
  return hasOne ? tokens.slice(0, -1) : tokens;
}

/** The common case, told apart without tokens: plain characters and a domain with a dot inside. */
export function isStandard(address: string): boolean {
  const at = address.indexOf('@');
  if (at < 1) return false;
  let dots = 0;
  let previous = 0x2e;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (i === at) {
      if (previous === 0x2e) return false;
      previous = 0x2e;
      continue;
    }
    if (code === 0x2e) {
      if (previous === 0x2e) return false;
      if (i > at) dots++;
    } else if (!isPlain(code)) return false;
    previous = code;
  }
  return dots > 0 && previous !== 0x2e;
}

/** Letters, digits, and `-_+=`: characters without meaning in any address syntax. */
function isPlain(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  if (code >= 0x30 && code <= 0x39) return true;
  if (code >= 0x41 && code <= 0x5a) return true;
  return code === 0x2d || code === 0x5f || code === 0x2b || code === 0x3d;
}

function record(address: string, tokens: readonly Token[], result: string, rules: RewriteRules, to: Recorder): void {
  const source = decidingParameter(tokens, rules);
  to.decided({step: 'rewrite', subject: address, result, source, ...rules.config.origin(source)});
}

function decidingParameter(tokens: readonly Token[], rules: RewriteRules): string {
  if (findLastToken(tokens, '@') >= 0) return rules.domainParameter;
  if (rules.swapsBangpath && findToken(tokens, '!') >= 0) return 'swap_bangpath';
  return rules.allowsPercentHack && findToken(tokens, '%') >= 0 ? 'allow_percent_hack' : rules.originParameter;
}
