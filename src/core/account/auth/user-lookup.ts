/** What the userdbs say of a request's user, in one record. */
import type {UserLookup, UserRecord} from '../sasl/sasl.ts';
import type {AuthRequest} from './request.ts';
import type {UserdbChain} from './userdb-chain.ts';

export async function lookupUser(userdbs: UserdbChain, request: AuthRequest, isLoggedIn: boolean): Promise<UserLookup> {
  const result = await userdbs.lookup(request, isLoggedIn);
  if (result !== 'ok') return {kind: result};
  return {kind: 'found', user: userRecord(request)};
}

function userRecord(request: AuthRequest): UserRecord {
  const fields = new Map(request.userdb.entries());
  const [uid, gid] = ['uid', 'gid'].map(name => fields.get(name) || undefined).map(text => (text === undefined ? undefined : Number(text))); // prettier-ignore
  const [home, mail] = ['home', 'mail'].map(name => fields.get(name) || undefined);
  return {username: request.user ?? '', uid, gid, home, mail, fields};
}
