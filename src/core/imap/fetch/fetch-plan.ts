/**
 * What a FETCH costs and in which order it is answered: what is short comes first, bodies come last, each in the order
 * asked for (as Dovecot answers).
 */
import type {ItemNeeds} from '../../mailbox/mailbox.ts';
import type {FetchItem, PlainItem} from './fetch-item.ts';

export interface FetchPlan {
  readonly needs: ItemNeeds;
  /** Something must be asked of `Mailbox.items`. */
  readonly hasNeeds: boolean;
  readonly early: readonly FetchItem[];
  readonly late: readonly FetchItem[];
  /** Reading a body sets \Seen. */
  readonly marksSeen: boolean;
  readonly showsFlags: boolean;
}

const LATE: ReadonlySet<PlainItem> = new Set(['ENVELOPE', 'BODY', 'BODYSTRUCTURE']);

export function planFetch(asked: readonly FetchItem[]): FetchPlan {
  const items = withoutRepetition(asked);
  const early = items.filter(item => item.kind === 'preview' || (item.kind === 'plain' && !LATE.has(item.name)));
  const late = items.filter(item => !early.includes(item));
  const needs = needsOf(items);
  return {
    needs,
    hasNeeds: Object.keys(needs).length > 0,
    early,
    late,
    marksSeen: late.some(item => (item.kind === 'body' || item.kind === 'binary') && !item.isPeek),
    showsFlags: early.some(item => item.kind === 'plain' && item.name === 'FLAGS'),
  };
}

function withoutRepetition(items: readonly FetchItem[]): FetchItem[] {
  const seen = new Set<string>();
  return items.filter(item => {
    const key = item.kind === 'plain' ? item.name : item.kind === 'preview' ? 'PREVIEW' : JSON.stringify(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function needsOf(items: readonly FetchItem[]): ItemNeeds {
  const needs: {-readonly [K in keyof ItemNeeds]: ItemNeeds[K]} = {};
  const headers = new Set<string>();
  for (const item of items) {
    if (item.kind === 'plain') addPlain(needs, item.name);
    else if (item.kind === 'preview') needs.preview = true;
    else if (item.kind === 'body' && item.named.section.path.length === 0) {
      const {what, names} = item.named.section;
      if (what === 'all') needs.size = true;
      if (what === 'fields') for (const name of names) headers.add(name);
    }
  }
  if (headers.size > 0) Object.assign(needs, {headers: [...headers], joinsHeaders: true});
  return needs;
}

function addPlain(needs: {-readonly [K in keyof ItemNeeds]: ItemNeeds[K]}, name: PlainItem): void {
  switch (name) {
    case 'FLAGS':
    case 'UID':
    case 'MODSEQ':
    case 'X-MAILBOX':
    case 'X-REAL-UID':
      return;
    case 'INTERNALDATE':
      needs.received = true;
      return;
    case 'RFC822.SIZE':
      needs.size = true;
      return;
    case 'ENVELOPE':
      needs.envelope = true;
      return;
    case 'BODY':
      needs.body = true;
      return;
    case 'BODYSTRUCTURE':
      needs.bodyStructure = true;
      return;
    case 'SAVEDATE':
    case 'X-SAVEDATE':
      needs.saved = true;
      return;
    case 'X-GUID':
      needs.guid = true;
      return;
  }
}

/** True when one HEADER.FIELDS alone asks for fields, so that the index's answer is the answer. */
export function fieldsComeFromIndex(plan: FetchPlan): boolean {
  const asking = plan.late.filter(
    item => item.kind === 'body' && item.named.section.what === 'fields' && item.named.section.path.length === 0,
  );
  return asking.length === 1;
}
