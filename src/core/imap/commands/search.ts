/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4), ESEARCH, SEARCHRES, CONTEXT (RFC 4731, 5182, 5267). */
import type {Arguments} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {runSearch, saveResult, usesModSeq} from '../search/run-search.ts';
import {expectKeys, type ReturnOptions, takeCharset, takeReturn} from '../search/search-command.ts';
import {openContext} from '../search/search-context.ts';
import {sendEsearch, sendOldReply} from '../search/search-reply.ts';

export const search = imapCommand({
  name: 'SEARCH',
  uid: 'too',
  needsMailbox: true,
  sync: 'keeps-numbers',
  parse: (args: Arguments) => args, // what `*` is, the mailbox knows
  async run(session, args, {tag, isUid}) {
    const selected = session.expectSelected();
    const options = takeReturn(args);
    const key = expectKeys(args, takeCharset(args), selected);
    const hasModSeq = usesModSeq(key);
    if (hasModSeq) session.enableCondstore();
    const sequences = await runSearch(session, selected, key);
    const result = {sequences, isSorted: false, usesModSeq: hasModSeq};
    if (options === undefined) await sendOldReply(session, selected.mailbox, result, isUid);
    else {
      saveResult(selected, sequences, options);
      if (hasReply(options)) sendEsearch(session, selected.mailbox, result, options, tag, isUid);
      if (options.update) return openContext(session, selected, {tag, isUid, key, sequences});
    }
    return 'OK Search completed.';
  },
});

/** RETURN (SAVE) alone answers nothing (RFC 5182 section 2.1). */
function hasReply(options: ReturnOptions): boolean {
  const {min, max, all, count, update, relevancy, partial} = options;
  return min || max || all || count || update || relevancy || partial !== undefined;
}
