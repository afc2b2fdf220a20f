/** Commands on scripts (RFC 5804 sections 2.3 to 2.12). */
import {ScriptFault} from '../../filter/sieve-scripts.ts';
import type {Argument} from '../command-reader.ts';
import {quoted, reply} from '../reply.ts';
import {invalid, textOf, type UserCommand, type UserSession} from './command.ts';

export const listScripts: UserCommand = {
  least: 0,
  most: 0,
  async run(session) {
    const scripts = await session.scripts.list();
    const lines = scripts.map(({name, isActive}) => `${quoted(name)}${isActive ? ' ACTIVE' : ''}\r\n`);
    await session.send(`${lines.join('')}${reply('OK', 'Listscripts completed.')}`);
    return true;
  },
};

export const getScript: UserCommand = {
  least: 1,
  most: 1,
  async run(session, [argument]) {
    const name = textOf(argument);
    if (name === undefined) return invalid(session, 'GETSCRIPT');
    const script = (await session.scripts.read(name)).toString('latin1');
    await session.send(`{${script.length}}\r\n${script}\r\n${reply('OK', 'Getscript completed.')}`);
    return true;
  },
};

export const putScript: UserCommand = {
  least: 1,
  most: 2,
  async run(session, [nameArgument, scriptArgument]) {
    const name = textOf(nameArgument);
    if (name === undefined || scriptArgument === undefined) return invalid(session, 'PUTSCRIPT');
    const script = await expectScript(session, name, scriptArgument);
    if (script === undefined) return invalid(session, 'PUTSCRIPT');
    if (script.length === 0) {
      await session.send(reply('NO', 'Refusing to store empty script.'));
      return true;
    }
    await session.scripts.checkSpace(name, script.length);
    const {isGood, text} = await session.check(name, script);
    if (isGood) await session.scripts.put(name, script);
    await session.send(verdict(isGood, text, 'PUTSCRIPT completed.'));
    return true;
  },
};

export const checkScript: UserCommand = {
  least: 1,
  most: 1,
  async run(session, [argument]) {
    const script = argument === undefined ? undefined : await expectScript(session, '', argument);
    if (script === undefined) return invalid(session, 'CHECKSCRIPT');
    const {isGood, text} = await session.check(undefined, script);
    await session.send(verdict(isGood, text, 'Script checked successfully.'));
    return true;
  },
};

/** undefined: it is no string. Throws `ScriptFault` when it is too long to have been kept. */
async function expectScript(session: UserSession, name: string, argument: Argument): Promise<Buffer | undefined> {
  if (argument.kind === 'string') return argument.bytes;
  if (argument.kind === 'atom') return undefined;
  await session.scripts.checkSpace(name === '' ? 'x' : name, argument.bytes);
  throw new ScriptFault('max-size', 'Script is too large.');
}

function verdict(isGood: boolean, text: string, good: string): string {
  if (!isGood) return literalReply('NO', text);
  return text === '' ? reply('OK', good) : literalReply('OK (WARNINGS)', text);
}

/** What the compiler says has lines. */
function literalReply(begin: string, text: string): string {
  return `${begin} {${text.length}}\r\n${text}\r\n`;
}

export const haveSpace: UserCommand = {
  least: 2,
  most: 2,
  async run(session, [nameArgument, sizeArgument]) {
    const name = textOf(nameArgument);
    if (name === undefined) return invalid(session, 'HAVESPACE');
    const size = sizeArgument?.kind === 'atom' ? sizeArgument.text : '';
    if (!/^\d{1,10}$/.test(size)) {
      await session.send(reply('NO', 'Invalid scriptsize argument.'));
      return true;
    }
    await session.scripts.checkSpace(name, Number(size));
    await session.send(reply('OK', 'Putscript would succeed.'));
    return true;
  },
};

export const setActive: UserCommand = {
  least: 1,
  most: 1,
  async run(session, [argument]) {
    const name = textOf(argument);
    if (name === undefined) return invalid(session, 'SETACTIVE');
    if (name === '') await session.scripts.deactivate();
    else {
      // It may have been put there by hand: what is active has to work.
      const {isGood, text} = await session.check(name, await session.scripts.read(name));
      if (!isGood) {
        await session.send(verdict(false, text, ''));
        return true;
      }
      await session.scripts.activate(name);
    }
    await session.send(reply('OK', 'Setactive completed.'));
    return true;
  },
};

export const deleteScript: UserCommand = {
  least: 1,
  most: 1,
  async run(session, [argument]) {
    const name = textOf(argument);
    if (name === undefined) return invalid(session, 'DELETESCRIPT');
    await session.scripts.remove(name);
    await session.send(reply('OK', 'Deletescript completed.'));
    return true;
  },
};

export const renameScript: UserCommand = {
  least: 2,
  most: 2,
  async run(session, [fromArgument, toArgument]) {
    const from = textOf(fromArgument);
    const to = textOf(toArgument);
    if (from === undefined || to === undefined) return invalid(session, 'RENAMESCRIPT');
    await session.scripts.rename(from, to);
    await session.send(reply('OK', 'Renamescript completed.'));
    return true;
  },
};
