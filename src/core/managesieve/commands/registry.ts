/** Commands of a logged-in ManageSieve client; LOGOUT is the session's own. */
import {quoted, reply} from '../reply.ts';
import {invalid, textOf, type UserCommand} from './command.ts';
import {
  checkScript,
  deleteScript,
  getScript,
  haveSpace,
  listScripts,
  putScript,
  renameScript,
  setActive,
} from './scripts.ts';

export type {UserSession} from './command.ts';

const capability: UserCommand = {
  least: 0,
  most: 0,
  async run(session) {
    await session.send(`${session.capabilities()}${reply('OK', 'Capability completed.')}`);
    return true;
  },
};

const noop: UserCommand = {
  least: 0,
  most: 1,
  async run(session, [argument]) {
    const tag = textOf(argument);
    if (argument !== undefined && tag === undefined) return invalid(session, 'NOOP');
    await session.send(tag === undefined ? reply('OK', 'NOOP Completed') : reply('OK', 'Done', `TAG ${quoted(tag)}`));
    return true;
  },
};

export const userCommands: ReadonlyMap<string, UserCommand> = new Map<string, UserCommand>([
  ['CAPABILITY', capability],
  ['CHECKSCRIPT', checkScript],
  ['DELETESCRIPT', deleteScript],
  ['GETSCRIPT', getScript],
  ['HAVESPACE', haveSpace],
  ['LISTSCRIPTS', listScripts],
  ['LOGOUT', {least: 0, most: 0, run: () => Promise.resolve(true)}],
  ['NOOP', noop],
  ['PUTSCRIPT', putScript],
  ['RENAMESCRIPT', renameScript],
  ['SETACTIVE', setActive],
]);
