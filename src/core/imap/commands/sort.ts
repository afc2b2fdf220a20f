/** SORT and UID SORT (RFC 5256), DISPLAYFROM and DISPLAYTO (RFC 5957), with RETURN options (RFC 5267). */
import {type Arguments, fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {sortMessages, type SortCriterion} from '../../mailbox/search/sort.ts';
import type {SortName} from '../../mailbox/search/sort-memory.ts';
import {runSearch, saveResult, usesModSeq} from '../search/run-search.ts';
import {expectKeys, takeReturn} from '../search/search-command.ts';
import {openContext} from '../search/search-context.ts';
import {sendEsearch, sendOldReply} from '../search/search-reply.ts';

const NAMES: ReadonlyMap<string, SortName> = new Map([
  ['ARRIVAL', 'arrival'],
  ['CC', 'cc'],
  ['DATE', 'date'],
  ['DISPLAYFROM', 'display-from'],
  ['DISPLAYTO', 'display-to'],
  ['FROM', 'from'],
  ['SIZE', 'size'],
  ['SUBJECT', 'subject'],
  ['TO', 'to'],
  ['RELEVANCY', 'none'],
  ['X-SCORE', 'none'],
] as const);

export const sort = imapCommand({
  name: 'SORT',
  uid: 'too',
  needsMailbox: true,
  sync: 'keeps-numbers',
  parse: (args: Arguments) => args,
  async run(session, args, {tag, isUid}) {
    const selected = session.expectSelected();
    const options = takeReturn(args);
    const criteria = parseCriteria(args.takeList() ?? fail('Invalid sort argument.'));
    const key = expectKeys(args, args.takeString() ?? fail('Invalid charset argument.'), selected);
    const hasModSeq = usesModSeq(key);
    if (hasModSeq) session.enableCondstore();
    const found = await runSearch(session, selected, key);
    const sequences = await sortMessages(selected.mailbox, found, criteria, () => session.line.breathe());
    const result = {sequences, isSorted: true, usesModSeq: hasModSeq};
    if (options === undefined) await sendOldReply(session, selected.mailbox, result, isUid);
    else {
      saveResult(selected, sequences, options);
      sendEsearch(session, selected.mailbox, result, options, tag, isUid);
      if (options.update) return openContext(session, selected, {tag, isUid, key, sequences, criteria});
    }
    return 'OK Sort completed.';
  },
});

function parseCriteria(list: Arguments): SortCriterion[] {
  if (list.isAtEnd) fail('Empty sort program.');
  const criteria: SortCriterion[] = [];
  let isReverse = false;
  while (!list.isAtEnd) {
    const word = list.expectAtom('Invalid sort argument.').toUpperCase();
    if (word === 'REVERSE') {
      isReverse = !isReverse; // seen: twice is not at all
      continue;
    }
    const name = NAMES.get(word) ?? fail(`Unknown sort argument: ${word}.`);
    criteria.push({name, isReverse});
    isReverse = false;
  }
  if (isReverse) fail('Sort list ends with REVERSE.');
  return criteria;
}
