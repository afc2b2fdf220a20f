/** THREAD and UID THREAD (RFC 5256): REFERENCES, ORDEREDSUBJECT, and Dovecot's REFS. */
import {type Arguments, fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {threadMessages, type ThreadAlgorithm} from '../../mailbox/search/thread.ts';
import {printThreads} from '../search/thread-reply.ts';
import {runSearch, usesModSeq} from '../search/run-search.ts';
import {expectKeys} from '../search/search-command.ts';

const ALGORITHMS: ReadonlySet<string> = new Set<ThreadAlgorithm>(['REFERENCES', 'REFS', 'ORDEREDSUBJECT']);

export const thread = imapCommand({
  name: 'THREAD',
  uid: 'too',
  needsMailbox: true,
  sync: 'keeps-numbers',
  parse: (args: Arguments) => args,
  async run(session, args, {isUid}) {
    const selected = session.expectSelected();
    if (args.items.length < 2) fail('Invalid arguments.');
    const algorithm = args.expectString().toUpperCase();
    const charset = args.expectString();
    if (!isAlgorithm(algorithm)) return fail('Unknown thread algorithm');
    const key = expectKeys(args, charset, selected);
    if (usesModSeq(key)) session.enableCondstore();
    const found = await runSearch(session, selected, key);
    const threads = await threadMessages(selected.mailbox, found, algorithm, () => session.line.breathe());
    const name = (sequence: number): number => (isUid ? selected.mailbox.uid(sequence) : sequence);
    session.line.out.text('* THREAD ');
    for (const text of printThreads(threads, name)) session.line.out.text(text);
    session.line.out.line('');
    return 'OK Thread completed.';
  },
});

function isAlgorithm(name: string): name is ThreadAlgorithm {
  return ALGORITHMS.has(name);
}
