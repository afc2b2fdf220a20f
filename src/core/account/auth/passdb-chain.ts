/**
 * The passdbs in their order: each is asked in turn until one's result says that this is the end (result_success, result_failure,
 * result_internalfail, deny, skip). Order and exceptions are those of Dovecot's auth service.
 *
 * A passdb that can't be asked is logged and counts as `broken`; when none of the others let the user in, that is the result.
 */
import {describe} from '../../base/errors.ts';
import type {AuthCache} from './cache.ts';
import {comparePassword} from './compare-password.ts';
import {isNameWanted} from './name-filter.ts';
import {type FoundCredentials, takeCredentials} from './passdb-credentials.ts';
import {allSkipped, denied, lastResult, type PassdbWalk, ruleOf} from './passdb-rules.ts';
import type {Passdb, PassdbEntry, PassdbResult} from './passdb.ts';
import type {AuthRequest} from './request.ts';
import type {AuthSettings, PassdbSettings} from './settings.ts';
import {expandTemplate, parseTemplate} from './template.ts';

export interface PassdbMember {
  readonly driver: Passdb;
  readonly settings: PassdbSettings;
}

type Look = (member: PassdbMember) => Promise<PassdbResult>;

export class PassdbChain {
  readonly #settings: AuthSettings;
  readonly #cache: AuthCache | undefined;
  readonly #ordinary: readonly PassdbMember[];
  readonly #masters: readonly PassdbMember[];

  constructor(members: readonly PassdbMember[], settings: AuthSettings, cache: AuthCache | undefined) {
    this.#settings = settings;
    this.#cache = cache;
    this.#masters = members.filter(member => member.settings.master).map(passOn);
    const ordinary = members.filter(member => !member.settings.master);
    const first = ordinary.findIndex(member => member.settings.skip !== 'unauthenticated');
    this.#ordinary = first < 0 ? [] : ordinary.slice(first); // nobody is authenticated before the first one
  }

  get hasMasters(): boolean {
    return this.#masters.length > 0;
  }

