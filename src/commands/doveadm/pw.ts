/** `doveadm pw`: makes, lists and checks stored passwords. The password comes from `-p`, or from standard input, twice. */
import {describe, FatalError} from '../../core/base/errors.ts';
import {makePassword, splitPassword, verifyPassword} from '../../core/account/password/password.ts';
import {passwordSchemes} from '../../core/account/password/registry.ts';
import {readLines} from '../password-lines.ts';
import {type Call, optionOf, type PlainRun, status} from './command.ts';

export const pw: PlainRun = {
  async run(call) {
    const {args, options, stdio} = call;
    if (options.has('l')) {
      stdio.stdout.write(`${[...passwordSchemes.keys()].join(' ')} \n`);
      return 0;
    }
    const [extra] = args;
    if (extra !== undefined) {
      call.error(`Extraneous arguments found: ${extra}`);
      return status.usage;
    }
    const hash = optionOf(call, 't');
    const plain = optionOf(call, 'p') ?? (await askPassword(call, hash === undefined));
    if (hash !== undefined) return check(call, hash, plain);
    return make(call, plain);
  },
};

async function make(call: Call, plain: string): Promise<number> {
  const scheme = (optionOf(call, 's') ?? 'CRYPT').toUpperCase();
  if (!passwordSchemes.has(scheme.split('.')[0] ?? ''))
    throw new FatalError(`Unknown scheme: ${scheme}`, status.temporary);
  const rounds = optionOf(call, 'r');
  const username = optionOf(call, 'u') ?? '';
  const number = rounds === undefined ? undefined : roundsOf(rounds, scheme);
  const made = await makePassword(scheme, plain, {username, ...(number === undefined ? {} : {rounds: number})}).catch(
    asFatal,
  );
  if (call.options.has('V')) return check(call, made, plain);
  call.stdio.stdout.write(`${made}\n`);
  return 0;
}

/** Within what crypt() takes. */
function roundsOf(text: string, scheme: string): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const [least, most] = scheme.startsWith('SHA')
    ? [1000, 999_999_999]
    : scheme === 'BLF-CRYPT' || scheme === 'CRYPT'
      ? [4, 31]
      : [1, 999_999_999];
  return Math.min(Math.max(Number(text), least), most);
}

async function check(call: Call, hash: string, plain: string): Promise<number> {
  if (splitPassword(hash, '').scheme === '')
    throw new FatalError('Missing {scheme} prefix from hash', status.temporary);
  if (!passwordSchemes.has(splitPassword(hash, '').scheme.split('.')[0] ?? ''))
    throw new FatalError('reverse decode check failed: Unknown scheme', status.temporary);
  const isRight = await verifyPassword(hash, '', plain, optionOf(call, 'u') ?? '').catch(asFatal);
  if (!isRight) {
    const text = 'reverse password verification check failed: Password mismatch';
    throw new FatalError(text, status.temporary);
  }
  call.stdio.stdout.write(`${hash} (verified)\n`);
  return 0;
}

function asFatal(fault: unknown): never {
  throw new FatalError(describe(fault), status.temporary, {cause: fault});
}

/** Asked twice for a new one, until both are alike. */
async function askPassword(call: Call, isNew: boolean): Promise<string> {
  const {stdio} = call;
  const lines = readLines(stdio);
  const ask = async (prompt: string): Promise<string> => {
    if (stdio.stdin.isTTY === true) stdio.stderr.write(prompt);
    return (await lines.next()) ?? '';
  };
  if (!isNew) return ask('Enter password to verify: ');
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const first = await ask('Enter new password: ');
    if (first === (await ask('Retype new password: '))) return first;
    call.error("Passwords don't match!");
  }
  return '';
}

const MOST_ROUNDS = 10;
