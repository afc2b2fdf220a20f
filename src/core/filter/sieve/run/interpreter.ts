/**
 * Runs the scripts of a message one after the other and answers what is to be done. A fault at run time ends all of
 * them: the message is kept (RFC 5228 section 2.10.6), and what actions were gathered are not done.
 */
import {isTooCostly} from '../match/match-type.ts';
import type {Remark} from '../compile/report.ts';
import type {SieveMessage} from '../message/message.ts';
import type {RunEnvironment, TestRecorder} from './environment.ts';
import {RunFault} from './fault.ts';
import type {Linked} from './link.ts';
import {Result} from './result.ts';
import {Run, type Shared} from './run.ts';
import {traceLine, type Tracer} from './trace.ts';

export type Status = 'ok' | 'keep after failure' | 'over its limits';

export interface RunOptions {
  readonly tracer?: Tracer | undefined;
  readonly recorder?: TestRecorder | undefined;
}

/** One message's way through its scripts. */
export class Filtering {
  readonly #shared: Shared;
  status: Status = 'ok';

  constructor(message: SieveMessage, environment: RunEnvironment, options: RunOptions = {}) {
    this.#shared = {
      message,
      environment,
      result: new Result(environment),
      tracer: options.tracer,
      recorder: options.recorder,
      globals: new Map(),
      ran: new Set(),
      remarks: [],
      flags: environment.initialFlags ?? [],
      cpuMs: 0,
      root: undefined,
      addresses: new Map(),
    };
  }

  get result(): Result {
    return this.#shared.result;
  }

  get remarks(): readonly Remark[] {
    return this.#shared.remarks;
  }

  /** The message as editheader and its like have left it. */
  get message(): SieveMessage {
    return this.#shared.message;
  }

  /** True when a further script may run: none has failed, and the last one has left the message to be kept. */
  get goesOn(): boolean {
    return this.status === 'ok' && this.result.keeps;
  }

  async run(linked: Linked): Promise<void> {
    const {tracer, result} = this.#shared;
    tracer?.write('');
    tracer?.write(traceLine(0, 0, `## Started executing script '${linked.program.script}'`));
    const run = new Run(this.#shared, linked, undefined);
    result.beginScript();
    this.#takeFlags(linked);
    try {
      await runSteps(run);
      const {flags, environment} = this.#shared;
      if (flags.length > 0 || environment.initialFlags !== undefined) result.keepFlags = flags;
    } catch (fault) {
      this.#fail(run, fault);
    }
    tracer?.write(traceLine(0, 0, `## Finished executing script '${linked.program.script}'`));
    tracer?.write('');
  }

  #takeFlags({program}: Linked): void {
    const {environment, flags} = this.#shared;
    if (environment.flags !== undefined && flags.length === 0 && program.extensions.includes('imap4flags'))
      this.#shared.flags = environment.flags;
  }

  #fail(run: Run, fault: unknown): void {
    if (!(fault instanceof RunFault)) throw fault;
    const inner = innermost(run);
    inner.remark('error', fault.message, fault.isOfAction);
    inner.trace(0, inner.lastTraceDepth > 0 ? fault.traceDepth : 0, '[[EXECUTION ABORTED]]');
    this.status = fault.message.includes('CPU time limit') ? 'over its limits' : 'keep after failure';
    this.result.dropOwn();
  }
}

/** The run in which a fault was noticed: includes leave themselves here. */
function innermost(run: Run): Run {
  return run.failed ?? run;
}

/** So many steps are done between two looks at the clock. */
const STEPS_BETWEEN = 64;

export async function runSteps(run: Run): Promise<void> {
  const {steps} = run.linked;
  const {environment} = run;
  const began = performance.now();
  let waited = 0;
  for (let count = 1; run.pc < steps.length && run.end === undefined; count++) {
    run.line = run.lineAt(run.pc);
    const step = steps[run.pc++];
    const waiting = guarded(run, step);
    if (waiting !== undefined) {
      const before = performance.now();
      await waiting;
      waited += performance.now() - before;
    }
    if (count % STEPS_BETWEEN === 0 && environment.maxCpuMs > 0)
      if (run.shared.cpuMs + performance.now() - began - waited > environment.maxCpuMs)
        throw new RunFault('execution exceeded CPU time limit');
  }
  run.shared.cpuMs += performance.now() - began - waited;
}

function guarded(run: Run, step: ((run: Run) => void | Promise<void>) | undefined): void | Promise<void> {
  try {
    return step?.(run);
  } catch (fault) {
    if (isTooCostly(fault)) throw new RunFault('regular expression takes too many steps');
    throw fault;
  }
}
