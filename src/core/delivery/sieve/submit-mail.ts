/**
 * Mail that a filter sends (redirect, vacation, reject, notify), into the maildrop of the instance's mail system; on disk
 * when it has come back. Or, where sendmail_path is set, to that program.
 */
import {spawn} from 'node:child_process';
import {toPath} from '../../base/bytes.ts';
import type {Config} from '../../config/config.ts';
import {LinePieces} from '../../message/line-pieces.ts';
import {createMaildropFile} from '../../queue/maildrop-file.ts';

export interface OutgoingMail {
  /** '' for the null sender. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly content: AsyncIterable<Buffer> | readonly Buffer[];
}

export type SubmitMail = (mail: OutgoingMail) => Promise<void>;

export function maildropSubmitter(config: Config, wakePickup: () => void): SubmitMail {
  return async ({sender, recipients, content}) => {
    const file = createMaildropFile(config);
    try {
      file.put('A', 'rewrite_context=local');
      file.put('S', sender);
      for (const recipient of recipients) file.put('R', recipient);
      file.put('M', '');
      const pieces = new LinePieces(config.get('line_length_limit'), (bytes, start, end, endsLine) => {
        file.copy(endsLine ? 'N' : 'L', bytes, start, end);
        return undefined;
      });
      for await (const chunk of content) pieces.push(chunk);
      pieces.end();
      file.put('X', '');
      file.put('E', '');
      file.finish();
    } catch (fault) {
      file.abort();
      throw fault;
    }
    wakePickup();
  };
}

/** `sendmail_path`: a program, and arguments by blanks; no shell reads them. */
export function programSubmitter(path: string): SubmitMail {
  const [program = '', ...args] = path.split(' ').filter(word => word !== '');
  return ({sender, recipients, content}) =>
    new Promise((resolve, reject) => {
      const from = sender === '' ? '<>' : sender;
      const child = spawn(toPath(program).toString('latin1'), [...args, '-i', '-f', from, '--', ...recipients], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      child.once('error', reject);
      child.once('exit', status => {
        if (status === 0) resolve();
        else reject(new Error(`Sendmail process terminated abnormally, exit status ${status}`));
      });
      child.stdin.on('error', () => undefined); // its exit status tells
      void feed(child.stdin, content).catch(reject);
    });
}

async function feed(input: NodeJS.WritableStream, content: OutgoingMail['content']): Promise<void> {
  for await (const chunk of content)
    if (!input.write(chunk)) await new Promise(resolve => input.once('drain', resolve));
  input.end();
}
