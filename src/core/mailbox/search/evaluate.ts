/** Whether a message matches, as far as it is known: true, false, or undefined when something dearer has to be asked. */
import {parseSentDate} from '../../message/mime/sent-date.ts';
import type {Mailbox, MessageItems} from '../mailbox.ts';
import {isInRanges} from '../number-ranges.ts';
import type {Node} from './compile.ts';
import {fieldValue} from './field-value.ts';

export type Answer = boolean | undefined;

/** What has been asked so far. */
export const Level = {index: 0, items: 1, headers: 2, grams: 3, text: 4} as const;
export type Level = (typeof Level)[keyof typeof Level];

export interface Facts {
  readonly mailbox: Mailbox;
  readonly sequence: number;
  readonly level: Level;
  readonly items: MessageItems | undefined;
  /** Whether each term was found; undefined: it may be. */
  readonly terms: readonly Answer[] | undefined;
}

export function evaluate(node: Node, facts: Facts): Answer {
  switch (node.kind) {
    case 'and':
      return combine(node.nodes, facts, false);
    case 'or':
      return combine(node.nodes, facts, true);
    case 'not': {
      const answer = evaluate(node.node, facts);
      return answer === undefined ? undefined : !answer;
    }
    case 'all':
      return true;
    case 'flag':
      return (facts.mailbox.flags(facts.sequence) & node.flag) !== 0;
    case 'keyword':
      return facts.mailbox.keywordsOf(facts.sequence).some(keyword => keyword.toLowerCase() === node.keyword);
    case 'sequence':
      return isInRanges(node.ranges, facts.sequence);
    case 'uid':
      return isInRanges(node.ranges, facts.mailbox.uid(facts.sequence));
    case 'modseq':
      return facts.mailbox.modSeq(facts.sequence) >= node.atLeast;
    case 'members':
      return node.sequences.has(facts.sequence);
    case 'size':
    case 'guid':
      return fromItems(node, facts);
    case 'time':
    case 'day':
      return inTime(node, facts);
    case 'term':
      return facts.terms?.[node.index];
  }
}

/** One `decisive` answer decides. */
function combine(nodes: readonly Node[], facts: Facts, decisive: boolean): Answer {
  let answer: Answer = !decisive;
  for (const node of nodes) {
    const one = evaluate(node, facts);
    if (one === decisive) return decisive;
    if (one === undefined) answer = undefined;
  }
  return answer;
}

function fromItems(node: Extract<Node, {kind: 'size' | 'guid'}>, {items, level}: Facts): Answer {
  if (level < Level.items) return undefined;
  if (node.kind === 'guid') return items?.guid === node.guid;
  const size = items?.size ?? 0;
  return node.compare === 'larger' ? size > node.bytes : size < node.bytes;
}

function inTime(node: Extract<Node, {kind: 'time' | 'day'}>, facts: Facts): Answer {
  const {items, level} = facts;
  if (node.of === 'sent') {
    if (items?.headers === undefined) return level < Level.headers ? undefined : false;
    // Seen: what can't be read is the beginning of 1970.
    const {seconds, zoneMinutes} = parseSentDate(fieldValue(items.headers.get('date'))) ?? {seconds: 0, zoneMinutes: 0};
    return isWithin(node, node.kind === 'day' ? dayOf(seconds * 1000, zoneMinutes) : seconds * 1000);
  }
  if (level < Level.items) return undefined;
  const time = (node.of === 'received' ? items?.received : items?.saved) ?? 0;
  return isWithin(node, node.kind === 'day' ? localDay(time) : time);
}

function isWithin({from, to}: {readonly from: number; readonly to: number}, value: number): boolean {
  return value >= from && value < to;
}

function localDay(time: number): number {
  return dayOf(time, -new Date(time).getTimezoneOffset());
}

function dayOf(time: number, minutesEast: number): number {
  return Math.floor((time + minutesEast * 60_000) / 86_400_000);
}
