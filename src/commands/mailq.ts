/** mailq(1): the queue, as `postqueue -p` lists it; options are those of sendmail(1). */
import {EX_TEMPFAIL} from '../core/base/exit-status.ts';
import type {Tool} from '../core/base/tool.ts';
import {openToolConfig} from './open-config.ts';

export const mailq: Tool = {
  name: 'mailq',
  summary: 'list the mail queue',
  usage: ['[-C DIR]'],
  options: [{flag: '-C DIR', text: 'The configuration directory.'}],
  description: [
    'A line for each message: queue id (* active, ! on hold, # expired by force), size, arrival time, sender; then why it waits, and its recipients.',
    'The same as sendmail -bp; other options are those of sendmail(1).',
  ],
  async main(argv, stdio) {
    if (argv.length === 0) {
      const {printQueue} = await import('./postqueue-list.ts');
      return printQueue(openToolConfig(undefined, stdio.env, EX_TEMPFAIL), stdio);
    }
    const {sendmail} = await import('./sendmail.ts');
    return sendmail.main(['-bp', ...argv], stdio);
  },
};
