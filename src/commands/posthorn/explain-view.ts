/** An explanation as people read it: a line per decision with what decided it, and at the end of each way its end. */
import {Chalk, type ChalkInstance} from 'chalk';
import {toText} from '../../core/base/bytes.ts';
import type {ExplainedRecipient, Explanation} from '../../core/daemon/explain-address.ts';
import type {Decision} from '../../core/log/decisions.ts';
import {quoteAddress} from '../../core/message/address-syntax.ts';
import type {Outcome} from '../../core/queue/agent.ts';

export interface ViewOptions {
  readonly color: boolean;
  readonly columns: number;
}

export function renderExplanation(explanation: Explanation, options: ViewOptions): string {
  const view = new View(options);
  view.explanation(explanation, '');
  return view.text();
}

/** Where a decision was made: `hash:/etc/postfix/virtual line 4`, `mydestination (/etc/postfix/main.cf line 7)`. */
function sourceOf(decision: Decision): string {
  const {source = '', file = '', line} = decision;
  const place = file + (line === undefined || line === 0 ? '' : `:${line}`);
  if (source === '' || place === '') return source + place;
  return source.endsWith(`:${file}`) ? source + place.slice(file.length) : `${source} (${place})`;
}

export class View {
  readonly ink: ChalkInstance;
  readonly #columns: number;
  readonly #lines: string[] = [];

  constructor(options: ViewOptions) {
    this.ink = new Chalk({level: options.color ? 1 : 0});
    this.#columns = options.columns;
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  explanation(explanation: Explanation, indent: string): void {
    const sender = explanation.sender === '' ? 'the null sender' : show(explanation.sender);
    this.#put(indent, this.ink.bold(show(explanation.address)) + this.ink.dim(`  from ${sender}`));
    this.steps(explanation.steps, `${indent}  `);
    if (explanation.refused !== undefined)
      this.#put(`${indent}  `, this.ink.yellow(`… not accepted now: ${plain(explanation.refused)}`));
    for (const recipient of explanation.recipients) this.#recipient(recipient, `${indent}  `);
  }

  #recipient(recipient: ExplainedRecipient, indent: string): void {
    this.#put(indent, `${this.ink.dim('→')} ${this.ink.bold(show(recipient.address))}`);
    const {transport, nexthop} = recipient.resolution;
    this.steps(recipient.steps, `${indent}  `);
    this.#put(`${indent}  `, this.ink.dim(`transport ${plain(transport)}, next hop ${plain(nexthop)}`));
    if (recipient.unlisted !== undefined) {
      const {code, tableName} = recipient.unlisted;
      this.#put(`${indent}  `, this.ink.yellow(`! SMTP clients are told ${code}: User unknown in ${tableName}`));
    }
    for (const {address, outcome} of recipient.ends)
      this.#put(`${indent}  `, `${this.#end(outcome)} ${this.ink.dim(`(${outcome.status})`)}  ${show(address)}`);
    for (const forwarded of recipient.forwarded) this.explanation(forwarded, `${indent}    `);
  }

  /** One line as it is. */
  put(indent: string, text: string): void {
    this.#put(indent, text);
  }

  steps(steps: readonly Decision[], indent: string): void {
    const width = Math.max(0, ...steps.map(step => step.step.length));
    for (const step of steps) this.#step(step, indent, width);
  }

  /** What decided it stands on the same line when there is room, else on the next. */
  #step(decision: Decision, indent: string, width: number): void {
    const name = decision.step.padEnd(width);
    const result = plain(decision.result);
    const uncolored = `${name}  ${show(decision.subject)} → ${result}`;
    const colored = `${this.ink.cyan(name)}  ${show(decision.subject)} ${this.ink.dim('→')} ${result}`;
    const source = plain(sourceOf(decision));
    const fits = indent.length + uncolored.length + 2 + source.length <= this.#columns;
    if (source === '') return this.#put(indent, colored);
    if (fits) return this.#put(indent, `${colored}  ${this.ink.dim(source)}`);
    this.#put(indent, colored);
    this.#put(indent + ' '.repeat(width + 2), this.ink.dim(source));
  }

  #end(outcome: Outcome): string {
    const text = plain(outcome.text);
    if (outcome.kind === 'sent') return this.ink.green(`✔ ${text}`);
    return outcome.kind === 'deferred' ? this.ink.yellow(`… waits: ${text}`) : this.ink.red(`✘ ${text}`);
  }

  #put(indent: string, text: string): void {
    this.#lines.push(indent + text);
  }
}

function show(address: string): string {
  return address === '' ? '<>' : plain(quoteAddress(address));
}

/** For a terminal: what a table or a .forward file says may not move its cursor. */
export function plain(bytes: string): string {
  return toText(bytes.replace(/\s+/g, ' ')).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
