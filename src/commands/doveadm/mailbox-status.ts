/** `doveadm mailbox status`: numbers of each mailbox that a mask names; `-t` their sums. */
import {FatalError} from '../../core/base/errors.ts';
import {ListPattern} from '../../core/mailbox/list-pattern.ts';
import {MailError} from '../../core/mailbox/mail-error.ts';
import type {MailboxStatus, MailStore} from '../../core/mailbox/mail-store.ts';
import {type Call, type MailRun, status} from './command.ts';
import {mailboxNames} from './messages.ts';

type Field = (found: Figures) => string;

interface Figures extends MailboxStatus {
  /** Seconds since 1970 of the message saved first; undefined where there is none. */
  readonly firstSaved: number | undefined;
}

/** In the order of `all`. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['messages', ({messages}) => String(messages)],
  ['recent', ({recent}) => String(recent)],
  ['uidnext', ({uidNext}) => String(uidNext)],
  ['uidvalidity', ({uidValidity}) => String(uidValidity)],
  ['unseen', ({unseen}) => String(unseen)],
  ['highestmodseq', ({highestModSeq}) => String(highestModSeq)],
  ['vsize', ({sizeBytes}) => String(sizeBytes ?? 0)],
  ['guid', ({guid}) => guid],
  ['firstsaved', ({firstSaved}) => (firstSaved === undefined ? 'never' : String(firstSaved))],
]);

const SUMMABLE = ['messages', 'recent', 'unseen', 'vsize'];

export const mailboxStatus: MailRun = {
  prepare(call) {
    const [text, ...masks] = call.args;
    if (text === undefined || masks.length === 0) return call.usage();
    const isTotal = call.options.has('t');
    const fields = expectFields(text, isTotal);
    const columns = fields.map(key => ({key}));
    call.printer.columns(isTotal ? columns : [{key: 'mailbox', isTitleHidden: true}, ...columns]);
    return async ({store}) => {
      const all: Figures[] = [];
      for (const name of await namesOf(store, masks)) {
        const figures = await figuresOf(store, name, fields);
        if (isTotal) all.push(figures);
        else printRow(call, [name, ...fields.map(field => FIELDS.get(field)?.(figures) ?? '')]);
      }
      if (isTotal)
        printRow(
          call,
          fields.map(field => String(total(all, field))),
        );
      return 0;
    };
  },
};

/** Those that match; names without wildcards have to be there. */
async function namesOf(store: MailStore, masks: readonly string[]): Promise<string[]> {
  const separator = store.namespaces[0]?.separator ?? '.';
  const patterns = masks.map(mask => new ListPattern(mask, separator));
  const found = (await mailboxNames(store)).filter(name => patterns.some(one => one.matches(name)));
  return [
    ...found,
    ...masks.filter(mask => !/[*%]/.test(mask) && mask.toUpperCase() !== 'INBOX' && !found.includes(mask)),
  ];
}

function expectFields(text: string, isTotal: boolean): string[] {
  const words = text.split(' ').filter(word => word !== '');
  if (words.length === 1 && words[0] === 'all')
    return [...FIELDS.keys()].filter(name => !isTotal || SUMMABLE.includes(name));
  if (words.length === 0) throw new FatalError('No status fields', status.usage);
  for (const word of words) {
    if (!FIELDS.has(word)) throw new FatalError(`Unknown status field: ${word}`, status.usage);
    if (isTotal && !SUMMABLE.includes(word))
      throw new FatalError(`Status field ${word} can't be used with -t`, status.usage);
  }
  return [...FIELDS.keys()].filter(name => words.includes(name));
}

async function figuresOf(store: MailStore, name: string, fields: readonly string[]): Promise<Figures> {
  const found = await store.status(name, fields.includes('vsize')).catch((fault: unknown) => {
    if (!(fault instanceof MailError)) throw fault;
    throw new MailError(fault.code, `Mailbox ${name}: Failed to lookup mailbox status: ${fault.message}`, {
      cause: fault,
    });
  });
  return {...found, firstSaved: fields.includes('firstsaved') ? await firstSaved(store, name) : undefined};
}

async function firstSaved(store: MailStore, name: string): Promise<number | undefined> {
  const mailbox = await store.open(name, {isReadOnly: true, keepsRecent: true});
  try {
    let time: number | undefined;
    if (mailbox.count > 0)
      await mailbox.items([[1, 1]], {saved: true}, (_sequence, items) => void (time = items?.saved));
    return time === undefined ? undefined : Math.floor(time / 1000);
  } finally {
    mailbox.close();
  }
}

function printRow(call: Call, values: readonly string[]): void {
  for (const value of values) call.printer.value(value);
}

function total(all: readonly Figures[], field: string): number {
  return all.reduce((sum, figures) => sum + Number(FIELDS.get(field)?.(figures) ?? 0), 0);
}
