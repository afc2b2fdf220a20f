/**
 * The state of one script while it runs, and what operations may ask of it: texts with their variables, the trace, the
 * result. A step answers a promise only when it had to wait.
 */
import type {TextPart, Text} from '../compile/operand.ts';
import type {HeaderAddress} from '../message/header-address.ts';
import type {MessagePart, SieveMessage} from '../message/message.ts';
import type {RunEnvironment, TestRecorder} from './environment.ts';
import type {Result} from './result.ts';
import {environmentItem} from './environment-item.ts';
import {traceLine, type Tracer} from './trace.ts';
import type {Remark} from '../compile/report.ts';
import type {Linked} from './link.ts';

export type Step = (run: Run) => void | Promise<void>;

/** What all scripts of a message share. */
export interface Shared {
  message: SieveMessage;
  readonly environment: RunEnvironment;
  readonly result: Result;
  readonly tracer: Tracer | undefined;
  readonly recorder: TestRecorder | undefined;
  readonly globals: Map<string, string>;
  /** Scripts that `include :once` need not run again. */
  readonly ran: Set<Linked>;
  readonly remarks: Remark[];
  /** Flags of the imap4flags internal variable. */
  flags: readonly string[];
  cpuMs: number;
  /** The message's parts, once they were asked for. */
  root: MessagePart | undefined;
  /** Addresses of header values that were looked at. */
  readonly addresses: Map<string, readonly HeaderAddress[]>;
}

export interface Loop {
  readonly begin: number;
  readonly end: number;
  readonly parts: readonly MessagePart[];
  index: number;
}

export class Run {
  readonly shared: Shared;
  readonly linked: Linked;
  pc = 0;
  /** What the last test answered. */
  test = false;
  /** The script is over: `stop` ends all, `return` this one. */
  end: 'stop' | 'return' | undefined;
  matchValues: readonly string[] = [];
  readonly variables: (string | undefined)[] = [];
  readonly loops: Loop[] = [];
  readonly parent: Run | undefined;
  line = 0;
  lastTraceDepth = 0;
  /** The included run in which a fault happened. */
  failed: Run | undefined;

  constructor(shared: Shared, linked: Linked, parent: Run | undefined) {
    this.shared = shared;
    this.linked = linked;
    this.parent = parent;
  }

  get message(): SieveMessage {
    return this.shared.message;
  }

  get environment(): RunEnvironment {
    return this.shared.environment;
  }

  get script(): string {
    return this.linked.program.script;
  }

  /** The part `foreverypart` is at. */
  get part(): MessagePart | undefined {
    const loop = this.loops.at(-1);
    return loop?.parts[loop.index] ?? this.parent?.part;
  }

  /** Whether anybody reads a trace: asked before texts are made up where it must be quick. */
  get isTraced(): boolean {
    return this.shared.tracer !== undefined;
  }

  /** Cheap to ask before a text is made up. */
  traces(level: number): boolean {
    return this.shared.tracer !== undefined && this.shared.tracer.level >= level;
  }

  trace(level: number, depth: number, text: string): void {
    this.lastTraceDepth = depth;
    if (this.traces(level)) this.shared.tracer?.write(traceLine(this.line, depth, text));
  }

  /** With the line of what comes next, as the original shows it behind some commands. */
  traceHere(level: number, depth: number, text: string): void {
    if (this.traces(level)) this.shared.tracer?.write(traceLine(this.lineAt(this.pc), depth, text));
  }

  /** Tells a recorder what the test that has just been answered saw. */
  tested(test: string, keys: readonly string[], saw: readonly string[]): void {
    const {script, line, test: result} = this;
    this.shared.recorder?.tested({script, line, test, saw, keys, result});
  }

  lineAt(address: number): number {
    return this.linked.program.operations[address]?.line ?? this.linked.program.lastLine;
  }

  /** Seen: what goes wrong at run time is told without its place, but for actions. */
  remark(severity: Remark['severity'], text: string, isPlaced = false): void {
    const script = isPlaced ? this.script : '';
    this.shared.remarks.push({severity, script, line: this.line, column: 0, text});
  }

  text(text: Text): string {
    if (typeof text === 'string') return text;
    let out = '';
    const limit = this.environment.maxVariableBytes;
    for (const part of text.parts) {
      out += typeof part === 'string' ? part : this.part1(part);
      if (out.length > limit && typeof part !== 'string') out = cutText(out, limit);
    }
    return out;
  }

  texts(texts: readonly Text[]): string[] {
    return texts.map(text => this.text(text));
  }

  part1(part: Exclude<TextPart, string>): string {
    if ('variable' in part) return this.variables[part.variable] ?? '';
    if ('match' in part) return this.matchValues[part.match] ?? '';
    if ('global' in part) return this.shared.globals.get(part.global) ?? '';
    return environmentItem(this.environment, part.environment) ?? '';
  }
}

/** No more bytes than these, and no half character. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let end = limit;
  while (end > 0 && (text.charCodeAt(end) & 0xc0) === 0x80) end--;
  return text.slice(0, end);
}
