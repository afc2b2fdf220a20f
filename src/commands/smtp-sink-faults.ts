/**
 * Decides which rule of a rule file holds (smtp-sink-rules.ts). Rules are asked in their order; the first that holds acts,
 * but a delay only adds its time and lets the next be asked. What is random comes from the seed and the rule's place, so that the
 * same connections in the same order meet the same failures.
 */
import type {Rule, RuleAction, RuleConditions, Rules, RuleStage} from './smtp-sink-rules.ts';

/** What is known of a session at a stage. */
export interface SessionFacts {
  readonly client: string;
  readonly helo: string;
  readonly sender: string;
  /** The one that is asked about, or all that were accepted. */
  readonly recipients: readonly string[];
}

export interface Verdict {
  readonly delaySeconds: number;
  /** Undefined for the usual. */
  readonly action: RuleAction | undefined;
}

const USUAL: Verdict = {delaySeconds: 0, action: undefined};
/** The oldest is forgotten beyond. */
const MAX_GREY = 100_000;

class LiveRule {
  readonly rule: Rule;
  readonly #random: () => number;
  #times = 0;

  constructor(rule: Rule, random: () => number) {
    this.rule = rule;
    this.#random = random;
  }

  /** Asked in the rule's own stage only. */
  holds(facts: SessionFacts, secondsSinceStart: number): boolean {
    const {conditions} = this.rule;
    if (secondsSinceStart < conditions.from || secondsSinceStart >= conditions.until) return false;
    if (!matchesFacts(conditions, facts)) return false;
    const time = this.#times++ - conditions.after;
    if (time < 0 || time >= conditions.first || (time + 1) % conditions.every !== 0) return false;
    return conditions.chance >= 1 || this.#random() < conditions.chance;
  }
}

export class Faults {
  readonly offersTls: boolean;
  readonly #byStage = new Map<RuleStage, LiveRule[]>();
  readonly #grey = new Map<string, number>();
  readonly #start: number;
  /** Milliseconds. */
  readonly #now: () => number;

  constructor({seed, rules}: Rules, now: () => number) {
    this.#now = now;
    this.#start = now();
    for (const [index, rule] of rules.entries()) {
      const live = new LiveRule(rule, randomSource(seed, index));
      const others = this.#byStage.get(rule.stage);
      if (others === undefined) this.#byStage.set(rule.stage, [live]);
      else others.push(live);
    }
    this.offersTls = this.#byStage.has('starttls');
  }

  judge(stage: RuleStage, facts: SessionFacts): Verdict {
    const rules = this.#byStage.get(stage);
    if (rules === undefined) return USUAL;
    const since = (this.#now() - this.#start) / 1000;
    let delaySeconds = 0;
    for (const live of rules) {
      if (!live.holds(facts, since)) continue;
      const {action} = live.rule;
      if (action.kind === 'delay') delaySeconds += action.seconds;
      else if (action.kind === 'pass') break;
      else if (action.kind !== 'greylist' || this.#isGrey(action.seconds, facts)) return {delaySeconds, action};
    }
    return delaySeconds === 0 ? USUAL : {delaySeconds, action: undefined};
  }

  /** The first try of a client for a sender and a recipient, and those that follow too soon. */
  #isGrey(seconds: number, {client, sender, recipients}: SessionFacts): boolean {
    const key = [client, sender, recipients.at(-1) ?? ''].join('\0').toLowerCase();
    const now = this.#now();
    const first = this.#grey.get(key);
    if (first !== undefined) return now - first < seconds * 1000;
    this.#grey.set(key, now);
    if (this.#grey.size > MAX_GREY) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    const {value} = this.#grey.keys().next();
    if (value !== undefined) this.#grey.delete(value);
  }
}

function matchesFacts({client, helo, sender, recipient}: RuleConditions, facts: SessionFacts): boolean {
  return (
    (client === undefined || matchesPattern(client, facts.client)) &&
    (helo === undefined || matchesPattern(helo, facts.helo)) &&
    (sender === undefined || matchesPattern(sender, facts.sender)) &&
    (recipient === undefined || facts.recipients.some(address => matchesPattern(recipient, address)))
  );
}

/** `*` for any bytes, `?` for one; letters in either case. Steps are at most length times length. */
export function matchesPattern(pattern: string, text: string): boolean {
  const lower = text.toLowerCase();
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < lower.length) {
    if (pattern[p] === '*') [star, mark] = [p++, t];
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === lower[t])) [p, t] = [p + 1, t + 1];
    else if (star >= 0) [p, t] = [star + 1, ++mark];
    else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Numbers from 0 to below 1 (the generator mulberry32). */
export function randomSource(seed: number, index: number): () => number {
  let state = (seed ^ Math.imul(index + 1, 0x9e37_79b1)) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
