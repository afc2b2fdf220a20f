/** mailq(1): the queue, as `postqueue -p` lists it; options are those of sendmail(1). */
import type {Tool} from '../core/base/tool.ts';

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
    const {sendmail} = await import('./sendmail.ts');
    return sendmail.main(['-bp', ...argv], stdio);
  },
};
