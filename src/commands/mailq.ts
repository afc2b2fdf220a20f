/** mailq(1): the queue, as `postqueue -p` lists it; options of sendmail(1) are accepted. */
import {EX_TEMPFAIL} from '../core/base/exit-status.ts';
import type {Tool} from '../core/base/tool.ts';
import {openToolConfig} from './open-config.ts';
import {printQueue} from './postqueue-list.ts';

export const mailq: Tool = {
  name: 'mailq',
  summary: 'list the mail queue',
  usage: ['[-C DIR]'],
  options: [{flag: '-C DIR', text: 'The configuration directory.'}],
  description: [
    'A line for each message: queue id (* active, ! on hold, # expired by force), size, arrival time, sender; then why it waits, and its recipients.',
  ],
  main(argv, stdio) {
    const at = argv.indexOf('-C');
    return printQueue(openToolConfig(at < 0 ? undefined : argv[at + 1], stdio.env, EX_TEMPFAIL), stdio);
  },
};
