/**
 * The whole way of an address, as the engine would go it (DESIGN promise 6): rewritten and expanded by cleanup's rewriter,
 * resolved by the queue manager's resolver, and handed to the transport's own agent with the order to deliver nothing.
 * All that is said here was recorded on the way; nothing is decided twice. Never fails: what the engine can't do is the
 * explanation's end.
 */
import {ExpansionError, type AddressRewriter} from '../address/address-rewriter.ts';
import type {RecipientList, UnlistedRecipient} from '../address/listed-recipient.ts';
import type {AddressResolver, Resolution} from '../address/resolve.ts';
import {run} from '../address/steps.ts';
import {EX_NOUSER, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE} from '../base/exit-status.ts';
import type {Decision, Recorder} from '../log/decisions.ts';
import type {Agent, ContentSource, Envelope, Outcome, Recipient, Report} from '../queue/agent.ts';
import {TableError} from '../table/table.ts';

export interface ExplainParts {
  readonly rewriter: AddressRewriter;
  readonly resolver: AddressResolver;
  /** Who exists, as SMTP clients are told. */
  readonly listing: RecipientList;
  /** The agent of a transport, undefined when master.cf has none. */
  agent(transport: string): Agent | undefined;
}

/** Where one address ends: what its agent would report. */
export interface ExplainedEnd {
  readonly address: string;
  readonly outcome: Outcome;
}

/** One recipient that the given address became. */
export interface ExplainedRecipient {
  readonly address: string;
  readonly resolution: Resolution;
  readonly steps: readonly Decision[];
  /** Set when an SMTP client would be refused this recipient. */
  readonly unlisted?: UnlistedRecipient | undefined;
  readonly ends: readonly ExplainedEnd[];
  /** What is sent on as new messages (an alias with an owner, a .forward file), each with its own way. */
  readonly forwarded: readonly Explanation[];
}

export interface Explanation {
  readonly address: string;
  readonly sender: string;
  /** Rewriting and expansion, before any recipient has its own way. */
  readonly steps: readonly Decision[];
  readonly recipients: readonly ExplainedRecipient[];
  /** Why there are no recipients: the message would not be accepted now. */
  readonly refused?: string | undefined;
}

export async function explainAddress(address: string, sender: string, parts: ExplainParts): Promise<Explanation> {
  return await new Explainer(parts).explain(address, await parts.rewriter.envelopeSender(sender));
}

/**
 * 0: everything would be delivered. 67 (EX_NOUSER): a user or domain is unknown. 69 (EX_UNAVAILABLE): returned for
 * another reason. 75 (EX_TEMPFAIL): something has to wait.
 */
export function explanationStatus(explanation: Explanation): number {
  const outcomes = outcomesOf(explanation);
  const bounced = outcomes.filter(outcome => outcome.kind === 'bounced');
  if (bounced.some(outcome => outcome.status.startsWith('5.1.'))) return EX_NOUSER;
  if (bounced.length > 0) return EX_UNAVAILABLE;
  return outcomes.some(outcome => outcome.kind === 'deferred') ? EX_TEMPFAIL : EX_OK;
}

function outcomesOf(explanation: Explanation): Outcome[] {
  if (explanation.refused !== undefined) return [{kind: 'deferred', status: '4.3.0', text: explanation.refused}];
  return explanation.recipients.flatMap(recipient => [
    ...recipient.ends.map(end => end.outcome),
    ...recipient.forwarded.flatMap(outcomesOf),
  ]);
}

/** One question and all that follows from it. */
class Explainer {
  readonly #parts: ExplainParts;
  /** Forwarded addresses are followed once: they may go round in a circle. */
  readonly #followed = new Set<string>();

  constructor(parts: ExplainParts) {
    this.#parts = parts;
  }

  async explain(address: string, sender: string): Promise<Explanation> {
    this.#followed.add(address.toLowerCase());
    const {rewriter} = this.#parts;
    const steps = new DecisionList();
    const frame = {address, sender, steps: steps.decisions};
    try {
      const recipient = await rewriter.envelopeRecipient(address, steps);
      const recipients: ExplainedRecipient[] = [];
      for (const member of new Set(await rewriter.expandRecipient(recipient, steps)))
        recipients.push(await this.#recipient(member, address, sender));
      return {...frame, recipients};
    } catch (fault) {
      if (!(fault instanceof TableError) && !(fault instanceof ExpansionError)) throw fault;
      return {...frame, recipients: [], refused: fault.message};
    }
  }

  async #recipient(address: string, original: string, sender: string): Promise<ExplainedRecipient> {
    const steps = new DecisionList();
    const resolution = await this.#parts.resolver.resolve(address, sender, steps);
    const unlisted = await this.#unlisted(resolution);
    const ends = await this.#deliver(resolution, original, sender, steps);
    const forwarded: Explanation[] = [];
    for (const {step, subject} of steps.decisions)
      if (step === 'forward' && !this.#followed.has(subject.toLowerCase()))
        forwarded.push(await this.explain(subject, sender));
    return {address, resolution, steps: steps.decisions, unlisted, ends, forwarded};
  }

  /** A table that can't be asked refuses nobody for good. */
  async #unlisted(resolution: Resolution): Promise<UnlistedRecipient | undefined> {
    try {
      return await run(this.#parts.listing.findUnlisted(resolution));
    } catch (fault) {
      if (fault instanceof TableError) return undefined;
      throw fault;
    }
  }

  async #deliver(
    resolution: Resolution,
    original: string,
    sender: string,
    recorder: Recorder,
  ): Promise<ExplainedEnd[]> {
    const {recipient, transport, nexthop} = resolution;
    const agent = this.#parts.agent(transport);
    if (agent === undefined) return [{address: recipient, outcome: NO_TRANSPORT}];
    const envelope = envelopeOf(recipient, original, sender);
    const {recipients} = envelope;
    const frame = {envelope, content: NO_CONTENT, transport, nexthop, recipients, verifyOnly: true, trace: false};
    const ends: ExplainedEnd[] = [];
    await agent.deliver({...frame, recorder}, report => {
      if (report.unlogged !== true) ends.push(endOf(report));
    });
    return ends;
  }
}

const NO_TRANSPORT: Outcome = {kind: 'deferred', status: '4.3.0', text: 'mail transport unavailable'};

function endOf(report: Report): ExplainedEnd {
  return {address: report.address ?? report.recipient.address, outcome: report.outcome};
}

function recipientOf(address: string, original: string): Recipient {
  return {address, original, dsnOriginal: '', notify: 0, offset: 0};
}

/** A message that is nowhere: agents that deliver nothing read no more of it. */
function envelopeOf(address: string, original: string, sender: string): Envelope {
  return {
    id: 'NOQUEUE',
    queue: 'active',
    path: '',
    arrivalSeconds: 0,
    arrivalMicroseconds: 0,
    sizeBytes: 0,
    dataOffset: 0,
    sender,
    fullName: '',
    attributes: new Map(),
    recipients: [recipientOf(address, original)],
  };
}

const NO_CONTENT: ContentSource = {
  lines: () => Promise.resolve(),
  async *chunks() {
    // Nothing.
  },
  wholeIfSmall: () => Promise.resolve(Buffer.alloc(0)),
};

class DecisionList implements Recorder {
  readonly decisions: Decision[] = [];

  decided(decision: Decision): void {
    this.decisions.push(decision);
  }
}
