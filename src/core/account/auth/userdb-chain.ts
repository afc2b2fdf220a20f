/**
 * The userdbs in their order, until one's result says that this is the end. What they found stays in the request's `userdb` fields.
 */
import {describe} from '../../base/errors.ts';
import type {AuthCache} from './cache.ts';
import type {AuthRequest} from './request.ts';
import type {AuthRule, UserdbSettings} from './settings.ts';
import {expandTemplate, parseTemplate} from './template.ts';
import type {Userdb, UserdbEntry} from './userdb.ts';

export interface UserdbMember {
  readonly driver: Userdb;
  readonly settings: UserdbSettings;
}

export type UserdbResult = 'ok' | 'unknown' | 'broken';

export class UserdbChain {
  readonly #members: readonly UserdbMember[];
  readonly #cache: AuthCache | undefined;

  constructor(members: readonly UserdbMember[], cache: AuthCache | undefined) {
    this.#members = members;
    this.#cache = cache;
  }

  get members(): readonly UserdbMember[] {
    return this.#members;
  }

  /** `isLoggedIn`: that the user is not found is somebody's mistake then. */
  async lookup(request: AuthRequest, isLoggedIn: boolean): Promise<UserdbResult> {
    if (this.#members.length === 0) return 'ok';
    let hasSucceeded = false;
    let sawBroken = false;
    let result: UserdbResult = 'unknown';
    let last: UserdbMember | undefined;
    let isFinal = false;
    for (const member of this.#members) {
      const {skip, authVerbose} = member.settings;
      if ((skip === 'found' && hasSucceeded) || (skip === 'notfound' && !hasSucceeded)) continue;
      last = member;
      request.beVerbose(authVerbose);
      result = await this.#lookupOne(request, member);
      request.beVerbose('default');
      const rule = ruleOf(member.settings, result);
      if (rule === 'return-ok' || rule === 'continue-ok') hasSucceeded = true;
      if (rule === 'return-fail' || rule === 'continue-fail') hasSucceeded = false;
      if (result === 'ok') request.userdb.keep();
      else request.userdb.revert();
      if (result === 'broken') sawBroken = true;
      isFinal = rule === 'return';
      if (!rule.startsWith('continue')) break;
    }
    if (hasSucceeded) return 'ok';
    if (sawBroken) return 'broken';
    if (isLoggedIn && result === 'unknown') request.error(last?.driver.title, 'user not found from userdb');
    return result === 'ok' && !isFinal ? 'unknown' : result;
  }

  async #lookupOne(request: AuthRequest, {driver, settings}: UserdbMember): Promise<UserdbResult> {
    request.debug(driver.title, 'Performing userdb lookup');
    const entry = await this.#entryOf(request, driver);
    if (entry.kind === 'found') {
      for (const [name, value] of expandTemplate(parseTemplate(settings.defaultFields), request))
        setUserField(request, name, value);
      for (const [name, value] of entry.fields) setUserField(request, name, value);
      for (const [name, value] of expandTemplate(parseTemplate(settings.overrideFields), request))
        setUserField(request, name, value);
    }
    if (entry.kind === 'unknown' && entry.isTold !== true) request.info(driver.title, 'unknown user');
    if (entry.kind === 'broken' && entry.text !== '') request.error(driver.title, entry.text);
    request.debug(driver.title, 'Finished userdb lookup');
    if (entry.kind === 'found' && !hasValidIds(request, driver.title)) return 'broken';
    return entry.kind === 'found' ? 'ok' : entry.kind;
  }

  async #entryOf(request: AuthRequest, driver: Userdb): Promise<UserdbEntry> {
    const key =
      driver.cacheKey === undefined || this.#cache === undefined
        ? undefined
        : `U${driver.title}\t${driver.cacheKey}\t${request.user ?? ''}`;
    const cached = key === undefined ? undefined : this.#cache?.userdbEntry(key);
    if (cached !== undefined) return cached;
    try {
      const entry = await driver.lookup(request);
      return key === undefined ? entry : (this.#cache?.addUserdbEntry(key, entry) ?? entry);
    } catch (fault) {
      return {kind: 'broken', text: describe(fault)};
    }
  }
}

function ruleOf(settings: UserdbSettings, result: UserdbResult): AuthRule {
  if (result === 'ok') return settings.resultSuccess;
  return result === 'broken' ? settings.resultInternalfail : settings.resultFailure;
}

/** `user` says who it is from now on; the rest is for whoever asked. */
function setUserField(request: AuthRequest, name: string, value: string): void {
  if (name === 'user') request.user = value === '' ? request.user : value;
  else request.userdb.set(name, value);
}

function hasValidIds(request: AuthRequest, title: string): boolean {
  const wrong = ['uid', 'gid'].find(name => !isIdOrNone(request.userdb.get(name)));
  if (wrong !== undefined)
    request.error(title, `Invalid ${wrong.toUpperCase()} value '${request.userdb.get(wrong) ?? ''}'`);
  return wrong === undefined;
}

function isIdOrNone(text = ''): boolean {
  return text === '' || (/^\d{1,10}$/.test(text) && Number(text) < 0xffffffff);
}
