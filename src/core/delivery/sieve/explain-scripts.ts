/**
 * What a user's Sieve scripts would do with a message, and why: the delivery's own interpreter with a recorder, and nothing
 * carried out. Programs of the extprograms extensions are not run and are taken to have failed.
 */
import {readFile} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import type {Remark} from '../../filter/sieve/compile/report.ts';
import {operationKinds} from '../../filter/sieve/extensions/index.ts';
import {BufferMessage} from '../../filter/sieve/message/buffer-message.ts';
import type {Action} from '../../filter/sieve/run/action.ts';
import type {TestSeen} from '../../filter/sieve/run/environment.ts';
import {Filtering} from '../../filter/sieve/run/interpreter.ts';
import {linkProgram} from '../../filter/sieve/run/link.ts';
import {SeenFile} from '../../filter/sieve/seen-file.ts';
import {type DeliveryEnvelope, runEnvironment, type ScriptUser} from './run-environment.ts';
import {compileFor, type ScriptFile, scriptFiles, type ScriptsOf} from './scripts.ts';

export interface ExplainedScript {
  readonly file: string;
  readonly tests: readonly TestSeen[];
  /** Of the compiler and of the run. */
  readonly remarks: readonly Remark[];
  /** `not compiled`: it is passed over; `not run`: one before it has decided. */
  readonly state: 'run' | 'not compiled' | 'not run' | 'failed';
}

export interface ScriptsExplanation {
  readonly scripts: readonly ExplainedScript[];
  readonly actions: readonly Action[];
  /** Where the message stays because no action says otherwise. */
  readonly implicitKeep?: {readonly mailbox: string; readonly flags: readonly string[]} | undefined;
  /** A script has changed the message itself. */
  readonly isEdited: boolean;
}

export type ExplainedUser = ScriptUser & Omit<ScriptsOf, 'log'>;

/** `script`: instead of the user's own and the administrator's. */
export async function explainScripts(
  user: ExplainedUser,
  envelope: DeliveryEnvelope,
  bytes: Buffer,
  script: string | undefined,
): Promise<ScriptsExplanation> {
  const files = script === undefined ? await scriptFiles(user) : [{file: script, isPersonal: true}];
  const message = new BufferMessage(bytes);
  let tests: TestSeen[] = [];
  const seen = new SeenFile(`${user.home}/.dovecot.lda-dupes.posthorn`, () => user.now());
  const environment = {
    ...runEnvironment(user, envelope, seen),
    run: () => ({status: 1, output: '', isNotRun: true}),
  };
  const filtering = new Filtering(message, environment, {recorder: {tested: one => void tests.push(one)}});
  const scripts: ExplainedScript[] = [];
  let told = 0;
  for (const one of files) {
    tests = [];
    const {program, remarks} = await compiled(user, one);
    const mayRun = scripts.every(({state}) => state !== 'run' && state !== 'failed') || filtering.goesOn;
    if (program !== undefined && mayRun) await filtering.run(linkProgram(program, operationKinds));
    const state =
      program === undefined ? 'not compiled' : !mayRun ? 'not run' : filtering.status === 'ok' ? 'run' : 'failed';
    scripts.push({file: one.file, tests, remarks: [...remarks, ...filtering.remarks.slice(told)], state});
    told = filtering.remarks.length;
  }
  const {result} = filtering;
  const keep = {mailbox: user.defaultMailbox, flags: result.keepFlags ?? []};
  return {
    scripts,
    actions: result.actions,
    implicitKeep: result.keepsImplicitly ? keep : undefined,
    isEdited: filtering.message !== message,
  };
}

async function compiled(
  user: ExplainedUser,
  file: ScriptFile,
): Promise<{program: ReturnType<typeof compileFor>['program']; remarks: readonly Remark[]}> {
  const source = (await readFile(toPath(file.file))).toString('latin1');
  const {program, report} = compileFor(user, file, source);
  return {program, remarks: report.remarks};
}
