/** What drivers are made with: each gets its `args` and what all share. */
import type {AuthLog} from '../auth-log.ts';
import type {PassdbChain} from '../passdb-chain.ts';
import type {AuthSettings} from '../settings.ts';
import type {SystemUsers} from './system-users.ts';
import type {UsersFiles} from './users-files.ts';

export interface DriverContext {
  readonly settings: AuthSettings;
  readonly log: AuthLog;
  readonly system: SystemUsers;
  /** The files of a path with %variables: the same ones for a passdb and a userdb that name the same path. */
  usersFiles(template: string): UsersFiles;
  /** For drivers that ask whether a user can log in at all; made when all passdbs are. */
  passdbs(): PassdbChain;
  readonly now: () => number;
}
