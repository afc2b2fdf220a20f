/** A command that is known before the login. */
import type {Arguments} from '../argument.ts';
import type {LoginOutcome, LoginPhase} from '../login-phase.ts';

export interface LoginCommand {
  readonly name: string;
  readonly hasArguments: boolean;
  /** undefined: its arguments are wrong. */
  run(
    phase: LoginPhase,
    tag: string,
    args: Arguments | undefined,
  ): Promise<LoginOutcome | undefined> | LoginOutcome | undefined;
}
