/**
 * Makes the passdbs and userdbs that the settings name.
 *
 * Throws `ConfigError` for a driver that there is not, and for combinations that can't work, in Dovecot's words.
 */
import {ConfigError} from '../../base/errors.ts';
import type {AuthLog} from './auth-log.ts';
import {AuthCache} from './cache.ts';
import type {DriverContext} from './drivers/driver-context.ts';
import {passdbDrivers, userdbDrivers} from './drivers/registry.ts';
import {SystemUsers} from './drivers/system-users.ts';
import {UsersFiles} from './drivers/users-files.ts';
import {PassdbChain} from './passdb-chain.ts';
import type {AuthSettings, PassdbSettings} from './settings.ts';
import {UserdbChain} from './userdb-chain.ts';

export interface Auth {
  readonly passdbs: PassdbChain;
  readonly userdbs: UserdbChain;
  readonly cache: AuthCache | undefined;
}

export interface OpenAuthOptions {
  readonly settings: AuthSettings;
  readonly log: AuthLog;
  readonly now?: () => number;
  readonly system?: SystemUsers;
}

export function openAuth({settings, log, now = Date.now, system = new SystemUsers()}: OpenAuthOptions): Auth {
  const files = new Map<string, UsersFiles>();
  const usersFiles = (template: string): UsersFiles => {
    const found = files.get(template) ?? new UsersFiles(template, log, system, settings);
    files.set(template, found);
    return found;
  };
  const made: {passdbs?: PassdbChain} = {};
  const opened = (): PassdbChain => made.passdbs ?? new PassdbChain([], settings, undefined);
  const context: DriverContext = {settings, log, system, usersFiles, passdbs: opened, now};
  const {cacheSizeBytes: sizeBytes, cacheTtlSeconds, cacheNegativeTtlSeconds} = settings;
  const times = {ttlSeconds: cacheTtlSeconds, negativeTtlSeconds: cacheNegativeTtlSeconds};
  const cache = sizeBytes === 0 ? undefined : new AuthCache({sizeBytes, ...times, now});
  const userdbs = settings.userdbs.map(one => ({
    driver: find(userdbDrivers, one.driver, 'userdb')(one.args, context),
    settings: one,
  }));
  const members = settings.passdbs.map(one => {
    checkPassdb(one, settings.passdbs);
    return {driver: find(passdbDrivers, one.driver, 'passdb')(one.args, context), settings: one};
  });
  made.passdbs = new PassdbChain(members, settings, cache);
  return {passdbs: made.passdbs, userdbs: new UserdbChain(userdbs, cache), cache};
}

function find<Driver>(drivers: ReadonlyMap<string, Driver>, name: string, kind: string): Driver {
  const driver = drivers.get(name);
  if (driver === undefined) throw new ConfigError(`Unknown ${kind} driver '${name}'`);
  return driver;
}

function checkPassdb({master, deny, pass}: PassdbSettings, all: readonly PassdbSettings[]): void {
  if (master && deny) throw new ConfigError("Master passdb can't have deny=yes");
  if (master && pass && all.every(one => one.master))
    throw new ConfigError("Master passdb can't have pass=yes if there are no passdbs");
}
