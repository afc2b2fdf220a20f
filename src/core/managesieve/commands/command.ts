/** What a command of a logged-in ManageSieve client is, and what it has at hand. */
import type {Log} from '../../log/log.ts';
import type {SieveScripts} from '../../filter/sieve-scripts.ts';
import type {Argument} from '../command-reader.ts';
import {reply} from '../reply.ts';
import type {ScriptCheck} from '../session.ts';

export interface UserSession {
  readonly scripts: SieveScripts;
  readonly log: Log;
  check(name: string | undefined, script: Buffer): Promise<ScriptCheck>;
  capabilities(): string;
  send(text: string): Promise<void>;
}

export interface UserCommand {
  readonly least: number;
  readonly most: number;
  /** False: the arguments are wrong, and that was said. */
  run(session: UserSession, args: readonly Argument[]): Promise<boolean>;
}

/** Says that an argument is not what the command takes. */
export async function invalid(session: UserSession, name: string, text = 'Invalid arguments.'): Promise<false> {
  await session.send(reply('NO', `Error in MANAGESIEVE command ${name}: ${text}`));
  return false;
}

export function textOf(argument: Argument | undefined): string | undefined {
  return argument?.kind === 'string' ? argument.bytes.toString('latin1') : undefined;
}
