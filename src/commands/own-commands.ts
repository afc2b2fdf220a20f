/** Posthorn's own commands: oclif classes. A new one is one line here. */
import type {Command} from '@oclif/core';
import completion from './posthorn/completion.ts';
import doctor from './posthorn/doctor.ts';
import explain from './posthorn/explain.ts';
import init from './posthorn/init.ts';
import mail from './posthorn/mail.ts';
import queue from './posthorn/queue.ts';
import serve from './posthorn/serve.ts';
import status from './posthorn/status.ts';

export const ownCommands: Readonly<Record<string, typeof Command>> = {
  completion,
  doctor,
  explain,
  init,
  mail,
  queue,
  serve,
  status,
};
