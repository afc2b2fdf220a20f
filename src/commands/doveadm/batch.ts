/** `doveadm batch`: several mail commands for each user, one after the other; the first word divides them. */
import {FatalError} from '../../core/base/errors.ts';
import {type Call, type MailRun, status, type UserRun, usageOf} from './command.ts';
import {findCommand, readArguments} from './find-command.ts';

export const batch: MailRun = {
  async prepare(call) {
    const [separator, ...words] = call.args;
    if (separator === undefined || words.length === 0) return call.usage();
    const runs: UserRun[] = [];
    for (const part of split(words, separator)) runs.push(await prepareOne(call, part));
    return async user => {
      for (const run of runs) {
        const exitStatus = await run(user);
        if (exitStatus !== 0) return exitStatus;
      }
      return 0;
    };
  },
};

async function prepareOne(call: Call, words: readonly string[]): Promise<UserRun> {
  const found = findCommand(words);
  if (found?.command.kind !== 'mail')
    throw new FatalError(`doveadm batch: '${words[0] ?? ''}' mail command doesn't exist`, status.usage);
  const {command} = found;
  const read = readArguments(command, found.rest, call.stdio);
  if (typeof read === 'number') throw new FatalError(`doveadm batch: wrong use of ${command.name}`, read);
  const usage = (): never => {
    throw new FatalError(`doveadm ${command.name} ${usageOf(command)}`, status.usage);
  };
  const {prepare} = await command.load();
  return prepare({
    ...call,
    ...read,
    get access() {
      return call.access;
    },
    usage,
  });
}

function split(words: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  for (const word of words)
    if (word === separator) parts.push([]);
    else parts.at(-1)?.push(word);
  return parts.filter(part => part.length > 0);
}