  /** All drivers, for what may be offered. */
  *drivers(): Iterable<Passdb> {
    for (const {driver, settings} of this.#ordinary) if (!settings.deny) yield driver;
  }

  verify(request: AuthRequest, plain: string): Promise<PassdbResult> {
    request.givenPassword = plain;
    return this.#walk(request, member => this.#verifyOne(request, member, plain));
  }

  /** `schemes`: the forms that are of use, the best first; empty: the entry is all that is wanted. */
  async credentials(
    request: AuthRequest,
    schemes: readonly string[],
  ): Promise<{readonly result: PassdbResult; readonly found: FoundCredentials | undefined}> {
    let found: FoundCredentials | undefined;
    const result = await this.#walk(request, async member => {
      const wasVerified = request.isPasswordVerified;
      const entry = await this.#entryOf(request, member, undefined);
      const state = this.#takeEntry(request, member, entry);
      if (state !== 'ok' || wasVerified) return state;
      const taken = takeCredentials(request, member.driver, schemes);
      if (typeof taken === 'string') return taken;
      found = taken;
      return 'ok';
    });
    return {result, found};
  }

  async #verifyOne(request: AuthRequest, member: PassdbMember, plain: string): Promise<PassdbResult> {
    const entry = await this.#entryOf(request, member, request.isPasswordVerified ? undefined : plain);
    const state = this.#takeEntry(request, member, entry);
    if (state !== 'ok' || request.isPasswordVerified || entry.kind === 'verified' || member.settings.deny) return state;
    const result = await comparePassword(request, member.driver, plain, this.#settings);
    if (member.driver.cacheKey === undefined || this.#cache === undefined) return result;
    if (result === 'ok') this.#cache.markRight(cacheKey(request, member.driver));
    if (result !== 'mismatch' || !this.#cache.forgetIfRight(cacheKey(request, member.driver))) return result;
    request.fields.revert(); // it was right a while ago: it has been changed since
    request.userdb.revert();
    return this.#verifyOne(request, member, plain);
  }

  async #entryOf(request: AuthRequest, {driver}: PassdbMember, plain: string | undefined): Promise<PassdbEntry> {
    const key = driver.cacheKey === undefined || this.#cache === undefined ? undefined : cacheKey(request, driver);
    const cached = key === undefined ? undefined : this.#cache?.passdbEntry(key);
    if (cached !== undefined) {
      request.debug(driver.title, cached.kind === 'unknown' ? 'User unknown (cached)' : 'cached');
      return cached;
    }
    try {
      request.debug(driver.title, 'Performing passdb lookup');
      const entry = await driver.lookup(request, plain);
      return key === undefined ? entry : (this.#cache?.addPassdbEntry(key, entry) ?? entry);
    } catch (fault) {
      return {kind: 'broken', text: describe(fault)};
    }
  }

  /** Fields into the request; what remains to be done with an `ok` is the password. */
  #takeEntry(request: AuthRequest, {driver, settings}: PassdbMember, entry: PassdbEntry): PassdbResult {
    request.password = undefined;
    request.isFailed = false;
    if (entry.kind === 'found' || entry.kind === 'verified') {
      for (const [name, value] of expandTemplate(parseTemplate(settings.defaultFields), request))
        request.setField(driver.title, name, value);
      if (entry.kind === 'found') request.password = entry.password;
      for (const [name, value] of entry.fields) request.setField(driver.title, name, value);
      return 'ok';
    }
    if (entry.kind === 'unknown' && entry.isTold !== true) request.info(driver.title, 'unknown user');
    if (entry.kind === 'broken' && entry.text !== '') request.error(driver.title, entry.text);
    return entry.kind;
  }

  async #walk(request: AuthRequest, look: Look): Promise<PassdbResult> {
    const walk: PassdbWalk = {request, hasSucceeded: false, sawBroken: false, lastTitle: '', isFailedByRule: false};
    let list = request.requestedLogin === undefined ? this.#ordinary : this.#masters;
    if (request.requestedLogin !== undefined)
      request.debug(list[0]?.driver.title, `Master user lookup for login: ${request.requestedLogin}`);
    let at = this.#nextWanted(list, 0, walk);
    for (;;) {
      const member = list[at];
      if (member === undefined) return allSkipped(request);
      const result = await this.#lookInto(member, walk, look);
      if (member.settings.deny && result !== 'unknown') return denied(request, member.driver.title, result);
      if (result === 'disabled' || result === 'expired') return result;
      const wasMaster = request.requestedLogin !== undefined && result === 'ok';
      const goesOn = this.#applyRule(member, result, walk);
      if (wasMaster) {
        request.finishMasterLogin();
        list = this.#ordinary;
      }
      const next = this.#nextWanted(list, wasMaster ? 0 : at + 1, walk);
      if (!goesOn || next >= list.length) return lastResult(result, goesOn, walk);
      if (result === 'broken') walk.sawBroken = true;
      at = next;
    }
  }

  async #lookInto(member: PassdbMember, walk: PassdbWalk, look: Look): Promise<PassdbResult> {
    const {request} = walk;
    walk.lastTitle = member.driver.title;
    request.beVerbose(member.settings.authVerbose);
    let result = await look(member);
    if (request.isFailed && (result === 'ok' || result === 'next')) result = 'unknown';
    request.isFailed = false;
    if (result === 'ok' && request.fields.has('noauthenticate')) result = 'next';
    if (result === 'ok' || result === 'next')
      for (const [name, value] of expandTemplate(parseTemplate(member.settings.overrideFields), request))
        request.setField(member.driver.title, name, value);
    request.debug(member.driver.title, 'Finished passdb lookup');
    if (result === 'next') request.debug(undefined, 'Not performing authentication (noauthenticate set)');
    request.beVerbose('default');
    return result;
  }

  /** Answers whether the next one is asked. */
  #applyRule({settings}: PassdbMember, result: PassdbResult, walk: PassdbWalk): boolean {
    const {request} = walk;
    const rule = ruleOf(settings, result);
    if (rule === 'return-ok' || rule === 'continue-ok') walk.hasSucceeded = true;
    if (rule === 'return-fail' || rule === 'continue-fail') walk.hasSucceeded = false;
    walk.isFailedByRule = rule === 'return-fail' || rule === 'continue-fail';
    if (rule === 'continue-ok' || (rule === 'continue' && result === 'ok')) request.isPasswordVerified = true;
    request.fields.delete('nopassword'); // counts for its own passdb only
    request.fields.delete('noauthenticate');
    if (result === 'ok' || result === 'next') {
      request.fields.keep();
      request.userdb.keep();
    } else {
      request.fields.revert();
      request.userdb.revert();
      request.hasPrefetch = request.userdb.size > 0;
    }
    return rule.startsWith('continue');
  }

  #nextWanted(list: readonly PassdbMember[], from: number, walk: PassdbWalk): number {
    let at = from;
    while (at < list.length && !this.#isWanted(list[at], walk)) at++;
    return at;
  }

  #isWanted(member: PassdbMember | undefined, {request, hasSucceeded}: PassdbWalk): boolean {
    if (member === undefined) return false;
    const {skip, mechanisms, usernameFilter} = member.settings;
    if (skip === 'authenticated' && hasSucceeded) return false;
    if (skip === 'unauthenticated' && !hasSucceeded) return false;
    const wanted = mechanisms.toUpperCase().split(/[ \t,]+/).filter(Boolean); // prettier-ignore
    if (wanted.length > 0 && !wanted.includes(request.mechanism === '' ? 'NONE' : request.mechanism)) return false;
    return usernameFilter === '' || isNameWanted(usernameFilter, request.user ?? '');
  }
}

/** `pass = yes`: the login user has to be found too, as with `result_success = continue`. */
function passOn(member: PassdbMember): PassdbMember {
  return member.settings.pass ? {...member, settings: {...member.settings, resultSuccess: 'continue'}} : member;
}

function cacheKey(request: AuthRequest, driver: Passdb): string {
  return `P${driver.title}\t${driver.cacheKey ?? ''}\t${request.user ?? ''}`;
}
