/** `doveadm sieve list | get | put | activate | deactivate | delete | rename`: the scripts of users. */
import {describe} from '../../core/base/errors.ts';
import {scriptUser} from '../../core/daemon/access/serve-managesieve.ts';
import {ScriptFault, type SieveScripts} from '../../core/filter/sieve-scripts.ts';
import {type Call, type CommandUser, type MailRun, status} from './command.ts';

type UserScripts = Awaited<ReturnType<typeof scriptUser>>;

/** `least` and `most` operands. */
function scriptCommand(
  least: number,
  most: number,
  run: (call: Call, scripts: UserScripts, user: CommandUser) => Promise<number | void>,
): MailRun {
  return {
    prepare(call) {
      if (call.args.length < least || call.args.length > most) return call.usage();
      return async user => {
        const scripts = await scriptUser(call.access, user.name);
        try {
          return (await run(call, scripts, user)) ?? 0;
        } catch (fault) {
          if (!(fault instanceof ScriptFault)) throw fault;
          user.error(describe(fault));
          return fault.code === 'nonexistent' ? status.notFound : status.notPossible;
        }
      };
    },
  };
}

export const sieveList: MailRun = {
  prepare(call) {
    if (call.args.length > 0) return call.usage();
    call.printer.columns([
      {key: 'script', isTitleHidden: true},
      {key: 'active', isTitleHidden: true},
    ]);
    return async user => {
      const {scripts} = await scriptUser(call.access, user.name);
      for (const {name, isActive} of await scripts.list()) {
        call.printer.value(name);
        call.printer.value(isActive ? 'ACTIVE' : '');
      }
      return 0;
    };
  },
};

export const sieveGet: MailRun = {
  prepare(call) {
    const [name, ...rest] = call.args;
    if (name === undefined || rest.length > 0) return call.usage();
    call.printer.columns([{key: 'sieve script', isTitleHidden: true}]);
    return async user => {
      const {scripts} = await scriptUser(call.access, user.name);
      const script = await readOr(scripts, name, user);
      if (script === undefined) return status.notFound;
      call.printer.piece(script);
      call.printer.endOfPieces();
      return 0;
    };
  },
};

async function readOr(scripts: SieveScripts, name: string, user: CommandUser): Promise<Buffer | undefined> {
  try {
    return await scripts.read(name);
  } catch (fault) {
    if (!(fault instanceof ScriptFault)) throw fault;
    user.error(describe(fault));
    return undefined;
  }
}

/** From standard input; `-a` makes it the active one. One with errors is refused, warnings are told. */
export const sievePut: MailRun = {
  async prepare(call) {
    const [name, ...rest] = call.args;
    if (name === undefined || rest.length > 0) return call.usage();
    const chunks: Buffer[] = [];
    for await (const chunk of call.stdio.stdin) chunks.push(chunk);
    const script = Buffer.concat(chunks);
    return async user => {
      const {scripts, check} = await scriptUser(call.access, user.name);
      const {isGood, text} = await check(name, script);
      if (text !== '') call.stdio.stderr.write(text.replaceAll('\r\n', '\n'));
      if (!isGood) {
        user.error(`Uploaded Sieve script is not valid`);
        return status.notPossible;
      }
      await scripts.put(name, script);
      if (call.options.has('a')) await scripts.activate(name);
      return 0;
    };
  },
};

export const sieveActivate = scriptCommand(1, 1, async ({args: [name = '']}, {scripts}) => scripts.activate(name));
export const sieveDeactivate = scriptCommand(0, 0, async (_call, {scripts}) => scripts.deactivate());
export const sieveRename = scriptCommand(2, 2, async ({args: [from = '', to = '']}, {scripts}) =>
  scripts.rename(from, to),
);

/** `-a`: also the active one, which is deactivated first. */
export const sieveDelete = scriptCommand(1, Infinity, async (call, {scripts}, user) => {
  let exitStatus = 0;
  for (const name of call.args)
    try {
      if (call.options.has('a') && name === (await scripts.activeName())) await scripts.deactivate();
      await scripts.remove(name);
    } catch (fault) {
      if (!(fault instanceof ScriptFault)) throw fault;
      user.error(`Failed to delete Sieve script: ${describe(fault)}`);
      exitStatus = fault.code === 'nonexistent' ? status.notFound : status.notPossible;
    }
  return exitStatus;
});
