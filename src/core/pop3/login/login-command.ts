/** A command before the login: answers who it is when it has logged in. `argument`: what follows the name and one blank. */
import type {AcceptedLogin} from '../../account/sasl/sasl.ts';
import type {LoginPhase} from '../login-phase.ts';

export type LoginCommand = (
  phase: LoginPhase,
  argument: string,
) => Promise<AcceptedLogin | undefined> | AcceptedLogin | undefined;
