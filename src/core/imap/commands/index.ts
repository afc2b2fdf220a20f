/** The commands of a client that is logged in: one line each. */
import type {ImapCommand} from '../command.ts';
import {append} from './append.ts';
import {capability} from './capability.ts';
import {check} from './check.ts';
import {close} from './close.ts';
import {compress} from './compress.ts';
import {copy} from './copy.ts';
import {create} from './create.ts';
import {deleteMailbox} from './delete.ts';
import {enable} from './enable.ts';
import {examine} from './examine.ts';
import {expunge} from './expunge.ts';
import {fetch} from './fetch.ts';
import {getmetadata} from './getmetadata.ts';
import {getquota} from './getquota.ts';
import {getquotaroot} from './getquotaroot.ts';
import {id} from './id.ts';
import {idle} from './idle.ts';
import {list, xlist} from './list.ts';
import {logout} from './logout.ts';
import {lsub} from './lsub.ts';
import {move} from './move.ts';
import {namespace} from './namespace.ts';
import {noop} from './noop.ts';
import {notify} from './notify.ts';
import {rename} from './rename.ts';
import {cancelupdate} from './cancelupdate.ts';
import {search} from './search.ts';
import {sort} from './sort.ts';
import {thread} from './thread.ts';
import {select} from './select.ts';
import {setmetadata} from './setmetadata.ts';
import {setquota} from './setquota.ts';
import {status} from './status.ts';
import {store} from './store.ts';
import {subscribe} from './subscribe.ts';
import {uidExpunge} from './uid-expunge.ts';
import {unselect} from './unselect.ts';
import {unsubscribe} from './unsubscribe.ts';

const all: readonly ImapCommand[] = [
  append,
  cancelupdate,
  capability,
  check,
  close,
  compress,
  copy,
  create,
  deleteMailbox,
  enable,
  examine,
  expunge,
  fetch,
  getmetadata,
  getquota,
  getquotaroot,
  id,
  idle,
  list,
  logout,
  lsub,
  move,
  namespace,
  noop,
  notify,
  rename,
  search,
  select,
  setmetadata,
  setquota,
  status,
  sort,
  store,
  subscribe,
  thread,
  uidExpunge,
  unselect,
  unsubscribe,
  xlist,
];

/** By name, with `UID` before it where there is such a command. */
export const commands: ReadonlyMap<string, ImapCommand> = new Map(
  all.flatMap(command => {
    const plain: [string, ImapCommand][] = command.uid === 'only' ? [] : [[command.name, command]];
    return command.uid === undefined ? plain : [...plain, [`UID ${command.name}`, command]];
  }),
);
