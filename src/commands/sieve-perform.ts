/** `sieve-test -e`: the actions are done, but what would be sent is printed, as the original prints it on a pipe. */
import type {Stdio} from '../core/base/tool.ts';
import type {OutgoingMail} from '../core/filter/sieve/outgoing/correspondence.ts';
import {performResult} from '../core/filter/sieve/outgoing/perform.ts';
import type {SieveMessage} from '../core/filter/sieve/message/message.ts';
import type {RunEnvironment} from '../core/filter/sieve/run/environment.ts';
import type {Result} from '../core/filter/sieve/run/result.ts';
import {pipeFault} from '../core/filter/sieve/outgoing/pipe-fault.ts';
import {correspondence} from './sieve-surroundings.ts';

/** Answers what comes last on standard output: who would have got which mail. */
export async function performForTest(
  result: Result,
  message: SieveMessage,
  environment: RunEnvironment,
  stdio: Stdio,
): Promise<string> {
  const mail = correspondence(message, environment);
  const id = message.rawValues('message-id')[0] ?? 'unspecified';
  let trailer = '';
  await performResult(result, {
    mail,
    seen: environment.seen,
    defaultMailbox: environment.defaultMailbox,
    store: async () => undefined, // without -l there is nowhere to store
    async send(letter) {
      stdio.stderr.write(`sieve-test: Info: sending message from <${letter.sender}>:\n`);
      stdio.stdout.write(await wholeMail(letter, message));
      const recipients = letter.recipients.map(recipient => `\nRECIPIENT: ${recipient}\n`);
      trailer += `${recipients.join('')}START MESSAGE:\nEND MESSAGE\n\n`;
    },
    pipe: async (program, args) =>
      pipeFault(
        program,
        await environment.run?.({kind: 'pipe', program, args, input: undefined, message, wantsOutput: false}),
        environment.now(),
      ),
    error: text => void stdio.stderr.write(`error: ${text}.\n`),
    log(text) {
      stdio.stderr.write(`sieve-test: Info: sieve: msgid=${id}: ${text}\n`);
      stdio.stderr.write(`info: msgid=${id}: ${text}.\n`);
    },
  });
  return trailer;
}

async function wholeMail({text, isFollowed}: OutgoingMail, message: SieveMessage): Promise<string> {
  if (!isFollowed) return text;
  const header = message
    .fields()
    .map(field => field.text)
    .join('');
  return `${text}${header}\n${await message.rawBody()}`;
}
