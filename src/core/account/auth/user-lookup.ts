/** What the userdbs say of a request's user, in one record. */
import type {UserLookup, UserRecord} from '../sasl/sasl.ts';
import type {AuthRequest} from './request.ts';
import type {UserdbChain} from './userdb-chain.ts';

export async function lookupUser(userdbs: UserdbChain, request: AuthRequest, isLoggedIn: boolean): Promise<UserLookup> {
  const result = await userdbs.lookup(request, isLoggedIn);
  if (result !== 'ok') return {kind: result};
  const user = userRecord(request);
  return user === undefined ? {kind: 'broken'} : {kind: 'found', user};
}

/** undefined: an id is none; the log has it. */
function userRecord(request: AuthRequest): UserRecord | undefined {
  const fields = new Map(request.userdb.entries());
  const [uid, gid] = ['uid', 'gid'].map(name => idOf(request, name));
  if (uid === 'wrong' || gid === 'wrong') return undefined;
  const [home, mail] = ['home', 'mail'].map(name => fields.get(name) || undefined);
  return {username: request.user ?? '', uid, gid, home, mail, fields};
}

function idOf(request: AuthRequest, name: string): number | 'wrong' | undefined {
  const text = request.userdb.get(name);
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) < 0xffffffff) return Number(text);
  request.error(undefined, `Invalid ${name.toUpperCase()} value '${text}'`);
  return 'wrong';
}
