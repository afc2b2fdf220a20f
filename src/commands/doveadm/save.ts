/** `doveadm save`: a message from standard input, or a file, into a mailbox; on disk when the command ends with 0. */
import {createReadStream} from 'node:fs';
import {toPath} from '../../core/base/bytes.ts';
import {MailError} from '../../core/mailbox/mail-error.ts';
import {type MailRun, optionOf} from './command.ts';

export const save: MailRun = {
  async prepare(call) {
    const {
      args: [file],
      stdio,
    } = call;
    const name = optionOf(call, 'm') ?? 'INBOX';
    const chunks: Buffer[] = []; // it may be for several users
    for await (const chunk of file === undefined ? stdio.stdin : createReadStream(toPath(file)))
      chunks.push(chunk as Buffer); // no encoding is set
    return async ({store}) => {
      const batch = await store.save(name).catch((fault: unknown) => {
        if (!(fault instanceof MailError)) throw fault;
        throw new MailError(fault.code, `Failed to open mailbox ${name}: ${fault.message}`, {cause: fault});
      });
      try {
        const sink = await batch.add({});
        for (const chunk of chunks) await sink.write(chunk);
        await sink.finish();
        await batch.commit();
        return 0;
      } catch (fault) {
        await batch.abort();
        throw fault;
      }
    };
  },
};
